using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>The arithmetic of <see cref="LaneSolve"/>: evaluations, stages, errors and first steps of groups of eight lanes, with the bits of the batch kernels.</summary>
internal sealed class LaneStepper
{
    private readonly LaneMemory _memory;
    private readonly ParametricLanesFunction _function;
    private readonly OdeSolverOptions _options;
    private readonly ButcherTableau _tableau;
    private readonly int _dimension;
    private readonly double[] _relative;
    private readonly double[] _absolute;
    private readonly int[] _unweighted;
    private readonly int[][] _slopeRows;

    public LaneStepper(LaneMemory memory, LanesVectorField field, OdeSolverOptions options, ButcherTableau tableau)
    {
        _memory = memory;
        _function = field.Function;
        _options = options;
        _tableau = tableau;
        _dimension = field.Dimension;
        _relative = ErrorMeasure.Expand(options.RelativeTolerance, options.RelativeTolerances, _dimension);
        _absolute = ErrorMeasure.Expand(options.AbsoluteTolerance, options.AbsoluteTolerances, _dimension);
        _slopeRows = [.. tableau.Couplings.Select(row => row.Indices.Select(stage => stage * _dimension).ToArray())];
        _unweighted = [.. Enumerable.Range(0, tableau.EndStage + 1).Where(stage => tableau.Weights[stage] == 0.0 && !tableau.ErrorWeights!.Indices.Contains(stage))];
    }

    /// <summary>Calls of the vector field's function, each for eight lanes.</summary>
    public long Calls { get; private set; }

    /// <summary>Makes a trial step of the first groups. Their new states are the last stage's.</summary>
    public void Attempt(int groups)
    {
        int endStage = _tableau.EndStage;
        for (int stage = 1; stage <= endStage; stage++)
        {
            ReadOnlySpan<int> rows = _slopeRows[stage];
            ReadOnlySpan<double> coefficients = _tableau.Couplings[stage].Coefficients.AsSpan(0, rows.Length);
            double node = _tableau.Nodes[stage];
            // Groups inside stages: while one waits for its own results, the processor goes on with the next.
            for (int group = 0; group < groups; group++)
            {
                V step = LaneMemory.Row(ref _memory.Group(group), LaneRow.Step);
                V time = node == 1.0
                    ? LaneMemory.Row(ref _memory.Group(group), LaneRow.End)
                    : Simd.MultiplyAddEstimate(Simd.Create(node), step, LaneMemory.Row(ref _memory.Group(group), LaneRow.Time));
                Combine(_memory.Starts(group), step, ref _memory.Slopes(group, 0)[0], rows, coefficients, _memory.Stage(group));
                Evaluate(group, time, _memory.Stage(group), _memory.Slopes(group, stage));
            }
        }
    }

    /// <summary>The errors of a group's trial steps in tolerances; not finite where the new state or a slope is not.</summary>
    public V Error(int group)
    {
        V error = Error(group, _tableau.ErrorWeights!);
        return _tableau.SecondErrorWeights is { } second ? ErrorKernels.CombineEstimates(error, Error(group, second)) : error;
    }

    /// <summary>Moves lanes on to the end of their steps.</summary>
    public void Advance(int group, V accepted)
    {
        ref V rows = ref _memory.Group(group);
        ref V time = ref LaneMemory.Row(ref rows, LaneRow.Time);
        time = Simd.ConditionalSelect(accepted, LaneMemory.Row(ref rows, LaneRow.End), time);
        Select(accepted, _memory.Stage(group), _memory.Starts(group));
        Select(accepted, _memory.Slopes(group, _tableau.EndStage), _memory.Slopes(group, 0));
    }

    /// <summary>Evaluates the first slopes of lanes that begin.</summary>
    public void Begin(int group, uint lanes)
    {
        Span<V> slopes = _memory.Slopes(group, 1);
        Evaluate(group, LaneMemory.Row(ref _memory.Group(group), LaneRow.Time), _memory.Starts(group), slopes);
        Select(Mask(lanes), slopes, _memory.Slopes(group, 0));
    }

    /// <summary>Proposes the first step of lanes that begin, as <see cref="InitialStep"/> does.</summary>
    public void ProposeFirstSteps(int group, uint lanes)
    {
        ref V rows = ref _memory.Group(group);
        Span<V> starts = _memory.Starts(group), slopes = _memory.Slopes(group, 0), probe = _memory.Slopes(group, 1);
        double summed = _options.ResolvedController.SumsInFirstStep && !_options.ErrorNorm.TakesMaximum ? Math.Sqrt(_dimension) : 1.0;
        V stateNorms = Norm(starts, default, starts), slopeNorms = Norm(slopes, default, starts);
        V steps = V.Zero, times = LaneMemory.Row(ref rows, LaneRow.Time);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int i = BitOperations.TrailingZeroCount(rest), lane = group * LaneMemory.Lanes + i;
            double time = _memory.Number(lane, LaneRow.Time), last = _memory.Number(lane, LaneRow.Last);
            double step = InitialStep.Probe(summed * stateNorms[i], summed * slopeNorms[i], time, last - time, _options.MaxStep);
            steps = steps.WithElement(i, step);
            times = times.WithElement(i, Math.Clamp(time + step, Math.Min(time, last), Math.Max(time, last)));
        }

        Span<V> stage = _memory.Stage(group);
        for (int i = 0; i < stage.Length; i++)
            stage[i] = Simd.MultiplyAddEstimate(steps, slopes[i], starts[i]);
        Evaluate(group, times, stage, probe);
        V curvatureNorms = Norm(probe, slopes, starts);
        for (uint rest = lanes; rest != 0; rest &= rest - 1)
        {
            int i = BitOperations.TrailingZeroCount(rest), lane = group * LaneMemory.Lanes + i;
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

    private static V Mask(uint lanes) => Simd.GreaterThan(Simd.Create((long)lanes) & Simd.Create(1L, 2, 4, 8, 16, 32, 64, 128), Simd.Create(0L)).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Select(V mask, ReadOnlySpan<V> source, Span<V> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = Simd.ConditionalSelect(mask, source[i], destination[i]);
    }

    /// <summary>The states of a stage, start + step · Σ_j coefficients[j] · slopes[rows[j]]: two components at a time, so that one sum need not wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine(ReadOnlySpan<V> start, V step, ref V slopes, ReadOnlySpan<int> rows, ReadOnlySpan<double> coefficients, Span<V> result)
    {
        ref V slope = ref slopes;
        int i = 0;
        for (; i + 1 < result.Length; i += 2)
        {
            V sum = V.Zero, nextSum = V.Zero;
            for (int j = 0; j < rows.Length; j++)
            {
                ref V at = ref Unsafe.Add(ref slope, rows[j]);
                V coefficient = Simd.Create(coefficients[j]);
                sum = Simd.MultiplyAddEstimate(coefficient, at, sum);
                nextSum = Simd.MultiplyAddEstimate(coefficient, Unsafe.Add(ref at, 1), nextSum);
            }

            result[i] = Simd.MultiplyAddEstimate(step, sum, start[i]);
            result[i + 1] = Simd.MultiplyAddEstimate(step, nextSum, start[i + 1]);
            slope = ref Unsafe.Add(ref slope, 2);
        }

        if (i < result.Length)
        {
            V sum = V.Zero;
            for (int j = 0; j < rows.Length; j++)
                sum = Simd.MultiplyAddEstimate(Simd.Create(coefficients[j]), Unsafe.Add(ref slope, rows[j]), sum);
            result[i] = Simd.MultiplyAddEstimate(step, sum, start[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Evaluate(int group, V time, ReadOnlySpan<V> states, Span<V> slopes)
    {
        for (int i = 0; i < slopes.Length; i++)
            slopes[i] = V.Zero;
        _function(time, states, _memory.Parameters(group), slopes);
        Calls++;
    }

    private V Error(int group, SparseRow weights)
    {
        int dimension = _dimension;
        ref V slopes = ref MemoryMarshal.GetReference(_memory.Slopes(group, 0));
        ReadOnlySpan<V> before = _memory.Starts(group), after = _memory.Stage(group);
        ReadOnlySpan<int> indices = weights.Indices;
        ReadOnlySpan<double> coefficients = weights.Coefficients.AsSpan(0, indices.Length);
        V step = LaneMemory.Row(ref _memory.Group(group), LaneRow.Step);
        bool takesMaximum = _options.ErrorNorm.TakesMaximum;
        var sums = default(NormSums);
        for (int i = 0; i < dimension; i++)
        {
            V sum = V.Zero;
            for (int j = 0; j < indices.Length; j++)
                sum = Simd.MultiplyAddEstimate(Simd.Create(coefficients[j]), Unsafe.Add(ref slopes, indices[j] * dimension + i), sum);
            V ratio = ErrorKernels.Ratio(step * sum, Simd.MaxNative(Simd.Abs(before[i]), Simd.Abs(after[i])), Simd.Create(_relative[i]), Simd.Create(_absolute[i]));
            // 0 · x is 0 for a finite x and NaN otherwise. The stages with a weight make the new state or the error not finite themselves.
            V undefined = after[i] * V.Zero;
            foreach (int stage in _unweighted)
                undefined = Simd.MultiplyAddEstimate(Unsafe.Add(ref slopes, stage * dimension + i), V.Zero, undefined);
            if (takesMaximum)
                sums[0] = Simd.Max(sums[0], Simd.Abs(ratio) + undefined);
            else
                sums[i % NormSums.Count] += Simd.MultiplyAddEstimate(ratio, ratio, undefined);
        }

        return takesMaximum ? sums[0] : ErrorKernels.RootMean(sums, dimension);
    }

    /// <summary>The norm of values − subtrahend in tolerances at a state. An empty subtrahend is zero.</summary>
    private V Norm(ReadOnlySpan<V> values, ReadOnlySpan<V> subtrahend, ReadOnlySpan<V> states)
    {
        bool takesMaximum = _options.ErrorNorm.TakesMaximum;
        var sums = default(NormSums);
        for (int i = 0; i < values.Length; i++)
        {
            V value = subtrahend.IsEmpty ? values[i] : values[i] - subtrahend[i];
            V ratio = ErrorKernels.Ratio(value, Simd.Abs(states[i]), Simd.Create(_relative[i]), Simd.Create(_absolute[i]));
            if (takesMaximum)
                sums[0] = Simd.Max(sums[0], Simd.Abs(ratio));
            else
                sums[i % NormSums.Count] += ratio * ratio;
        }

        return takesMaximum ? sums[0] : ErrorKernels.RootMean(sums, values.Length);
    }
}
