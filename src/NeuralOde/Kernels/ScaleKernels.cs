using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>A factor of its own for every sample of a batch.</summary>
internal static class ScaleKernels<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    /// <summary>result = factor · values, one factor per sample; a factor of 0 gives 0 whatever the value.</summary>
    public static void Scale(BatchLayout layout, int rows, ReadOnlySpan<T> factors, ReadOnlySpan<T> values, Span<T> result)
    {
        int length = layout.Length(rows);
        KernelArguments.ThrowIfShort(factors.Length, layout.RowLength);
        ref T f = ref MemoryMarshal.GetReference(factors);
        ref T x = ref MemoryMarshal.GetReference(values[..length]);
        ref T y = ref MemoryMarshal.GetReference(result[..length]);
        TVector zero = TVector.Constant(0.0);
        int rowLength = layout.IsSingle ? length : layout.Stride;
        for (int row = 0; row < length; row += rowLength)
        {
            for (int lane = 0; lane < rowLength; lane += TVector.Count)
            {
                TVector factor = layout.IsSingle ? TVector.Broadcast(f) : TVector.Load(ref Unsafe.Add(ref f, lane));
                TVector product = factor * TVector.Load(ref Unsafe.Add(ref x, row + lane));
                TVector.Select(TVector.Equals(factor, zero), zero, product).Store(ref Unsafe.Add(ref y, row + lane));
            }
        }
    }
}
