using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Gradients of a dense layer for every sample by itself, of some of its parameters or all. The same bits in every vector width.</summary>
internal static class SampleSums<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    /// <summary>sums[j] += products and magnitudes[j] += |products|, the products being inputs[inputRows[j]] ∘ outputCotangents[outputRows[j]], row by row.</summary>
    public static void Accumulate(ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, ReadOnlySpan<int> inputRows, ReadOnlySpan<int> outputRows,
        Span<double> sums, Span<double> magnitudes, int stride)
    {
        Check(sums, magnitudes, inputRows.Length, stride);
        for (int j = 0; j < inputRows.Length; j++)
        {
            ReadOnlySpan<T> x = inputs.Slice(inputRows[j] * stride, stride), g = outputCotangents.Slice(outputRows[j] * stride, stride);
            if (stride == 1)
            {
                Add(x[0] * g[0], j, sums, magnitudes);
                continue;
            }

            for (int lane = 0; lane < stride; lane += TVector.Count)
                Add(Load(x, lane) * Load(g, lane), j * stride + lane, sums, magnitudes);
        }
    }

    /// <summary>sums[j] += values[j] and magnitudes[j] += |values[j]|, row by row.</summary>
    public static void Accumulate(ReadOnlySpan<T> values, int rows, Span<double> sums, Span<double> magnitudes, int stride)
    {
        Check(sums, magnitudes, rows, stride);
        for (int j = 0; j < rows; j++)
        {
            ReadOnlySpan<T> row = values.Slice(j * stride, stride);
            if (stride == 1)
            {
                Add(row[0], j, sums, magnitudes);
                continue;
            }

            for (int lane = 0; lane < stride; lane += TVector.Count)
                Add(Load(row, lane), j * stride + lane, sums, magnitudes);
        }
    }

    private static void Check(Span<double> sums, Span<double> magnitudes, int rows, int stride)
    {
        KernelArguments.ThrowIfShort(sums.Length, (long)rows * stride);
        if (!magnitudes.IsEmpty)
            KernelArguments.ThrowIfShort(magnitudes.Length, (long)rows * stride);
        if (stride > 1 && stride % TVector.Count != 0)
            throw new ArgumentException($"Rows of {stride} numbers are not whole vectors of {TVector.Count}.");
    }

    private static TVector Load(ReadOnlySpan<T> values, int index) => TVector.Load(ref Unsafe.Add(ref MemoryMarshal.GetReference(values), index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector product, int index, Span<double> sums, Span<double> magnitudes)
    {
        product.AddTo(ref Unsafe.Add(ref MemoryMarshal.GetReference(sums), index));
        if (!magnitudes.IsEmpty)
            TVector.Abs(product).AddTo(ref Unsafe.Add(ref MemoryMarshal.GetReference(magnitudes), index));
    }

    private static void Add(T product, int index, Span<double> sums, Span<double> magnitudes)
    {
        double value = double.CreateTruncating(product);
        sums[index] += value;
        if (!magnitudes.IsEmpty)
            magnitudes[index] += Math.Abs(value);
    }
}
