using System.Globalization;
using System.Text;

namespace NeuralOde;

/// <summary>How a training run went.</summary>
public sealed record TrainingResult
{
    /// <summary>Why it ended, and what is wrong with it if anything is.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>Iterations done, those of earlier runs and before a checkpoint included.</summary>
    public required int Iterations { get; init; }

    /// <summary>Iterations done in this run.</summary>
    public int RunIterations { get; init; }

    /// <summary>Loss of the last minibatch that was not skipped; NaN if all were.</summary>
    public required double Loss { get; init; }

    /// <summary>The lowest validation loss, or null without validation data.</summary>
    public double? BestValidationLoss { get; init; }

    /// <summary>Minibatches skipped, those of earlier runs and before a checkpoint included.</summary>
    public int SkippedMinibatches { get; init; }

    /// <summary>Minibatches skipped in this run.</summary>
    public int RunSkippedMinibatches { get; init; }

    /// <summary>Why a minibatch was skipped last, or null if none was in this run.</summary>
    public OdeFailure? LastFailure { get; init; }

    /// <summary>
    /// Times that steps were shortened because the error of the parameter gradient was too large for the tolerances, those before a checkpoint included; 0 in a run in which nothing was wrong. Looked for
    /// in the first minibatch and in every 256th: see <see cref="GradientMethod.ControlsError"/>.
    /// </summary>
    public int Refinements { get; init; }

    /// <summary>The longest step, in units of time, that minibatches are solved with since then; infinity without <see cref="Refinements"/>. <see cref="OdeSolverOptions.MaxStep"/> holds as well.</summary>
    public double StepLimit { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Observed numbers of the training data that no segment reaches, because nothing can be started from before them: those before the first state of a trajectory that was wholly observed.
    /// </summary>
    public long UnusedObservations { get; init; }

    /// <summary>The stages of the <see cref="TrainingPlan"/>, in order, those that the data asked for; empty where <see cref="TrainingOptions"/> were used.</summary>
    public IReadOnlyList<TrainingStageResult> Stages { get; init; } = [];

    /// <summary>
    /// Standard deviation of the noise that a <see cref="TrainingPlan"/> recognised in every component, in the data's units, 0 where it recognised none; empty where <see cref="TrainingOptions"/> were used.
    /// Without weights, the mean squared error of the truth is that of the noise: a smaller loss is no better model.
    /// </summary>
    public IReadOnlyList<double> NoiseLevels { get; init; } = [];

    /// <summary>The learned state at the first observation of every trajectory from which training started, in the data's units; empty where no stage of a plan learned any.</summary>
    public IReadOnlyList<double[]> StartEstimates { get; init; } = [];

    /// <summary>The course of this run: all iterations, or of more than 2000 every second, fourth, and so on.</summary>
    public IReadOnlyList<TrainingProgress> History { get; init; } = [];

    /// <summary>The iteration with the lowest validation loss; null without validation data.</summary>
    public int? BestIteration { get; init; }

    /// <summary>Duration of this run.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>How the run went, in a sentence or two: iterations, loss, what is wrong, and what to try.</summary>
    public string Message
    {
        get
        {
            string message = End switch
            {
                TrainingEnd.Completed => "All iterations were done",
                TrainingEnd.StoppedEarly => "The validation loss stopped improving",
                TrainingEnd.TooManyFailures => "Too many minibatches in a row were skipped",
                TrainingEnd.ManySkipped => "The run came to its end, but many minibatches were skipped",
                TrainingEnd.NoGradient => "The run came to its end, but every gradient was exactly zero where the loss was not: nothing was learned. A custom loss must write its cotangents; "
                    + "saturated or dead units of a network give such gradients too",
                _ => "No iteration was left to do: the trainer had come to its end before. Make a new trainer to train on",
            };
            message += string.Create(CultureInfo.InvariantCulture, $". Iterations in this run: {RunIterations}; loss {Loss:g4}");
            if (BestValidationLoss is { } best)
                message += string.Create(CultureInfo.InvariantCulture, $", best validation loss {best:g4}");
            if (RunSkippedMinibatches > 0)
                message += string.Create(CultureInfo.InvariantCulture, $"; skipped {RunSkippedMinibatches} ({100.0 * RunSkippedMinibatches / RunIterations:g3} %)");
            if (SkippedMinibatches > RunSkippedMinibatches)
                message += string.Create(CultureInfo.InvariantCulture, $"; with earlier runs, skipped {SkippedMinibatches} of {Iterations}");
            if (UnusedObservations > 0)
                message += string.Create(CultureInfo.InvariantCulture, $"; {UnusedObservations} observed numbers lie before the first whole state of their trajectory and were not used");
            return LastFailure is null ? $"{message}." : $"{message}, the last because: {LastFailure.Message}";
        }
    }

    /// <summary>The <see cref="Message"/>; for a <see cref="TrainingPlan"/> also the recognised noise and a line for every stage.</summary>
    public override string ToString()
    {
        if (Stages.Count == 0)
            return Message;
        var text = new StringBuilder(Message);
        text.AppendLine().Append("  ").Append(NoiseLevels.Any(noise => noise > 0.0)
            ? $"Noise of the components: {string.Join(", ", NoiseLevels.Select(noise => noise.ToString("g3", CultureInfo.InvariantCulture)))}"
            : "No noise was recognised");
        foreach (TrainingStageResult stage in Stages)
            text.AppendLine().Append("  ").Append(stage);
        text.AppendLine().Append(CultureInfo.InvariantCulture, $"  {Elapsed.TotalSeconds:f1} s");
        return text.ToString();
    }
}
