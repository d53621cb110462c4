namespace NeuralOde;

/// <summary>An evaluator that also gives vector–Jacobian products.</summary>
/// <remarks>
/// The product with ∂f/∂y and the one with ∂f/∂θ are separate calls: an adjoint needs the first at once and the second only
/// for steps that turn out to be accepted, weighted by each sample's own step.
/// </remarks>
internal abstract class DifferentiableEvaluator(int dimension, int parameterCount, BatchLayout layout) : VectorFieldEvaluator(dimension, layout)
{
    internal const double DoubleRoundoff = 1.1102230246251565e-16;

    public int ParameterCount { get; } = parameterCount;

    /// <summary>Numbers that <see cref="PropagateCotangent"/> leaves for <see cref="AccumulateGradient"/>; <see cref="VectorFieldEvaluator.SelectRecord"/> works on them too.</summary>
    public abstract int CotangentRecordLength { get; }

    /// <summary>Numbers that <see cref="AccumulateGradient"/> adds to: one per parameter, or several partial sums of each.</summary>
    public virtual int GradientSumLength => ParameterCount;

    /// <summary>stateCotangents = (∂f/∂y)ᵀ · cotangents at a recorded point. Those of inactive samples may be anything finite.</summary>
    public abstract void PropagateCotangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
        ReadOnlySpan<double> cotangents, Span<double> stateCotangents, Span<double> cotangentRecord);

    /// <summary>
    /// Adds to the sums of the gradient: Σ over samples of weight · (∂f/∂θ)ᵀ · cotangents, after <see cref="PropagateCotangent"/> with the same
    /// arguments. Empty <paramref name="weights"/> count every sample once.
    /// </summary>
    public abstract void AccumulateGradient(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
        ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums);

    /// <summary>Parameters that <see cref="AccumulateSampleSums"/> looks at: all, or enough to stand for them.</summary>
    public abstract int SampleSumCount { get; }

    /// <summary>Numbers in a row of <see cref="AccumulateSampleSums"/>: one per sample, padding included.</summary>
    public virtual int SampleSumStride => Layout.Stride;

    /// <summary>Half the distance from 1 to the next number of the precision that products are computed in.</summary>
    public virtual double UnitRoundoff => DoubleRoundoff;

    /// <summary>
    /// As <see cref="AccumulateGradient"/>, but for every sample by itself: sums[k · stride + s] += weight · component of (∂f/∂θ)ᵀ · cotangents, for <see cref="SampleSumCount"/> parameters k.
    /// What was added without its sign is added to <paramref name="magnitudes"/>, unless these are empty.
    /// </summary>
    public abstract void AccumulateSampleSums(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
        ReadOnlySpan<double> cotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums, Span<double> magnitudes);

    /// <summary>gradient += what the sums of <see cref="AccumulateGradient"/> add up to.</summary>
    public virtual void AddSums(ReadOnlySpan<double> sums, Span<double> gradient)
    {
        for (int parameter = 0; parameter < gradient.Length; parameter++)
            gradient[parameter] += sums[parameter];
    }

    public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) => new CotangentJacobian(this);
}
