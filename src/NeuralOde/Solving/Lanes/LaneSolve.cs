using System.Numerics;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>
/// Solves many trajectories of a <see cref="LanesVectorField"/>, one per lane, each with its own steps: a lane whose trajectory has ended takes the next, and
/// where none waits any more the lanes left over move together.
/// </summary>
/// <remarks>
/// The same numbers as those of <see cref="Integrator"/>, bit for bit, from less work for each: no rounds of the whole batch, no masks of samples that wait for
/// others, all that a step needs in the nearest cache. In exchange it knows one kind of method and no events, jumps or recordings
/// (<see cref="LaneBatch.Serves"/>). Owns its memory and may run again and again; not thread-safe. The idea of a whole solve per lane: C. Utkarsh et al. 2023, arXiv:2304.06835, for graphics processors.
/// </remarks>
internal sealed class LaneSolve
{
    private const int Lanes = LaneMemory.Lanes;

    // Enough groups for one to compute while another waits for its results.
    private const int MaxGroups = 4;

    private const int Free = -1;

    private readonly LaneBatch _batch;
    private readonly ButcherTableau _tableau;
    private readonly LaneMemory _memory;
    private readonly LaneControl _control;
    private readonly LaneStepper _stepper;
    private readonly double[] _weights;
    private readonly int[] _samples;
    private readonly int[] _reached;
    private readonly int[] _components;
    private readonly int[] _firstEvaluations;
    private readonly double[][] _outputs;
    private int _next;
    private int _end;
    private int _groups;
    private int _busy;

    public LaneSolve(LaneBatch batch)
    {
        _batch = batch;
        _tableau = batch.Options.ResolvedMethod.Tableau!;
        _memory = new LaneMemory(MaxGroups, batch.Field.Dimension, _tableau.EndStage + 1, batch.Field.ParameterCount);
        _control = new LaneControl(batch.Options, _tableau.ErrorOrder);
        _stepper = new LaneStepper(_memory, batch.Field, batch.Options, _tableau);
        _weights = new double[_tableau.Interpolant.Rows];
        _samples = new int[MaxGroups * Lanes];
        _reached = new int[_samples.Length];
        _components = new int[_samples.Length];
        _firstEvaluations = new int[_samples.Length];
        _outputs = new double[_samples.Length][];
    }

    /// <summary>Solves the samples from <paramref name="first"/> on.</summary>
    /// <param name="first">The first sample.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Checked every step.</param>
    /// <returns>What it cost; an evaluation of eight lanes counts once.</returns>
    public OdeStatistics Run(int first, int count, CancellationToken cancellationToken)
    {
        long calls = _stepper.Calls;
        _next = first;
        _end = first + count;
        _groups = Math.Min(MaxGroups, (count + Lanes - 1) / Lanes);
        _busy = 0;
        _samples.AsSpan().Fill(Free);
        for (int lane = 0; lane < _groups * Lanes; lane++)
            _memory.Number(lane, LaneRow.Active) = 0.0;
        Fill(isFirst: true);
        while (_busy > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ChooseSteps();
            _stepper.Attempt(_groups);
            for (int group = 0; group < _groups; group++)
                Judge(group);
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

    private void ChooseSteps()
    {
        for (int group = 0; group < _groups; group++)
        {
            uint lost = _control.ChooseSteps(ref _memory.Group(group), out uint exhausted);
            for (; exhausted != 0; exhausted &= exhausted - 1)
                Finish(LaneOf(group, exhausted), OdeStatus.TooManySteps);
            for (; lost != 0; lost &= lost - 1)
                Finish(LaneOf(group, lost), Underflow(LaneOf(group, lost)));
        }
    }

    private void Judge(int group)
    {
        ref V rows = ref _memory.Group(group);
        V accepted = _control.Judge(ref rows, _stepper.Error(group), out uint nonFinite, out uint atMinStep, out uint repeated);
        V ahead = Simd.CopySign(V.One, LaneMemory.Row(ref rows, LaneRow.Step)) * (LaneMemory.Row(ref rows, LaneRow.NextOutput) - LaneMemory.Row(ref rows, LaneRow.End));
        for (uint due = (uint)(accepted & Simd.LessThanOrEqual(ahead, V.Zero)).ExtractMostSignificantBits(); due != 0; due &= due - 1)
            RecordOutputs(LaneOf(group, due));
        for (; nonFinite != 0; nonFinite &= nonFinite - 1)
            _components[LaneOf(group, nonFinite)] = _stepper.FindNonFinite(LaneOf(group, nonFinite));
        for (; atMinStep != 0; atMinStep &= atMinStep - 1)
            Finish(LaneOf(group, atMinStep), Underflow(LaneOf(group, atMinStep)), isAtMinStep: true);
        for (; repeated != 0; repeated &= repeated - 1)
            Finish(LaneOf(group, repeated), MetNonFinite(LaneOf(group, repeated)) ? OdeStatus.NonFiniteState : OdeStatus.RepeatedRejection);
        _stepper.Advance(group, accepted);
        V arrived = accepted & Simd.Equals(LaneMemory.Row(ref rows, LaneRow.Time), LaneMemory.Row(ref rows, LaneRow.Last));
        for (uint finished = (uint)arrived.ExtractMostSignificantBits(); finished != 0; finished &= finished - 1)
            Finish(LaneOf(group, finished), OdeStatus.Success);
    }

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
            ReadOnlySpan<double> parameters = _batch.Field.Parameters(sample);
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
            _reached[lane] = 0;
            _components[lane] = -1;
            _firstEvaluations[lane] = 0;
            if (_batch.Options.Output == OdeOutput.End)
                _memory.Number(lane, LaneRow.NextOutput) = last >= first ? double.PositiveInfinity : double.NegativeInfinity;
            else
            {
                _outputs[lane] = new double[times.Length * state.Length];
                while (_reached[lane] < times.Length && times[_reached[lane]] == first)
                    state.CopyTo(_outputs[lane], _reached[lane]++ * state.Length);
                _memory.Number(lane, LaneRow.NextOutput) = _reached[lane] < times.Length ? times[_reached[lane]] : last;
            }

            if (first != last)
                return true;
            Finish(lane, OdeStatus.Success);
        }

        return false;
    }

    /// <summary>Evaluates the first slopes of lanes and estimates their first steps. Returns whether all can go on.</summary>
    private bool Begin(int group, uint fresh)
    {
        _stepper.Begin(group, fresh);
        uint wanted = 0;
        bool canAll = true;
        for (; fresh != 0; fresh &= fresh - 1)
        {
            int lane = LaneOf(group, fresh);
            _firstEvaluations[lane] = 1;
            if (_stepper.FindNonFiniteSlope(lane, 0) is int component and >= 0)
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

        if (wanted != 0)
            _stepper.ProposeFirstSteps(group, wanted);
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
                (_samples[to], _reached[to], _components[to]) = (_samples[lane], _reached[lane], _components[lane]);
                (_firstEvaluations[to], _outputs[to]) = (_firstEvaluations[lane], _outputs[lane]);
                _samples[lane] = Free;
            }
        }
    }

    /// <summary>The outputs up to the end of an accepted step.</summary>
    private void RecordOutputs(int lane)
    {
        double[] times = _batch.Times[_samples[lane]];
        double start = _memory.Number(lane, LaneRow.Time), end = _memory.Number(lane, LaneRow.End), step = _memory.Number(lane, LaneRow.Step);
        int dimension = _batch.Field.Dimension;
        for (; _reached[lane] < times.Length && (times[_reached[lane]] - end) * Math.Sign(step) <= 0.0; _reached[lane]++)
        {
            double time = times[_reached[lane]];
            Span<double> output = _outputs[lane].AsSpan(_reached[lane] * dimension, dimension);
            if (time != end)
                _tableau.Interpolant.Weights((time - start) / step, _weights);
            for (int i = 0; i < dimension; i++)
            {
                double sum = 0.0;
                for (int stage = 0; stage < _weights.Length && time != end; stage++)
                    sum += _weights[stage] * _memory.Slope(lane, stage, i);
                output[i] = time == end ? _memory.Stage(lane, i) : _memory.Start(lane, i) + step * sum;
            }
        }

        if (_reached[lane] < times.Length)
            _memory.Number(lane, LaneRow.NextOutput) = times[_reached[lane]];
    }

    private void Finish(int lane, OdeStatus status, bool isAtMinStep = false)
    {
        int sample = _samples[lane], dimension = _batch.Field.Dimension;
        double finalTime = _memory.Number(lane, LaneRow.Time);
        var finalState = new double[dimension];
        for (int i = 0; i < dimension; i++)
            finalState[i] = _memory.Start(lane, i);
        OdeFailure? failure = status == OdeStatus.Success ? null : new OdeFailure
        {
            Status = status,
            Time = finalTime,
            StepSize = _memory.Number(lane, LaneRow.Step),
            Component = status is OdeStatus.NonFiniteDerivative or OdeStatus.NonFiniteState ? _components[lane] : -1,
            MinStep = isAtMinStep && status == OdeStatus.StepSizeUnderflow ? _batch.Options.MinStep : 0.0,
        };
        (double[] times, double[] states) = _batch.Options.Output != OdeOutput.End
            ? (_batch.Times[sample][.._reached[lane]], _reached[lane] == _batch.Times[sample].Length ? _outputs[lane] : _outputs[lane][..(_reached[lane] * dimension)])
            : failure is null ? ([finalTime], finalState) : ([], []);
        int accepted = (int)_memory.Number(lane, LaneRow.Accepted), rejected = (int)_memory.Number(lane, LaneRow.Rejected);
        var statistics = new OdeStatistics
        {
            Evaluations = _firstEvaluations[lane] + (long)(accepted + rejected) * _tableau.EndStage,
            AcceptedSteps = accepted,
            RejectedSteps = rejected,
        };
        var continuation = new OdeContinuation(_batch.Field, _batch.Given, finalTime, _memory.Number(lane, LaneRow.Proposed), Events: null);
        _batch.Solutions[sample] = new OdeSolution(dimension, times, states, finalTime, finalState, status, failure, statistics, dense: null, continuation: continuation);
        _memory.Number(lane, LaneRow.Active) = 0.0;
        _memory.Number(lane, LaneRow.Step) = 0.0;
        _memory.Number(lane, LaneRow.End) = finalTime;
        _samples[lane] = Free;
        _busy--;
    }

    private OdeStatus Underflow(int lane) => MetNonFinite(lane) ? OdeStatus.NonFiniteState : OdeStatus.StepSizeUnderflow;

    private bool MetNonFinite(int lane) => BitConverter.DoubleToInt64Bits(_memory.Number(lane, LaneRow.MetNonFinite)) != 0;

    private static int LaneOf(int group, uint lanes) => group * Lanes + BitOperations.TrailingZeroCount(lanes);
}
