namespace NeuralOde;

/// <summary>How a training run went.</summary>
public sealed record TrainingResult
{
    /// <summary>Why it ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>Iterations done, those before a checkpoint included.</summary>
    public required int Iterations { get; init; }

    /// <summary>Loss of the last minibatch that was not skipped; NaN if all were.</summary>
    public required double Loss { get; init; }

    /// <summary>The lowest validation loss, or null without validation data.</summary>
    public double? BestValidationLoss { get; init; }

    /// <summary>Minibatches skipped.</summary>
    public int SkippedMinibatches { get; init; }

    /// <summary>Where and how a solve failed last, or null if none did in this run.</summary>
    public OdeFailure? LastFailure { get; init; }

    /// <summary>
    /// Times that steps were shortened because the error of the parameter gradient was too large for the tolerances, those before a checkpoint included; 0 in a run in which nothing was wrong. Looked for
    /// in the first minibatch and in every 128th: see <see cref="GradientMethod.ControlsError"/>.
    /// </summary>
    public int Refinements { get; init; }

    /// <summary>The longest step, in units of time, that minibatches are solved with since then; infinity without <see cref="Refinements"/>. <see cref="OdeSolverOptions.MaxStep"/> holds as well.</summary>
    public double StepLimit { get; init; } = double.PositiveInfinity;

    /// <summary>Duration of this run.</summary>
    public TimeSpan Elapsed { get; init; }
}
