using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>The arithmetic of <see cref="LaneSolve{TVector, TField}"/>: evaluations, stages and errors of groups of lanes, with the bits of the batch kernels.</summary>
/// <typeparam name="TVector">The vector; a group is a whole number of them.</typeparam>
/// <typeparam name="TField">The vector field.</typeparam>
internal sealed class LaneStepper<TVector, TField>
    where TVector : unmanaged, IVector<double, TVector>
    where TField : struct, ILaneField
{
    private readonly LaneMemory<TField> _memory;
    private readonly TField _field;
    private readonly ButcherTableau _tableau;
    private readonly int _dimension;
    private readonly double[] _relative;
    private readonly double[] _absolute;
    private readonly bool _takesMaximum;
    private readonly SparseRow? _poleWeights;
    // What the couplings' indices are in a group's memory, so that the loops need not multiply.
    private readonly int[][] _slopesAt;

    public LaneStepper(LaneMemory<TField> memory, TField field, int dimension, OdeSolverOptions options, ButcherTableau tableau)
    {
        _memory = memory;
        _field = field;
        _tableau = tableau;
        _dimension = dimension;
        _relative = ErrorMeasure.Expand(options.RelativeTolerance, options.RelativeTolerances, dimension);
        _absolute = ErrorMeasure.Expand(options.AbsoluteTolerance, options.AbsoluteTolerances, dimension);
        _takesMaximum = options.ErrorNorm.TakesMaximum;
        _poleWeights = ErrorMeasure.LooksForPoles(_relative.AsSpan(0, dimension), _absolute.AsSpan(0, dimension)) ? tableau.PoleWeights : null;
        _slopesAt = new int[tableau.Stages][];
        for (int stage = 1; stage < _slopesAt.Length; stage++)
        {
            int[] stages = tableau.Couplings[stage].Indices;
            _slopesAt[stage] = new int[stages.Length];
            for (int j = 0; j < stages.Length; j++)
                _slopesAt[stage][j] = stages[j] * dimension * Lanes;
        }
    }

    /// <summary>Relative tolerance of every component.</summary>
    public ReadOnlySpan<double> Relative => _relative;

    /// <summary>Absolute tolerance of every component.</summary>
    public ReadOnlySpan<double> Absolute => _absolute;

    /// <summary>Calls of the vector field, each for a group.</summary>
    public long Calls { get; private set; }

    private static int Lanes => TField.Lanes;

    /// <summary>Makes a trial step of the first groups. Their new states are the last stage's.</summary>
    public void Attempt(int groups)
    {
        int endStage = _tableau.EndStage, groupLength = _memory.GroupLength;
        for (int stage = 1; stage <= endStage; stage++)
        {
            int[] slopesAt = _slopesAt[stage];
            double[] coefficients = _tableau.Couplings[stage].Coefficients;
            double node = _tableau.Nodes[stage];
            int slopesOfStage = _memory.SlopesAt(stage);
            ref double rows = ref _memory.Group(0);
            // Groups inside stages: while one waits for its own results, the processor goes on with the next.
            int group = 0;
            for (; Lanes > 1 && group + 1 < groups; group += 2)
            {
                ref double next = ref Unsafe.Add(ref rows, groupLength);
                for (int v = 0; v < Lanes; v += TVector.Count)
                    CombineTwo(ref Unsafe.Add(ref rows, v), groupLength, slopesAt, coefficients);
                SetStageTimes(ref rows, node);
                Evaluate(ref rows, _memory.StageAt, slopesOfStage);
                SetStageTimes(ref next, node);
                Evaluate(ref next, _memory.StageAt, slopesOfStage);
                rows = ref Unsafe.Add(ref next, groupLength);
            }

            if (group < groups)
            {
                for (int v = 0; v < Lanes; v += TVector.Count)
                    Combine(ref Unsafe.Add(ref rows, v), slopesAt, coefficients, _memory.StageAt);
                SetStageTimes(ref rows, node);
                Evaluate(ref rows, _memory.StageAt, slopesOfStage);
            }
        }

        Calls += (long)groups * endStage;
    }

    /// <summary>Evaluates a group's stages for the interpolant alone; the new states stay.</summary>
    public void CompleteInterior(ref double group)
    {
        for (int stage = _tableau.EndStage + 1; stage < _tableau.Stages; stage++)
        {
            for (int v = 0; v < Lanes; v += TVector.Count)
                Combine(ref Unsafe.Add(ref group, v), _slopesAt[stage], _tableau.Couplings[stage].Coefficients, _memory.InteriorAt);
            SetStageTimes(ref group, _tableau.Nodes[stage]);
            EvaluateOnce(ref group, _memory.InteriorAt, _memory.SlopesAt(stage));
        }
    }

    /// <summary>Sets the errors, from a lane of a group on, of trial steps.</summary>
    /// <remarks>Vectors go from method to method in rows: handed over by value they are copied in pieces, and loading them whole then waits for the pieces.</remarks>
    public void MeasureErrors(ref double rows)
    {
        MeasureErrors(ref rows, _tableau.ErrorWeights!);
        if (_tableau.SecondErrorWeights is { } second)
        {
            TVector error = Load(ref rows, LaneRow.Error);
            MeasureErrors(ref rows, second);
            LaneMemory<TField>.Store(ref rows, LaneRow.Error, ErrorArithmetic<TVector>.CombineEstimates(error, Load(ref rows, LaneRow.Error)));
        }

        if (_poleWeights is not null)
            JudgePoles(ref rows, _poleWeights);
    }

    /// <summary>Evaluates a group once, at its stage times.</summary>
    public void EvaluateOnce(ref double group, int statesAt, int slopesAt)
    {
        Evaluate(ref group, statesAt, slopesAt);
        Calls++;
    }

    /// <summary>Sets the times at which a group is evaluated: start + node · step; a node of 1 is the end exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetStageTimes(ref double group, double node)
    {
        for (int v = 0; v < Lanes; v += TVector.Count)
        {
            ref double rows = ref Unsafe.Add(ref group, v);
            TVector time = node == 1.0 ? Load(ref rows, LaneRow.End) : TVector.MultiplyAdd(TVector.Broadcast(node), Load(ref rows, LaneRow.Step), Load(ref rows, LaneRow.Time));
            LaneMemory<TField>.Store(ref rows, LaneRow.StageTime, time);
        }
    }

    /// <summary>Moves accepted lanes to the end of their steps.</summary>
    public void Advance(ref double rows)
    {
        TVector accepted = Load(ref rows, LaneRow.IsAccepted);
        TVector time = TVector.Select(accepted, Load(ref rows, LaneRow.End), Load(ref rows, LaneRow.Time));
        LaneMemory<TField>.Store(ref rows, LaneRow.Time, time);
        Select(accepted, ref Unsafe.Add(ref rows, _memory.StageAt), ref Unsafe.Add(ref rows, LaneMemory<TField>.StartsAt));
        Select(accepted, ref Unsafe.Add(ref rows, _memory.SlopesAt(_tableau.EndStage)), ref Unsafe.Add(ref rows, _memory.SlopesAt(0)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(ref double rows, LaneRow row) => LaneMemory<TField>.Load<TVector>(ref rows, row);

    /// <summary>Takes vectors of all components where a mask is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Select(TVector mask, ref double source, ref double destination)
    {
        for (int at = 0; at < _dimension * Lanes; at += Lanes)
        {
            ref double target = ref Unsafe.Add(ref destination, at);
            TVector.Select(mask, TVector.Load(ref Unsafe.Add(ref source, at)), TVector.Load(ref target)).Store(ref target);
        }
    }

    /// <summary>The states of a stage, start + step · Σ_j coefficients[j] · slopes[j]: two components at a time, so that one sum need not wait for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Combine(ref double rows, int[] slopesAt, double[] coefficients, int resultAt)
    {
        TVector step = Load(ref rows, LaneRow.Step);
        int stageLength = _dimension * Lanes;
        ref double slope = ref Unsafe.Add(ref rows, _memory.SlopesAt(0));
        ref double start = ref Unsafe.Add(ref rows, LaneMemory<TField>.StartsAt);
        ref double result = ref Unsafe.Add(ref rows, resultAt);
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(coefficients);
        int at = 0;
        for (; at + Lanes < stageLength; at += 2 * Lanes)
        {
            StageKernels<TVector>.Sums(ref Unsafe.Add(ref slope, at), Lanes, size: 1, slopesAt, ref coefficient, out TVector sum, out TVector nextSum);
            Move(step, sum, ref Unsafe.Add(ref start, at), ref Unsafe.Add(ref result, at));
            Move(step, nextSum, ref Unsafe.Add(ref start, at + Lanes), ref Unsafe.Add(ref result, at + Lanes));
        }

        if (at < stageLength)
            Move(step, StageKernels<TVector>.Sum(ref Unsafe.Add(ref slope, at), size: 1, slopesAt, ref coefficient), ref Unsafe.Add(ref start, at), ref Unsafe.Add(ref result, at));
    }

    /// <summary>The same for a group and the next: four sums share the loads of coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CombineTwo(ref double rows, int next, int[] slopesAt, double[] coefficients)
    {
        TVector step = Load(ref rows, LaneRow.Step), nextStep = Load(ref Unsafe.Add(ref rows, next), LaneRow.Step);
        int stageLength = _dimension * Lanes;
        ref double slope = ref Unsafe.Add(ref rows, _memory.SlopesAt(0));
        ref double start = ref Unsafe.Add(ref rows, LaneMemory<TField>.StartsAt);
        ref double result = ref Unsafe.Add(ref rows, _memory.StageAt);
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(coefficients);
        int at = 0;
        for (; at + Lanes < stageLength; at += 2 * Lanes)
        {
            TVector a0 = TVector.Constant(0.0), a1 = a0, b0 = a0, b1 = a0;
            for (int j = 0; j < slopesAt.Length; j++)
            {
                ref double slopes = ref Unsafe.Add(ref slope, slopesAt[j] + at);
                ref double nextSlopes = ref Unsafe.Add(ref slopes, next);
                TVector factor = TVector.Broadcast(Unsafe.Add(ref coefficient, j));
                a0 = TVector.MultiplyAdd(factor, TVector.Load(ref slopes), a0);
                a1 = TVector.MultiplyAdd(factor, TVector.Load(ref Unsafe.Add(ref slopes, Lanes)), a1);
                b0 = TVector.MultiplyAdd(factor, TVector.Load(ref nextSlopes), b0);
                b1 = TVector.MultiplyAdd(factor, TVector.Load(ref Unsafe.Add(ref nextSlopes, Lanes)), b1);
            }

            Move(step, a0, ref Unsafe.Add(ref start, at), ref Unsafe.Add(ref result, at));
            Move(step, a1, ref Unsafe.Add(ref start, at + Lanes), ref Unsafe.Add(ref result, at + Lanes));
            Move(nextStep, b0, ref Unsafe.Add(ref start, next + at), ref Unsafe.Add(ref result, next + at));
            Move(nextStep, b1, ref Unsafe.Add(ref start, next + at + Lanes), ref Unsafe.Add(ref result, next + at + Lanes));
        }

        if (at < stageLength)
        {
            StageKernels<TVector>.Sums(ref Unsafe.Add(ref slope, at), next, size: 1, slopesAt, ref coefficient, out TVector sum, out TVector nextSum);
            Move(step, sum, ref Unsafe.Add(ref start, at), ref Unsafe.Add(ref result, at));
            Move(nextStep, nextSum, ref Unsafe.Add(ref start, next + at), ref Unsafe.Add(ref result, next + at));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(TVector step, TVector sum, ref double start, ref double result) => TVector.MultiplyAdd(step, sum, TVector.Load(ref start)).Store(ref result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Evaluate(ref double group, int statesAt, int slopesAt)
    {
        ref double slopes = ref Unsafe.Add(ref group, slopesAt);
        for (int i = 0; i < _dimension * Lanes; i += TVector.Count)
            TVector.Constant(0.0).Store(ref Unsafe.Add(ref slopes, i));
        _field.Evaluate(in LaneMemory<TField>.Row(ref group, LaneRow.StageTime), _dimension, in Unsafe.Add(ref group, statesAt),
            in Unsafe.Add(ref group, _memory.ParametersAt), ref slopes);
    }

    private void MeasureErrors(ref double rows, SparseRow weights)
    {
        int stageLength = _dimension * Lanes;
        ref double slopes = ref Unsafe.Add(ref rows, _memory.SlopesAt(0));
        ref double before = ref Unsafe.Add(ref rows, LaneMemory<TField>.StartsAt), after = ref Unsafe.Add(ref rows, _memory.StageAt);
        int[] unweighted = _tableau.UnweightedStages;
        ref double coefficient = ref MemoryMarshal.GetArrayDataReference(weights.Coefficients);
        TVector zero = TVector.Constant(0.0);
        TVector step = Load(ref rows, LaneRow.Step);
        var sums = default(NormSums<TVector>);
        for (int i = 0; i < _dimension; i++)
        {
            int at = i * Lanes;
            TVector sum = StageKernels<TVector>.Sum(ref Unsafe.Add(ref slopes, at), stageLength, weights.Indices, ref coefficient);
            TVector end = TVector.Load(ref Unsafe.Add(ref after, at));
            TVector magnitude = TVector.Maximum(TVector.Abs(TVector.Load(ref Unsafe.Add(ref before, at))), TVector.Abs(end));
            TVector ratio = ErrorArithmetic<TVector>.Ratio(step * sum, magnitude, TVector.Broadcast(_relative[i]), TVector.Broadcast(_absolute[i]));
            // 0 · x is 0 for a finite x and NaN otherwise. The stages with a weight make the new state or the error not finite themselves.
            TVector undefined = end * zero;
            foreach (int stage in unweighted)
                undefined = TVector.MultiplyAdd(TVector.Load(ref Unsafe.Add(ref slopes, stage * stageLength + at)), zero, undefined);
            if (_takesMaximum)
                sums[0] = TVector.MaximumOrNaN(sums[0], TVector.Abs(ratio) + undefined);
            else
                sums[i % NormSums<TVector>.Count] += TVector.MultiplyAdd(ratio, ratio, undefined);
        }

        LaneMemory<TField>.Store(ref rows, LaneRow.Error, _takesMaximum ? sums[0] : ErrorArithmetic<TVector>.RootMean(in sums, _dimension));
    }

    /// <summary>What <see cref="PoleKernels"/> do with a batch.</summary>
    private void JudgePoles(ref double rows, SparseRow weights)
    {
        int stageLength = _dimension * Lanes, endSlopes = _tableau.EndStage * stageLength;
        ref double slopes = ref Unsafe.Add(ref rows, _memory.SlopesAt(0));
        ref double before = ref Unsafe.Add(ref rows, LaneMemory<TField>.StartsAt), after = ref Unsafe.Add(ref rows, _memory.StageAt);
        ref double weight = ref MemoryMarshal.GetArrayDataReference(weights.Coefficients);
        var test = default(PoleTest<TVector>);
        for (int i = 0; i < _dimension; i++)
        {
            int at = i * Lanes;
            ref double slope = ref Unsafe.Add(ref slopes, at);
            TVector difference = StageKernels<TVector>.Sum(ref slope, stageLength, weights.Indices, ref weight);
            TVector magnitude = TVector.Maximum(TVector.Abs(TVector.Load(ref Unsafe.Add(ref before, at))), TVector.Abs(TVector.Load(ref Unsafe.Add(ref after, at))));
            TVector scale = ErrorArithmetic<TVector>.Scale(magnitude, TVector.Broadcast(_relative[i]), TVector.Broadcast(_absolute[i]));
            test.Add(difference, TVector.Load(ref slope), TVector.Load(ref Unsafe.Add(ref slope, endSlopes)), magnitude, scale);
        }

        LaneMemory<TField>.Store(ref rows, LaneRow.Error, test.Judge(Load(ref rows, LaneRow.Step), Load(ref rows, LaneRow.Error)));
    }
}
