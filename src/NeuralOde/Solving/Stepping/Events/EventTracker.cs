namespace NeuralOde;

/// <summary>
/// Watches the events of every sample: looks through each accepted step, cuts it at the first event behind which it cannot go
/// on, changes states, ends samples.
/// </summary>
internal sealed class EventTracker
{
    // Time between two firings of one event in units of its resolution, and how many as short in a row are too many.
    private const double NoProgress = 1.0;
    private const int MaxWithoutProgress = 10;
    private const double HardlyProgress = 1e3;
    private const int MaxWithHardlyProgress = 1000;

    // A function that was hardly farther from zero than where its crossing was located is lost in rounding, if it comes back soon, too.
    private const double LeastHeight = 8.0;
    private const double Soon = 1e-6;

    // A step after a change of state is at most so many times as long as the way to it, lest its rounding be that of a much longer one.
    private const double LongestStep = 4.0;

    private readonly SolveContext _context;
    private readonly BatchLayout _layout;
    private readonly OdeEvent[] _events;
    private readonly StepView _step;
    private readonly EventScan _scan;
    private readonly EventArming _arming;
    private readonly List<OdeEventOccurrence>[] _occurrences;
    private readonly double[] _state;
    private readonly double[] _startTimes;

    // One number per sample and event, the events of a sample next to each other.
    private readonly int[] _signs;
    private readonly double[] _values;
    private readonly bool[] _fired;
    private readonly bool[] _isRising;
    private readonly double[] _heights;
    private readonly double[] _residues;
    private readonly double[] _lastFirings;
    private readonly int[] _withoutProgress;
    private readonly int[] _withHardlyProgress;

    private readonly bool[] _isCut;
    private readonly bool[] _wantsArming;
    private readonly int[] _failedEvents;
    private readonly double[] _longestSteps;

    public EventTracker(SolveContext context, Stepper stepper)
    {
        _context = context;
        _layout = context.Layout;
        _events = [.. context.Options.Events];
        _step = new StepView(context, stepper);
        _scan = new EventScan(_step, _events);
        _arming = new EventArming(context, _events);
        int samples = _layout.Samples, places = ArrayLength.Of((samples, "samples"), (_events.Length, "events"));
        _occurrences = new List<OdeEventOccurrence>[samples];
        _state = new double[context.Dimension];
        _startTimes = new double[samples];
        _signs = new int[places];
        _values = new double[places];
        _fired = new bool[places];
        _isRising = new bool[places];
        _heights = new double[places];
        _residues = new double[places];
        _lastFirings = new double[places];
        _withoutProgress = new int[places];
        _withHardlyProgress = new int[places];
        _isCut = new bool[samples];
        _wantsArming = new bool[samples];
        _failedEvents = new int[samples];
        _longestSteps = new double[samples];
    }

    /// <summary>What happened to a sample in the last solve, in time order.</summary>
    public IReadOnlyList<OdeEventOccurrence> Occurrences(int sample) => _occurrences[sample];

    /// <summary>The event that a sample failed at, or −1.</summary>
    public int FailedEvent(int sample) => _failedEvents[sample];

    /// <summary>The events at which a sample has ended.</summary>
    public EventMemory Memory(int sample)
    {
        Range places = (sample * _events.Length)..((sample + 1) * _events.Length);
        return new EventMemory(_fired[places], _isRising[places], _residues[places]);
    }

    /// <summary>Begins a solve.</summary>
    /// <param name="startTimes">Where every sample starts.</param>
    /// <param name="before">What the samples go on from, with the events at which they ended; empty for a solve of its own.</param>
    public void Reset(ReadOnlySpan<double> startTimes, ReadOnlySpan<OdeContinuation> before)
    {
        startTimes[.._startTimes.Length].CopyTo(_startTimes);
        for (int sample = 0; sample < _occurrences.Length; sample++)
            _occurrences[sample] = [];
        _signs.AsSpan().Clear();
        _fired.AsSpan().Clear();
        _lastFirings.AsSpan().Fill(double.NaN);
        _heights.AsSpan().Clear();
        _withoutProgress.AsSpan().Clear();
        _withHardlyProgress.AsSpan().Clear();
        _isCut.AsSpan().Clear();
        _wantsArming.AsSpan().Fill(true);
        _failedEvents.AsSpan().Fill(-1);
        _longestSteps.AsSpan().Fill(double.PositiveInfinity);
        for (int sample = 0; sample < before.Length; sample++)
        {
            EventMemory? memory = before[sample].Events;
            int first = sample * _events.Length;
            memory?.Fired.CopyTo(_fired, first);
            memory?.IsRising.CopyTo(_isRising, first);
            memory?.Residues.CopyTo(_residues, first);
        }
    }

    /// <summary>Finds the sides on which samples are that have just started or whose state was changed.</summary>
    /// <param name="round">The round that is about to start.</param>
    /// <param name="slopes">f at its start.</param>
    public void Arm(StepRound round, ReadOnlySpan<double> slopes)
    {
        for (int sample = 0; sample < _wantsArming.Length; sample++)
        {
            if (!_wantsArming[sample] || !_context.Lanes.Active[sample])
                continue;
            _wantsArming[sample] = false;
            double time = round.StartTimes[sample];
            double proposed = _context.Lanes.Proposed[sample];
            _context.Lanes.Proposed[sample] = Math.CopySign(Math.Min(Math.Abs(proposed), _longestSteps[sample]), proposed);
            _layout.Gather(round.StartStates, sample, _state);
            for (int index = 0; index < _events.Length; index++)
            {
                int place = sample * _events.Length + index;
                double value = _events[index].Function(time, _state);
                if (double.IsNaN(value))
                {
                    Fail(sample, index, OdeStatus.NonFiniteEvent);
                    break;
                }

                bool fired = _fired[place];
                _fired[place] = false;
                _values[place] = value;
                // Another event's change of state leaves this one where it was, however near it is to its own crossing.
                if (fired || _signs[place] * value <= 0.0)
                {
                    _signs[place] = _arming.Side(index, time, _state, slopes, sample, value, fired ? _residues[place] : 0.0,
                        !fired ? 0 : _isRising[place] ? -1 : 1, Math.Abs(time - _startTimes[sample]));
                }
            }
        }
    }

    /// <summary>Looks for events in the steps of a round and shortens those that one cuts.</summary>
    /// <param name="round">Steps and ends of rejected and finished samples are held already, dense output is complete.</param>
    /// <param name="failed">Receives 1 for samples with an event function that is NaN in the step: the step is void.</param>
    /// <returns>Whether there are such samples.</returns>
    public bool Examine(StepRound round, Span<double> failed)
    {
        failed.Clear();
        bool anyFailed = false;
        for (int sample = 0; sample < _isCut.Length; sample++)
        {
            if (round.Steps[sample] == 0.0)
                continue;
            int first = sample * _events.Length;
            _step.Load(round, sample);
            _scan.Run(_signs.AsSpan(first, _events.Length), _values.AsSpan(first, _events.Length));
            if (_scan.NotANumber >= 0)
            {
                Fail(sample, _scan.NotANumber, OdeStatus.NonFiniteEvent);
                failed[sample] = 1.0;
                anyFailed = true;
                continue;
            }

            Note(sample);
            if (double.IsNaN(_scan.Cut))
            {
                for (int index = 0; index < _events.Length; index++)
                    _heights[first + index] = Math.Max(_heights[first + index], _scan.Height(index, _signs[first + index], round.EndTimes[sample]));
                continue;
            }

            _isCut[sample] = true;
            _layout.Scatter(_step.StateAt(_scan.Cut), sample, round.EndStates);
            round.EndTimes[sample] = _scan.Cut;
        }

        return anyFailed;
    }

    /// <summary>Carries out what the events at the ends of cut steps ask for.</summary>
    /// <param name="round">The next round, at its start.</param>
    /// <param name="observer">Is told of changed states.</param>
    /// <param name="restarted">Receives true for samples that go on from a changed state.</param>
    /// <returns>Whether there are such samples.</returns>
    public bool CarryOut(StepRound round, IntegrationObserver observer, Span<bool> restarted)
    {
        bool anyRestarts = false;
        for (int sample = 0; sample < _isCut.Length; sample++)
        {
            if (!_isCut[sample])
                continue;
            _isCut[sample] = false;
            if (!CarryOut(sample, round, observer))
                continue;
            restarted[sample] = true;
            _wantsArming[sample] = true;
            anyRestarts = true;
        }

        return anyRestarts;
    }

    /// <summary>Lists the events in the step, and keeps those that cut it, with all at the same time, for <see cref="CarryOut(StepRound, IntegrationObserver, Span{bool})"/>.</summary>
    private void Note(int sample)
    {
        for (int i = 0; i < _scan.Crossings.Count; i++)
        {
            EventCrossing crossing = _scan.Crossings[i];
            if (crossing.Time == _scan.Cut)
            {
                int place = sample * _events.Length + crossing.Event;
                _fired[place] = true;
                _isRising[place] = crossing.IsRising;
                _heights[place] = Math.Max(_heights[place], crossing.Height);
                _residues[place] = crossing.Residue;
                continue;
            }

            double[] state = _step.StateAt(crossing.Time).ToArray();
            Report(sample, crossing.Event, crossing.IsRising, crossing.Time, state, state);
        }
    }

    /// <summary>Returns whether the sample goes on.</summary>
    private bool CarryOut(int sample, StepRound round, IntegrationObserver observer)
    {
        double time = round.StartTimes[sample];
        bool terminates = false, changes = false;
        int repeated = -1, nonFinite = -1;
        _longestSteps[sample] = double.PositiveInfinity;
        _layout.Gather(round.StartStates, sample, _state);
        for (int index = 0; index < _events.Length; index++)
        {
            int place = sample * _events.Length + index;
            if (!_fired[place])
                continue;
            double[] before = [.. _state], after = before;
            if (_events[index].StateChange is { } change)
            {
                change(time, _state);
                nonFinite = Array.FindIndex(_state, value => !double.IsFinite(value));
                if (nonFinite >= 0)
                {
                    // What cannot be a state is never one: the sample ends in the last that was.
                    before.CopyTo(_state, 0);
                    Report(sample, index, _isRising[place], time, before, before);
                    Fail(sample, index, OdeStatus.NonFiniteEvent, nonFinite);
                    break;
                }

                after = [.. _state];
                changes = true;
                if (CountFiring(sample, place, time))
                    repeated = index;
            }

            Report(sample, index, _isRising[place], time, before, after);
            terminates |= _events[index].Action == EventAction.Terminate;
        }

        if (changes)
        {
            _layout.Scatter(_state, sample, round.StartStates);
            _layout.FillPadding(round.StartStates, _context.Dimension);
            observer.StateChanged(sample, time, round.StartStates);
        }

        if (nonFinite >= 0)
            return false;
        int component = _layout.FindNonFinite(round.StartStates, _context.Dimension, sample);
        if (component >= 0)
        {
            _context.Lanes.Component[sample] = component;
            _context.Lanes.Finish(sample, OdeStatus.NonFiniteState);
        }
        else if (terminates)
            _context.Lanes.Finish(sample, OdeStatus.TerminatedByEvent);
        else if (repeated >= 0)
            Fail(sample, repeated, OdeStatus.RepeatedEvent);
        return _context.Lanes.Active[sample];
    }

    private void Report(int sample, int index, bool isRising, double time, double[] before, double[] after) =>
        _occurrences[sample].Add(new OdeEventOccurrence(index, _events[index].Name, isRising ? EventDirection.Rising : EventDirection.Falling, time, before, after));

    /// <summary>Returns whether the event fires over and over without time getting on.</summary>
    private bool CountFiring(int sample, int place, double time)
    {
        double start = _startTimes[sample];
        double passed = Math.Abs(time - _lastFirings[place]);
        double resolution = StepControl.SmallestStep(start, time);
        double way = double.IsNaN(passed) ? Math.Abs(time - start) : passed;
        _longestSteps[sample] = Math.Min(_longestSteps[sample], Math.Max(LongestStep * way, 10.0 * resolution));
        double height = _heights[place];
        bool isLost = height <= LeastHeight * _residues[place] && (height == 0.0 || passed <= Soon * Math.Max(Math.Abs(start), Math.Abs(time)));
        _heights[place] = 0.0;
        _lastFirings[place] = time;
        _withoutProgress[place] = isLost || passed <= NoProgress * resolution ? _withoutProgress[place] + 1 : 0;
        _withHardlyProgress[place] = passed <= HardlyProgress * resolution ? _withHardlyProgress[place] + 1 : 0;
        return _withoutProgress[place] >= MaxWithoutProgress || _withHardlyProgress[place] >= MaxWithHardlyProgress;
    }

    private void Fail(int sample, int index, OdeStatus status, int component = -1)
    {
        _failedEvents[sample] = index;
        _context.Lanes.Component[sample] = component;
        _context.Lanes.Finish(sample, status);
    }
}
