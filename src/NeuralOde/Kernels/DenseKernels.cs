using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>
/// A dense layer y = Wᵀx + b over a batch. Weights are stored inputs × outputs with the outputs contiguous
/// (<c>weights[input * outputs + output]</c>: a column-major outputs × inputs matrix).
/// </summary>
/// <remarks>
/// In a batch every product is a broadcast weight times a vector of samples; for a single sample the vector runs over the
/// outputs. Both add the terms of one output in the order of the inputs with the same fused operation, so a sample's
/// output has the same bits alone and in any batch. (Its input cotangent has the same bits in every batch, but alone, where
/// the sum runs over vectors of outputs, it may differ in the last.)
/// </remarks>
internal static class DenseKernels<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    /// <summary>sums = Wᵀ · inputs + biases and outputs = σ(sums), which may be the same buffer; with the identity only the sums are written.</summary>
    public static void Forward(BatchLayout layout, ReadOnlySpan<T> weights, ReadOnlySpan<T> biases,
        ReadOnlySpan<T> inputs, Span<T> sums, Activation activation, Span<T> outputs, int inputCount, int outputCount)
    {
        bool isOnePass = !layout.IsSingle && ActivationKernels<T, TVector>.ComesInPairs(activation);
        if (layout.IsSingle)
            ForwardSingle(weights, biases, inputs, sums, inputCount, outputCount);
        else
            DenseProduct<T, TVector>.Multiply(weights, rowStep: 1, columnStep: outputCount, biases, inputs, sums, isOnePass ? activation : Activation.Identity, outputs, outputCount, inputCount, layout.Stride);
        if (!isOnePass && activation != Activation.Identity)
            ActivationKernels<T, TVector>.Apply(activation, sums[..layout.Length(outputCount)], outputs);
    }

    /// <summary>inputCotangents = W · outputCotangents.</summary>
    public static void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> weights,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents, int inputCount, int outputCount)
    {
        if (!layout.IsSingle)
        {
            DenseProduct<T, TVector>.Multiply(weights, rowStep: outputCount, columnStep: 1, biases: default, outputCotangents, inputCotangents,
                Activation.Identity, outputs: default, inputCount, outputCount, layout.Stride);
            return;
        }

        for (int k = 0; k < inputCount; k++)
            inputCotangents[k] = Dot(weights.Slice(k * outputCount, outputCount), outputCotangents[..outputCount]);
        inputCotangents[inputCount..].Clear();
    }

    /// <summary>weightGradients += inputs · outputCotangentsᵀ, biasGradients += Σ over samples of outputCotangents.</summary>
    public static void AccumulateGradient(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount)
    {
        if (!layout.IsSingle)
        {
            DenseGradient<T, TVector>.Accumulate(inputs, outputCotangents, weightGradients, biasGradients, inputCount, outputCount, layout.Stride);
            return;
        }

        for (int k = 0; k < inputCount; k++)
            AddScaled(inputs[k], outputCotangents[..outputCount], weightGradients.Slice(k * outputCount, outputCount));
        if (!biasGradients.IsEmpty)
            AddScaled(T.One, outputCotangents[..outputCount], biasGradients);
    }

    private static void ForwardSingle(ReadOnlySpan<T> weights, ReadOnlySpan<T> biases,
        ReadOnlySpan<T> inputs, Span<T> outputs, int inputCount, int outputCount)
    {
        KernelArguments.ThrowIfShort(weights.Length, (long)inputCount * outputCount);
        int o = 0;
        for (; o + 3 * TVector.Count <= outputCount; o += 3 * TVector.Count)
            ForwardSingle<Three<T, TVector>>(weights[o..], biases.IsEmpty ? biases : biases.Slice(o, 3 * TVector.Count), inputs, outputs.Slice(o, 3 * TVector.Count), inputCount, outputCount);
        for (; o + TVector.Count <= outputCount; o += TVector.Count)
            ForwardSingle<TVector>(weights[o..], biases.IsEmpty ? biases : biases.Slice(o, TVector.Count), inputs, outputs.Slice(o, TVector.Count), inputCount, outputCount);
        for (; o < outputCount; o++)
        {
            T sum = biases.IsEmpty ? T.Zero : biases[o];
            for (int k = 0; k < inputCount; k++)
                sum = T.MultiplyAddEstimate(weights[k * outputCount + o], inputs[k], sum);
            outputs[o] = sum;
        }

        outputs[outputCount..].Clear();
    }

    /// <summary>As many neighbouring outputs as the group has lanes.</summary>
    private static void ForwardSingle<TGroup>(ReadOnlySpan<T> weights, ReadOnlySpan<T> biases, ReadOnlySpan<T> inputs, Span<T> outputs, int inputCount, int outputCount)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        ref T w = ref MemoryMarshal.GetReference(weights);
        TGroup sums = biases.IsEmpty ? TGroup.Broadcast(T.Zero) : TGroup.Load(ref MemoryMarshal.GetReference(biases));
        for (int k = 0; k < inputCount; k++)
            sums = TGroup.MultiplyAdd(TVector.Broadcast(inputs[k]), TGroup.Load(ref Unsafe.Add(ref w, k * outputCount)), sums);
        sums.Store(ref MemoryMarshal.GetReference(outputs));
    }

    /// <summary>⟨a, b⟩ of vectors of any length.</summary>
    private static T Dot(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
    {
        ref T first = ref MemoryMarshal.GetReference(a);
        ref T second = ref MemoryMarshal.GetReference(b[..a.Length]);
        TVector sum = TVector.Constant(0.0);
        int i = 0;
        for (; i + TVector.Count <= a.Length; i += TVector.Count)
            sum = TVector.MultiplyAdd(TVector.Load(ref Unsafe.Add(ref first, i)), TVector.Load(ref Unsafe.Add(ref second, i)), sum);
        T total = TVector.Sum(sum);
        for (; i < a.Length; i++)
            total = T.MultiplyAddEstimate(a[i], b[i], total);
        return total;
    }

    /// <summary>destination += scale · source for vectors of any length; in single precision, products are rounded before they are added.</summary>
    private static void AddScaled(T scale, ReadOnlySpan<T> source, Span<double> destination)
    {
        ref T from = ref MemoryMarshal.GetReference(source);
        ref double to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        TVector factor = TVector.Broadcast(scale);
        int i = 0;
        if (typeof(T) == typeof(double))
        {
            ref T sums = ref Unsafe.As<double, T>(ref to);
            for (; i + TVector.Count <= source.Length; i += TVector.Count)
                TVector.MultiplyAdd(factor, TVector.Load(ref Unsafe.Add(ref from, i)), TVector.Load(ref Unsafe.Add(ref sums, i))).Store(ref Unsafe.Add(ref sums, i));
            for (; i < source.Length; i++)
                Unsafe.Add(ref sums, i) = T.MultiplyAddEstimate(scale, Unsafe.Add(ref from, i), Unsafe.Add(ref sums, i));
            return;
        }

        for (; i + TVector.Count <= source.Length; i += TVector.Count)
            (factor * TVector.Load(ref Unsafe.Add(ref from, i))).AddTo(ref Unsafe.Add(ref to, i));
        for (; i < source.Length; i++)
            destination[i] += double.CreateTruncating(scale * source[i]);
    }
}
