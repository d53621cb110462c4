namespace NeuralOde;

/// <summary>How the learning rate changes in the course of training: a factor for each iteration that multiplies the optimizer's learning rate.</summary>
/// <remarks>
/// A schedule is immutable and shareable. The factor depends on the iteration alone, not on earlier calls, so that a resumed run sees the same
/// factors. Every factor is finite and lies in [0, 1]. Schedules of one kind with the same numbers are equal; <see cref="ToString"/> gives the kind
/// and all its numbers, exactly and independent of culture.
/// </remarks>
public abstract record LearningRateSchedule
{
    private protected LearningRateSchedule()
    {
    }

    /// <summary>The factor 1 at every iteration.</summary>
    public static LearningRateSchedule Constant { get; } = new ConstantSchedule();

    /// <summary>A staircase: factor^⌊iteration / every⌋.</summary>
    /// <param name="every">The number of iterations between two reductions; at least 1.</param>
    /// <param name="factor">What the learning rate is multiplied by at each reduction; greater than 0 and at most 1.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static LearningRateSchedule Step(int every, double factor)
    {
        TrainingArguments.AtLeast(1, every);
        TrainingArguments.Positive(factor);
        TrainingArguments.Fraction(factor);
        return new StepSchedule(every, factor);
    }

    /// <summary>Half a cosine wave from 1 down to a final fraction f: f + (1 − f) (1 + cos(π iteration / totalIterations)) / 2.</summary>
    /// <param name="finalFraction">f, in [0, 1]. It is reached at iteration = totalIterations, so the last iteration still takes a step even for 0.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="finalFraction"/> is outside [0, 1].</exception>
    /// <remarks>I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", 2017, arXiv:1608.03983, equation (5), without restarts.</remarks>
    public static LearningRateSchedule Cosine(double finalFraction = 0) => new CosineSchedule(TrainingArguments.Fraction(finalFraction));

    /// <summary>
    /// Puts a linear warm-up in front: the factor (iteration + 1) / <paramref name="iterations"/> in the first <paramref name="iterations"/>
    /// iterations, then this schedule from its own beginning over the iterations that remain.
    /// </summary>
    /// <param name="iterations">The length of the warm-up; at least 1. If training is shorter, it ends during the warm-up.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="iterations"/> is less than 1.</exception>
    /// <remarks>P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, arXiv:1706.02677, section 2.2.</remarks>
    public LearningRateSchedule WithWarmUp(int iterations) => new WarmUpSchedule(TrainingArguments.AtLeast(1, iterations), this);

    /// <summary>The number that multiplies the optimizer's learning rate at an iteration.</summary>
    /// <param name="iteration">The iteration, counted from 0. At or after <paramref name="totalIterations"/> a schedule that has an end stays there.</param>
    /// <param name="totalIterations">How many iterations are planned; at least 1.</param>
    /// <returns>The factor, in [0, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="iteration"/> is negative or <paramref name="totalIterations"/> less than 1.</exception>
    public double Factor(int iteration, int totalIterations) =>
        FactorCore(TrainingArguments.AtLeast(0, iteration), TrainingArguments.AtLeast(1, totalIterations));

    /// <summary>The kind of the schedule and all its numbers, such as <c>warmUp(iterations=100, then=cosine(finalFraction=0.1))</c>.</summary>
    /// <returns>The text; equal schedules give equal texts and different ones different texts.</returns>
    public sealed override string ToString() => Describe();

    /// <summary>A text that tells this schedule from any other one; a checkpoint stores it and compares it on resuming.</summary>
    /// <summary>Whether factors depend on the number of iterations, so that a run with another number is another run.</summary>
    internal virtual bool DependsOnTotal => false;

    internal abstract string Describe();

    private protected abstract double FactorCore(int iteration, int totalIterations);

    private sealed record ConstantSchedule : LearningRateSchedule
    {
        internal override string Describe() => "constant";

        private protected override double FactorCore(int iteration, int totalIterations) => 1;
    }

    private sealed record StepSchedule(int Every, double Reduction) : LearningRateSchedule
    {
        internal override string Describe() => FormattableString.Invariant($"step(every={Every}, factor={Reduction:R})");

        private protected override double FactorCore(int iteration, int totalIterations) => Math.Pow(Reduction, iteration / Every);
    }

    private sealed record CosineSchedule(double FinalFraction) : LearningRateSchedule
    {
        internal override bool DependsOnTotal => true;

        internal override string Describe() => FormattableString.Invariant($"cosine(finalFraction={FinalFraction:R})");

        private protected override double FactorCore(int iteration, int totalIterations)
        {
            double progress = Math.Min(1, (double)iteration / totalIterations);
            return FinalFraction + (1 - FinalFraction) * (1 + Math.Cos(Math.PI * progress)) / 2;
        }
    }

    private sealed record WarmUpSchedule(int Iterations, LearningRateSchedule Then) : LearningRateSchedule
    {
        internal override bool DependsOnTotal => Then.DependsOnTotal;

        internal override string Describe() => FormattableString.Invariant($"warmUp(iterations={Iterations}, then={Then.Describe()})");

        private protected override double FactorCore(int iteration, int totalIterations) => iteration < Iterations
            ? (iteration + 1) / (double)Iterations
            : Then.FactorCore(iteration - Iterations, Math.Max(1, totalIterations - Iterations));
    }
}
