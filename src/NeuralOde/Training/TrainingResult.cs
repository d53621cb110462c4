namespace NeuralOde;

/// <summary>How a training run went.</summary>
/// <param name="End">Why it ended.</param>
/// <param name="Iterations">Iterations done, those before a checkpoint included.</param>
/// <param name="Loss">Loss of the last minibatch that was not skipped; NaN if all were.</param>
/// <param name="BestValidationLoss">The lowest validation loss, or null without validation data.</param>
/// <param name="SkippedMinibatches">Minibatches skipped.</param>
/// <param name="LastFailure">Where and how a solve failed last, or null if none did in this run.</param>
/// <param name="Elapsed">Duration of this run.</param>
public sealed record TrainingResult(TrainingEnd End, int Iterations, double Loss, double? BestValidationLoss, int SkippedMinibatches,
    OdeFailure? LastFailure, TimeSpan Elapsed);
