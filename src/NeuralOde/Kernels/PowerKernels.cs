using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Whole powers of every component of a buffer of whole vectors.</summary>
internal static class PowerKernels<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    public static void Power(ReadOnlySpan<T> inputs, int exponent, Span<T> outputs)
    {
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(outputs[..inputs.Length]);
        for (int i = 0; i < inputs.Length; i += TVector.Count)
            Raise(TVector.Load(ref Unsafe.Add(ref x, i)), exponent).Store(ref Unsafe.Add(ref y, i));
    }

    /// <summary>inputCotangents = outputCotangents · n·x^(n−1).</summary>
    public static void Backpropagate(ReadOnlySpan<T> inputs, int exponent, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents)
    {
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T g = ref MemoryMarshal.GetReference(outputCotangents[..inputs.Length]);
        ref T destination = ref MemoryMarshal.GetReference(inputCotangents[..inputs.Length]);
        TVector n = TVector.Constant(exponent);
        for (int i = 0; i < inputs.Length; i += TVector.Count)
            (TVector.Load(ref Unsafe.Add(ref g, i)) * (n * Raise(TVector.Load(ref Unsafe.Add(ref x, i)), exponent - 1))).Store(ref Unsafe.Add(ref destination, i));
    }

    private static TVector Raise(TVector x, int exponent)
    {
        TVector power = TVector.Constant(1.0);
        for (int i = 0; i < exponent; i++)
            power *= x;
        return power;
    }
}
