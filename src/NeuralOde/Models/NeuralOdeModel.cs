namespace NeuralOde;

/// <summary>A learnable vector field with the way to solve it and to differentiate the solution.</summary>
/// <remarks>
/// Predicting and computing gradients do not change a model, so any number of threads may do so at once; training one, or
/// setting its properties, wants it for itself.
/// </remarks>
/// <example>
/// <code>
/// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [50], outputs: 2, Activation.Tanh, seed: 7))
/// {
///     Solver = new OdeSolverOptions { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 },
/// };
/// OdeSolution future = model.Predict(initialState: [2.0, 0.0], times: [0.0, 0.5, 1.0]);
/// </code>
/// </example>
public sealed partial class NeuralOdeModel
{
    private Standardization? _standardization;
    private OdeSolverOptions _solver = new OdeSolverOptions().Resolve(OdeMethod.DormandPrince5);
    private GradientMethod _gradient = GradientMethod.DiscreteAdjoint();
    private readonly EngineCache _engines = new();

    /// <summary>A model whose vector field is a network.</summary>
    /// <param name="network">Gives as many numbers as the state has components, and takes as many, or one more with time.</param>
    /// <param name="takesTime">Whether the network's last input is the time.</param>
    /// <exception cref="ArgumentException">The network's inputs do not fit its outputs.</exception>
    public NeuralOdeModel(Network network, bool takesTime = false)
        : this(new NeuralVectorField(network, takesTime))
    {
    }

    /// <summary>A model of any trainable vector field.</summary>
    /// <param name="field">The vector field; the model shares its parameters.</param>
    public NeuralOdeModel(TrainableVectorField field)
    {
        ArgumentNullException.ThrowIfNull(field);
        Field = field;
    }

    /// <summary>The vector field. With a <see cref="Standardization"/> it works in standardized coordinates; <see cref="Derivative"/> does not.</summary>
    public TrainableVectorField Field { get; }

    /// <summary>Components of the state.</summary>
    public int Dimension => Field.Dimension;

    /// <summary>Components of the input that every trajectory and every prediction must bring; 0 where the field takes none, or has signals of its own.</summary>
    public int InputDimension => Field.RequiredInputDimension;

    /// <summary>θ: what training changes.</summary>
    public Span<double> Parameters => Field.Parameters;

    /// <summary>How the equation is solved, in training and prediction; with <see cref="OdeMethod.DormandPrince5"/> unless a method is set.</summary>
    /// <exception cref="ArgumentException">An option makes no sense, or gradients cannot be computed through the method or through events.</exception>
    public OdeSolverOptions Solver
    {
        get => _solver;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            OdeSolverOptions solver = value.Resolve(OdeMethod.DormandPrince5);
            solver.Validate(Dimension);
            RequireGradient(solver);
            RequireOutputTimes(solver);
            _solver = solver;
        }
    }

    /// <summary>How gradients are computed; <see cref="GradientMethod.DiscreteAdjoint"/> unless said otherwise.</summary>
    public GradientMethod Gradient
    {
        get => _gradient;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _gradient = value;
        }
    }

    /// <summary>
    /// The coordinates in which the vector field works: states are standardized on the way in and restored on the way out, so
    /// that everything outside, tolerances apart, stays in the data's own units. Null (the default) leaves states as they are,
    /// until a <see cref="TrainingPlan"/> gives a new network that of its data.
    /// </summary>
    /// <exception cref="ArgumentException">It is for another dimension.</exception>
    public Standardization? Standardization
    {
        get => _standardization;
        init
        {
            if (value is not null && value.Dimension != Dimension)
                throw new ArgumentException($"The standardization is for {value.Dimension} components; the model has {Dimension}.", nameof(value));
            _standardization = value;
        }
    }

    /// <summary>Solves from an initial state over any times: those of the data, between them, or beyond.</summary>
    /// <param name="initialState">State at times[0], <see cref="Dimension"/> numbers in the data's units.</param>
    /// <param name="times">At least one time; all increasing or all decreasing.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>The solution with its status; a failed solve is no exception.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a number not finite, or the times not monotone.</exception>
    public OdeSolution Predict(ReadOnlySpan<double> initialState, ReadOnlySpan<double> times, CancellationToken cancellationToken = default) =>
        OdeSolver.Solve(FieldWithoutInput(), initialState, times, Solver, Standardization, cancellationToken);

    /// <summary>Solves as <see cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, CancellationToken)"/> does, in another way than <see cref="Solver"/> says: with any method, with events, with dense output, or with every step.</summary>
    /// <remarks>
    /// States that events, state changes and step observers see are in the data's units, as is the solution. With a <see cref="Standardization"/> tolerances and error norms
    /// refer to standardized states.
    /// </remarks>
    /// <param name="initialState">State at times[0], <see cref="Dimension"/> numbers in the data's units.</param>
    /// <param name="times">At least one time; all increasing or all decreasing.</param>
    /// <param name="options">How to solve; a null <see cref="OdeSolverOptions.Method"/> is <see cref="OdeMethod.DormandPrince5"/>.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>The solution with its status; a failed solve is no exception.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a number not finite, the times not monotone, or an option makes no sense.</exception>
    /// <example>
    /// <code>
    /// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [16], outputs: 2, seed: 7));
    /// OdeSolution crossing = model.Predict([2.0, 0.0], [0.0, 10.0], new OdeSolverOptions
    /// {
    ///     Method = OdeMethod.Rodas5P,
    ///     DenseOutput = true,
    ///     Events = [new OdeEvent((t, y) => y[0] - 1.0, EventDirection.Falling, EventAction.Terminate)],
    /// });
    /// </code>
    /// </example>
    public OdeSolution Predict(ReadOnlySpan<double> initialState, ReadOnlySpan<double> times, OdeSolverOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return OdeSolver.Solve(FieldWithoutInput(), initialState, times, options.Resolve(OdeMethod.DormandPrince5), Standardization, cancellationToken);
    }

    /// <summary>Solves from many initial states, each over its own times.</summary>
    /// <param name="initialStates">One state per sample, at the first of its times.</param>
    /// <param name="times">One array of times per sample.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>One solution per sample.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a number not finite, or times not monotone.</exception>
    public OdeBatchSolution PredictBatch(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        return OdeSolver.SolveBatch(FieldWithoutInput(), initialStates, times, Solver, Standardization, cancellationToken);
    }

    /// <summary>Solves many samples as <see cref="PredictBatch(IReadOnlyList{double[]}, IReadOnlyList{double[]}, CancellationToken)"/> does, in another way than <see cref="Solver"/> says.</summary>
    /// <remarks>See <see cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions, CancellationToken)"/>.</remarks>
    /// <param name="initialStates">One state per sample, at the first of its times, in the data's units.</param>
    /// <param name="times">One array of times per sample.</param>
    /// <param name="options">How to solve; a null <see cref="OdeSolverOptions.Method"/> is <see cref="OdeMethod.DormandPrince5"/>.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>One solution per sample.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a number not finite, times not monotone, or an option makes no sense.</exception>
    public OdeBatchSolution PredictBatch(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, OdeSolverOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(options);
        return OdeSolver.SolveBatch(FieldWithoutInput(), initialStates, times, options.Resolve(OdeMethod.DormandPrince5), Standardization, cancellationToken);
    }

    /// <summary>The learned vector field at one point, in the data's units.</summary>
    /// <param name="time">Time.</param>
    /// <param name="state">State, <see cref="Dimension"/> numbers.</param>
    /// <param name="derivative">Receives dz/dt, <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Derivative(double time, ReadOnlySpan<double> state, Span<double> derivative) => Differentiate(FieldWithoutInput(), time, state, derivative);

    /// <summary>Solves over times and differentiates a loss on the solution: the piece to build an own training loop or objective from.</summary>
    /// <param name="initialState">State at times[0], <see cref="Dimension"/> numbers.</param>
    /// <param name="times">At least one time; all increasing or all decreasing.</param>
    /// <param name="loss">Given the predicted states, returns the loss and writes its derivative.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>Loss and gradients, or the failure of the forward or backward solve.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a number not finite, or the times not monotone.</exception>
    /// <example>
    /// <code>
    /// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [16], outputs: 2, seed: 7));
    /// GradientResult g = model.ComputeGradient([2.0, 0.0], [0.0, 0.5, 1.0], (prediction, cotangent) =>
    /// {
    ///     double miss = prediction[^2] - 1.5;         // first component at the last time
    ///     cotangent[^2] = 2 * miss;
    ///     return miss * miss;
    /// });
    /// </code>
    /// </example>
    public GradientResult ComputeGradient(ReadOnlySpan<double> initialState, ReadOnlySpan<double> times, TrajectoryLossFunction loss, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Guard.Length(initialState, Dimension);
        Guard.Finite(initialState);
        Guard.Times(times);
        FieldWithoutInput();
        BatchGradientResult batch = ComputeBatchGradient([initialState.ToArray()], [times.ToArray()],
            (_, prediction, cotangent) => loss(prediction, cotangent), cancellationToken);
        return new GradientResult(batch);
    }

    /// <summary>As <see cref="ComputeGradient"/>, for many samples at once; the loss is the sum over the samples.</summary>
    /// <remarks>
    /// More than 128 samples are computed in parts, on as many threads as <see cref="OdeSolverOptions.MaxDegreeOfParallelism"/> of <see cref="Solver"/> allows, 1 unless
    /// said otherwise; no bit depends on the number of threads.
    /// </remarks>
    /// <param name="initialStates">One state per sample, at the first of its times.</param>
    /// <param name="times">One array of times per sample.</param>
    /// <param name="loss">Called for every sample, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>Loss and gradients, or the first failure of a forward or backward solve.</returns>
    /// <exception cref="ArgumentException">A length is wrong, a number not finite, or times not monotone.</exception>
    public BatchGradientResult ComputeBatchGradient(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, BatchLossFunction loss, CancellationToken cancellationToken = default)
    {
        FieldWithoutInput();
        return Differentiate(initialStates, times, inputs: null, loss, cancellationToken);
    }

    /// <summary>Lets go of the memory that the model keeps from one gradient to the next.</summary>
    /// <remarks>
    /// <see cref="ComputeGradient"/> and <see cref="ComputeBatchGradient"/> keep the memory of their last calls, for up to four batch sizes, solvers or gradient
    /// methods, so that the next such call allocates next to nothing. With <see cref="GradientMethod.DiscreteAdjoint"/> this grows with the steps of the longest solve,
    /// by what a step records (100 000 steps of two components: about 190 MB). A <see cref="Trainer"/> has memory of its own.
    /// </remarks>
    public void ReleaseMemory() => _engines.Release();

    /// <summary>Writes the model as a safetensors file, with architecture, solver, gradient method and standardization in its metadata.</summary>
    /// <remarks>
    /// The tensors have the names and shapes of a PyTorch <c>nn.Sequential</c> with the same layers (<c>0.weight</c>,
    /// outputs × inputs, and so on). An existing file is replaced in one step.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidOperationException">The vector field is not a network or has an input signal for every sample, or a parameter is not finite.</exception>
    /// <exception cref="IOException">The file cannot be written, is read-only, or is no regular file: no folder, device or pipe.</exception>
    public void Save(string path) => ModelFile.Write(this, path);

    /// <summary>Reads a model written by <see cref="Save"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is damaged or not such a model; the message says where.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static NeuralOdeModel Load(string path) => ModelFile.Read(path);

    private static void RequireGradient(OdeSolverOptions solver)
    {
        if (!solver.ResolvedMethod.HasGradient)
        {
            throw new ArgumentException($"There are no gradients through {solver.Method}. Use an explicit Runge–Kutta method such as {OdeMethod.DormandPrince5}; "
                + $"to predict with {solver.Method} only, give Predict or PredictBatch its own OdeSolverOptions.", nameof(solver));
        }

        if (solver.Events.Count > 0)
        {
            throw new ArgumentException("There are no gradients through events. Leave the Events of a model's Solver empty; "
                + "to predict with events, give Predict or PredictBatch its own OdeSolverOptions.", nameof(solver));
        }
    }

    /// <summary>Losses, and whoever predicts, look at the times that they ask for.</summary>
    private static void RequireOutputTimes(OdeSolverOptions solver)
    {
        if (solver.Output is not (OdeOutput.Automatic or OdeOutput.Times))
            throw new ArgumentException($"Output = {solver.Output}: a model's Solver gives the states at the times that it is asked for; to get others, give Predict or PredictBatch its own OdeSolverOptions.", nameof(solver));
    }

    internal GradientEngine CreateEngine(int samples, SampleInputs? inputs = null, OdeSolverOptions? solver = null) =>
        Gradient.CreateEngine(inputs is null ? Field : Field.Bind(inputs), solver ?? Solver, samples);

    /// <summary>Whether the model was neither loaded nor trained, so that its parameters mean nothing yet.</summary>
    internal bool IsFresh { get; private set; } = true;

    /// <summary>From here on the parameters mean something in the present coordinates.</summary>
    internal void MarkUsed() => IsFresh = false;

    /// <summary>Sets the standardization of a model that has none.</summary>
    internal void StandardizeAutomatically(Standardization standardization) => _standardization = standardization;

    private void Differentiate(TrainableVectorField field, double time, ReadOnlySpan<double> state, Span<double> derivative)
    {
        Guard.Length(state, Dimension);
        Guard.Length(derivative, Dimension);
        if (Standardization is null)
        {
            field.Evaluate(time, state, derivative);
            return;
        }

        var standardized = new double[Dimension];
        Standardization.Apply(state, standardized);
        field.Evaluate(time, standardized, derivative);
        for (int i = 0; i < Dimension; i++)
            derivative[i] *= Standardization.Scales[i];
    }

    private BatchGradientResult Differentiate(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, IReadOnlyList<InputSignal>? inputs,
        BatchLossFunction loss, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(loss);
        if (initialStates.Count == 0)
            throw new ArgumentException("initialStates is empty; a batch needs at least one sample.", nameof(initialStates));
        EngineCache.Lease lease = _engines.Rent(this, initialStates.Count);
        for (int sample = 0; sample < inputs?.Count; sample++)
            lease.Entry.Inputs!.Set(sample, inputs[sample]);
        BatchGradientResult result = BatchGradient.Compute(this, lease.Entry.Engine, initialStates, times, loss, cancellationToken);
        _engines.Return(lease);
        return result;
    }
}
