namespace NeuralOde;

/// <summary>
/// Integrates a batch in lock-step rounds: every sample has its own time, step and acceptance, all evaluate together.
/// Owns the memory of a solve and may be used again and again; not thread-safe. What a step does is the
/// <see cref="NeuralOde.Stepper"/>'s, what the solve is for the <see cref="IntegrationObserver"/>'s.
/// </summary>
internal sealed class Integrator
{
    private readonly SolveContext _context;
    private readonly BatchLayout _layout;
    private readonly OdeSolverOptions _options;
    private readonly JumpSchedule _jumps;
    private readonly StepTape? _tape;
    private readonly StepRound _ownRound;
    private readonly StepControl _control;
    private readonly InitialStep _initialStep;
    private readonly NonFiniteSearch _nonFinite;
    private readonly EventTracker? _events;
    private readonly double[] _errors;
    private readonly double[] _rejected;
    private readonly double[] _freshSlopes;
    private readonly ArraySegment<double> _freshRecord;
    private readonly bool[] _restarted;
    private readonly bool[] _interior;
    private readonly OdeStatistics[] _firstTries;
    private OdeStatistics _firstTry;
    private StepRound _final;

    /// <param name="evaluator">The vector field.</param>
    /// <param name="options">Validated and resolved options.</param>
    /// <param name="records">Whether the vector field records at every stage, for a vector–Jacobian product later.</param>
    /// <param name="keepsTape">Whether all rounds are kept in <see cref="Tape"/>.</param>
    /// <param name="recordingBudget">Bytes that the records of the tape may take; the rounds beyond have none.</param>
    public Integrator(VectorFieldEvaluator evaluator, OdeSolverOptions options, bool records = false, bool keepsTape = false, long recordingBudget = long.MaxValue)
    {
        _context = new SolveContext(evaluator, options, isLongLived: records);
        _layout = evaluator.Layout;
        _options = options;
        _jumps = new JumpSchedule(options, evaluator);
        Stepper = options.ResolvedMethod.CreateStepper(_context);
        int rowLength = _layout.RowLength;
        Lanes.StepLimit.AsSpan().Fill(options.MaxStep);
        _control = new StepControl(options, Lanes, Stepper, rowLength);
        _initialStep = new InitialStep(_context);
        _nonFinite = new NonFiniteSearch(_context, Stepper);
        _events = options.Events.Count > 0 ? new EventTracker(_context, Stepper) : null;
        _errors = new double[rowLength];
        _rejected = new double[rowLength];
        _freshSlopes = new double[_context.StateLength];
        _freshRecord = AlignedMemory.Allocate<double>(records ? evaluator.RecordLength : 0, isPinned: true);
        _restarted = new bool[_layout.Samples];
        _interior = new bool[_layout.Samples];
        _firstTries = new OdeStatistics[_layout.Samples];
        _ownRound = Stepper.CreateRound(records && !keepsTape);
        _final = _ownRound;
        if (keepsTape)
        {
            long roundBytes = (long)sizeof(double) * evaluator.RecordLength * _ownRound.Records.Length;
            _tape = new StepTape(Stepper.CreateRound, records && roundBytes > 0 ? recordingBudget / roundBytes : 0);
        }
    }

    public Stepper Stepper { get; }

    public SampleLanes Lanes => _context.Lanes;

    public ErrorMeasure Errors => _context.Errors;

    /// <summary>The rounds of the last solve.</summary>
    public StepTape Tape => _tape ?? throw new InvalidOperationException("This integrator keeps no tape.");

    /// <summary>What the last solve cost.</summary>
    public OdeStatistics Statistics
    {
        get
        {
            OdeStatistics sum = default;
            for (int sample = 0; sample < _layout.Samples; sample++)
                sum += SampleStatistics(sample);
            return sum with
            {
                Evaluations = _firstTry.Evaluations + _context.Evaluations,
                VectorJacobianProducts = _firstTry.VectorJacobianProducts + _context.VectorJacobianProducts,
            };
        }
    }

    /// <summary>The time at which every sample ended.</summary>
    public ReadOnlySpan<double> FinalTimes => _final.StartTimes;

    /// <summary>The state in which every sample ended, component-major.</summary>
    public ReadOnlySpan<double> FinalStates => _final.StartStates;

    /// <summary>What a sample of the last solve would have cost alone.</summary>
    public OdeStatistics SampleStatistics(int sample) => _firstTries[sample] + new OdeStatistics
    {
        Evaluations = Lanes.Evaluations[sample],
        AcceptedSteps = Lanes.Accepted[sample],
        RejectedSteps = Lanes.Rejected[sample],
        Jacobians = Lanes.Jacobians[sample],
        Factorizations = Lanes.Factorizations[sample],
        NewtonFailures = Lanes.NewtonFailures[sample],
        MethodSwitches = Lanes.MethodSwitches[sample],
    };

    /// <summary>The events of a sample in the last solve, in time order.</summary>
    public IReadOnlyList<OdeEventOccurrence> Occurrences(int sample) => _events?.Occurrences(sample) ?? [];

    /// <summary>The events at which a sample has ended, for a solve that goes on from there; null without events.</summary>
    public EventMemory? EventsAtEnd(int sample) => _events?.Memory(sample);

    /// <summary>How a sample failed, or null.</summary>
    public OdeFailure? Failure(int sample)
    {
        OdeStatus status = Lanes.Status[sample];
        if (status is OdeStatus.Success or OdeStatus.TerminatedByEvent)
            return null;
        // A sample may have met a NaN, recovered, and failed later for another reason.
        int component = status is OdeStatus.NonFiniteDerivative or OdeStatus.NonFiniteState or OdeStatus.NonFiniteEvent ? Lanes.Component[sample] : -1;
        var finalState = new double[_context.Dimension];
        _layout.Gather(FinalStates, sample, finalState);
        bool isAtMinStep = status is (OdeStatus.StepSizeUnderflow or OdeStatus.NewtonFailure) && Lanes.IsAtMinStep[sample];
        return new OdeFailure
        {
            Status = status,
            Time = FinalTimes[sample],
            StepSize = Lanes.LastStep[sample],
            Component = component,
            Event = _events?.FailedEvent(sample) ?? -1,
            Sample = component >= 0 && _options.ErrorControl == ErrorControl.Joint && _layout.Samples > 1 ? Lanes.ComponentSample[sample] : null,
            MinStep = isAtMinStep ? _options.MinStep : 0.0,
            WithoutScale = _options.FixedStep is null ? ErrorMeasure.FindWithoutScale(status, component, _context.Errors.Absolute, finalState) : -1,
        };
    }

    /// <summary>Whether a sample's vector field jumps or has a kink at a time.</summary>
    public bool IsJump(int sample, double time) => _jumps.IsJump(sample, time);

    /// <summary>Integrates until every sample has arrived at its last stop or failed.</summary>
    /// <param name="startTimes">One number per sample.</param>
    /// <param name="initialStates">Component-major; padding lanes are filled in here.</param>
    /// <param name="observer">Says where to stop and sees every round.</param>
    /// <param name="proposedSteps">First step of every sample, or empty; where it is 0, the options say it or it is estimated.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    /// <param name="before">What the samples go on from, with their first steps; empty for a solve of its own.</param>
    /// <param name="isSecondTry">Whether it follows <see cref="PrepareSecondTry"/>, so that both count.</param>
    public void Integrate(ReadOnlySpan<double> startTimes, ReadOnlySpan<double> initialStates, IntegrationObserver observer,
        ReadOnlySpan<double> proposedSteps, CancellationToken cancellationToken, ReadOnlySpan<OdeContinuation> before = default, bool isSecondTry = false)
    {
        if (!isSecondTry)
        {
            _firstTries.AsSpan().Clear();
            _firstTry = default;
        }

        _context.Evaluator.Refresh();
        _jumps.Refresh();
        _tape?.Clear();
        StepRound round = _tape?.Add() ?? _ownRound;
        Start(round, startTimes, initialStates, observer, proposedSteps, before);
        while (Lanes.ActiveCount > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _control.ChooseSteps(round);
            if (Lanes.ActiveCount == 0)
                break;
            Stepper.Attempt(round, _errors);
            if (_options.ErrorControl == ErrorControl.Joint)
                FailTogether();
            PrepareInterpolation(round, observer);
            int accepted = _control.Judge(_errors, round.Steps, _rejected, out int rejected);
            if (rejected > 0)
                _nonFinite.Name(round, _rejected);
            if (accepted > 0)
                round = Advance(round, rejected > 0, observer);
        }

        // The round in the making was never taken.
        _tape?.RemoveLast();
        _final = round;
    }

    /// <summary>Whether a second solve may succeed where this one failed. The samples that did not fail repeat it to the bit.</summary>
    public bool PrepareSecondTry()
    {
        if (!Stepper.PrepareSecondTry(_restarted))
            return false;
        _firstTry = Statistics;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (_restarted[sample])
                _firstTries[sample] = SampleStatistics(sample);
        }

        return true;
    }

    private void Start(StepRound round, ReadOnlySpan<double> startTimes, ReadOnlySpan<double> initialStates, IntegrationObserver observer,
        ReadOnlySpan<double> proposedSteps, ReadOnlySpan<OdeContinuation> before)
    {
        _context.Reset();
        Stepper.Reset();
        Span<double> times = round.StartTimes;
        Span<double> states = round.StartStates;
        startTimes[.._layout.Samples].CopyTo(times);
        times[_layout.Samples..].Fill(times[_layout.Samples - 1]);
        initialStates[.._context.StateLength].CopyTo(states);
        _layout.FillPadding(states, _context.Dimension);
        round.Steps.AsSpan().Clear();
        times.CopyTo(round.FirstTimes);
        times.CopyTo(round.LastTimes);
        observer.Begin(times, states);
        _events?.Reset(times, before);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (SetNextStop(sample, round, observer) && _options.FixedStep is null)
            {
                double proposed = !before.IsEmpty ? before[sample].ProposedStep : !proposedSteps.IsEmpty ? proposedSteps[sample] : 0.0;
                double known = proposed == 0.0 ? _options.InitialStep ?? 0.0 : Math.Abs(proposed);
                Lanes.Proposed[sample] = known == 0.0 ? 0.0 : Math.CopySign(known, Lanes.Stop[sample] - times[sample]);
            }
        }

        Lanes.Active.CopyTo(_restarted, 0);
        BeginSteps(round);
        round.HasRestarts = false;
    }

    /// <summary>Moves on to the next round from the end of this one.</summary>
    private StepRound Advance(StepRound round, bool anyRejected, IntegrationObserver observer)
    {
        if (anyRejected)
        {
            for (int sample = 0; sample < _layout.Samples; sample++)
            {
                if (_rejected[sample] != 0.0)
                    round.EndTimes[sample] = round.LastTimes[sample] = round.StartTimes[sample];
            }

            Stepper.Hold(round, _rejected);
        }

        if (_events is not null && _events.Examine(round, _rejected))
            Revoke(round);
        observer.RoundCompleted(round, Stepper.Slopes);

        StepRound next = _tape?.Add() ?? round;
        round.EndTimes.CopyTo(next.StartTimes, 0);
        // Who was rejected behind a jump time is still behind it.
        for (int lane = 0; lane < round.Steps.Length; lane++)
            next.FirstTimes[lane] = round.Steps[lane] == 0.0 ? round.FirstTimes[lane] : round.EndTimes[lane];
        round.EndStates.CopyTo(next.StartStates);
        Stepper.Advance(round, next);
        ArriveAtStops(next, observer);
        next.SetTimes(stage: 0, node: 0.0);
        return next;
    }

    /// <summary>Makes accepted steps of the samples in <see cref="_rejected"/> void.</summary>
    private void Revoke(StepRound round)
    {
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (_rejected[sample] == 0.0)
                continue;
            round.Steps[sample] = 0.0;
            round.EndTimes[sample] = round.LastTimes[sample] = round.StartTimes[sample];
        }

        Stepper.Hold(round, _rejected);
    }

    /// <summary>
    /// Completes the dense output of steps that will be accepted and whose interior is wanted. Its error counts as one of the step; what is
    /// not finite there rejects it.
    /// </summary>
    private void PrepareInterpolation(StepRound round, IntegrationObserver observer)
    {
        bool any = false, isJoint = _options.ErrorControl == ErrorControl.Joint;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            _interior[sample] = round.Steps[sample] != 0.0 && _control.Accepts(sample, _errors[sample]) && (_tape is not null || _events is not null || observer.WantsInterior(sample, round));
            any |= _interior[sample];
        }

        if (!any)
            return;
        for (int sample = 0; sample < _layout.Samples && isJoint; sample++)
            _interior[sample] = round.Steps[sample] != 0.0;
        Stepper.PrepareInterpolation(round, _interior);
        double largest = 0.0;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (!_interior[sample])
                continue;
            _errors[sample] = Math.Max(_errors[sample], Stepper.IsInteriorFinite(sample) ? Stepper.InteriorError(sample) : double.NaN);
            largest = Math.Max(largest, _errors[sample]);
        }

        if (isJoint)
            _errors.AsSpan().Fill(largest);
    }

    private void ArriveAtStops(StepRound round, IntegrationObserver observer)
    {
        _restarted.AsSpan().Clear();
        bool anyRestarts = _events is not null && _events.CarryOut(round, observer, _restarted), anyEstimates = false;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (Lanes.Active[sample] && Lanes.Script?.Return(sample, round.StartTimes[sample], round.StartStates) == true)
                _restarted[sample] = anyRestarts = true;
            if (_restarted[sample])
                _control.RestartGrid(sample, round.StartTimes[sample]);
            if (!Lanes.Active[sample] || round.StartTimes[sample] != Lanes.Stop[sample] || !SetNextStop(sample, round, observer))
                continue;
            anyRestarts |= _restarted[sample];
            anyEstimates |= Lanes.Proposed[sample] == 0.0;
        }

        round.HasRestarts = false;
        if (anyRestarts)
            BeginSteps(round);
        else if (anyEstimates && _options.FixedStep is null)
            _initialStep.Propose(round, Stepper.StartSlopes, Stepper.ErrorOrder);
    }

    /// <summary>
    /// Finds the sample's next stop that is not where it already is, and marks the sample as restarted where its state or its
    /// vector field changed. Returns false when there is none: the sample has finished.
    /// </summary>
    private bool SetNextStop(int sample, StepRound round, IntegrationObserver observer)
    {
        double time = round.StartTimes[sample];
        if (Lanes.Destination[sample] == time || !Lanes.HasDestination[sample])
        {
            double destination = Lanes.HasDestination[sample] ? time : observer.NextStop(sample);
            while (destination == time)
            {
                if (observer.Arrive(sample, round.StartStates))
                    _restarted[sample] = true;
                destination = observer.NextStop(sample);
            }

            if (double.IsNaN(destination))
            {
                if (Lanes.IsCutEstimate[sample])
                    Lanes.Proposed[sample] = 0.0;
                Lanes.Finish(sample, OdeStatus.Success);
                _restarted[sample] = false;
                return false;
            }

            Lanes.Destination[sample] = destination;
            Lanes.HasDestination[sample] = true;
        }

        Lanes.Stop[sample] = _jumps.Next(sample, time, Lanes.Destination[sample], out bool stopsAtJump);
        Lanes.StopsAtJump[sample] = stopsAtJump;
        if (_jumps.IsJump(sample, time))
        {
            _restarted[sample] = true;
            round.FirstTimes[sample] = FirstBehind(time, Lanes.Stop[sample], stopsAtJump);
        }

        if (Lanes.IsCutEstimate[sample])
        {
            Lanes.IsCutEstimate[sample] = false;
            Lanes.Proposed[sample] = 0.0;
            _restarted[sample] |= Stepper.RestartsWithFirstStep;
        }

        _control.Restart(sample, time);
        return true;
    }

    /// <summary>The first time behind a jump time; where the very next is one too, the earlier of both, whose side of it a jumping input has.</summary>
    private static double FirstBehind(double jumpTime, double stop, bool stopsAtJump)
    {
        double first = StepControl.JustBehind(jumpTime, stop - jumpTime);
        return first == stop && stopsAtJump ? Math.Min(jumpTime, stop) : first;
    }

    /// <summary>Evaluates the first derivative of the samples in <see cref="_restarted"/> and lets the method begin anew for them.</summary>
    private void BeginSteps(StepRound round)
    {
        if (!_restarted.AsSpan().Contains(true))
            return;
        round.HasRestarts = true;
        round.SetTimes(stage: 0, node: 0.0);
        _context.Evaluate(_restarted, round.Times(0), round.StartStates, _freshSlopes, round.HasRecords ? _freshRecord : default);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            round.Restarts[sample] = _restarted[sample] ? 1.0 : 0.0;
            if (!_restarted[sample] || _layout.FindNonFinite(_freshSlopes, _context.Dimension, sample) is not (int component and >= 0))
                continue;
            Lanes.Component[sample] = component;
            Lanes.ComponentSample[sample] = sample;
            Lanes.Finish(sample, OdeStatus.NonFiniteDerivative);
            _restarted[sample] = false;
        }

        StageKernels.Widest.Select(_layout, _context.Dimension, round.Restarts, _freshSlopes, Stepper.StartSlopes);
        if (round.HasRecords)
        {
            if (_tape is not null || round.Records[0].Count == 0)
                round.SeparateFirstRecord();
            _context.Evaluator.SelectRecord(round.Restarts, _freshRecord, round.Records[0]);
        }

        _layout.FillPadding(Stepper.StartSlopes, _context.Dimension);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (!_restarted[sample])
                continue;
            Stepper.Restart(sample);
            if (Stepper.RestartsWithFirstStep && Lanes.Accepted[sample] > 0)
                Lanes.Proposed[sample] = 0.0;
        }

        if (_options.FixedStep is null && Lanes.ActiveCount > 0)
            _initialStep.Propose(round, Stepper.StartSlopes, Stepper.ErrorOrder);
        _events?.Arm(round, Stepper.StartSlopes);
    }

    /// <summary>With one step for all, equations that could not be solved for one sample spoil the step of all.</summary>
    private void FailTogether()
    {
        if (!Lanes.StageFailed.AsSpan().Contains(true))
            return;
        Lanes.Active.CopyTo(Lanes.StageFailed, 0);
    }
}
