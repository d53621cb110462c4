using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// Errors in tolerances, and the step-size law that takes them; compiled for every vector width, of which the machine's widest is used. All widths
/// give the same bits.
/// </summary>
internal abstract class ErrorKernels
{
    private readonly FewComponentKernels _few;

    protected ErrorKernels(FewComponentKernels few) => _few = few;

    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static ErrorKernels Widest { get; } = VectorWidth.Widest<double, ErrorKernels, Maker>(default);

    /// <summary>
    /// The root mean square or the maximum, per sample, of the step's error estimate over its tolerance:
    /// e = step · Σ_j weights[j] · derivatives[indices[j]], scale = absolute + relative · max(|before|, |after|).
    /// Not finite where the new state or the derivative at any stage is not.
    /// </summary>
    public void ErrorNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, bool takesMaximum, Span<double> norms)
    {
        if (layout.IsSingle && dimension <= StageKernels.FewComponents && !takesMaximum)
            norms[0] = _few.ErrorNorm(dimension, before, after, steps[0], derivatives, indices, weights, lastStage, relativeTolerances, absoluteTolerances);
        else
            NormOfRows(layout, dimension, before, after, steps, derivatives, indices, weights, lastStage, relativeTolerances, absoluteTolerances, takesMaximum, norms);
    }

    /// <summary>
    /// The root mean square or the maximum, per sample, of (values − subtrahend) over scale = absolute + relative · max(|before|, |after|).
    /// An empty <paramref name="subtrahend"/> is zero.
    /// </summary>
    public abstract void ScaledNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend,
        ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances,
        bool takesMaximum, Span<double> norms);

    /// <summary>The step-size controller's law: errors^a · previous^b · earlier^c, one number per sample, to eleven digits.</summary>
    /// <remarks>That is more than a controller needs, and faster than all sixteen. An error of 0 counts as 1e-300.</remarks>
    public abstract void PowerLaw(ReadOnlySpan<double> errors, double a, ReadOnlySpan<double> previous, double b, ReadOnlySpan<double> earlier, double c, Span<double> result);

    /// <summary>error^exponent with the bits that <see cref="PowerLaw(ReadOnlySpan{double}, double, ReadOnlySpan{double}, double, ReadOnlySpan{double}, double, Span{double})"/> gives it alone.</summary>
    public abstract double PowerLaw(double error, double exponent);

    /// <summary>Takes two error estimates of every sample together, into the first: <see cref="ErrorArithmetic{TVector}.CombineEstimates"/>.</summary>
    public abstract void CombineEstimates(Span<double> errors, ReadOnlySpan<double> second);

    protected abstract void NormOfRows(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, bool takesMaximum, Span<double> norms);

    private readonly struct Maker : VectorWidth.IMaker<double, ErrorKernels>
    {
        public ErrorKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new ErrorKernels<TVector>();
    }
}

/// <inheritdoc cref="ErrorKernels"/>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class ErrorKernels<TVector>() : ErrorKernels(FewComponentKernels.Of<TVector>())
    where TVector : unmanaged, IVector<double, TVector>
{
    protected override void NormOfRows(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, bool takesMaximum, Span<double> norms)
    {
        ref NormSums<TVector> sums = ref Zeroed(stackalloc TVector[NormSums<TVector>.Count]);
        var grid = new BatchGrid<TVector>(layout, dimension);
        ref NormSums<TVector> secondSums = ref sums;
        if (grid.NormLanes > TVector.Count)
            secondSums = ref Zeroed(stackalloc TVector[NormSums<TVector>.Count]);
        int terms = grid.Terms, stride = grid.TermStride;
        ref double first = ref grid.Values(before);
        ref double last = ref grid.Values(after);
        ref double h = ref grid.Row(steps);
        KernelArguments.ThrowIfShort(derivatives.Length, (lastStage + 1L) * grid.Size);
        ref double k = ref KernelArguments.Stages(derivatives, indices, grid.Size);
        ref double w = ref MemoryMarshal.GetReference(weights[..indices.Length]);
        ref double relative = ref grid.Components(relativeTolerances);
        ref double absolute = ref grid.Components(absoluteTolerances);
        // Two vectors share the loads of weights: neighbours in a batch, whose numbers lie next to each other too; two terms where none is left.
        for (int lane = 0, count; lane < grid.NormLanes; lane += count * TVector.Count)
        {
            count = lane + 2 * TVector.Count <= grid.NormLanes ? 2 : 1;
            int nextTerm = 2 - count, distance = nextTerm == 0 ? TVector.Count : stride;
            ref NormSums<TVector> nextSums = ref count == 2 ? ref secondSums : ref sums;
            if (lane > 0)
                sums = nextSums = default;
            TVector step = grid.PerSample(ref h, lane), nextStep = grid.PerSample(ref h, lane + (count - 1) * TVector.Count);
            int term = 0, at = lane;
            for (; term + nextTerm < terms; term += 1 + nextTerm, at += (1 + nextTerm) * stride)
            {
                ref double slopes = ref Unsafe.Add(ref k, at);
                StageKernels<TVector>.Sums(ref slopes, distance, grid.Size, indices, ref w, out TVector sum, out TVector nextSum);
                Undefined(ref slopes, distance, grid.Size, lastStage, out TVector undefined, out TVector nextUndefined);
                Add(in grid, term, at, ref first, ref last, ref relative, ref absolute, step * sum, undefined, takesMaximum, ref sums);
                Add(in grid, term + nextTerm, at + distance, ref first, ref last, ref relative, ref absolute, nextStep * nextSum, nextUndefined, takesMaximum, ref nextSums);
            }

            if (term < terms)
            {
                ref double slopes = ref Unsafe.Add(ref k, at);
                TVector sum = StageKernels<TVector>.Sum(ref slopes, grid.Size, indices, ref w);
                Add(in grid, term, at, ref first, ref last, ref relative, ref absolute, step * sum, Undefined(ref slopes, grid.Size, lastStage), takesMaximum, ref sums);
            }

            Finish(layout, dimension, ref sums, takesMaximum, norms, lane);
            if (nextTerm == 0)
                Finish(layout, dimension, ref nextSums, takesMaximum, norms, lane + TVector.Count);
        }
    }

    public override void ScaledNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend,
        ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances,
        bool takesMaximum, Span<double> norms)
    {
        ref NormSums<TVector> sums = ref Zeroed(stackalloc TVector[NormSums<TVector>.Count]);
        var grid = new BatchGrid<TVector>(layout, dimension);
        int terms = grid.Terms, stride = grid.TermStride;
        bool subtracts = !subtrahend.IsEmpty;
        ref double x = ref grid.Values(values);
        ref double subtracted = ref grid.Values(subtracts ? subtrahend : values);
        ref double first = ref grid.Values(before);
        ref double last = ref grid.Values(after);
        ref double relative = ref grid.Components(relativeTolerances);
        ref double absolute = ref grid.Components(absoluteTolerances);
        for (int lane = 0; lane < grid.NormLanes; lane += TVector.Count)
        {
            if (lane > 0)
                sums = default;
            for (int term = 0; term < terms; term++)
            {
                int at = lane + term * stride;
                TVector value = TVector.Load(ref Unsafe.Add(ref x, at));
                if (subtracts)
                    value -= TVector.Load(ref Unsafe.Add(ref subtracted, at));
                TVector magnitude = TVector.Maximum(TVector.Abs(TVector.Load(ref Unsafe.Add(ref first, at))), TVector.Abs(TVector.Load(ref Unsafe.Add(ref last, at))));
                TVector ratio = ErrorArithmetic<TVector>.Ratio(value, magnitude, grid.PerComponent(ref relative, term), grid.PerComponent(ref absolute, term));
                if (takesMaximum)
                    sums[0] = TVector.MaximumOrNaN(sums[0], grid.Mask(TVector.Abs(ratio), at));
                else
                    sums[grid.Partial(term)] += grid.Mask(ratio * ratio, at);
            }

            Finish(layout, dimension, ref sums, takesMaximum, norms, lane);
        }
    }

    public override void PowerLaw(ReadOnlySpan<double> errors, double a, ReadOnlySpan<double> previous, double b, ReadOnlySpan<double> earlier, double c, Span<double> result)
    {
        for (int lane = 0; lane < errors.Length; lane += TVector.Count)
        {
            TVector exponent = TVector.Broadcast(a) * ErrorArithmetic<TVector>.Log2(LoadRow(errors, lane));
            if (b != 0.0)
                exponent += TVector.Broadcast(b) * ErrorArithmetic<TVector>.Log2(LoadRow(previous, lane));
            if (c != 0.0)
                exponent += TVector.Broadcast(c) * ErrorArithmetic<TVector>.Log2(LoadRow(earlier, lane));
            StoreRow(ErrorArithmetic<TVector>.PowerOfTwo(exponent), result, lane);
        }
    }

    public override double PowerLaw(double error, double exponent) =>
        ErrorArithmetic<TVector>.PowerOfTwo(TVector.Broadcast(exponent) * ErrorArithmetic<TVector>.Log2(TVector.Broadcast(error))).First;

    public override void CombineEstimates(Span<double> errors, ReadOnlySpan<double> second)
    {
        for (int lane = 0; lane < errors.Length; lane += TVector.Count)
            StoreRow(ErrorArithmetic<TVector>.CombineEstimates(LoadRow(errors, lane), LoadRow(second, lane)), errors, lane);
    }

    /// <summary>0 where the derivatives of all stages are finite, NaN elsewhere; a stage without weight in the estimate may still enter the interpolant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Undefined(ref double derivatives, int size, int lastStage)
    {
        TVector undefined = TVector.Constant(0.0);
        for (int j = 0; j <= lastStage; j++)
        {
            // x − x is 0 for a finite x and NaN otherwise.
            TVector slope = TVector.Load(ref Unsafe.Add(ref derivatives, j * size));
            undefined += slope - slope;
        }

        return undefined;
    }

    /// <summary>The same for two vectors, so far apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Undefined(ref double derivatives, int distance, int size, int lastStage, out TVector first, out TVector second)
    {
        TVector undefined = TVector.Constant(0.0), secondUndefined = undefined;
        for (int j = 0; j <= lastStage; j++)
        {
            ref double slopes = ref Unsafe.Add(ref derivatives, j * size);
            TVector slope = TVector.Load(ref slopes), secondSlope = TVector.Load(ref Unsafe.Add(ref slopes, distance));
            undefined += slope - slope;
            secondUndefined += secondSlope - secondSlope;
        }

        first = undefined;
        second = secondUndefined;
    }

    /// <summary>Adds a component's error in tolerances, or a single sample's vector of them, to the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(in BatchGrid<TVector> grid, int term, int at, ref double before, ref double after, ref double relative, ref double absolute,
        TVector error, TVector undefined, bool takesMaximum, ref NormSums<TVector> sums)
    {
        TVector y0 = TVector.Load(ref Unsafe.Add(ref before, at)), y1 = TVector.Load(ref Unsafe.Add(ref after, at));
        TVector ratio = ErrorArithmetic<TVector>.Ratio(error, TVector.Maximum(TVector.Abs(y0), TVector.Abs(y1)), grid.PerComponent(ref relative, term), grid.PerComponent(ref absolute, term));
        undefined += y1 - y1;
        if (takesMaximum)
            sums[0] = TVector.MaximumOrNaN(sums[0], grid.Mask(TVector.Abs(ratio) + undefined, at));
        else
            sums[grid.Partial(term)] += grid.Mask(TVector.MultiplyAdd(ratio, ratio, undefined), at);
    }

    /// <summary>The sums in memory from the stack, which the runtime zeroes faster than it does a local of this size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref NormSums<TVector> Zeroed(Span<TVector> memory) => ref Unsafe.As<TVector, NormSums<TVector>>(ref MemoryMarshal.GetReference(memory));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(BatchLayout layout, int dimension, ref NormSums<TVector> sums, bool takesMaximum, Span<double> norms, int lane)
    {
        if (!layout.IsSingle)
        {
            TVector norm = takesMaximum ? sums[0] : ErrorArithmetic<TVector>.RootMean(in sums, dimension);
            norm.Store(ref MemoryMarshal.GetReference(norms.Slice(lane, TVector.Count)));
            return;
        }

        ReadOnlySpan<double> partial = MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<NormSums<TVector>, double>(ref sums), NormSums<TVector>.Count);
        norms[0] = takesMaximum ? Largest(partial[..TVector.Count]) : RootMean(partial, dimension);
    }

    private static double Largest(ReadOnlySpan<double> partial)
    {
        double largest = partial[0];
        for (int lane = 1; lane < partial.Length; lane++)
            largest = Math.Max(largest, partial[lane]);
        return largest;
    }

    /// <summary>Adds the sums of a single sample in the order in which <see cref="ErrorArithmetic{TVector}.RootMean"/> adds those of a batch, so that both give the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double RootMean(ReadOnlySpan<double> partial, int dimension)
    {
        double total = EightSums.Total(partial);
        return Math.Sqrt(total / dimension);
    }

    /// <summary>Numbers of a row that holds one per sample; a single sample's row is one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LoadRow(ReadOnlySpan<double> row, int lane) =>
        row.Length == 1 ? TVector.Broadcast(row[0]) : TVector.Load(ref MemoryMarshal.GetReference(row.Slice(lane, TVector.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(TVector values, Span<double> row, int lane)
    {
        if (row.Length == 1)
            row[0] = values.First;
        else
            values.Store(ref MemoryMarshal.GetReference(row.Slice(lane, TVector.Count)));
    }
}
