using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

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
internal static class DenseKernels
{
    private const int Lanes = BatchLayout.Lanes;

    public static void Forward(BatchLayout layout, ReadOnlySpan<double> weights, ReadOnlySpan<double> biases,
        ReadOnlySpan<double> inputs, Span<double> outputs, int inputCount, int outputCount)
    {
        if (layout.IsSingle)
            ForwardSingle(weights, biases, inputs, outputs, inputCount, outputCount);
        else
            DenseProduct.Multiply(weights, rowStep: 1, columnStep: outputCount, biases, inputs, outputs, outputCount, inputCount, layout.Stride);
    }

    /// <summary>inputCotangents = W · outputCotangents.</summary>
    public static void PropagateCotangent(BatchLayout layout, ReadOnlySpan<double> weights,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, int inputCount, int outputCount)
    {
        if (!layout.IsSingle)
        {
            DenseProduct.Multiply(weights, rowStep: outputCount, columnStep: 1, biases: default, outputCotangents, inputCotangents,
                inputCount, outputCount, layout.Stride);
            return;
        }

        for (int k = 0; k < inputCount; k++)
            inputCotangents[k] = Dot(weights.Slice(k * outputCount, outputCount), outputCotangents[..outputCount]);
        inputCotangents[inputCount..].Clear();
    }

    /// <summary>weightGradients += inputs · outputCotangentsᵀ, biasGradients += Σ over samples of outputCotangents.</summary>
    public static void AccumulateGradient(BatchLayout layout, ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount)
    {
        if (layout.IsSingle)
        {
            for (int k = 0; k < inputCount; k++)
                AddScaled(inputs[k], outputCotangents[..outputCount], weightGradients.Slice(k * outputCount, outputCount));
            if (!biasGradients.IsEmpty)
                AddScaled(1.0, outputCotangents[..outputCount], biasGradients);
            return;
        }

        DenseGradient.Accumulate(inputs, outputCotangents, weightGradients, biasGradients, inputCount, outputCount, layout.Stride);
    }

    private static void ForwardSingle(ReadOnlySpan<double> weights, ReadOnlySpan<double> biases,
        ReadOnlySpan<double> inputs, Span<double> outputs, int inputCount, int outputCount)
    {
        ThrowIfShort(weights.Length, inputCount * outputCount);
        ref double w = ref MemoryMarshal.GetReference(weights);
        int o = 0;
        for (; o + Lanes <= outputCount; o += Lanes)
        {
            V sum = biases.IsEmpty ? V.Zero : Simd.Create(biases.Slice(o, Lanes));
            for (int k = 0; k < inputCount; k++)
                sum = Simd.MultiplyAddEstimate(Simd.LoadUnsafe(ref Unsafe.Add(ref w, k * outputCount + o)), Simd.Create(inputs[k]), sum);
            sum.CopyTo(outputs[o..]);
        }

        for (; o < outputCount; o++)
        {
            double sum = biases.IsEmpty ? 0.0 : biases[o];
            for (int k = 0; k < inputCount; k++)
                sum = double.MultiplyAddEstimate(weights[k * outputCount + o], inputs[k], sum);
            outputs[o] = sum;
        }

        outputs[outputCount..].Clear();
    }

    /// <summary>⟨a, b⟩ of vectors of any length.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        V sum = V.Zero;
        int i = 0;
        for (; i + Lanes <= a.Length; i += Lanes)
            sum = Simd.MultiplyAddEstimate(Simd.Create(a.Slice(i, Lanes)), Simd.Create(b.Slice(i, Lanes)), sum);
        double total = Simd.Sum(sum);
        for (; i < a.Length; i++)
            total = double.MultiplyAddEstimate(a[i], b[i], total);
        return total;
    }

    public static double Sum(ReadOnlySpan<double> row)
    {
        V sum = V.Zero;
        foreach (V v in MemoryMarshal.Cast<double, V>(row))
            sum += v;
        return Simd.Sum(sum);
    }

    /// <summary>destination += scale · source for vectors of any length.</summary>
    public static void AddScaled(double scale, ReadOnlySpan<double> source, Span<double> destination)
    {
        V factor = Simd.Create(scale);
        int i = 0;
        for (; i + Lanes <= source.Length; i += Lanes)
            Simd.MultiplyAddEstimate(factor, Simd.Create(source.Slice(i, Lanes)), Simd.Create<double>(destination.Slice(i, Lanes))).CopyTo(destination[i..]);
        for (; i < source.Length; i++)
            destination[i] = double.MultiplyAddEstimate(scale, source[i], destination[i]);
    }

    public static void ThrowIfShort(int length, int needed)
    {
        if (length < needed)
            throw new ArgumentException($"A kernel was given {length} numbers where it needs {needed}.");
    }
}
