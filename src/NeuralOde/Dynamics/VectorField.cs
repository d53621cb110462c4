namespace NeuralOde;

/// <summary>
/// The right-hand side f of dy/dt = f(y, t). An immutable description that any number of solves on any number of threads
/// may share; each solve makes its own evaluator with the memory it needs.
/// </summary>
public abstract class VectorField
{
    private protected VectorField(int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        Dimension = dimension;
    }

    /// <summary>Components of the state.</summary>
    public int Dimension { get; }

    /// <summary>A vector field written as a function of one state. It can be solved; for one that can be trained see <see cref="TrainableVectorField"/>.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="function">Called with one sample's time and state at a time. An exception it throws passes through to the caller of the solve.</param>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive or <paramref name="function"/> is null.</exception>
    /// <example>
    /// <code>
    /// var fall = VectorField.FromFunction(dimension: 2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -9.81; });
    /// </code>
    /// </example>
    public static VectorField FromFunction(int dimension, VectorFieldFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new FunctionVectorField(dimension, function);
    }

    /// <summary>Evaluates f at one point.</summary>
    /// <param name="t">Time.</param>
    /// <param name="state">State, <see cref="Dimension"/> numbers.</param>
    /// <param name="derivative">Receives f(state, t), <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Evaluate(double t, ReadOnlySpan<double> state, Span<double> derivative)
    {
        Guard.Length(state, Dimension);
        Guard.Length(derivative, Dimension);
        var layout = new BatchLayout(1);
        var times = new double[layout.RowLength];
        var states = new double[layout.Length(Dimension)];
        var derivatives = new double[layout.Length(Dimension)];
        times.AsSpan().Fill(t);
        state.CopyTo(states);
        CreateEvaluator(layout).Evaluate(times, states, derivatives, record: default);
        derivatives.AsSpan(0, Dimension).CopyTo(derivative);
    }

    internal abstract VectorFieldEvaluator CreateEvaluator(BatchLayout layout);
}
