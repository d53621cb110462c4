namespace NeuralOde;

/// <summary>
/// The right-hand side f of dy/dt = f(y, t). An immutable description that any number of solves on any number of threads
/// may share; each solve makes its own evaluator with the memory it needs.
/// </summary>
public abstract partial class VectorField
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
    /// <param name="jacobian">∂f/∂y, for methods that need it; without it they take differences of <paramref name="function"/>.</param>
    /// <param name="isAutonomous">Promises that f does not depend on t, so that no method looks for ∂f/∂t.</param>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive or <paramref name="function"/> is null.</exception>
    /// <example>
    /// <code>
    /// var fall = VectorField.FromFunction(dimension: 2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -9.81; });
    /// </code>
    /// With its Jacobian:
    /// <code>
    /// var pendulum = VectorField.FromFunction(dimension: 2,
    ///     (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -Math.Sin(y[0]); },
    ///     (t, y, jacobian) => { jacobian[0 * 2 + 1] = 1; jacobian[1 * 2 + 0] = -Math.Cos(y[0]); },
    ///     isAutonomous: true);
    /// </code>
    /// </example>
    public static VectorField FromFunction(int dimension, VectorFieldFunction function, JacobianFunction? jacobian = null, bool isAutonomous = false)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new FunctionVectorField(dimension, function, jacobian, isAutonomous);
    }

    /// <summary>A vector field driven by an input u(t) that all samples share.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="input">The input. Solves place step ends at its <see cref="InputSignal.Breakpoints"/>.</param>
    /// <param name="function">Called with one sample's time, state and input at a time. An exception it throws passes through to the caller of the solve.</param>
    /// <param name="jacobian">∂f/∂y at the same time, state and input, for methods that need it; without it they take differences of <paramref name="function"/>.</param>
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
    /// A thermostat that follows its set point at once, with its Jacobian for a stiff method:
    /// <code>
    /// var setPoint = InputSignal.PiecewiseConstant(times: [0.0, 10.0], values: [20.0, 15.0]);
    /// var thermostat = VectorField.FromFunction(dimension: 1, setPoint,
    ///     (t, y, u, dydt) => dydt[0] = 1000.0 * (u[0] - y[0]),
    ///     (t, y, u, jacobian) => jacobian[0] = -1000.0);
    /// var options = new OdeSolverOptions { Method = OdeMethod.Rodas5P };
    /// OdeSolution warmth = OdeSolver.Solve(thermostat, [18.0], t0: 0, t1: 20, options).EnsureSuccess();
    /// </code>
    /// </example>
    public static VectorField FromFunction(int dimension, InputSignal input, ForcedVectorFieldFunction function, ForcedJacobianFunction? jacobian = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new ForcedVectorField(dimension, new SampleInputs(input), function, jacobian);
    }

    /// <summary>A vector field driven by an input u(t) of its own for every sample of a batch.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="inputs">One input per sample, all with as many components. A solve must have as many samples.</param>
    /// <param name="function">Called with one sample's time, state and input at a time. An exception it throws passes through to the caller of the solve.</param>
    /// <param name="jacobian">∂f/∂y at the same time, state and input, for methods that need it; without it they take differences of <paramref name="function"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive, an argument is null, or there are no inputs or such of different dimensions.</exception>
    /// <example>
    /// <code>
    /// InputSignal[] doses = [.. new[] { 0.5, 1.0, 2.0 }.Select(dose => InputSignal.PiecewiseConstant([0.0, 1.0], [dose, 0.0]))];
    /// var uptake = VectorField.FromFunction(dimension: 1, doses, (t, y, u, dydt) => dydt[0] = u[0] - 0.3 * y[0]);
    /// OdeBatchSolution patients = OdeSolver.SolveBatch(uptake, [[0.0], [0.0], [0.0]], times: [0.0, 1.0, 5.0]).EnsureSuccess();
    /// </code>
    /// </example>
    public static VectorField FromFunction(int dimension, IReadOnlyList<InputSignal> inputs, ForcedVectorFieldFunction function, ForcedJacobianFunction? jacobian = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new ForcedVectorField(dimension, new SampleInputs(inputs), function, jacobian);
    }

    /// <summary>A vector field written once over vectors of eight samples, so that a batch runs one sample per lane.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="function">
    /// Called with eight samples at a time, or with one eight times over. Lanes that no sample needs repeat one, or hold where it ended. An exception it
    /// throws passes through to the caller of the solve.
    /// </param>
    /// <param name="isAutonomous">Promises that f does not depend on t, so that no method looks for ∂f/∂t.</param>
    /// <remarks>
    /// Arithmetic, comparison and selection treat every lane for itself, and a sample's solution then has the same bits alone and in any batch.
    /// Some functions of <see cref="System.Runtime.Intrinsics.Vector512"/> do not: Exp, Sin and Cos take another path for all lanes where one holds a large number,
    /// and their results may differ in the last bit.
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive or <paramref name="function"/> is null.</exception>
    /// <example>
    /// A thousand oscillators:
    /// <code>
    /// var oscillator = VectorField.FromLanes(dimension: 2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -4.0 * y[0]; });
    /// double[][] amplitudes = [.. Enumerable.Range(0, 1000).Select(i => new[] { 0.001 * i, 0.0 })];
    /// OdeBatchSolution motions = OdeSolver.SolveBatch(oscillator, amplitudes, times: [0.0, 10.0]).EnsureSuccess();
    /// </code>
    /// </example>
    public static VectorField FromLanes(int dimension, LanesFunction function, bool isAutonomous = false)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new LanesVectorField(dimension, parameters: null, first: 0, samples: 0, (t, y, _, dydt) => function(t, y, dydt), isAutonomous);
    }

    /// <summary>As <see cref="FromLanes(int, LanesFunction, bool)"/>, with parameters of its own for every sample of a batch.</summary>
    /// <param name="dimension">Components of the state, at least 1.</param>
    /// <param name="parameters">One array per sample, all of the same length and finite; copied. A solve must have as many samples.</param>
    /// <param name="function">Called with eight samples and their parameters at a time. An exception it throws passes through to the caller of the solve.</param>
    /// <param name="isAutonomous">Promises that f does not depend on t, so that no method looks for ∂f/∂t.</param>
    /// <inheritdoc cref="FromLanes(int, LanesFunction, bool)" path="/remarks"/>
    /// <exception cref="ArgumentException"><paramref name="dimension"/> is not positive, an argument is null, or the arrays are none, of different lengths or not finite.</exception>
    /// <example>
    /// Van der Pol's oscillator at a hundred values of its parameter:
    /// <code>
    /// double[][] damping = [.. Enumerable.Range(0, 100).Select(i => new[] { 0.05 * i })];
    /// var oscillators = VectorField.FromLanes(dimension: 2, damping, (t, y, p, dydt) =>
    /// {
    ///     dydt[0] = y[1];
    ///     dydt[1] = p[0] * (y[1] - y[0] * y[0] * y[1]) - y[0];
    /// });
    /// double[][] starts = [.. damping.Select(_ => new[] { 2.0, 0.0 })];
    /// OdeBatchSolution cycles = OdeSolver.SolveBatch(oscillators, starts, times: [0.0, 10.0]).EnsureSuccess();
    /// </code>
    /// </example>
    public static VectorField FromLanes(int dimension, IReadOnlyList<double[]> parameters, ParametricLanesFunction function, bool isAutonomous = false)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(function);
        if (parameters.Count == 0)
            throw new ArgumentException("parameters is empty; there must be one array per sample.", nameof(parameters));
        var copies = new double[parameters.Count][];
        for (int sample = 0; sample < copies.Length; sample++)
        {
            if (parameters[sample] is not { } values)
                throw new ArgumentException($"parameters[{sample}] is null.", nameof(parameters));
            if (values.Length != parameters[0].Length)
                throw new ArgumentException($"parameters[{sample}] has {values.Length} numbers, but parameters[0] has {parameters[0].Length}.", nameof(parameters));
            Guard.Finite(values, $"parameters[{sample}]");
            copies[sample] = [.. values];
        }

        return new LanesVectorField(dimension, copies, first: 0, copies.Length, function, isAutonomous);
    }

    /// <summary>Evaluates f at one point.</summary>
    /// <param name="t">Time.</param>
    /// <param name="state">State, <see cref="Dimension"/> numbers.</param>
    /// <param name="derivative">Receives f(state, t), <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the vector field has several inputs or arrays of parameters, one per sample.</exception>
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

    /// <summary>Gives the Jacobian ∂f/∂y at one point, as a method that needs it would get it.</summary>
    /// <remarks>
    /// A network's is exact but for rounding, as is that of a field with a Jacobian or vector–Jacobian products of its own, if these are
    /// right. Otherwise it is made of forward differences, good to about eight digits where f is smooth at the scale of
    /// the state: each component is moved by 1.5e-8 of its size, or as if its size were 0.001 where it is smaller.
    /// </remarks>
    /// <param name="t">Time.</param>
    /// <param name="state">State, <see cref="Dimension"/> numbers.</param>
    /// <param name="jacobian">
    /// Receives ∂f_i/∂y_j at <c>i * Dimension + j</c>, <see cref="Dimension"/>² numbers; all of them NaN where one can not be had or is not finite.
    /// </param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <example>
    /// <code>
    /// var decay = VectorField.FromFunction(dimension: 1, (t, y, dydt) => dydt[0] = -y[0] * y[0]);
    /// var jacobian = new double[1];
    /// decay.EvaluateJacobian(t: 0, state: [3.0], jacobian);   // −6, to about eight digits
    /// </code>
    /// </example>
    public void EvaluateJacobian(double t, ReadOnlySpan<double> state, Span<double> jacobian)
    {
        Guard.Length(state, Dimension);
        Guard.Length(jacobian, ArrayLength.Of((Dimension, "components"), (Dimension, "components")));
        var layout = new BatchLayout(1);
        var times = new double[layout.RowLength];
        var states = new double[layout.Length(Dimension)];
        var derivatives = new double[layout.Length(Dimension)];
        times.AsSpan().Fill(t);
        state.CopyTo(states);
        VectorFieldEvaluator evaluator = CreateEvaluator(layout);
        evaluator.Evaluate(times, states, derivatives, record: default);
        Span<bool> isThere = [true];
        evaluator.CreateJacobianEvaluator(JacobianEvaluator.DefaultScale)
            .Evaluate(times, ends: times, states, derivatives, needed: [true], jacobian, isThere);
        if (!isThere[0])
            jacobian.Fill(double.NaN);
    }

    /// <summary>Whether f is known not to depend on time.</summary>
    internal virtual bool IsAutonomous => false;

    /// <summary>The number of samples a solve must have because each has its own input or parameters, or null for any number.</summary>
    internal virtual int? RequiredSamples => null;

    /// <summary>The vector field of some of the samples that it is for.</summary>
    /// <param name="first">The sample that becomes sample 0.</param>
    /// <param name="count">How many, from there on.</param>
    internal virtual VectorField ForSamples(int first, int count) => this;

    /// <summary>The vector field that a solve in standardized states, time and inputs needs: the same, unless it has signals of its own, which are functions of the data's time.</summary>
    internal virtual VectorField InUnits(Standardization standardization) => this;

    /// <exception cref="ArgumentException">The layout has another number of samples than <see cref="RequiredSamples"/>.</exception>
    internal abstract VectorFieldEvaluator CreateEvaluator(BatchLayout layout);
}
