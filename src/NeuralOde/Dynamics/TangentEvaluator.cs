namespace NeuralOde;

/// <summary>An evaluator that also gives Jacobian–vector products.</summary>
/// <remarks>
/// These are to Jacobians what vector–Jacobian products are to gradients: they add in the order of the evaluation itself, so a
/// sample's have the same bits alone and in any batch, and one more gives ∂f/∂t.
/// </remarks>
internal abstract class TangentEvaluator(int dimension, int parameterCount, BatchLayout layout) : DifferentiableEvaluator(dimension, parameterCount, layout)
{
    /// <summary>Whether <see cref="PropagateTangent"/> knows all of ∂f/∂t; not so with an input u(t).</summary>
    public virtual bool HasTimeTangent => true;

    /// <summary>derivativeTangents = ∂f/∂y · stateTangents + ∂f/∂t · timeTangent at a recorded point.</summary>
    public abstract void PropagateTangent(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record,
        ReadOnlySpan<double> stateTangents, double timeTangent, Span<double> derivativeTangents);
}
