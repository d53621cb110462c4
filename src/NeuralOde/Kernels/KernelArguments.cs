using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Checks that let kernels walk over their buffers without looking at every index.</summary>
internal static class KernelArguments
{
    /// <summary>Refuses fewer numbers than the kernel will reach. Products are the caller's, in 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ThrowIfShort(int length, long needed)
    {
        if (length < needed)
            Throw(length, needed);
    }

    /// <summary>The first of so many rows of so many numbers each, all of which are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T First<T>(ReadOnlySpan<T> values, int rows, int length)
    {
        ThrowIfShort(values.Length, (long)rows * length);
        return ref MemoryMarshal.GetReference(values);
    }

    /// <summary>The first of the derivatives of all stages, one buffer of a size after the other, up to the last one that has a coefficient.</summary>
    /// <param name="derivatives">The buffers.</param>
    /// <param name="indices">The stages with a coefficient, in ascending order.</param>
    /// <param name="size">Numbers in a buffer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref double Stages(ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, int size)
    {
        if (!indices.IsEmpty)
            ThrowIfShort(derivatives.Length, (indices[^1] + 1L) * size);
        return ref MemoryMarshal.GetReference(derivatives);
    }

    [DoesNotReturn]
    private static void Throw(int length, long needed) => throw new ArgumentException($"A kernel was given {length} numbers where it needs {needed}.");
}
