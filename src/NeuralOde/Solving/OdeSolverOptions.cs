namespace NeuralOde;

/// <summary>How to solve: method, accuracy, limits. Immutable, with lists copied when they are set; checked when it is used.</summary>
/// <example>
/// <code>
/// var options = new OdeSolverOptions { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, MaxSteps = 10_000 };
/// </code>
/// </example>
public sealed record OdeSolverOptions
{
    /// <summary>
    /// The integration method. Null (the default) leaves it to who solves: <see cref="OdeSolver.DefaultMethod"/> in <see cref="OdeSolver"/>,
    /// <see cref="OdeMethod.DormandPrince5"/> in <see cref="NeuralOdeModel"/>.
    /// </summary>
    public OdeMethod? Method { get; init; }

    /// <summary>Error allowed per step relative to the state, from 0 to below 1; 1e-6 unless said otherwise. The error at the end of a solve is usually 10 to 100 times as large.</summary>
    public double RelativeTolerance { get; init; } = 1e-6;

    /// <summary>Error allowed per step in the units of the state, at least 0: what counts as zero. 1e-9 unless said otherwise.</summary>
    public double AbsoluteTolerance { get; init; } = 1e-9;

    /// <summary>Relative tolerances per component, each from 0 to below 1, in the place of <see cref="RelativeTolerance"/>; null (the default) takes that for all.</summary>
    public IReadOnlyList<double>? RelativeTolerances { get; init => field = ListCopy.Of(value); }

    /// <summary>Absolute tolerances per component, in each one's own units, in the place of <see cref="AbsoluteTolerance"/>; null (the default) takes that for all.</summary>
    public IReadOnlyList<double>? AbsoluteTolerances { get; init => field = ListCopy.Of(value); }

    /// <summary>How the components' errors make one number; the root of their mean square unless said otherwise.</summary>
    public ErrorNorm ErrorNorm { get; init; } = ErrorNorm.RootMeanSquare;

    /// <summary>Whether every sample of a batch has its own steps (the default) or one step serves all.</summary>
    public ErrorControl ErrorControl { get; init; }

    /// <summary>Step-size controller; null (the default) takes the method's. Not used with <see cref="FixedStep"/>, and by methods of variable order only for its limits.</summary>
    public StepSizeController? Controller { get; init; }

    /// <summary>Length of the first step, positive, in units of time; null chooses it (Hairer, Nørsett, Wanner, Solving ODEs I, section II.4).</summary>
    public double? InitialStep { get; init; }

    /// <summary>Longest step, positive, in units of time.</summary>
    public double MaxStep { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Shortest step that is tried, at least 0 (the default), in units of time; where it is too long for the tolerances the solve ends
    /// with <see cref="OdeStatus.StepSizeUnderflow"/>. A step that lands on a stop may be shorter.
    /// </summary>
    public double MinStep { get; init; }

    /// <summary>
    /// Times, in any order, at which the right-hand side jumps or has a kink: a step ends on each and the next begins anew, with
    /// the right-hand side evaluated on the proper side of it; only <see cref="OdeMethod.Kvaerno5"/>, with a stage behind the end of its
    /// steps, looks across. Times outside a solve's interval do not matter.
    /// </summary>
    public IReadOnlyList<double>? JumpTimes { get; init => field = ListCopy.Of(value); }

    /// <summary>
    /// A constant step, positive, in units of time, instead of error control: the steps lie at t0 + n·step and the last is
    /// shortened to land on the end; with <see cref="StepToOutputTimes"/> the steps are counted from every output time anew, and always
    /// from every jump time and from where an event changes the state.
    /// At most <see cref="MaxStep"/>. Null (the default) adapts the step to the tolerances.
    /// </summary>
    public double? FixedStep { get; init; }

    /// <summary>
    /// Steps, rejected ones included, after which a sample gives up with <see cref="OdeStatus.TooManySteps"/>; at least 1, 100 000 unless said otherwise.
    /// Counted anew from every time that a step has to land on.
    /// </summary>
    public int MaxSteps { get; init; } = 100_000;

    /// <summary>
    /// False (the default) interpolates the output times, so that asking for more of them costs no evaluations.
    /// True makes a step end on every one.
    /// </summary>
    public bool StepToOutputTimes { get; init; }

    /// <summary>
    /// What the solution keeps: the output times where such are given and else every step, unless said otherwise. Models give what they are asked
    /// for and cannot have another.
    /// </summary>
    public OdeOutput Output { get; init; }

    /// <summary>Keeps every step, so that <see cref="OdeSolution.Evaluate(double)"/> gives the solution at any time. A solve over an interval always does, unless its <see cref="Output"/> is another than every step.</summary>
    public bool DenseOutput { get; init; }

    /// <summary>
    /// What to watch for along the solution; none unless said otherwise. Steps are interpolated for it, which costs some methods
    /// further evaluations. Possible with errors controlled per sample only, and not in the solver of a <see cref="NeuralOdeModel"/>.
    /// </summary>
    public IReadOnlyList<OdeEvent> Events { get; init => field = ListCopy.Of(value)!; } = [];

    /// <summary>
    /// Called after every accepted step, in the order of the steps; in a batch for one sample after the other. Not called where gradients are computed, and not
    /// part of a model's file. An exception it throws ends the solve and passes through to the caller. <see cref="OdeMethod.Automatic"/> may begin the steps again from the start.
    /// </summary>
    /// <example>
    /// <code>
    /// var options = new OdeSolverOptions { StepObserver = (in OdeStep step) => Console.WriteLine($"{step.Time}: {step.State[0]}") };
    /// </code>
    /// </example>
    public StepObserver? StepObserver { get; init; }

    /// <summary>
    /// Threads, at least 1 (the default), that a solve of a batch, a gradient or an iteration of training may use: the caller's and others of the thread pool. Only batches with errors
    /// controlled per sample are divided, those of more than 64 samples to be solved, those of more than 128 for a gradient; nothing is started for less.
    /// </summary>
    /// <remarks>
    /// Solutions, gradients, statistics and exceptions are the same with any number of threads. With more than one, whatever is called from the solve (right-hand side, Jacobian, events, norm,
    /// <see cref="StepObserver"/>) is called from several threads at once and must stand that; losses are not. A model's file does not hold it, and a checkpoint does not mind it.
    /// </remarks>
    /// <example>
    /// <code>
    /// var options = new OdeSolverOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
    /// </code>
    /// </example>
    public int MaxDegreeOfParallelism { get; init; } = 1;

    internal OdeMethod ResolvedMethod => Method ?? throw new InvalidOperationException("The options are not resolved.");

    internal StepSizeController ResolvedController => Controller ?? ResolvedMethod.Controller;

    /// <summary>These options with the method and the controller that a null stands for.</summary>
    internal OdeSolverOptions Resolve(OdeMethod defaultMethod)
    {
        OdeMethod method = Method ?? defaultMethod;
        return this with { Method = method, Controller = Controller ?? method.Controller };
    }

    /// <summary>These options with events that are told states in the data's units.</summary>
    internal OdeSolverOptions InUnits(Standardization? standardization)
    {
        if (standardization is null)
            return this;
        OdeSolverOptions options = Events.Count == 0 ? this : this with { Events = [.. Events.Select(each => each.InUnits(standardization))] };
        if (!standardization.ChangesTime)
            return options;
        double scale = standardization.TimeScale;
        options = options with
        {
            InitialStep = InitialStep / scale,
            MaxStep = MaxStep / scale,
            MinStep = MinStep / scale,
            FixedStep = FixedStep / scale,
            JumpTimes = JumpTimes is null ? null : [.. JumpTimes.Select(standardization.ToStandardTime)],
        };
        // A length may have become 0 or infinite.
        options.Validate(standardization.Dimension);
        return options;
    }

    /// <summary>Throws for options that make no sense.</summary>
    /// <param name="dimension">Components of the state.</param>
    /// <exception cref="ArgumentException">Names the property and its value.</exception>
    internal void Validate(int dimension)
    {
        OdeMethod method = ResolvedMethod;
        ArgumentNullException.ThrowIfNull(ErrorNorm);
        if (!(RelativeTolerance >= 0.0 && RelativeTolerance < 1.0))
            throw new ArgumentOutOfRangeException(nameof(RelativeTolerance), RelativeTolerance, "RelativeTolerance must be from 0 to below 1.");
        Guard.NotNegative(AbsoluteTolerance);
        ValidateTolerances(dimension);
        if (!Enum.IsDefined(ErrorControl))
            throw new ArgumentOutOfRangeException(nameof(ErrorControl), ErrorControl, "There is no such error control.");
        if (!Enum.IsDefined(Output))
            throw new ArgumentOutOfRangeException(nameof(Output), Output, "There is no such output.");
        ResolvedController.Validate();
        if (InitialStep is { } initialStep)
            Guard.Positive(initialStep, nameof(InitialStep));
        if (!(MaxStep > 0.0))
            throw new ArgumentOutOfRangeException(nameof(MaxStep), MaxStep, "MaxStep must be positive.");
        Guard.NotNegative(MinStep);
        if (MinStep > MaxStep)
            throw new ArgumentOutOfRangeException(nameof(MinStep), MinStep, FormattableString.Invariant($"MinStep is longer than MaxStep = {MaxStep:R}."));
        for (int i = 0; i < JumpTimes?.Count; i++)
        {
            if (!double.IsFinite(JumpTimes[i]))
                Guard.Finite(JumpTimes[i], $"{nameof(JumpTimes)}[{i}]");
        }

        if (FixedStep is { } fixedStep)
        {
            if (!method.AllowsFixedStep)
            {
                throw new ArgumentException(method == OdeMethod.Automatic
                    ? $"{method} chooses between its methods by the steps that they can take and cannot take fixed ones; leave FixedStep null, or choose {OdeMethod.Tsitouras5} or {OdeMethod.Rodas5P} yourself."
                    : $"{method} chooses its steps and orders together and cannot take fixed steps; leave FixedStep null.", nameof(FixedStep));
            }

            Guard.Positive(fixedStep, nameof(FixedStep));
            if (fixedStep > MaxStep)
                throw new ArgumentOutOfRangeException(nameof(FixedStep), fixedStep, FormattableString.Invariant($"FixedStep is longer than MaxStep = {MaxStep:R}."));
        }
        else if (!method.IsAdaptive)
            throw new ArgumentException($"{method} has no error estimate to adapt the step size to; set FixedStep, or use {OdeMethod.DormandPrince5}.", nameof(Method));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSteps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDegreeOfParallelism, 1);
        ValidateEvents();
    }

    private void ValidateEvents()
    {
        ArgumentNullException.ThrowIfNull(Events);
        for (int i = 0; i < Events.Count; i++)
        {
            if (Events[i] is null)
                throw new ArgumentException($"Events[{i}] is null.", nameof(Events));
        }

        if (Events.Count > 0 && ErrorControl == ErrorControl.Joint)
            throw new ArgumentException("Events happen to every sample at its own time and need ErrorControl.PerSample.", nameof(Events));
    }

    private void ValidateTolerances(int dimension)
    {
        CheckTolerances(RelativeTolerances, dimension, nameof(RelativeTolerances), below: 1.0);
        CheckTolerances(AbsoluteTolerances, dimension, nameof(AbsoluteTolerances), below: double.PositiveInfinity);
        for (int i = 0; i < dimension; i++)
        {
            if ((RelativeTolerances?[i] ?? RelativeTolerance) == 0.0 && (AbsoluteTolerances?[i] ?? AbsoluteTolerance) == 0.0)
                throw new ArgumentException($"The relative and the absolute tolerance of component {i} are both 0; no step could meet that.", nameof(RelativeTolerance));
        }
    }

    private static void CheckTolerances(IReadOnlyList<double>? tolerances, int dimension, string name, double below)
    {
        if (tolerances is null)
            return;
        if (tolerances.Count != dimension)
            throw new ArgumentException($"{name} has {tolerances.Count} numbers; the state has {dimension} components.", name);
        for (int i = 0; i < dimension; i++)
        {
            if (!(tolerances[i] >= 0.0 && tolerances[i] < below))
                throw new ArgumentOutOfRangeException(name, tolerances[i], $"{name}[{i}] must be at least 0 and below {(double.IsFinite(below) ? "1" : "infinity")}.");
        }
    }
}
