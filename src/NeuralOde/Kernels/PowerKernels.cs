using System.Runtime.InteropServices;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>Whole powers of every component of a buffer.</summary>
internal static class PowerKernels
{
    public static void Power(ReadOnlySpan<double> inputs, int exponent, Span<double> outputs)
    {
        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(inputs);
        Span<V> y = MemoryMarshal.Cast<double, V>(outputs)[..x.Length];
        for (int i = 0; i < x.Length; i++)
            y[i] = Raise(x[i], exponent);
    }

    /// <summary>inputCotangents = outputCotangents · n·x^(n−1).</summary>
    public static void Backpropagate(ReadOnlySpan<double> inputs, int exponent, ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents)
    {
        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(inputs);
        ReadOnlySpan<V> g = MemoryMarshal.Cast<double, V>(outputCotangents)[..x.Length];
        Span<V> destination = MemoryMarshal.Cast<double, V>(inputCotangents)[..x.Length];
        V n = Simd.Create((double)exponent);
        for (int i = 0; i < x.Length; i++)
            destination[i] = g[i] * (n * Raise(x[i], exponent - 1));
    }

    private static V Raise(V x, int exponent)
    {
        V power = V.One;
        for (int i = 0; i < exponent; i++)
            power *= x;
        return power;
    }
}
