namespace NeuralOde;

/// <summary>An evaluator that also gives vector–Jacobian products.</summary>
/// <remarks>
/// The product with ∂f/∂y and the one with ∂f/∂θ are separate calls: an adjoint needs the first at once and the second only
/// for steps that turn out to be accepted, weighted by each sample's own step.
/// </remarks>
internal abstract class DifferentiableEvaluator(int dimension, int parameterCount, BatchLayout layout) : VectorFieldEvaluator(dimension, layout)
{
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

    /// <summary>gradient += what the sums of <see cref="AccumulateGradient"/> add up to.</summary>
    public virtual void AddSums(ReadOnlySpan<double> sums, Span<double> gradient)
    {
        for (int parameter = 0; parameter < gradient.Length; parameter++)
            gradient[parameter] += sums[parameter];
    }

    public override JacobianEvaluator CreateJacobianEvaluator(double smallestScale) => new CotangentJacobian(this);
}
