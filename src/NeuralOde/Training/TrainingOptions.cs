namespace NeuralOde;

/// <summary>How to train. Immutable; checked when a <see cref="Trainer"/> is made.</summary>
public sealed record TrainingOptions
{
    /// <summary>Descent steps to take, skipped minibatches included; at least 1, 1000 unless said otherwise.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>
    /// Segments in a minibatch, drawn at random without repetition; at least 1, 20 unless said otherwise. Null takes every segment in every iteration.
    /// </summary>
    public int? BatchSize { get; init; } = 20;

    /// <summary>
    /// Consecutive observations in a segment, at least 2, 10 unless said otherwise: the first is the initial state, and all count in the loss.
    /// A trajectory with fewer is one segment. Null takes whole trajectories.
    /// </summary>
    public int? SegmentLength { get; init; } = 10;

    /// <summary>
    /// Where segments start; <see cref="InitialStates.Observed"/> unless said otherwise. With <see cref="InitialStates.Learned"/> segments lie side by side, each starting where the one before ends,
    /// and each has a start of its own, which the optimizer moves along with the parameters, without weight decay and in the iterations that the segment is drawn in. <see cref="Trainer.LearnedStarts"/> gives them.
    /// </summary>
    public InitialStates InitialStates { get; init; }

    /// <summary>
    /// With learned starts, the weight of the mean squared distance, in standardized units, between the end of a segment and the start of the next, which is added to the loss; finite and at least 0, 1 unless said otherwise.
    /// </summary>
    public double ContinuityWeight { get; init; } = 1.0;

    /// <summary>Seed of everything random: the same seed on the same machine gives the same bits.</summary>
    public int Seed { get; init; }

    /// <summary>The loss on all numbers of a minibatch; mean squared error unless said otherwise.</summary>
    public Loss Loss { get; init; } = Loss.MeanSquaredError;

    /// <summary>The descent method; Adam unless said otherwise.</summary>
    public Optimizer Optimizer { get; init; } = Optimizer.Adam(learningRate: 1e-3);

    /// <summary>How the learning rate changes over the iterations.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>A gradient of larger Euclidean norm is shortened to this; positive. Infinity (the default) leaves gradients alone.</summary>
    public double MaxGradientNorm { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Part of the data held out for validation, from 0 to below 1: whole trajectories drawn at random where there are several,
    /// else the last observations of the only one. Not used when validation data are given to the trainer.
    /// </summary>
    public double ValidationFraction { get; init; }

    /// <summary>Iterations between two looks at the validation loss; at least 1, 50 unless said otherwise.</summary>
    public int ValidationInterval { get; init; } = 50;

    /// <summary>Looks at the validation loss without an improvement after which training stops early; at least 1. Null, or no validation data, never stops early.</summary>
    public int? Patience { get; init; }

    /// <summary>Whether training that comes to its end gives the model the parameters with the lowest validation loss. Without validation data it has no effect.</summary>
    public bool KeepBestParameters { get; init; } = true;

    /// <summary>Minibatches in a row that may fail before training gives up; at least 1, 100 unless said otherwise.</summary>
    public int MaxConsecutiveFailures { get; init; } = 100;

    internal void Validate()
    {
        TrainingArguments.AtLeast(1, Iterations);
        if (BatchSize is { } batchSize)
            TrainingArguments.AtLeast(1, batchSize, nameof(BatchSize));
        if (SegmentLength is { } segmentLength)
            TrainingArguments.AtLeast(2, segmentLength, nameof(SegmentLength));
        if (!Enum.IsDefined(InitialStates))
            throw new ArgumentOutOfRangeException(nameof(InitialStates), InitialStates, "There are no such initial states.");
        TrainingArguments.NonNegative(ContinuityWeight);
        ArgumentNullException.ThrowIfNull(Loss);
        ArgumentNullException.ThrowIfNull(Optimizer);
        ArgumentNullException.ThrowIfNull(Schedule);
        if (!(MaxGradientNorm > 0.0))
            throw new ArgumentOutOfRangeException(nameof(MaxGradientNorm), MaxGradientNorm, "MaxGradientNorm must be positive.");
        if (!(ValidationFraction >= 0.0 && ValidationFraction < 1.0))
            throw new ArgumentOutOfRangeException(nameof(ValidationFraction), ValidationFraction, "ValidationFraction must be from 0 to below 1.");
        TrainingArguments.AtLeast(1, ValidationInterval);
        if (Patience is { } patience)
            TrainingArguments.AtLeast(1, patience, nameof(Patience));
        TrainingArguments.AtLeast(1, MaxConsecutiveFailures);
    }

    /// <summary>What a checkpoint must agree with to be continued. The limits may change, and the number of iterations where the schedule does not depend on it.</summary>
    internal string Describe() => FormattableString.Invariant(
        $"batch {BatchSize?.ToString() ?? "all"}, segment {SegmentLength?.ToString() ?? "whole"}, seed {Seed}, loss {Loss.Describe()}, optimizer {Optimizer}, schedule {Schedule}{(Schedule.DependsOnTotal ? $" over {Iterations}" : "")}, clipping {MaxGradientNorm:R}, validation {ValidationFraction:R} every {ValidationInterval}{(InitialStates == InitialStates.Learned ? FormattableString.Invariant($", starts learned, continuity {ContinuityWeight:R}") : "")}");
}
