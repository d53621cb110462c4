using System.Globalization;

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

    /// <inheritdoc cref="Message"/>
    public override string ToString() => Message;
}
