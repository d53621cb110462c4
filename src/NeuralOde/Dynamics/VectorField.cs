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

    /// <summary>A vector field driven by an input u(t) that all samples share.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="input">The input. Solves place step ends at its <see cref="InputSignal.Breakpoints"/>.</param>
    /// <param name="function">Called with one sample's time, state and input at a time. An exception it throws passes through to the caller of the solve.</param>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive or an argument is null.</exception>
    /// <example>
    /// A mass on a spring under a force that is measured at four times:
    /// <code>
    /// var force = InputSignal.PiecewiseLinear(times: [0.0, 0.5, 1.2, 2.0], values: [0.0, 1.0, -0.5, 0.0]);
    /// var spring = VectorField.FromFunction(dimension: 2, force, (t, y, u, dydt) =>
    /// {
    ///     dydt[0] = y[1];
    ///     dydt[1] = u[0] - 4.0 * y[0];
    /// });
    /// OdeSolution motion = OdeSolver.Solve(spring, [0.0, 0.0], t0: 0, t1: 5).EnsureSuccess();
    /// </code>
    /// </example>
    public static VectorField FromFunction(int dimension, InputSignal input, ForcedVectorFieldFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new ForcedVectorField(dimension, new SampleInputs(input), function);
    }

    /// <summary>A vector field driven by an input u(t) of its own for every sample of a batch.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="inputs">One input per sample, all with as many components. A solve must have as many samples.</param>
    /// <param name="function">Called with one sample's time, state and input at a time. An exception it throws passes through to the caller of the solve.</param>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive, an argument is null, or there are no inputs or such of different dimensions.</exception>
    /// <example>
    /// <code>
    /// InputSignal[] doses = [.. new[] { 0.5, 1.0, 2.0 }.Select(dose => InputSignal.PiecewiseConstant([0.0, 1.0], [dose, 0.0]))];
    /// var uptake = VectorField.FromFunction(dimension: 1, doses, (t, y, u, dydt) => dydt[0] = u[0] - 0.3 * y[0]);
    /// OdeBatchSolution patients = OdeSolver.SolveBatch(uptake, [[0.0], [0.0], [0.0]], times: [0.0, 1.0, 5.0]).EnsureSuccess();
    /// </code>
    /// </example>
    public static VectorField FromFunction(int dimension, IReadOnlyList<InputSignal> inputs, ForcedVectorFieldFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new ForcedVectorField(dimension, new SampleInputs(inputs), function);
    }

    /// <summary>Evaluates f at one point.</summary>
    /// <param name="t">Time.</param>
    /// <param name="state">State, <see cref="Dimension"/> numbers.</param>
    /// <param name="derivative">Receives f(state, t), <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the vector field has several inputs, one per sample.</exception>
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

    /// <summary>The number of samples a solve must have because each has its own input, or null for any number.</summary>
    internal virtual int? RequiredSamples => null;

    /// <exception cref="ArgumentException">The layout has another number of samples than <see cref="RequiredSamples"/>.</exception>
    internal abstract VectorFieldEvaluator CreateEvaluator(BatchLayout layout);

    /// <summary>
    /// The times, ascending, at which f or a derivative of it with respect to time jumps for one sample. At such a time f has its
    /// value from the right.
    /// </summary>
    internal virtual ReadOnlySpan<double> JumpTimes(int sample) => default;
}
