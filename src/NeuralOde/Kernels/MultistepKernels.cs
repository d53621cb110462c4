using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>
/// What a method with a history does with whole batches, where every sample has coefficients of its own; compiled for every vector width, of which the
/// machine's widest is used. All widths give the same bits.
/// </summary>
/// <remarks>
/// Coefficients are rows of one number per sample (<see cref="BatchLayout.RowLength"/>). A sample of lower order than its
/// batch-mates has zeros in the last rows: they change no bit of its result, so that it has the same bits alone.
/// </remarks>
internal abstract class MultistepKernels
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static MultistepKernels Widest { get; } = VectorWidth.Widest<double, MultistepKernels, Maker>(default);

    /// <summary>result = values + factor · Σ_j coefficients[j] · rows[j] for the first <paramref name="count"/> rows; a factor of 0 leaves the values.</summary>
    /// <param name="layout">The batch.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="values">What is added to.</param>
    /// <param name="factors">One number per sample.</param>
    /// <param name="count">How many rows there are.</param>
    /// <param name="coefficients">One number per row and sample.</param>
    /// <param name="rows">Component-major batches, one after the other.</param>
    /// <param name="result">Receives the combination; may be <paramref name="values"/>.</param>
    public abstract void Combine(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> factors, int count,
        ReadOnlySpan<double> coefficients, ReadOnlySpan<double> rows, Span<double> result);

    /// <summary>
    /// Makes new modified differences of old ones where the mask is not zero: row 0 becomes <paramref name="newest"/>, and row j + 1 what
    /// the new row j lacks of coefficients[j] times the old.
    /// </summary>
    public abstract void PushDifferences(BatchLayout layout, int dimension, ReadOnlySpan<double> mask, ReadOnlySpan<double> newest, int count,
        ReadOnlySpan<double> coefficients, Span<double> rows);

    private readonly struct Maker : VectorWidth.IMaker<double, MultistepKernels>
    {
        public MultistepKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new MultistepKernels<TVector>();
    }
}

/// <inheritdoc cref="MultistepKernels"/>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class MultistepKernels<TVector> : MultistepKernels
    where TVector : unmanaged, IVector<double, TVector>
{
    public override void Combine(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> factors, int count,
        ReadOnlySpan<double> coefficients, ReadOnlySpan<double> rows, Span<double> result)
    {
        var grid = new BatchGrid<TVector>(layout, dimension);
        int rowLength = layout.RowLength;
        ref double x = ref grid.Values(values);
        ref double h = ref grid.Row(factors);
        ref double c = ref KernelArguments.First(coefficients, count, rowLength);
        ref double first = ref KernelArguments.First(rows, count, grid.Size);
        ref double z = ref grid.Values(result);
        TVector zero = TVector.Constant(0.0);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += TVector.Count)
            {
                int at = row + lane;
                TVector sum = zero;
                for (int j = 0; j < count; j++)
                    sum = TVector.MultiplyAdd(grid.PerSample(ref Unsafe.Add(ref c, j * rowLength), lane), TVector.Load(ref Unsafe.Add(ref first, j * grid.Size + at)), sum);
                // A sum of −0 may become 0 by the rows that count for batch-mates only; so it always does.
                sum += zero;
                TVector factor = grid.PerSample(ref h, lane), value = TVector.Load(ref Unsafe.Add(ref x, at));
                TVector.Select(TVector.Equals(factor, zero), value, TVector.MultiplyAdd(factor, sum, value)).Store(ref Unsafe.Add(ref z, at));
            }
        }
    }

    public override void PushDifferences(BatchLayout layout, int dimension, ReadOnlySpan<double> mask, ReadOnlySpan<double> newest, int count,
        ReadOnlySpan<double> coefficients, Span<double> rows)
    {
        var grid = new BatchGrid<TVector>(layout, dimension);
        int rowLength = layout.RowLength;
        ref double m = ref grid.Row(mask);
        ref double f = ref grid.Values(newest);
        ref double c = ref KernelArguments.First(coefficients, count, rowLength);
        ref double first = ref KernelArguments.First<double>(rows, count, grid.Size);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += TVector.Count)
            {
                int at = row + lane;
                TVector keep = TVector.Equals(grid.PerSample(ref m, lane), TVector.Constant(0.0));
                TVector current = TVector.Load(ref Unsafe.Add(ref f, at));
                for (int j = 0; j < count; j++)
                {
                    ref double place = ref Unsafe.Add(ref first, j * grid.Size + at);
                    TVector old = TVector.Load(ref place);
                    TVector.Select(keep, old, current).Store(ref place);
                    current = TVector.MultiplyAdd(-grid.PerSample(ref Unsafe.Add(ref c, j * rowLength), lane), old, current);
                }
            }
        }
    }
}
