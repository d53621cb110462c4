namespace NeuralOde;

/// <summary>
/// Finds out what shorter steps would change in the parameter gradient of a discrete adjoint. A second gradient from the same steps (<see cref="GradientScreen"/>), where it suits the method, says of
/// which samples that is in doubt; for these all is solved again with every step in two parts, and goes back from the same cotangents.
/// </summary>
internal sealed class DiscreteAdjointError
{
    private readonly DiscreteAdjoint _engine;
    private readonly DifferentiableEvaluator _evaluator;
    private readonly OdeSolverOptions _options;
    private readonly StepRefinement _refinement;
    private readonly StepScript _script;
    private readonly bool[] _isInDoubt;
    private GradientScreen? _screen;
    private DiscreteAdjoint? _divided;

    /// <param name="engine">Whose gradient is measured.</param>
    /// <param name="evaluator">Its vector field.</param>
    /// <param name="options">Resolved options of its solve.</param>
    public DiscreteAdjointError(DiscreteAdjoint engine, DifferentiableEvaluator evaluator, OdeSolverOptions options)
    {
        _engine = engine;
        _evaluator = evaluator;
        _options = options;
        _refinement = new StepRefinement(options);
        _script = new StepScript(engine.Layout);
        _isInDoubt = new bool[engine.Layout.Samples];
        SuitsScreen = GradientScreen.Suits(options.ResolvedMethod.Tableau!);
    }

    /// <summary>Whether there is a second gradient, for which the tape must keep the middles of the steps.</summary>
    public bool SuitsScreen { get; }

    private StepTape Tape => _engine.Forward.Integrator.Tape;

    /// <summary>The second gradient at the beginning of a backward pass; null where it does not suit the method.</summary>
    public GradientScreen? BeginScreen()
    {
        if (!SuitsScreen)
            return null;
        _screen ??= new GradientScreen(_evaluator, _options.ResolvedMethod.Tableau!);
        _screen.Begin();
        return _screen;
    }

    /// <summary>Makes memory where a solve needed more than any before, so that the next that is measured finds enough.</summary>
    public void Reserve()
    {
        for (int round = 0; _screen is not null && round < Tape.Capacity; round++)
            Tape[round].KeepMiddle();
        int capacity = 2 * Tape.Capacity;
        if (_divided is null || _divided.Forward.Integrator.Tape.Capacity >= capacity)
            return;
        _divided.Forward.Integrator.Tape.Reserve(capacity);
        _script.Reserve(capacity);
    }

    /// <summary>After a backward pass, fills in the engine's <see cref="GradientEngine.ParameterErrors"/>.</summary>
    /// <param name="cotangents">Those that it went back from.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    /// <returns>What it cost, with what the second gradient did.</returns>
    public OdeStatistics Measure(ReadOnlySpan<double> cotangents, CancellationToken cancellationToken)
    {
        _script.Clear();
        for (int round = 0; round < Tape.Count; round++)
            _script.AddParts(Tape[round]);
        if (_screen is null)
            _isInDoubt.AsSpan().Fill(true);
        else
            FindDoubts(_screen);
        OdeStatistics cost = _screen?.Statistics ?? default;
        return _isInDoubt.AsSpan().Contains(true) ? cost + Divide(cotangents, cancellationToken) : cost;
    }

    /// <summary>Notes the samples whose second gradient differs too much, and the errors of the others.</summary>
    private void FindDoubts(GradientScreen screen)
    {
        for (int sample = 0; sample < _isInDoubt.Length; sample++)
        {
            double scale = _engine.SampleGradients!.Largest(sample), error = ScreenedError(screen, sample, scale);
            _engine.ParameterErrors[sample] = new SampleParameterError { Error = error, IsEstimate = true, Scale = scale, LongestStep = _script.Longest(sample) };
            _isInDoubt[sample] = screen.IsInDoubt(sample, InTolerances(error, scale), _refinement.RelativeTolerance);
        }
    }

    /// <summary>Measures the samples in doubt. The others keep what was found of them alone, so that this does not depend on their batch-mates.</summary>
    private OdeStatistics Divide(ReadOnlySpan<double> cotangents, CancellationToken cancellationToken)
    {
        if (Tape.Count == 0)
        {
            _engine.ParameterErrors.AsSpan().Clear();
            return default;
        }

        _divided ??= DiscreteAdjoint.Over(_script, _evaluator, _options);
        Reserve();
        // Where a sample fails the others are measured all the same.
        _divided.Solve(_engine.Grid, Tape[0].StartStates, out _, cancellationToken);
        _divided.Propagate(cotangents, parameterGradient: default, out _, cancellationToken);
        for (int sample = 0; sample < _isInDoubt.Length; sample++)
        {
            if (_isInDoubt[sample])
                _engine.ParameterErrors[sample] = Compare(_divided, sample);
        }

        return new OdeStatistics
        {
            Evaluations = _divided.ForwardStatistics.Evaluations + _divided.BackwardStatistics.Evaluations,
            VectorJacobianProducts = _divided.BackwardStatistics.VectorJacobianProducts,
        };
    }

    private SampleParameterError Compare(DiscreteAdjoint divided, int sample)
    {
        double scale = _engine.SampleGradients!.Largest(sample);
        if (divided.Forward.Integrator.Failure(sample) is not null)
            return SampleParameterError.OfFailure(scale, _script.Longest(sample));
        double solutionChange = LargestChange(_engine.Forward.Integrator, divided.Forward.Integrator, sample);
        bool isHardlyFelt = _screen is not null
            && _screen.HardlyFeelsSolution(sample, InTolerances(ScreenedError(_screen, sample, scale), scale), _refinement.RelativeTolerance);
        return new SampleParameterError
        {
            Error = _engine.SampleGradients.Difference(divided.SampleGradients!, sample),
            Scale = scale,
            Explained = _refinement.Explained(solutionChange, isHardlyFelt),
            LongestStep = _script.Longest(sample),
        };
    }

    private double ScreenedError(GradientScreen screen, int sample, double scale) => GradientScreen.Error(_engine.SampleGradients!.Difference(screen.Gradients, sample), scale);

    private double InTolerances(double error, double scale) => error == 0.0 ? 0.0 : error / _refinement.Tolerance(scale);

    /// <summary>The largest change of a sample's state at the end of any step, in tolerances.</summary>
    private static double LargestChange(Integrator solve, Integrator divided, int sample)
    {
        double largest = 0.0;
        int round = 0;
        for (int i = 0; i < divided.Tape.Count; i++)
        {
            if (divided.Tape[i].Steps[sample] == 0.0)
                continue;
            while (solve.Tape[round].Steps[sample] == 0.0)
                round++;
            if (divided.Tape[i].EndTimes[sample] == solve.Tape[round].EndTimes[sample])
                largest = Math.Max(largest, solve.Errors.LargestDifference(solve.Tape[round++].EndStates, divided.Tape[i].EndStates, sample));
        }

        return largest;
    }
}
