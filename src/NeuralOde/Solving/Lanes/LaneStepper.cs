using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>The arithmetic of <see cref="LaneSolve{TVector, TField}"/>: evaluations, stages, errors and first steps of groups of lanes, with the bits of the batch kernels.</summary>
/// <typeparam name="TVector">The vector; a group is a whole number of them.</typeparam>
/// <typeparam name="TField">The vector field.</typeparam>
internal sealed class LaneStepper<TVector, TField>
    where TVector : unmanaged, IVector<double, TVector>
    where TField : struct, ILaneField
{
    private readonly LaneMemory<TField> _memory;
    private readonly TField _field;
    private readonly OdeSolverOptions _options;
    private readonly ButcherTableau _tableau;
    private readonly int _dimension;
    private readonly double[] _relative;
    private readonly double[] _absolute;
    private readonly bool _takesMaximum;
    private readonly int[][] _slopesAt;

    public LaneStepper(LaneMemory<TField> memory, TField field, int dimension, OdeSolverOptions options, ButcherTableau tableau)
    {
        _memory = memory;
        _field = field;
        _options = options;
        _tableau = tableau;
        _dimension = dimension;
        _relative = ErrorMeasure.Expand(options.RelativeTolerance, options.RelativeTolerances, dimension);
        _absolute = ErrorMeasure.Expand(options.AbsoluteTolerance, options.AbsoluteTolerances, dimension);
        _takesMaximum = options.ErrorNorm.TakesMaximum;
        _slopesAt = new int[tableau.EndStage + 1][];
        for (int stage = 1; stage < _slopesAt.Length; stage++)
        {
            int[] stages = tableau.Couplings[stage].Indices;
            _slopesAt[stage] = new int[stages.Length];
            for (int j = 0; j < stages.Length; j++)
                _slopesAt[stage][j] = stages[j] * dimension * Lanes;
        }
    }

    /// <summary>Calls of the vector field, each for a group.</summary>
    public long Calls { get; private set; }

    private static int Lanes => TField.Lanes;

    /// <summary>Makes a trial step of the first groups. Their new states are the last stage's.</summary>
    public void Attempt(int groups)
    {
        int endStage = _tableau.EndStage;
        for (int stage = 1; stage <= endStage; stage++)
        {
            int[] slopesAt = _slopesAt[stage];
            double[] coefficients = _tableau.Couplings[stage].Coefficients;
            double node = _tableau.Nodes[stage];
            // Groups inside stages: while one waits for its own results, the processor goes on with the next.
            for (int group = 0; group < groups; group++)
            {
                SetStageTimes(group, node);
                for (int v = 0; v < Lanes; v += TVector.Count)
                    Combine(group, v, slopesAt, coefficients);
                Evaluate(group, _memory.Stage(group), _memory.Slopes(group, stage));
            }
        }
    }

    /// <summary>The errors, from a lane of a group on, of trial steps in tolerances; not finite where the new state or a slope is not.</summary>
    public TVector Error(int group, int lane)
    {
        TVector error = Error(group, lane, _tableau.ErrorWeights!);
        return _tableau.SecondErrorWeights is { } second ? ErrorArithmetic<TVector>.CombineEstimates(error, Error(group, lane, second)) : error;
    }

    /// <summary>Moves lanes, from a lane of a group on, to the end of their steps.</summary>
    public void Advance(int group, int lane, TVector accepted)
    {
        ref double rows = ref Unsafe.Add(ref _memory.Group(group), lane);
        ref double time = ref LaneMemory<TField>.Row(ref rows, LaneRow.Time);
        TVector.Select(accepted, TVector.Load(ref LaneMemory<TField>.Row(ref rows, LaneRow.End)), TVector.Load(ref time)).Store(ref time);
        Select(accepted, lane, _memory.Stage(group), _memory.Starts(group));
        Select(accepted, lane, _memory.Slopes(group, _tableau.EndStage), _memory.Slopes(group, 0));
    }

    /// <summary>Evaluates the first slopes of lanes that begin.</summary>
    public void Begin(int group, uint lanes)
    {
        Span<double> slopes = _memory.Slopes(group, 1);
        SetStageTimes(group, 0.0);
        Evaluate(group, _memory.Starts(group), slopes);
        for (int v = 0; v < Lanes; v += TVector.Count)
            Select(TVector.Mask(lanes >> v), v, slopes, _memory.Slopes(group, 0));
    }

    /// <summary>Proposes the first step of lanes that begin, as <see cref="InitialStep"/> does.</summary>
    public void ProposeFirstSteps(int group, uint lanes)
    {
        Span<double> starts = _memory.Starts(group), slopes = _memory.Slopes(group, 0), probe = _memory.Slopes(group, 1);
        double summed = _options.ResolvedController.SumsInFirstStep && !_takesMaximum ? Math.Sqrt(_dimension) : 1.0;
        Span<double> stateNorms = stackalloc double[Lanes], slopeNorms = stackalloc double[Lanes], steps = stackalloc double[Lanes];
        Norm(starts, default, starts, stateNorms);
        Norm(slopes, default, starts, slopeNorms);
        steps.Clear();
        SetStageTimes(group, 0.0);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int i = BitOperations.TrailingZeroCount(rest), lane = group * Lanes + i;
            double time = _memory.Number(lane, LaneRow.Time), last = _memory.Number(lane, LaneRow.Last);
            steps[i] = InitialStep.Probe(summed * stateNorms[i], summed * slopeNorms[i], time, last - time, _options.MaxStep);
            _memory.Number(lane, LaneRow.StageTime) = Math.Clamp(time + steps[i], Math.Min(time, last), Math.Max(time, last));
        }

        Span<double> stage = _memory.Stage(group);
        for (int i = 0; i < stage.Length; i++)
            stage[i] = double.MultiplyAddEstimate(steps[i % Lanes], slopes[i], starts[i]);
        Evaluate(group, stage, probe);
        Span<double> curvatureNorms = stateNorms;
        Norm(probe, slopes, starts, curvatureNorms);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int i = BitOperations.TrailingZeroCount(rest), lane = group * Lanes + i;
            double time = _memory.Number(lane, LaneRow.Time), last = _memory.Number(lane, LaneRow.Last);
            _memory.Number(lane, LaneRow.Proposed) = InitialStep.Length(steps[i], summed * slopeNorms[i], summed * curvatureNorms[i],
                time, last - time, _options.MaxStep, _tableau.ErrorOrder);
        }
    }

    /// <summary>The component that made a lane's trial not finite, or −1 where only its error estimate overflowed.</summary>
    public int FindNonFinite(int lane)
    {
        double step = _memory.Number(lane, LaneRow.Step);
        for (int stage = 1; stage <= _tableau.EndStage; stage++)
        {
            SparseRow row = _tableau.Couplings[stage];
            for (int i = 0; i < _dimension; i++)
            {
                double sum = 0.0;
                for (int j = 0; j < row.Indices.Length; j++)
                    sum = double.MultiplyAddEstimate(row.Coefficients[j], _memory.Slope(lane, row.Indices[j], i), sum);
                if (!double.IsFinite(double.MultiplyAddEstimate(step, sum, _memory.Start(lane, i))))
                    return i;
            }

            if (FindNonFiniteSlope(lane, stage) is int component and >= 0)
                return component;
        }

        return -1;
    }

    /// <summary>The first component of a lane's slope at a stage that is not finite, or −1.</summary>
    public int FindNonFiniteSlope(int lane, int stage)
    {
        for (int i = 0; i < _dimension; i++)
        {
            if (!double.IsFinite(_memory.Slope(lane, stage, i)))
                return i;
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Select(TVector mask, int lane, ReadOnlySpan<double> source, Span<double> destination)
    {
        ref double from = ref MemoryMarshal.GetReference(source);
        ref double to = ref MemoryMarshal.GetReference(destination);
        for (int at = lane; at < destination.Length; at += Lanes)
            TVector.Select(mask, TVector.Load(ref Unsafe.Add(ref from, at)), TVector.Load(ref Unsafe.Add(ref to, at))).Store(ref Unsafe.Add(ref to, at));
    }

    /// <summary>Sets the times at which a group is evaluated: start + node · step; a node of 1 is the end exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetStageTimes(int group, double node)
    {
        for (int v = 0; v < Lanes; v += TVector.Count)
        {
            ref double rows = ref Unsafe.Add(ref _memory.Group(group), v);
            TVector time = node == 1.0
                ? TVector.Load(ref LaneMemory<TField>.Row(ref rows, LaneRow.End))
                : TVector.MultiplyAdd(TVector.Broadcast(node), TVector.Load(ref LaneMemory<TField>.Row(ref rows, LaneRow.Step)), TVector.Load(ref LaneMemory<TField>.Row(ref rows, LaneRow.Time)));
            time.Store(ref LaneMemory<TField>.Row(ref rows, LaneRow.StageTime));
        }
    }

    /// <summary>The states of a stage, start + step · Σ_j coefficients[j] · slopes[j]: two components at a time, so that one sum need not wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Combine(int group, int lane, int[] slopesAt, double[] coefficients)
    {
        ref double rows = ref Unsafe.Add(ref _memory.Group(group), lane);
        TVector step = TVector.Load(ref LaneMemory<TField>.Row(ref rows, LaneRow.Step));
        ref double slope = ref Unsafe.Add(ref MemoryMarshal.GetReference(_memory.Slopes(group, 0)), lane);
        ref double start = ref Unsafe.Add(ref MemoryMarshal.GetReference(_memory.Starts(group)), lane);
        ref double result = ref Unsafe.Add(ref MemoryMarshal.GetReference(_memory.Stage(group)), lane);
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(coefficients);
        int left = _dimension;
        for (; left > 1; left -= 2)
        {
            TVector sum = TVector.Constant(0.0), nextSum = TVector.Constant(0.0);
            for (int j = 0; j < slopesAt.Length; j++)
            {
                ref double at = ref Unsafe.Add(ref slope, slopesAt[j]);
                TVector factor = TVector.Broadcast(Unsafe.Add(ref coefficient, j));
                sum = TVector.MultiplyAdd(factor, TVector.Load(ref at), sum);
                nextSum = TVector.MultiplyAdd(factor, TVector.Load(ref Unsafe.Add(ref at, Lanes)), nextSum);
            }

            TVector.MultiplyAdd(step, sum, TVector.Load(ref start)).Store(ref result);
            TVector.MultiplyAdd(step, nextSum, TVector.Load(ref Unsafe.Add(ref start, Lanes))).Store(ref Unsafe.Add(ref result, Lanes));
            slope = ref Unsafe.Add(ref slope, 2 * Lanes);
            start = ref Unsafe.Add(ref start, 2 * Lanes);
            result = ref Unsafe.Add(ref result, 2 * Lanes);
        }

        if (left > 0)
        {
            TVector sum = TVector.Constant(0.0);
            for (int j = 0; j < slopesAt.Length; j++)
                sum = TVector.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref coefficient, j)), TVector.Load(ref Unsafe.Add(ref slope, slopesAt[j])), sum);
            TVector.MultiplyAdd(step, sum, TVector.Load(ref start)).Store(ref result);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Evaluate(int group, ReadOnlySpan<double> states, Span<double> slopes)
    {
        ref double slope = ref MemoryMarshal.GetReference(slopes);
        for (int i = 0; i < slopes.Length; i += TVector.Count)
            TVector.Constant(0.0).Store(ref Unsafe.Add(ref slope, i));
        _field.Evaluate(in LaneMemory<TField>.Row(ref _memory.Group(group), LaneRow.StageTime), states, _memory.Parameters(group), slopes);
        Calls++;
    }

    private TVector Error(int group, int lane, SparseRow weights)
    {
        int rowLength = _dimension * Lanes;
        ref double slopes = ref MemoryMarshal.GetReference(_memory.Slopes(group, 0));
        ref double before = ref MemoryMarshal.GetReference(_memory.Starts(group)), after = ref MemoryMarshal.GetReference(_memory.Stage(group));
        int[] indices = weights.Indices, unweighted = _tableau.UnweightedStages;
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(weights.Coefficients);
        TVector zero = TVector.Constant(0.0);
        TVector step = TVector.Load(ref LaneMemory<TField>.Row(ref Unsafe.Add(ref _memory.Group(group), lane), LaneRow.Step));
        var sums = default(NormSums<TVector>);
        for (int i = 0; i < _dimension; i++)
        {
            int at = i * Lanes + lane;
            TVector sum = zero;
            for (int j = 0; j < indices.Length; j++)
                sum = TVector.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref coefficient, j)), TVector.Load(ref Unsafe.Add(ref slopes, indices[j] * rowLength + at)), sum);
            TVector end = TVector.Load(ref Unsafe.Add(ref after, at));
            TVector magnitude = TVector.Maximum(TVector.Abs(TVector.Load(ref Unsafe.Add(ref before, at))), TVector.Abs(end));
            TVector ratio = ErrorArithmetic<TVector>.Ratio(step * sum, magnitude, TVector.Broadcast(_relative[i]), TVector.Broadcast(_absolute[i]));
            // 0 · x is 0 for a finite x and NaN otherwise. The stages with a weight make the new state or the error not finite themselves.
            TVector undefined = end * zero;
            foreach (int stage in unweighted)
                undefined = TVector.MultiplyAdd(TVector.Load(ref Unsafe.Add(ref slopes, stage * rowLength + at)), zero, undefined);
            if (_takesMaximum)
                sums[0] = TVector.MaximumOrNaN(sums[0], TVector.Abs(ratio) + undefined);
            else
                sums[i % NormSums<TVector>.Count] += TVector.MultiplyAdd(ratio, ratio, undefined);
        }

        return _takesMaximum ? sums[0] : ErrorArithmetic<TVector>.RootMean(in sums, _dimension);
    }

    /// <summary>The norms of values − subtrahend in tolerances at a state. An empty subtrahend is zero.</summary>
    private void Norm(ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend, ReadOnlySpan<double> states, Span<double> norms)
    {
        for (int v = 0; v < Lanes; v += TVector.Count)
        {
            var sums = default(NormSums<TVector>);
            for (int i = 0; i < _dimension; i++)
            {
                int at = i * Lanes + v;
                TVector value = TVector.Load(in values[at]);
                if (!subtrahend.IsEmpty)
                    value -= TVector.Load(in subtrahend[at]);
                TVector ratio = ErrorArithmetic<TVector>.Ratio(value, TVector.Abs(TVector.Load(in states[at])), TVector.Broadcast(_relative[i]), TVector.Broadcast(_absolute[i]));
                if (_takesMaximum)
                    sums[0] = TVector.MaximumOrNaN(sums[0], TVector.Abs(ratio));
                else
                    sums[i % NormSums<TVector>.Count] += ratio * ratio;
            }

            (_takesMaximum ? sums[0] : ErrorArithmetic<TVector>.RootMean(in sums, _dimension)).Store(ref norms[v]);
        }
    }
}
