namespace NeuralOde;

/// <summary>
/// Integrates a batch in lock-step rounds: every sample has its own time, step and acceptance, all evaluate together.
/// Owns the memory of a solve and may be used again and again; not thread-safe.
/// </summary>
internal sealed class RungeKuttaIntegrator
{
    private readonly VectorFieldEvaluator _evaluator;
    private readonly BatchLayout _layout;
    private readonly int _dimension;
    private readonly int _stateLength;
    private readonly OdeSolverOptions _options;
    private readonly ButcherTableau _tableau;
    private readonly bool _records;
    private readonly StepTape? _tape;
    private readonly StepRound _ownRound;
    private readonly StepControl _control;
    private readonly InitialStep _initialStep;
    private readonly double[] _derivatives;
    private readonly double[] _ends;
    private readonly double[] _errors;
    private readonly double[] _secondErrors;
    private readonly double[] _rejected;
    private readonly double[] _restarted;
    private readonly int _lastStage;
    private readonly int _endStage;
    private int _toldActive;
    private StepRound _final;

    /// <param name="evaluator">The vector field.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="records">Whether the vector field records at every stage, for a vector–Jacobian product later.</param>
    /// <param name="keepsTape">Whether all rounds are kept in <see cref="Tape"/>.</param>
    public RungeKuttaIntegrator(VectorFieldEvaluator evaluator, OdeSolverOptions options, bool records = false, bool keepsTape = false)
    {
        _evaluator = evaluator;
        _layout = evaluator.Layout;
        _dimension = evaluator.Dimension;
        _stateLength = _layout.Length(_dimension);
        _options = options;
        _tableau = options.Method.Tableau;
        _records = records;
        _lastStage = _tableau.Stages - 1;
        _endStage = _tableau.EndStage;
        int rowLength = _layout.RowLength;
        Lanes = new SampleLanes(_layout.Samples, rowLength);
        _control = new StepControl(options, Lanes, rowLength);
        _initialStep = new InitialStep(evaluator, options);
        _derivatives = new double[_tableau.Stages * _stateLength];
        _ends = new double[rowLength];
        _errors = new double[rowLength];
        _secondErrors = new double[rowLength];
        _rejected = new double[rowLength];
        _restarted = new double[rowLength];
        _ownRound = CreateRound();
        _final = _ownRound;
        _tape = keepsTape ? new StepTape(CreateRound) : null;
    }

    public SampleLanes Lanes { get; }

    /// <summary>Evaluations of the whole batch in the last solve.</summary>
    public long Evaluations { get; private set; }

    /// <summary>The rounds of the last solve.</summary>
    public StepTape Tape => _tape ?? throw new InvalidOperationException("This integrator keeps no tape.");

    public OdeStatistics Statistics
    {
        get
        {
            long accepted = 0, rejected = 0;
            for (int sample = 0; sample < _layout.Samples; sample++)
            {
                accepted += Lanes.Accepted[sample];
                rejected += Lanes.Rejected[sample];
            }

            return new OdeStatistics(Evaluations, 0, accepted, rejected);
        }
    }

    /// <summary>The time at which every sample ended.</summary>
    public ReadOnlySpan<double> FinalTimes => _final.Times(0);

    /// <summary>The state in which every sample ended, component-major.</summary>
    public ReadOnlySpan<double> FinalStates => _final.States(0);

    /// <summary>How a sample failed, or null.</summary>
    public OdeFailure? Failure(int sample)
    {
        OdeStatus status = Lanes.Status[sample];
        // A sample may have met a NaN, recovered, and failed later for another reason.
        int component = status is OdeStatus.NonFiniteDerivative or OdeStatus.NonFiniteState ? Lanes.Component[sample] : -1;
        return status == OdeStatus.Success ? null : new OdeFailure(status, FinalTimes[sample], Lanes.LastStep[sample], component);
    }

    /// <summary>Integrates until every sample has arrived at its last stop or failed.</summary>
    /// <param name="startTimes">One number per sample.</param>
    /// <param name="initialStates">Component-major; padding lanes are filled in here.</param>
    /// <param name="observer">Says where to stop and sees every round.</param>
    /// <param name="proposedSteps">First step of every sample, or empty to have it estimated; a 0 is estimated too.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    public void Integrate(ReadOnlySpan<double> startTimes, ReadOnlySpan<double> initialStates, IntegrationObserver observer,
        ReadOnlySpan<double> proposedSteps, CancellationToken cancellationToken)
    {
        _tape?.Clear();
        StepRound round = _tape?.Add() ?? _ownRound;
        Start(round, startTimes, initialStates, observer, proposedSteps);
        while (Lanes.ActiveCount > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _control.ChooseSteps(round.Times(0), round.Steps, _ends);
            if (Lanes.ActiveCount == 0)
                break;
            TellWhoIsActive();
            ComputeStages(round);
            ComputeErrors(round);
            int accepted = _control.Judge(_errors, round.Steps, _rejected, out int rejected);
            if (rejected > 0)
                NameNonFiniteComponents(round);
            if (accepted > 0)
                round = Advance(round, rejected > 0, observer);
            else if (Lanes.ActiveCount == 0)
                break;
        }

        // The round in the making was never taken.
        _tape?.RemoveLast();
        _final = round;
    }

    private StepRound CreateRound() => new(_layout, _dimension, _tableau.Stages, _records ? _evaluator.RecordLength : 0);

    private Span<double> Derivatives(int stage) => _derivatives.AsSpan(stage * _stateLength, _stateLength);

    private void Start(StepRound round, ReadOnlySpan<double> startTimes, ReadOnlySpan<double> initialStates, IntegrationObserver observer, ReadOnlySpan<double> proposedSteps)
    {
        Evaluations = 0;
        Lanes.Reset();
        _derivatives.AsSpan().Clear();
        Span<double> times = round.Times(0);
        Span<double> states = round.States(0);
        startTimes[.._layout.Samples].CopyTo(times);
        times[_layout.Samples..].Fill(times[_layout.Samples - 1]);
        initialStates[.._stateLength].CopyTo(states);
        _layout.FillPadding(states, _dimension);
        round.Steps.AsSpan().Clear();
        observer.Begin(times, states);
        for (int sample = 0; sample < _layout.Samples; sample++)
            SetNextStop(sample, times[sample], states, observer);
        if (Lanes.ActiveCount == 0)
            return;

        _toldActive = -1;
        TellWhoIsActive();
        EvaluateStart(round);
        Lanes.CountEvaluations(1);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (Lanes.Active[sample] && _layout.FindNonFinite(Derivatives(0), _dimension, sample) is int component and >= 0)
            {
                Lanes.Component[sample] = component;
                Lanes.Finish(sample, OdeStatus.NonFiniteDerivative);
            }
        }

        if (Lanes.ActiveCount == 0 || _options.FixedStep is not null)
            return;
        TellWhoIsActive();
        ProposeSteps(round, proposedSteps);
    }

    private void ProposeSteps(StepRound round, ReadOnlySpan<double> proposedSteps)
    {
        bool isKnown = true;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            double known = _options.InitialStep ?? (proposedSteps.IsEmpty ? 0.0 : Math.Abs(proposedSteps[sample]));
            Lanes.Proposed[sample] = Math.CopySign(known, Lanes.Stop[sample] - round.Times(0)[sample]);
            isKnown &= known > 0.0 || !Lanes.Active[sample];
        }

        if (isKnown)
            return;
        _initialStep.Propose(round.Times(0), round.States(0), Derivatives(0), Lanes);
        Evaluations++;
        Lanes.CountEvaluations(1);
    }

    private void ComputeStages(StepRound round)
    {
        ReadOnlySpan<double> states = round.States(0);
        for (int i = 1; i <= _lastStage; i++)
        {
            SparseRow row = _tableau.Couplings[i];
            StageKernels.Combine(_layout, _dimension, states, round.Steps, _derivatives, row.Indices, row.Coefficients, round.States(i));
            StageKernels.StageTimes(round.Times(0), round.Steps, _ends, _tableau.Nodes[i], round.Times(i));
            _evaluator.Evaluate(round.Times(i), round.States(i), Derivatives(i), _records ? round.Records[i] : default);
        }

        Evaluations += _lastStage;
        Lanes.CountEvaluations(_lastStage);
    }

    private void ComputeErrors(StepRound round)
    {
        ComputeErrors(round, _options.FixedStep is null ? _tableau.ErrorWeights : null, _errors);
        if (_options.FixedStep is not null || _tableau.SecondErrorWeights is null)
            return;
        ComputeErrors(round, _tableau.SecondErrorWeights, _secondErrors);
        StageKernels.CombineEstimates(_errors, _secondErrors);
    }

    private void ComputeErrors(StepRound round, SparseRow? weights, double[] errors) =>
        StageKernels.ErrorNorm(_layout, _dimension, round.States(0), round.States(_endStage), round.Steps, _derivatives,
            weights?.Indices, weights?.Coefficients, _lastStage, _options.RelativeTolerance, _options.AbsoluteTolerance, errors);

    /// <summary>Moves on to the next round from the last stage of this one.</summary>
    private StepRound Advance(StepRound round, bool anyRejected, IntegrationObserver observer)
    {
        if (anyRejected)
            HoldRejected(round);
        observer.RoundCompleted(round, _derivatives);

        StageKernels.Select(_layout, _dimension, round.Steps, Derivatives(_endStage), Derivatives(0));
        StepRound next = _tape?.Add() ?? round;
        round.Times(_endStage).CopyTo(next.Times(0));
        round.States(_endStage).CopyTo(next.States(0));
        (next.Records[0], round.Records[_endStage]) = _tape is null
            ? (round.Records[_endStage], round.Records[0])
            : (round.Records[_endStage], round.Records[_endStage]);
        ArriveAtStops(next, observer);
        return next;
    }

    /// <summary>Turns the rejected samples' trial into a step of length zero: all stages at the starting point.</summary>
    private void HoldRejected(StepRound round)
    {
        for (int i = 1; i <= _lastStage; i++)
        {
            for (int sample = 0; sample < _layout.Samples; sample++)
            {
                if (_rejected[sample] != 0.0)
                    round.Times(i)[sample] = round.Times(0)[sample];
            }

            StageKernels.Select(_layout, _dimension, _rejected, round.States(0), round.States(i));
            if (_records && round.Records[i].Length > 0)
                StageKernels.Select(_layout, RecordRows(round.Records[i]), _rejected, round.Records[0], round.Records[i]);
        }
    }

    private int RecordRows(double[] record) => _layout.IsSingle ? record.Length : record.Length / _layout.Stride;

    private void ArriveAtStops(StepRound round, IntegrationObserver observer)
    {
        bool anyChanged = false;
        _restarted.AsSpan().Clear();
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (!Lanes.Active[sample] || round.Times(0)[sample] != Lanes.Stop[sample])
                continue;
            if (observer.Arrive(sample, round.States(0)))
                _restarted[sample] = 1.0;
            if (SetNextStop(sample, round.Times(0)[sample], round.States(0), observer))
                anyChanged |= _restarted[sample] != 0.0;
        }

        if (!anyChanged)
            return;
        TellWhoIsActive();
        EvaluateStart(round);
    }

    /// <summary>Tells the evaluator when samples finished since it was told last. They only ever become fewer.</summary>
    private void TellWhoIsActive()
    {
        if (_toldActive == Lanes.ActiveCount)
            return;
        _toldActive = Lanes.ActiveCount;
        _evaluator.SetActive(Lanes.Active);
    }

    /// <summary>Finds the sample's next stop that is not where it already is. Returns false when there is none.</summary>
    private bool SetNextStop(int sample, double time, Span<double> states, IntegrationObserver observer)
    {
        double stop = observer.NextStop(sample);
        while (stop == time)
        {
            if (observer.Arrive(sample, states))
                _restarted[sample] = 1.0;
            stop = observer.NextStop(sample);
        }

        if (double.IsNaN(stop))
        {
            Lanes.Finish(sample, OdeStatus.Success);
            return false;
        }

        Lanes.Stop[sample] = stop;
        _control.Restart(sample, time);
        return true;
    }

    /// <summary>Evaluates the first stage anew: at the start, and where an observer changed states.</summary>
    private void EvaluateStart(StepRound round)
    {
        _evaluator.Evaluate(round.Times(0), round.States(0), Derivatives(0), _records ? round.Records[0] : default);
        Evaluations++;
    }

    private void NameNonFiniteComponents(StepRound round)
    {
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (_rejected[sample] == 0.0 || !Lanes.MetNonFinite[sample])
                continue;
            int component = -1;
            for (int stage = 1; stage <= _lastStage && component < 0; stage++)
            {
                component = _layout.FindNonFinite(round.States(stage), _dimension, sample);
                if (component < 0)
                    component = _layout.FindNonFinite(Derivatives(stage), _dimension, sample);
            }

            Lanes.Component[sample] = component;
        }
    }
}
