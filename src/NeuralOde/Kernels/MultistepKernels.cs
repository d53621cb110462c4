using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>What a method with a history does with whole batches, where every sample has coefficients of its own.</summary>
/// <remarks>
/// Coefficients are rows of one number per sample (<see cref="BatchLayout.RowLength"/>). A sample of lower order than its
/// batch-mates has zeros in the last rows: they change no bit of its result, so that it has the same bits alone.
/// </remarks>
internal static class MultistepKernels
{
    private const int Lanes = BatchLayout.Lanes;

    /// <summary>result = values + factor · Σ_j coefficients[j] · rows[j] for the first <paramref name="count"/> rows; a factor of 0 leaves the values.</summary>
    /// <param name="layout">The batch.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="values">What is added to.</param>
    /// <param name="factors">One number per sample.</param>
    /// <param name="count">How many rows there are.</param>
    /// <param name="coefficients">One number per row and sample.</param>
    /// <param name="rows">Component-major batches, one after the other.</param>
    /// <param name="result">Receives the combination; may be <paramref name="values"/>.</param>
    public static void Combine(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> factors, int count,
        ReadOnlySpan<double> coefficients, ReadOnlySpan<double> rows, Span<double> result)
    {
        var grid = new BatchGrid(layout, dimension);
        int rowLength = layout.RowLength;
        coefficients = coefficients[..(count * rowLength)];
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += Lanes)
            {
                int at = row + lane;
                V sum = V.Zero;
                for (int j = 0; j < count; j++)
                    sum = Simd.MultiplyAddEstimate(grid.PerSample(coefficients.Slice(j * rowLength, rowLength), lane), Simd.Create(rows.Slice(j * grid.Size + at, Lanes)), sum);
                // A sum of −0 may become 0 by the rows that count for batch-mates only; so it always does.
                sum += V.Zero;
                V factor = grid.PerSample(factors, lane), value = Simd.Create(values.Slice(at, Lanes));
                V combined = Simd.MultiplyAddEstimate(factor, sum, value);
                Simd.ConditionalSelect(Simd.Equals(factor, V.Zero), value, combined).CopyTo(result[at..]);
            }
        }
    }

    /// <summary>
    /// Makes new modified differences of old ones where the mask is not zero: row 0 becomes <paramref name="newest"/>, and row j + 1 what
    /// the new row j lacks of coefficients[j] times the old.
    /// </summary>
    public static void PushDifferences(BatchLayout layout, int dimension, ReadOnlySpan<double> mask, ReadOnlySpan<double> newest, int count,
        ReadOnlySpan<double> coefficients, Span<double> rows)
    {
        var grid = new BatchGrid(layout, dimension);
        int rowLength = layout.RowLength;
        ref double first = ref MemoryMarshal.GetReference(rows[..(count * grid.Size)]);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += Lanes)
            {
                int at = row + lane;
                V keep = Simd.Equals(grid.PerSample(mask, lane), V.Zero);
                V current = Simd.Create(newest.Slice(at, Lanes));
                for (int j = 0; j < count; j++)
                {
                    nuint place = (nuint)(j * grid.Size + at);
                    V old = Simd.LoadUnsafe(ref first, place);
                    Simd.ConditionalSelect(keep, old, current).StoreUnsafe(ref first, place);
                    current = Simd.MultiplyAddEstimate(-grid.PerSample(coefficients.Slice(j * rowLength, rowLength), lane), old, current);
                }
            }
        }
    }
}
