namespace NeuralOde;

/// <summary>A vector field f(y, t; θ) with parameters and vector–Jacobian products: what training can fit.</summary>
/// <remarks>Evaluating does not change it; only training, or writing to <see cref="Parameters"/>, does.</remarks>
public abstract partial class TrainableVectorField : VectorField
{
    private protected TrainableVectorField(int dimension)
        : base(dimension)
    {
    }

    /// <summary>θ, the order of every gradient with respect to the parameters.</summary>
    public abstract Span<double> Parameters { get; }

    /// <summary>Length of <see cref="Parameters"/>.</summary>
    public int ParameterCount => Parameters.Length;

    /// <summary>A vector field with parameters written as functions of one state, for physics with unknown coefficients.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="parameters">Initial θ; copied.</param>
    /// <param name="function">f(t, y; θ).</param>
    /// <param name="vectorJacobianProduct">cᵀ∂f/∂y and cᵀ∂f/∂θ.</param>
    /// <remarks>Checkpoints tell such fields apart by what the two functions give for a few made-up states and parameters, and call them for that.</remarks>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive, or a parameter is not finite.</exception>
    /// <example>
    /// Exponential decay with an unknown rate:
    /// <code>
    /// var decay = TrainableVectorField.FromFunction(dimension: 1, parameters: [1.0],
    ///     (t, y, p, dydt) => dydt[0] = -p[0] * y[0],
    ///     (t, y, p, c, cy, cp) => { cy[0] = -p[0] * c[0]; cp[0] = -y[0] * c[0]; });
    /// </code>
    /// </example>
    public static TrainableVectorField FromFunction(int dimension, ReadOnlySpan<double> parameters,
        ParametricVectorFieldFunction function, VectorJacobianProductFunction vectorJacobianProduct)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(vectorJacobianProduct);
        Guard.Finite(parameters);
        return new ParametricVectorField(dimension, parameters.ToArray(), function, vectorJacobianProduct);
    }

    internal override TrainableVectorField ForSamples(int first, int count) => this;

    internal override TrainableVectorField InUnits(Standardization standardization) => this;

    /// <summary>Components of the input that comes with each trajectory; 0 where the field takes none, or has its own.</summary>
    internal virtual int RequiredInputDimension => 0;

    /// <summary>The same field, with the same parameters, under these inputs of <see cref="RequiredInputDimension"/>.</summary>
    internal virtual TrainableVectorField Bind(SampleInputs inputs) => throw new InvalidOperationException("This vector field takes no inputs.");

    internal abstract override DifferentiableEvaluator CreateEvaluator(BatchLayout layout);
}
