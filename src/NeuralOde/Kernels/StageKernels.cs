using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// What a Runge–Kutta step does with whole batches: stage combinations and per-sample selection; compiled for every vector width, of which
/// the machine's widest is used. All widths give the same bits.
/// </summary>
internal abstract class StageKernels
{
    /// <summary>Components of a single sample that evaluators write at once, and these kernels load so: <see cref="FewComponentKernels"/>.</summary>
    public const int FewComponents = 4;

    private readonly FewComponentKernels _few;

    protected StageKernels(FewComponentKernels few) => _few = few;

    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static StageKernels Widest { get; } = VectorWidth.Widest<double, StageKernels, Maker>(default);

    /// <summary>result = states + step · Σ_j coefficients[j] · derivatives[indices[j]], step by step of each sample.</summary>
    /// <param name="layout">The batch.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="states">y at the start of the step.</param>
    /// <param name="steps">One signed step per sample; 0 leaves a sample where it is, even where a derivative is not finite.</param>
    /// <param name="derivatives">The stages' derivatives, one buffer after the other.</param>
    /// <param name="indices">Which stages have a non-zero coefficient.</param>
    /// <param name="coefficients">Their coefficients.</param>
    /// <param name="result">Receives the combination.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Combine(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result)
    {
        if (layout.IsSingle && dimension <= FewComponents)
            _few.Combine(states, steps[0], derivatives, indices, coefficients, result);
        else
            CombineRows(layout, dimension, states, steps, derivatives, indices, coefficients, result);
    }

    /// <summary>Copies <paramref name="rows"/> rows of the samples whose mask is not zero; the others keep their values.</summary>
    public abstract void Select(BatchLayout layout, int rows, ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination);

    /// <summary>result = factor · values, one factor per sample; a factor of 0 gives 0 whatever the value.</summary>
    public abstract void Scale(BatchLayout layout, int rows, ReadOnlySpan<double> factors, ReadOnlySpan<double> values, Span<double> result);

    /// <summary>destination += factor · source over whole vectors, or over the one number in a single sample's row.</summary>
    public abstract void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> destination);

    /// <summary>result = Σ_p factors[p] · rows[p] over whole vectors, added from the last row to the first.</summary>
    public abstract void SumFromLast(ReadOnlySpan<double> factors, double[][] rows, Span<double> result);

    /// <summary>result = −values over whole vectors.</summary>
    public abstract void Negate(ReadOnlySpan<double> values, Span<double> result);

    /// <summary>times + node · steps for one number per sample of a batch; a node of 1 lands on <paramref name="ends"/> exactly.</summary>
    public abstract void StageTimes(ReadOnlySpan<double> times, ReadOnlySpan<double> steps, ReadOnlySpan<double> ends, double node, Span<double> result);

    protected abstract void CombineRows(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result);

    private readonly struct Maker : VectorWidth.IMaker<double, StageKernels>
    {
        public StageKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new StageKernels<TVector>();
    }
}

/// <inheritdoc cref="StageKernels"/>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class StageKernels<TVector>() : StageKernels(FewComponentKernels.Of<TVector>())
    where TVector : unmanaged, IVector<double, TVector>
{
    protected override void CombineRows(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result)
    {
        var grid = new BatchGrid<TVector>(layout, dimension);
        ref double y = ref grid.Values(states);
        ref double h = ref grid.Row(steps);
        ref double k = ref KernelArguments.Stages(derivatives, indices, grid.Size);
        ref double a = ref MemoryMarshal.GetReference(coefficients[..indices.Length]);
        ref double z = ref grid.Values(result);
        // Neighbouring vectors share the loads of coefficients; of the widest vectors one may be left over.
        int paired = grid.RowLength & -(2 * TVector.Count);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < paired; lane += 2 * TVector.Count)
            {
                int at = row + lane, next = at + TVector.Count;
                Sums(ref Unsafe.Add(ref k, at), TVector.Count, grid.Size, indices, ref a, out TVector sum, out TVector nextSum);
                Advance(grid.PerSample(ref h, lane), sum, ref Unsafe.Add(ref y, at), ref Unsafe.Add(ref z, at));
                Advance(grid.PerSample(ref h, lane + TVector.Count), nextSum, ref Unsafe.Add(ref y, next), ref Unsafe.Add(ref z, next));
            }

            if (paired < grid.RowLength)
            {
                int at = row + paired;
                Advance(grid.PerSample(ref h, paired), Sum(ref Unsafe.Add(ref k, at), grid.Size, indices, ref a), ref Unsafe.Add(ref y, at), ref Unsafe.Add(ref z, at));
            }
        }
    }

    /// <summary>Σ_j coefficients[j] · derivatives[indices[j]] for the lanes from the first derivative on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sum(ref double derivatives, int size, ReadOnlySpan<int> indices, ref double coefficients)
    {
        TVector sum = TVector.Constant(0.0);
        for (int j = 0; j < indices.Length; j++)
            sum = TVector.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref coefficients, j)), TVector.Load(ref Unsafe.Add(ref derivatives, indices[j] * size)), sum);
        return sum;
    }

    /// <summary>The same for two vectors, so far apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(ref double derivatives, int distance, int size, ReadOnlySpan<int> indices, ref double coefficients, out TVector first, out TVector second)
    {
        TVector sum = TVector.Constant(0.0), secondSum = sum;
        for (int j = 0; j < indices.Length; j++)
        {
            TVector coefficient = TVector.Broadcast(Unsafe.Add(ref coefficients, j));
            ref double derivative = ref Unsafe.Add(ref derivatives, indices[j] * size);
            sum = TVector.MultiplyAdd(coefficient, TVector.Load(ref derivative), sum);
            secondSum = TVector.MultiplyAdd(coefficient, TVector.Load(ref Unsafe.Add(ref derivative, distance)), secondSum);
        }

        first = sum;
        second = secondSum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Advance(TVector step, TVector sum, ref double states, ref double result)
    {
        TVector state = TVector.Load(ref states);
        // A step of length zero stays put even where a derivative is not finite.
        TVector.Select(TVector.Equals(step, TVector.Constant(0.0)), state, TVector.MultiplyAdd(step, sum, state)).Store(ref result);
    }

    public override void Select(BatchLayout layout, int rows, ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination)
    {
        var grid = new BatchGrid<TVector>(layout, rows);
        if (layout.IsSingle)
        {
            if (mask[0] != 0.0)
                source[..grid.Size].CopyTo(destination);
            return;
        }

        ref double m = ref grid.Row(mask);
        ref double from = ref grid.Values(source);
        ref double to = ref grid.Values(destination);
        TVector zero = TVector.Constant(0.0);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += TVector.Count)
            {
                ref double target = ref Unsafe.Add(ref to, row + lane);
                TVector keep = TVector.Equals(grid.PerSample(ref m, lane), zero);
                TVector.Select(keep, TVector.Load(ref target), TVector.Load(ref Unsafe.Add(ref from, row + lane))).Store(ref target);
            }
        }
    }

    public override void Scale(BatchLayout layout, int rows, ReadOnlySpan<double> factors, ReadOnlySpan<double> values, Span<double> result) =>
        ScaleKernels<double, TVector>.Scale(layout, rows, factors, values, result);

    public override void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        if (source.Length == 1)
        {
            destination[0] = double.MultiplyAddEstimate(factor, source[0], destination[0]);
            return;
        }

        ref double x = ref MemoryMarshal.GetReference(source);
        ref double y = ref MemoryMarshal.GetReference(destination[..source.Length]);
        TVector scale = TVector.Broadcast(factor);
        for (int i = 0; i <= source.Length - TVector.Count; i += TVector.Count)
        {
            ref double target = ref Unsafe.Add(ref y, i);
            TVector.MultiplyAdd(scale, TVector.Load(ref Unsafe.Add(ref x, i)), TVector.Load(ref target)).Store(ref target);
        }
    }

    public override void SumFromLast(ReadOnlySpan<double> factors, double[][] rows, Span<double> result)
    {
        ref double z = ref MemoryMarshal.GetReference(result);
        for (int i = 0; i <= result.Length - TVector.Count; i += TVector.Count)
        {
            TVector sum = TVector.Constant(0.0);
            for (int p = factors.Length - 1; p >= 0; p--)
                sum += TVector.Load(ref MemoryMarshal.GetReference(rows[p].AsSpan(i, TVector.Count))) * TVector.Broadcast(factors[p]);
            sum.Store(ref Unsafe.Add(ref z, i));
        }
    }

    public override void Negate(ReadOnlySpan<double> values, Span<double> result)
    {
        ref double x = ref MemoryMarshal.GetReference(values);
        ref double y = ref MemoryMarshal.GetReference(result[..values.Length]);
        for (int i = 0; i <= values.Length - TVector.Count; i += TVector.Count)
            (-TVector.Load(ref Unsafe.Add(ref x, i))).Store(ref Unsafe.Add(ref y, i));
    }

    public override void StageTimes(ReadOnlySpan<double> times, ReadOnlySpan<double> steps, ReadOnlySpan<double> ends, double node, Span<double> result)
    {
        if (node == 1.0)
        {
            ends.CopyTo(result);
            return;
        }

        ref double h = ref MemoryMarshal.GetReference(steps[..times.Length]);
        ref double z = ref MemoryMarshal.GetReference(result[..times.Length]);
        TVector c = TVector.Broadcast(node);
        for (int lane = 0; lane < times.Length; lane += TVector.Count)
        {
            TVector start = TVector.Load(ref MemoryMarshal.GetReference(times.Slice(lane, TVector.Count)));
            TVector.MultiplyAdd(c, TVector.Load(ref Unsafe.Add(ref h, lane)), start).Store(ref Unsafe.Add(ref z, lane));
        }
    }
}
