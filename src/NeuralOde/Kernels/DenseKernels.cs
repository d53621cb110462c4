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
            MultiplyBroadcast(weights, rowStep: 1, columnStep: outputCount, biases, inputs, outputs, outputCount, inputCount, layout.Stride);
    }

    /// <summary>inputCotangents = W · outputCotangents.</summary>
    public static void PropagateCotangent(BatchLayout layout, ReadOnlySpan<double> weights,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, int inputCount, int outputCount)
    {
        if (!layout.IsSingle)
        {
            MultiplyBroadcast(weights, rowStep: outputCount, columnStep: 1, biases: default, outputCotangents, inputCotangents,
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

        AccumulateBatch(inputs, outputCotangents, weightGradients, biasGradients, inputCount, outputCount, layout.Stride);
    }

    /// <summary>
    /// outputs[r] = biases[r] + Σ_c matrix[r·rowStep + c·columnStep] · inputs[c] for every lane: the forward product and,
    /// with the steps exchanged, the product with the transpose.
    /// </summary>
    private static void MultiplyBroadcast(ReadOnlySpan<double> matrix, int rowStep, int columnStep, ReadOnlySpan<double> biases,
        ReadOnlySpan<double> inputs, Span<double> outputs, int rows, int columns, int stride)
    {
        ThrowIfShort(inputs.Length, columns * stride);
        ThrowIfShort(outputs.Length, rows * stride);
        ThrowIfShort(matrix.Length, (rows - 1) * rowStep + (columns - 1) * columnStep + 1);
        ref double m = ref MemoryMarshal.GetReference(matrix);
        ref double x = ref MemoryMarshal.GetReference(inputs);
        ref double y = ref MemoryMarshal.GetReference(outputs);

        int lane = 0;
        for (; lane + 2 * Lanes <= stride; lane += 2 * Lanes)
        {
            int r = 0;
            for (; r + 4 <= rows; r += 4)
                Block4x2(ref m, rowStep, columnStep, biases, ref x, ref y, r, columns, stride, lane);
            for (; r < rows; r++)
                Block1x2(ref m, rowStep, columnStep, biases, ref x, ref y, r, columns, stride, lane);
        }

        for (; lane < stride; lane += Lanes)
        {
            int r = 0;
            for (; r + 4 <= rows; r += 4)
                Block4x1(ref m, rowStep, columnStep, biases, ref x, ref y, r, columns, stride, lane);
            for (; r < rows; r++)
                Block1x1(ref m, rowStep, columnStep, biases, ref x, ref y, r, columns, stride, lane);
        }
    }

    private static void Block4x2(ref double m, int rowStep, int columnStep, ReadOnlySpan<double> biases,
        ref double x, ref double y, int r, int columns, int stride, int lane)
    {
        V a0 = Bias(biases, r), a1 = Bias(biases, r + 1), a2 = Bias(biases, r + 2), a3 = Bias(biases, r + 3);
        V b0 = a0, b1 = a1, b2 = a2, b3 = a3;
        ref double w = ref Unsafe.Add(ref m, r * rowStep);
        ref double input = ref Unsafe.Add(ref x, lane);
        for (int c = 0; c < columns; c++)
        {
            V xa = Simd.LoadUnsafe(ref input);
            V xb = Simd.LoadUnsafe(ref Unsafe.Add(ref input, Lanes));
            V w0 = Simd.Create(w);
            V w1 = Simd.Create(Unsafe.Add(ref w, rowStep));
            V w2 = Simd.Create(Unsafe.Add(ref w, 2 * rowStep));
            V w3 = Simd.Create(Unsafe.Add(ref w, 3 * rowStep));
            a0 = Simd.MultiplyAddEstimate(w0, xa, a0);
            b0 = Simd.MultiplyAddEstimate(w0, xb, b0);
            a1 = Simd.MultiplyAddEstimate(w1, xa, a1);
            b1 = Simd.MultiplyAddEstimate(w1, xb, b1);
            a2 = Simd.MultiplyAddEstimate(w2, xa, a2);
            b2 = Simd.MultiplyAddEstimate(w2, xb, b2);
            a3 = Simd.MultiplyAddEstimate(w3, xa, a3);
            b3 = Simd.MultiplyAddEstimate(w3, xb, b3);
            w = ref Unsafe.Add(ref w, columnStep);
            input = ref Unsafe.Add(ref input, stride);
        }

        ref double output = ref Unsafe.Add(ref y, r * stride + lane);
        a0.StoreUnsafe(ref output);
        b0.StoreUnsafe(ref Unsafe.Add(ref output, Lanes));
        output = ref Unsafe.Add(ref output, stride);
        a1.StoreUnsafe(ref output);
        b1.StoreUnsafe(ref Unsafe.Add(ref output, Lanes));
        output = ref Unsafe.Add(ref output, stride);
        a2.StoreUnsafe(ref output);
        b2.StoreUnsafe(ref Unsafe.Add(ref output, Lanes));
        output = ref Unsafe.Add(ref output, stride);
        a3.StoreUnsafe(ref output);
        b3.StoreUnsafe(ref Unsafe.Add(ref output, Lanes));
    }

    private static void Block4x1(ref double m, int rowStep, int columnStep, ReadOnlySpan<double> biases,
        ref double x, ref double y, int r, int columns, int stride, int lane)
    {
        V a0 = Bias(biases, r), a1 = Bias(biases, r + 1), a2 = Bias(biases, r + 2), a3 = Bias(biases, r + 3);
        ref double w = ref Unsafe.Add(ref m, r * rowStep);
        ref double input = ref Unsafe.Add(ref x, lane);
        for (int c = 0; c < columns; c++)
        {
            V xa = Simd.LoadUnsafe(ref input);
            a0 = Simd.MultiplyAddEstimate(Simd.Create(w), xa, a0);
            a1 = Simd.MultiplyAddEstimate(Simd.Create(Unsafe.Add(ref w, rowStep)), xa, a1);
            a2 = Simd.MultiplyAddEstimate(Simd.Create(Unsafe.Add(ref w, 2 * rowStep)), xa, a2);
            a3 = Simd.MultiplyAddEstimate(Simd.Create(Unsafe.Add(ref w, 3 * rowStep)), xa, a3);
            w = ref Unsafe.Add(ref w, columnStep);
            input = ref Unsafe.Add(ref input, stride);
        }

        ref double output = ref Unsafe.Add(ref y, r * stride + lane);
        a0.StoreUnsafe(ref output);
        a1.StoreUnsafe(ref Unsafe.Add(ref output, stride));
        a2.StoreUnsafe(ref Unsafe.Add(ref output, 2 * stride));
        a3.StoreUnsafe(ref Unsafe.Add(ref output, 3 * stride));
    }

    private static void Block1x2(ref double m, int rowStep, int columnStep, ReadOnlySpan<double> biases,
        ref double x, ref double y, int r, int columns, int stride, int lane)
    {
        V a = Bias(biases, r), b = a;
        for (int c = 0; c < columns; c++)
        {
            V w = Simd.Create(Unsafe.Add(ref m, r * rowStep + c * columnStep));
            a = Simd.MultiplyAddEstimate(w, Simd.LoadUnsafe(ref Unsafe.Add(ref x, c * stride + lane)), a);
            b = Simd.MultiplyAddEstimate(w, Simd.LoadUnsafe(ref Unsafe.Add(ref x, c * stride + lane + Lanes)), b);
        }

        a.StoreUnsafe(ref Unsafe.Add(ref y, r * stride + lane));
        b.StoreUnsafe(ref Unsafe.Add(ref y, r * stride + lane + Lanes));
    }

    private static void Block1x1(ref double m, int rowStep, int columnStep, ReadOnlySpan<double> biases,
        ref double x, ref double y, int r, int columns, int stride, int lane)
    {
        V a = Bias(biases, r);
        for (int c = 0; c < columns; c++)
        {
            V w = Simd.Create(Unsafe.Add(ref m, r * rowStep + c * columnStep));
            a = Simd.MultiplyAddEstimate(w, Simd.LoadUnsafe(ref Unsafe.Add(ref x, c * stride + lane)), a);
        }

        a.StoreUnsafe(ref Unsafe.Add(ref y, r * stride + lane));
    }

    private static V Bias(ReadOnlySpan<double> biases, int row) => biases.IsEmpty ? V.Zero : Simd.Create(biases[row]);

    /// <summary>weightGradients[k, o] += ⟨inputs[k], outputCotangents[o]⟩ over the lanes, four outputs at a time.</summary>
    private static void AccumulateBatch(ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount, int stride)
    {
        ThrowIfShort(inputs.Length, inputCount * stride);
        ThrowIfShort(outputCotangents.Length, outputCount * stride);
        ThrowIfShort(weightGradients.Length, inputCount * outputCount);
        ref double x = ref MemoryMarshal.GetReference(inputs);
        ref double g = ref MemoryMarshal.GetReference(outputCotangents);

        int o = 0;
        for (; o + 4 <= outputCount; o += 4)
        {
            ref double g0 = ref Unsafe.Add(ref g, o * stride);
            for (int k = 0; k < inputCount; k++)
            {
                ref double xk = ref Unsafe.Add(ref x, k * stride);
                V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
                for (int lane = 0; lane < stride; lane += Lanes)
                {
                    V v = Simd.LoadUnsafe(ref Unsafe.Add(ref xk, lane));
                    s0 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g0, lane)), s0);
                    s1 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g0, stride + lane)), s1);
                    s2 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g0, 2 * stride + lane)), s2);
                    s3 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g0, 3 * stride + lane)), s3);
                }

                Span<double> gradient = weightGradients.Slice(k * outputCount + o, 4);
                gradient[0] += Simd.Sum(s0);
                gradient[1] += Simd.Sum(s1);
                gradient[2] += Simd.Sum(s2);
                gradient[3] += Simd.Sum(s3);
            }
        }

        for (; o < outputCount; o++)
        {
            ReadOnlySpan<double> cotangent = outputCotangents.Slice(o * stride, stride);
            for (int k = 0; k < inputCount; k++)
                weightGradients[k * outputCount + o] += Dot(inputs.Slice(k * stride, stride), cotangent);
        }

        for (o = 0; o < biasGradients.Length; o++)
            biasGradients[o] += Sum(outputCotangents.Slice(o * stride, stride));
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

    private static double Sum(ReadOnlySpan<double> row)
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

    private static void ThrowIfShort(int length, int needed)
    {
        if (length < needed)
            throw new ArgumentException($"A kernel was given {length} numbers where it needs {needed}.");
    }
}
