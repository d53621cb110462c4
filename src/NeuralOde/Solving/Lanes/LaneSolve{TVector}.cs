using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>
/// Solves trajectories one per lane, each with its own steps: a lane whose trajectory has ended takes the next, and where none waits any more the lanes left over
/// move together. With fields over several lanes it solves many, with a function of one state, in a group of one lane, a single small one.
/// </summary>
/// <remarks>
/// The same numbers as those of <see cref="Integrator"/>, bit for bit, from less work for each: no rounds of the whole batch, no masks of samples that wait for
/// others, all that a step needs in the nearest cache. In exchange it knows one kind of method and no events, jumps or recordings
/// (<see cref="LaneBatch.Serves"/>). Owns its memory and may run again and again; not thread-safe. The idea of a whole solve per lane: C. Utkarsh et al. 2023, arXiv:2304.06835, for graphics processors.
/// </remarks>
/// <typeparam name="TVector">The vector; a group is a whole number of them.</typeparam>
/// <typeparam name="TField">The vector field.</typeparam>
internal sealed class LaneSolve<TVector, TField> : LaneSolve
    where TVector : unmanaged, IVector<double, TVector>
    where TField : struct, ILaneField
{
    private const int Free = -1;

    private readonly LaneBatch _batch;
    private readonly ButcherTableau _tableau;
    private readonly TField _field;
    private readonly int _dimension;
    private readonly LaneMemory<TField> _memory;
    private readonly LaneControl<TVector, TField> _control;
    private readonly LaneStepper<TVector, TField> _stepper;
    private readonly LaneFirstStep<TVector, TField> _firstStep;
    private readonly LaneNonFiniteSearch<TField> _nonFinite;
    private readonly LaneOutputs<TField> _outputs;
    private readonly int[] _samples;
    private readonly int[] _components;
    private readonly int[] _firstEvaluations;
    private readonly bool[] _isCutEstimate;
    private readonly int[] _interiors;
    private readonly bool _hasInterior;
    private int _next;
    private int _end;
    private int _groups;
    private int _busy;

    public LaneSolve(LaneBatch batch, TField field)
    {
        _batch = batch;
        _field = field;
        _dimension = batch.Field.Dimension;
        // Enough groups for one to compute while another waits for its results.
        int maxGroups = Math.Min(4, (batch.InitialStates.Count + Lanes - 1) / Lanes);
        _tableau = batch.Options.ResolvedMethod.Tableau!;
        _hasInterior = _tableau.HasExtraStages && (batch.Options.DenseOutput
            || batch.Options.Output == OdeOutput.Times && (batch.Before is not null || batch.Times.Any(times => times.Length > 2)));
        _memory = new LaneMemory<TField>(maxGroups, _dimension, _hasInterior ? _tableau.Stages : _tableau.EndStage + 1, field.ParameterCount, _hasInterior);
        _control = new LaneControl<TVector, TField>(batch.Options, _tableau.ErrorOrder);
        _stepper = new LaneStepper<TVector, TField>(_memory, field, _dimension, batch.Options, _tableau);
        _firstStep = new LaneFirstStep<TVector, TField>(_memory, _stepper, _dimension, batch.Options, _tableau);
        _nonFinite = new LaneNonFiniteSearch<TField>(_memory, _dimension, _tableau);
        _outputs = new LaneOutputs<TField>(batch, _memory, _tableau.Interpolant, maxGroups * Lanes);
        _samples = new int[maxGroups * Lanes];
        _components = new int[_samples.Length];
        _firstEvaluations = new int[_samples.Length];
        _isCutEstimate = new bool[_samples.Length];
        _interiors = new int[_samples.Length];
    }

    private static int Lanes => TField.Lanes;

    public override OdeStatistics Run(int first, int count, CancellationToken cancellationToken)
    {
        long calls = _stepper.Calls;
        _next = first;
        _end = first + count;
        _groups = Math.Min(_samples.Length, count + Lanes - 1) / Lanes;
        _busy = 0;
        _samples.AsSpan().Fill(Free);
        for (int lane = 0; lane < _groups * Lanes; lane++)
            _memory.Number(lane, LaneRow.Active) = 0.0;
        Fill(isFirst: true);
        while (_busy > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ChooseSteps();
            // Samples may wait although all that moved have just given up.
            if (_busy > 0)
                Step();
            if (_busy == _groups * Lanes)
                continue;
            if (_next < _end)
                Fill(isFirst: false);
            Compact();
        }

        OdeStatistics sum = default;
        for (int sample = first; sample < _end; sample++)
            sum += _batch.Solutions[sample].Statistics;
        return sum with { Evaluations = _stepper.Calls - calls };
    }

    private void Step()
    {
        _stepper.Attempt(_groups);
        for (int group = 0; group < _groups; group++)
        {
            for (int v = 0; v < Lanes; v += TVector.Count)
                _stepper.MeasureErrors(ref Unsafe.Add(ref _memory.Group(group), v));
            if (_hasInterior)
                CompleteInterior(group);
            for (int v = 0; v < Lanes; v += TVector.Count)
                Judge(group, v);
        }
    }

    private void ChooseSteps()
    {
        for (int group = 0; group < _groups; group++)
        {
            for (int v = 0; v < Lanes; v += TVector.Count)
            {
                int lane = group * Lanes + v;
                uint lost = _control.ChooseSteps(ref Unsafe.Add(ref _memory.Group(group), v), out uint exhausted);
                for (; exhausted != 0; exhausted &= exhausted - 1)
                    Finish(lane + LowestLane(exhausted), OdeStatus.TooManySteps);
                for (; lost != 0; lost &= lost - 1)
                {
                    if (!Lengthen(lane + LowestLane(lost)))
                        Finish(lane + LowestLane(lost), Underflow(lane + LowestLane(lost)));
                }
            }
        }
    }

    /// <summary>Makes a step that rounding would swallow longer, where no rejection asks for one as short; see <see cref="StepControl"/>.</summary>
    private bool Lengthen(int lane)
    {
        double first = _memory.Number(lane, LaneRow.First), time = _memory.Number(lane, LaneRow.Time);
        double end = StepControl.ShortestEnd(first, time, _memory.Number(lane, LaneRow.Last));
        if (_memory.Number(lane, LaneRow.ConsecutiveRejections) > 0.0 || StepControl.SmallestStep(first, time) > _batch.Options.MaxStep || end == time)
            return false;
        _memory.Number(lane, LaneRow.Step) = end - time;
        _memory.Number(lane, LaneRow.End) = end;
        return true;
    }

    private void Judge(int group, int vector)
    {
        int lane = group * Lanes + vector;
        ref double rows = ref Unsafe.Add(ref _memory.Group(group), vector);
        _control.Judge(ref rows, out uint nonFinite, out uint atMinStep, out uint repeated);
        TVector accepted = Row(ref rows, LaneRow.IsAccepted);
        for (uint kept = _outputs.KeepsSteps ? TVector.Bits(accepted) : 0; kept != 0; kept &= kept - 1)
            _outputs.RecordStep(lane + LowestLane(kept));
        for (uint due = TVector.Bits(accepted & TVector.LessThanOrEqual(OutputAhead(ref rows), TVector.Constant(0.0))); due != 0; due &= due - 1)
            _outputs.Record(lane + LowestLane(due));
        for (; nonFinite != 0; nonFinite &= nonFinite - 1)
            _components[lane + LowestLane(nonFinite)] = _nonFinite.Find(lane + LowestLane(nonFinite));
        for (; atMinStep != 0; atMinStep &= atMinStep - 1)
            Finish(lane + LowestLane(atMinStep), Underflow(lane + LowestLane(atMinStep)), isAtMinStep: true);
        for (; repeated != 0; repeated &= repeated - 1)
            Finish(lane + LowestLane(repeated), MetNonFinite(lane + LowestLane(repeated)) ? OdeStatus.NonFiniteState : OdeStatus.RepeatedRejection);
        _stepper.Advance(ref rows);
        TVector arrived = Row(ref rows, LaneRow.IsAccepted) & TVector.Equals(Row(ref rows, LaneRow.Time), Row(ref rows, LaneRow.Last));
        for (uint finished = TVector.Bits(arrived); finished != 0; finished &= finished - 1)
            Finish(lane + LowestLane(finished), OdeStatus.Success);
    }

    /// <summary>Completes the dense output of a group where a step that will be accepted has an output inside; what is not finite there rejects the step.</summary>
    private void CompleteInterior(int group)
    {
        ref double rows = ref _memory.Group(group);
        uint wanted = 0;
        for (int v = 0; v < Lanes; v += TVector.Count)
        {
            ref double vector = ref Unsafe.Add(ref rows, v);
            TVector accepted = Row(ref vector, LaneRow.Active) & TVector.LessThanOrEqual(Row(ref vector, LaneRow.Error), TVector.Constant(1.0));
            if (!_batch.Options.DenseOutput)
                accepted &= TVector.LessThan(OutputAhead(ref vector), TVector.Constant(0.0));
            wanted |= TVector.Bits(accepted) << v;
        }

        if (wanted == 0)
            return;
        _stepper.CompleteInterior(ref rows);
        for (; wanted != 0; wanted &= wanted - 1)
        {
            int lane = group * Lanes + LowestLane(wanted);
            _interiors[lane]++;
            for (int stage = _tableau.EndStage + 1; stage < _tableau.Stages; stage++)
            {
                if (_nonFinite.FindSlope(lane, stage) >= 0)
                    _memory.Number(lane, LaneRow.Error) = double.NaN;
            }
        }
    }

    /// <summary>How far the next output lies after the end of the step, seen in its direction.</summary>
    private static TVector OutputAhead(ref double rows) =>
        TVector.CopySign(TVector.Constant(1.0), Row(ref rows, LaneRow.Step)) * (Row(ref rows, LaneRow.NextOutput) - Row(ref rows, LaneRow.End));

    /// <summary>Gives the free lanes the samples that wait.</summary>
    /// <param name="isFirst">Whether the lanes hold nothing yet; those that get no sample then repeat one.</param>
    private void Fill(bool isFirst)
    {
        for (int group = 0; group < _groups; group++)
        {
            bool mayWait = true;
            while (mayWait)
            {
                uint fresh = 0;
                for (int lane = group * Lanes; lane < (group + 1) * Lanes; lane++)
                {
                    if (_samples[lane] == Free && Load(lane))
                        fresh |= 1u << (lane - group * Lanes);
                }

                for (int lane = group * Lanes + 1; isFirst && lane < (group + 1) * Lanes && fresh != 0; lane++)
                {
                    if (_samples[lane] != Free)
                        continue;
                    _memory.Copy(lane - 1, lane);
                    _memory.Number(lane, LaneRow.Active) = 0.0;
                }

                // One that fails at once leaves its lane to the next.
                mayWait = fresh != 0 && !Begin(group, fresh) && _next < _end;
            }
        }
    }

    /// <summary>Puts the next sample that has somewhere to go into a lane.</summary>
    private bool Load(int lane)
    {
        while (_next < _end)
        {
            int sample = _next++;
            double[] times = _batch.Times[sample], state = _batch.InitialStates[sample];
            double first = _batch.Before?[sample].Time ?? times[0], last = times[^1];
            _samples[lane] = sample;
            _busy++;
            _control.Begin(_memory, lane);
            for (int i = 0; i < state.Length; i++)
                _memory.Start(lane, i) = state[i];
            ReadOnlySpan<double> parameters = _field.Parameters(sample);
            for (int i = 0; i < parameters.Length; i++)
                _memory.Parameter(lane, i) = parameters[i];
            _memory.Number(lane, LaneRow.Active) = BitConverter.Int64BitsToDouble(-1L);
            _memory.Number(lane, LaneRow.Time) = first;
            _memory.Number(lane, LaneRow.End) = first;
            _memory.Number(lane, LaneRow.First) = first;
            _memory.Number(lane, LaneRow.Last) = last;
            double proposed = _batch.Before?[sample].ProposedStep ?? 0.0;
            double known = proposed == 0.0 ? _batch.Options.InitialStep ?? 0.0 : Math.Abs(proposed);
            _memory.Number(lane, LaneRow.Proposed) = known == 0.0 ? 0.0 : Math.CopySign(known, last - first);
            _components[lane] = -1;
            _firstEvaluations[lane] = 0;
            _isCutEstimate[lane] = false;
            _interiors[lane] = 0;
            _outputs.Begin(lane, times, state, first);
            if (first != last)
                return true;
            Finish(lane, OdeStatus.Success);
        }

        return false;
    }

    /// <summary>Evaluates the first slopes of lanes and estimates their first steps. Returns whether all can go on.</summary>
    private bool Begin(int group, uint fresh)
    {
        _firstStep.Begin(group, fresh);
        uint wanted = 0;
        bool canAll = true;
        for (; fresh != 0; fresh &= fresh - 1)
        {
            int lane = group * Lanes + LowestLane(fresh);
            _firstEvaluations[lane] = 1;
            if (_nonFinite.FindSlope(lane, 0) is int component and >= 0)
            {
                _components[lane] = component;
                Finish(lane, OdeStatus.NonFiniteDerivative);
                canAll = false;
            }
            else if (_memory.Number(lane, LaneRow.Proposed) == 0.0)
            {
                _firstEvaluations[lane] = 2;
                wanted |= fresh & (~fresh + 1);
            }
        }

        for (uint cut = wanted != 0 ? _firstStep.Propose(group, wanted) : 0; cut != 0; cut &= cut - 1)
            _isCutEstimate[group * Lanes + LowestLane(cut)] = true;
        return canAll;
    }

    /// <summary>Once no sample waits, lanes of the last group take the place of those that are free.</summary>
    private void Compact()
    {
        while (_groups > 1 && _busy <= (_groups - 1) * Lanes)
        {
            _groups--;
            int to = 0;
            for (int lane = _groups * Lanes; lane < (_groups + 1) * Lanes; lane++)
            {
                if (_samples[lane] == Free)
                    continue;
                while (_samples[to] != Free)
                    to++;
                _memory.Copy(lane, to);
                (_samples[to], _components[to], _firstEvaluations[to]) = (_samples[lane], _components[lane], _firstEvaluations[lane]);
                (_isCutEstimate[to], _interiors[to]) = (_isCutEstimate[lane], _interiors[lane]);
                _outputs.Move(lane, to);
                _samples[lane] = Free;
            }
        }
    }

    private void Finish(int lane, OdeStatus status, bool isAtMinStep = false)
    {
        int sample = _samples[lane];
        double finalTime = _memory.Number(lane, LaneRow.Time);
        var finalState = new double[_dimension];
        for (int i = 0; i < _dimension; i++)
            finalState[i] = _memory.Start(lane, i);
        OdeFailure? failure = status == OdeStatus.Success ? null : new OdeFailure
        {
            Status = status,
            Time = finalTime,
            StepSize = _memory.Number(lane, LaneRow.Step),
            Component = status is OdeStatus.NonFiniteDerivative or OdeStatus.NonFiniteState ? _components[lane] : -1,
            MinStep = isAtMinStep && status == OdeStatus.StepSizeUnderflow ? _batch.Options.MinStep : 0.0,
            WithoutScale = ErrorMeasure.FindWithoutScale(status, _components[lane], _stepper.Absolute, finalState),
        };
        int accepted = (int)_memory.Number(lane, LaneRow.Accepted), rejected = (int)_memory.Number(lane, LaneRow.Rejected);
        var statistics = new OdeStatistics
        {
            Evaluations = _firstEvaluations[lane] + (long)(accepted + rejected) * _tableau.EndStage + (long)_interiors[lane] * (_tableau.Stages - 1 - _tableau.EndStage),
            AcceptedSteps = accepted,
            RejectedSteps = rejected,
        };
        // An estimate that nothing but a step to the end has tried is made anew where the solve goes on.
        bool isUntried = status == OdeStatus.Success && _isCutEstimate[lane] && accepted == 1 && rejected == 0;
        var continuation = new OdeContinuation(_batch.Field, _batch.Given, finalTime, finalTime, isUntried ? 0.0 : _memory.Number(lane, LaneRow.Proposed), Events: null);
        _batch.Solutions[sample] = _outputs.Extract(lane, finalTime, finalState, status, failure, statistics, continuation);
        _memory.Number(lane, LaneRow.Active) = 0.0;
        _memory.Number(lane, LaneRow.Step) = 0.0;
        _memory.Number(lane, LaneRow.End) = finalTime;
        _samples[lane] = Free;
        _busy--;
    }

    private OdeStatus Underflow(int lane) => MetNonFinite(lane) ? OdeStatus.NonFiniteState : OdeStatus.StepSizeUnderflow;

    private bool MetNonFinite(int lane) => BitConverter.DoubleToInt64Bits(_memory.Number(lane, LaneRow.MetNonFinite)) != 0;

    private static TVector Row(ref double rows, LaneRow row) => LaneMemory<TField>.Load<TVector>(ref rows, row);

    private static int LowestLane(uint lanes) => BitOperations.TrailingZeroCount(lanes);
}
