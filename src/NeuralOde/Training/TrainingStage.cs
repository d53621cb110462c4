namespace NeuralOde;

/// <summary>One stage of a <see cref="TrainingPlan"/>: what is fitted, over which windows of the data, and by which optimizer. Immutable; checked when a <see cref="Trainer"/> is made.</summary>
/// <remarks>
/// Without an <see cref="Optimizer"/> a stage minimizes the loss over all its segments at once by limited-memory BFGS (J. Nocedal, Math. Comp. 35 (1980) 773–782,
/// doi:10.1090/S0025-5718-1980-0572855-7) with a weak Wolfe line search, which never accepts a larger loss. It takes no learning rate; the stage ends early where no step lowers the loss any more.
/// </remarks>
/// <example>
/// <code>
/// var plan = TrainingPlan.Default with
/// {
///     Stages =
///     [
///         TrainingStage.Collocation(iterations: 500),
///         TrainingStage.Segments(length: 20, iterations: 100),
///         TrainingStage.WholeTrajectories(iterations: 300) with { Optimizer = Optimizer.Adam(1e-3), Schedule = LearningRateSchedule.Cosine(), MaxGradientNorm = 1.0 },
///     ],
/// };
/// </code>
/// </example>
public sealed record TrainingStage
{
    private TrainingStage(string name, int iterations)
    {
        Name = name;
        Iterations = iterations;
    }

    /// <summary>What the stage is called in progress and results.</summary>
    public string Name { get; init; }

    /// <summary>Whether the vector field is fitted to the derivatives of a local polynomial through the data, without solving anything.</summary>
    public bool IsCollocation { get; private init; }

    /// <summary>The most iterations, at least 1. One of limited-memory BFGS is one line search.</summary>
    public int Iterations { get; init; }

    /// <summary>Observations in a segment, at least 2; null for whole trajectories. Not used by a collocation stage.</summary>
    public int? SegmentLength { get; init; }

    /// <summary>Segments in a minibatch where there is an <see cref="Optimizer"/>, at least 1; default: null, every segment in every iteration.</summary>
    public int? BatchSize { get; init; }

    /// <summary>The descent method; default: null, limited-memory BFGS over all segments. Not used by a collocation stage.</summary>
    public Optimizer? Optimizer { get; init; }

    /// <summary>How the learning rate changes over the stage; default: constant. Needs an <see cref="Optimizer"/>.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>A gradient of larger Euclidean norm is shortened to this; positive; default: infinity. Needs an <see cref="Optimizer"/>.</summary>
    public double MaxGradientNorm { get; init; } = double.PositiveInfinity;

    /// <summary>Whether the optimizer goes on with what it remembers of the stage before, where that used the same one; default: false, it starts afresh.</summary>
    public bool KeepsOptimizer { get; init; }

    /// <summary>How much each component of the state counts in this stage's loss, finite, at least 0 and not all 0; default: empty, all alike.</summary>
    public IReadOnlyList<double> ComponentWeights { get; init; } = [];

    /// <summary>
    /// Whether the states at the starts of the segments are fitted together with the parameters instead of taken from the data; default: false. They begin at the values of a
    /// local polynomial through the data. Errors in observed starts then do no harm. Needs limited-memory BFGS.
    /// </summary>
    public bool LearnsStarts { get; init; }

    /// <summary>
    /// Weight of the squared jumps between the end of a segment and the fitted start of the next, relative to one squared error in the loss, at least 0; default: 0.
    /// Needs <see cref="LearnsStarts"/>. Small values let short segments find their own way; large ones join them to whole trajectories.
    /// </summary>
    public double Continuity { get; init; }

    /// <summary>
    /// Precision (1 / variance) of a Gaussian prior of mean 0 on every parameter, at least 0; default: 0. It adds Prior · σ² / n · |θ|² to the loss, where σ² is the variance of the
    /// recognised noise, divided by the mean squared derivative where that is above 1 in standardized units, and n the number of observed numbers: nothing where the data are clean. Needs limited-memory BFGS.
    /// </summary>
    public double Prior { get; init; }

    /// <summary>
    /// The stage is skipped where its loss at the outset is larger than this, positive; default: infinity. Over long segments of chaotic data, predictions are as far from the data as these
    /// are from their mean, whatever the parameters: then nothing is to be learned from them.
    /// </summary>
    public double MaxInitialLoss { get; init; } = double.PositiveInfinity;

    /// <summary>The stage ends after an iteration that brings iterations × observations to this many, at least 1; default: no limit. It keeps a stage of many cheap iterations short on large data.</summary>
    public long MaxPointEvaluations { get; init; } = long.MaxValue;

    /// <summary>On which data the stage is run; default: on all.</summary>
    public TrainingStageCondition Condition { get; init; }

    /// <summary>Fits the vector field to derivatives that a local polynomial through the data has: cheap, since nothing is solved, and the best start for what follows.</summary>
    /// <param name="iterations">The most iterations, at least 1.</param>
    /// <returns>The stage.</returns>
    public static TrainingStage Collocation(int iterations = 1000) => new("collocation", iterations) { IsCollocation = true };

    /// <summary>Fits solutions over windows of the data, each of which begins where the one before ends.</summary>
    /// <param name="length">Observations in a segment, at least 2.</param>
    /// <param name="iterations">The most iterations, at least 1.</param>
    /// <returns>The stage.</returns>
    public static TrainingStage Segments(int length, int iterations = 100) => new(FormattableString.Invariant($"segments of {length}"), iterations) { SegmentLength = length };

    /// <summary>Fits solutions over whole trajectories.</summary>
    /// <param name="iterations">The most iterations, at least 1.</param>
    /// <returns>The stage.</returns>
    public static TrainingStage WholeTrajectories(int iterations = 100) => new("whole trajectories", iterations);

    internal void Validate(int dimension)
    {
        ArgumentException.ThrowIfNullOrEmpty(Name);
        TrainingArguments.AtLeast(1, Iterations);
        if (SegmentLength is { } length)
            TrainingArguments.AtLeast(2, length, nameof(SegmentLength));
        if (BatchSize is { } size)
            TrainingArguments.AtLeast(1, size, nameof(BatchSize));
        ArgumentNullException.ThrowIfNull(Schedule);
        ArgumentNullException.ThrowIfNull(ComponentWeights);
        if (!(MaxGradientNorm > 0.0))
            throw new ArgumentOutOfRangeException(nameof(MaxGradientNorm), MaxGradientNorm, "MaxGradientNorm must be positive.");
        if (!(MaxInitialLoss > 0.0))
            throw new ArgumentOutOfRangeException(nameof(MaxInitialLoss), MaxInitialLoss, "MaxInitialLoss must be positive.");
        if (MaxPointEvaluations < 1)
            throw new ArgumentOutOfRangeException(nameof(MaxPointEvaluations), MaxPointEvaluations, FormattableString.Invariant($"MaxPointEvaluations must be at least 1, but it is {MaxPointEvaluations}."));
        TrainingArguments.NonNegative(Continuity);
        TrainingArguments.NonNegative(Prior);
        if (!Enum.IsDefined(Condition))
            throw new ArgumentOutOfRangeException(nameof(Condition), Condition, "Condition is no TrainingStageCondition.");
        Require(Continuity == 0.0 || LearnsStarts, nameof(Continuity), "needs LearnsStarts = true: observed starts are fixed, and jumps to them are errors of the segment before");
        Require(!IsCollocation || (Optimizer is null && !LearnsStarts), nameof(IsCollocation), "fits derivatives by limited-memory BFGS and has neither Optimizer nor LearnsStarts");
        Require(Optimizer is null || (!LearnsStarts && Prior == 0.0), nameof(Optimizer), "takes neither LearnsStarts nor Prior; leave it null for limited-memory BFGS");
        Require(Optimizer is not null || (BatchSize is null && Schedule == LearningRateSchedule.Constant && double.IsPositiveInfinity(MaxGradientNorm)), nameof(Optimizer),
            "is null, and limited-memory BFGS takes no BatchSize, Schedule or MaxGradientNorm; set an Optimizer such as Optimizer.Adam(1e-3)");
        CheckWeights(dimension);
    }

    internal string Describe() => FormattableString.Invariant(
        $"[{Name}: collocation {IsCollocation}, {Iterations} iterations, segment {SegmentLength?.ToString() ?? "whole"}, batch {BatchSize?.ToString() ?? "all"}, optimizer {Optimizer?.ToString() ?? "lbfgs"}, schedule {Schedule}, clipping {MaxGradientNorm:R}, keeps {KeepsOptimizer}, weights ({string.Join(' ', ComponentWeights.Select(w => w.ToString("R", System.Globalization.CultureInfo.InvariantCulture)))}), starts {LearnsStarts}, continuity {Continuity:R}, prior {Prior:R}, initial loss {MaxInitialLoss:R}, evaluations {MaxPointEvaluations}, {Condition}]");

    private void CheckWeights(int dimension)
    {
        if (ComponentWeights.Count == 0)
            return;
        if (ComponentWeights.Count != dimension)
            throw new ArgumentException($"Stage '{Name}': ComponentWeights has {ComponentWeights.Count} values; the model has {dimension} components.", nameof(ComponentWeights));
        for (int i = 0; i < dimension; i++)
            TrainingArguments.NonNegative(ComponentWeights[i], FormattableString.Invariant($"ComponentWeights[{i}]"));
        Require(ComponentWeights.Any(weight => weight > 0.0), nameof(ComponentWeights), "has no weight above 0");
    }

    private void Require(bool holds, string name, string requirement)
    {
        if (!holds)
            throw new ArgumentException($"Stage '{Name}': {name} {requirement}.", name);
    }
}
