using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// Activation functions over whole buffers. A function is a tiny struct (<see cref="IActivationFunction{T}"/>), the loop is shared; buffers
/// hold whole vectors (<see cref="BatchLayout"/>), source and destination may be the same.
/// </summary>
internal static class ActivationKernels<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    /// <summary>
    /// Whether two vectors at a time are faster, a few rows after the other: each fills the gaps in the other's chain of operations.
    /// <see cref="Activation.Gelu"/> is too long to be inlined, and vectors in a call go through memory.
    /// </summary>
    public static bool ComesInPairs(Activation activation) => activation is not (Activation.Identity or Activation.Gelu);

    /// <summary>outputs = σ(inputs).</summary>
    public static void Apply(Activation activation, ReadOnlySpan<T> inputs, Span<T> outputs)
    {
        if (activation == Activation.Identity)
            inputs.CopyTo(outputs);
        else if (activation == Activation.Gelu)
            ApplyOneByOne<GeluFunction<T>>(inputs, outputs);
        else
            Apply(activation, inputs, outputs, rows: 1, inputs.Length, stride: 0);
    }

    /// <summary>outputs = σ(inputs) for rows of <paramref name="length"/> lanes, which lie a stride apart, for a σ that <see cref="ComesInPairs"/>.</summary>
    public static void Apply(Activation activation, ReadOnlySpan<T> inputs, Span<T> outputs, int rows, int length, int stride)
    {
        long needed = (rows - 1L) * stride + length;
        KernelArguments.ThrowIfShort(inputs.Length, needed);
        KernelArguments.ThrowIfShort(outputs.Length, needed);
        // Rows without gaps are one row, whose vectors come in pairs to the end.
        if (length == stride)
            (rows, length) = (1, rows * stride);
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(outputs);
        switch (activation)
        {
            case Activation.Tanh: Apply<TanhFunction<T>>(ref x, ref y, rows, length, stride); break;
            case Activation.Sigmoid: Apply<SigmoidFunction<T>>(ref x, ref y, rows, length, stride); break;
            case Activation.Softplus: Apply<SoftplusFunction<T>>(ref x, ref y, rows, length, stride); break;
            case Activation.Elu: Apply<EluFunction<T>>(ref x, ref y, rows, length, stride); break;
            case Activation.Silu: Apply<SiluFunction<T>>(ref x, ref y, rows, length, stride); break;
            case Activation.Relu: Apply<ReluFunction<T>>(ref x, ref y, rows, length, stride); break;
            case Activation.Sin: Apply<SinFunction<T>>(ref x, ref y, rows, length, stride); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    /// <summary>inputCotangents = outputCotangents ∘ σ'. Where the derivative follows from the output alone, <paramref name="inputs"/> is not read.</summary>
    public static void Backpropagate(Activation activation, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputs,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents)
    {
        switch (activation)
        {
            case Activation.Identity: outputCotangents.CopyTo(inputCotangents); break;
            case Activation.Tanh: Backpropagate<TanhFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Sigmoid: Backpropagate<SigmoidFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Softplus: Backpropagate<SoftplusFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Elu: Backpropagate<EluFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Gelu: Backpropagate<GeluFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Silu: Backpropagate<SiluFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Relu: Backpropagate<ReluFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            case Activation.Sin: Backpropagate<SinFunction<T>>(inputs, outputs, outputCotangents, inputCotangents); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        }
    }

    private static void Apply<TFunction>(ref T x, ref T y, int rows, int length, int stride)
        where TFunction : struct, IActivationFunction<T>
    {
        for (int row = 0; row < rows; row++)
        {
            int i = 0;
            for (; i + 2 * TVector.Count <= length; i += 2 * TVector.Count)
                TFunction.Value(Two<T, TVector>.Load(ref Unsafe.Add(ref x, i))).Store(ref Unsafe.Add(ref y, i));
            for (; i < length; i += TVector.Count)
                TFunction.Value(TVector.Load(ref Unsafe.Add(ref x, i))).Store(ref Unsafe.Add(ref y, i));
            x = ref Unsafe.Add(ref x, stride);
            y = ref Unsafe.Add(ref y, stride);
        }
    }

    private static void ApplyOneByOne<TFunction>(ReadOnlySpan<T> inputs, Span<T> outputs)
        where TFunction : struct, IActivationFunction<T>
    {
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(outputs[..inputs.Length]);
        for (int i = 0; i < inputs.Length; i += TVector.Count)
            TFunction.Value(TVector.Load(ref Unsafe.Add(ref x, i))).Store(ref Unsafe.Add(ref y, i));
    }

    private static void Backpropagate<TFunction>(ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputs,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) where TFunction : struct, IActivationFunction<T>
    {
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(outputs[..inputs.Length]);
        ref T g = ref MemoryMarshal.GetReference(outputCotangents[..inputs.Length]);
        ref T destination = ref MemoryMarshal.GetReference(inputCotangents[..inputs.Length]);
        for (int i = 0; i < inputs.Length; i += TVector.Count)
        {
            TVector slope = TFunction.Derivative(TVector.Load(ref Unsafe.Add(ref x, i)), TVector.Load(ref Unsafe.Add(ref y, i)));
            (TVector.Load(ref Unsafe.Add(ref g, i)) * slope).Store(ref Unsafe.Add(ref destination, i));
        }
    }
}
