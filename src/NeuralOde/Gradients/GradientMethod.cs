namespace NeuralOde;

/// <summary>How the gradient of a loss on a solution is computed. Immutable; see the two factories for the choice.</summary>
/// <remarks>
/// Gradients go through explicit Runge–Kutta methods, those of <see cref="OdeMethod.FromTableau"/> included
/// (<see cref="OdeMethod.HasGradient"/>), and not through implicit and multistep methods, <see cref="OdeMethod.Automatic"/> or events:
/// <see cref="NeuralOdeModel.Solver"/> refuses these. Train with an explicit method; to predict with another, or with events, give
/// <see cref="NeuralOdeModel.Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions, CancellationToken)"/> its own options. Jumps at known times are no events: see <see cref="OdeSolverOptions.JumpTimes"/>.
/// </remarks>
public abstract record GradientMethod
{
    internal const long DefaultRecordingBudget = 1L << 30;

    private protected GradientMethod()
    {
    }

    /// <summary>Whether the gradient's own error is measured, and steps are shortened where it is too large; default: true.</summary>
    /// <remarks>
    /// The solver's tolerances are about states: where these rest, as at an equilibrium, steps become long and may miss how the
    /// parameters act in the meantime. So <see cref="NeuralOdeModel.ComputeGradient"/> finds out what shorter steps would change,
    /// every time and for every sample, and a <see cref="Trainer"/> for the first minibatch and every 256th. One tolerance is relative
    /// tolerance · largest component of the gradient + absolute tolerance. Above 5 tolerances the steps are shortened and all is computed
    /// again; where no steps bring the error below 100 the gradient ends with <see cref="OdeStatus.UnresolvedGradient"/>. Steps of a
    /// <see cref="OdeSolverOptions.FixedStep"/> are never shortened, only the error is reported. A discrete adjoint through a method of
    /// fifth order costs a quarter more where it is smooth; otherwise a measured gradient costs four to five times as much as another.
    /// </remarks>
    /// <example>
    /// <code>
    /// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [16], outputs: 2, seed: 7))
    /// {
    ///     Gradient = GradientMethod.DiscreteAdjoint() with { ControlsError = false },
    /// };
    /// </code>
    /// </example>
    public bool ControlsError { get; init; } = true;

    /// <summary>
    /// Differentiates the solver: the exact gradient of the solution that was computed, whatever the tolerance, with the step
    /// sizes taken as constants. The default: accurate, fast, and free of the instabilities of a backward solve. Memory grows
    /// with the number of steps.
    /// </summary>
    /// <param name="recordingBudget">
    /// Bytes, at least 0, that may be spent on records of the vector field's inner values (a network's activations) for the whole batch. Steps beyond it
    /// keep only their states and evaluate the vector field again on the way back; the gradient has the same bits with any budget.
    /// <see cref="long.MaxValue"/> records everything, 0 nothing. 1 GiB unless said otherwise.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The budget is negative.</exception>
    /// <remarks>Hairer, Nørsett, Wanner, Solving ODEs I, section II.6; Zhuang et al. 2020, arXiv:2006.02493, for neural ODEs.</remarks>
    public static GradientMethod DiscreteAdjoint(long recordingBudget = DefaultRecordingBudget)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(recordingBudget);
        return new DiscreteAdjointMethod(recordingBudget);
    }

    /// <summary>
    /// The method of the neural-ODE paper: solves the adjoint equation backward in time together with the state, which is
    /// reset to the stored one at every observation. Memory does not grow with the number of steps; the gradient is as
    /// accurate as the tolerances make the two solves, and costs more than <see cref="DiscreteAdjoint"/>.
    /// </summary>
    /// <param name="relativeTolerance">Relative tolerance of the backward solve for every component; null takes the solver's.</param>
    /// <param name="absoluteTolerance">
    /// Absolute tolerance of the backward solve for every component, also for the adjoint, whose unit is loss per state; null takes the solver's.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The relative tolerance is not from 0 to below 1, or the absolute one negative or not finite.</exception>
    /// <remarks>
    /// R. T. Q. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud, NeurIPS 31 (2018), arXiv:1806.07366. The parameter gradient
    /// stays outside the error norm (P. Kidger, R. T. Q. Chen, T. Lyons, ICML 2021, arXiv:2009.09457).
    /// </remarks>
    public static GradientMethod ContinuousAdjoint(double? relativeTolerance = null, double? absoluteTolerance = null)
    {
        if (relativeTolerance is { } relative && !(relative >= 0.0 && relative < 1.0))
            throw new ArgumentOutOfRangeException(nameof(relativeTolerance), relative, "relativeTolerance must be from 0 to below 1.");
        if (absoluteTolerance is { } absolute)
            Guard.NotNegative(absolute, nameof(absoluteTolerance));
        return new ContinuousAdjointMethod(relativeTolerance, absoluteTolerance);
    }

    /// <param name="field">The vector field.</param>
    /// <param name="options">Validated options of the forward solve; dense output is left out, a gradient has no use for it.</param>
    /// <param name="samples">Size of the batch.</param>
    internal GradientEngine CreateEngine(TrainableVectorField field, OdeSolverOptions options, int samples)
    {
        options = ForGradient(options);
        var parts = new GradientParts(samples);
        // One step for all cannot be divided; and an evaluator says what is wrong with a field of another number of samples.
        if (parts.Count == 1 || options.ErrorControl == ErrorControl.Joint || field.RequiredSamples is { } required && required != samples)
            return CreateEngine(field, options, new BatchLayout(samples), samples);
        var engines = new AdjointEngine[parts.Count];
        for (int part = 0; part < engines.Length; part++)
            engines[part] = CreateEngine(field.ForSamples(parts.First(part), parts.Length(part)), options, new BatchLayout(parts.Length(part)), samples);
        return new DividedGradient(samples, engines, field.ParameterCount, options.MaxDegreeOfParallelism);
    }

    /// <summary>The rule by which gradients through a solve with these options are refined.</summary>
    internal StepRefinement CreateRefinement(OdeSolverOptions options) => new(Refined(ForGradient(options)));

    /// <summary>The options of the solve that the parameter gradient comes from.</summary>
    private protected virtual OdeSolverOptions Refined(OdeSolverOptions options) => options;

    /// <param name="field">The vector field.</param>
    /// <param name="options">Options <see cref="ForGradient"/>.</param>
    /// <param name="layout">The batch, or a part of it.</param>
    /// <param name="samples">Samples of the whole batch.</param>
    private protected abstract AdjointEngine CreateEngine(TrainableVectorField field, OdeSolverOptions options, BatchLayout layout, int samples);

    /// <summary>The options with a method, and outputs at the output times alone.</summary>
    private static OdeSolverOptions ForGradient(OdeSolverOptions options) =>
        options.Resolve(OdeMethod.DormandPrince5) with { DenseOutput = false, Output = OdeOutput.Times, StepObserver = null };
}

/// <summary>See <see cref="GradientMethod.DiscreteAdjoint"/>.</summary>
internal sealed record DiscreteAdjointMethod(long RecordingBudget) : GradientMethod
{
    private protected override AdjointEngine CreateEngine(TrainableVectorField field, OdeSolverOptions options, BatchLayout layout, int samples) =>
        new DiscreteAdjoint(field, options, layout, (long)((Int128)RecordingBudget * layout.Samples / samples));
}

/// <summary>See <see cref="GradientMethod.ContinuousAdjoint"/>.</summary>
internal sealed record ContinuousAdjointMethod(double? RelativeTolerance, double? AbsoluteTolerance) : GradientMethod
{
    private protected override AdjointEngine CreateEngine(TrainableVectorField field, OdeSolverOptions options, BatchLayout layout, int samples)
    {
        OdeSolverOptions backward = Refined(options);
        backward.Validate(field.Dimension);
        return new ContinuousAdjoint(field, options, backward, layout);
    }

    private protected override OdeSolverOptions Refined(OdeSolverOptions options) =>
        options with
        {
            RelativeTolerance = RelativeTolerance ?? options.RelativeTolerance,
            AbsoluteTolerance = AbsoluteTolerance ?? options.AbsoluteTolerance,
            RelativeTolerances = RelativeTolerance is null ? options.RelativeTolerances : null,
            AbsoluteTolerances = AbsoluteTolerance is null ? options.AbsoluteTolerances : null,
            InitialStep = null,
            StepToOutputTimes = false,
        };
}
