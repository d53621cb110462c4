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

    /// <summary>Duration of this run.</summary>
    public TimeSpan Elapsed { get; init; }
}
