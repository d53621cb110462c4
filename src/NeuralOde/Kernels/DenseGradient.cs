using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>The gradient of a dense layer over a batch: products of rows over the samples, in blocks that keep their sums in registers.</summary>
internal static class DenseGradient
{
    private const int Lanes = BatchLayout.Lanes;

    /// <summary>weightGradients[k, o] += ⟨inputs[k], outputCotangents[o]⟩ over the lanes, four inputs by four outputs at a time.</summary>
    public static void Accumulate(ReadOnlySpan<double> inputs, ReadOnlySpan<double> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount, int stride)
    {
        DenseKernels.ThrowIfShort(inputs.Length, inputCount * stride);
        DenseKernels.ThrowIfShort(outputCotangents.Length, outputCount * stride);
        DenseKernels.ThrowIfShort(weightGradients.Length, inputCount * outputCount);
        ref double x = ref MemoryMarshal.GetReference(inputs);
        ref double g = ref MemoryMarshal.GetReference(outputCotangents);

        int o = 0;
        for (; o + 4 <= outputCount; o += 4)
        {
            ref double cotangents = ref Unsafe.Add(ref g, o * stride);
            int k = 0;
            // With half as many registers of half the width, sixteen sums do not stay in them.
            for (; Simd.IsHardwareAccelerated && k + 4 <= inputCount; k += 4)
                Accumulate4x4(ref Unsafe.Add(ref x, k * stride), ref cotangents, weightGradients[(k * outputCount + o)..], outputCount, stride);
            for (; k < inputCount; k++)
                Accumulate1x4(ref Unsafe.Add(ref x, k * stride), ref cotangents, weightGradients.Slice(k * outputCount + o, 4), stride);
        }

        for (; o < outputCount; o++)
        {
            ReadOnlySpan<double> cotangent = outputCotangents.Slice(o * stride, stride);
            for (int k = 0; k < inputCount; k++)
                weightGradients[k * outputCount + o] += DenseKernels.Dot(inputs.Slice(k * stride, stride), cotangent);
        }

        for (o = 0; o < biasGradients.Length; o++)
            biasGradients[o] += DenseKernels.Sum(outputCotangents.Slice(o * stride, stride));
    }

    /// <summary>Sixteen products of four inputs and four outputs.</summary>
    private static void Accumulate4x4(ref double x, ref double g, Span<double> gradients, int outputCount, int stride)
    {
        V s00 = V.Zero, s01 = V.Zero, s02 = V.Zero, s03 = V.Zero;
        V s10 = V.Zero, s11 = V.Zero, s12 = V.Zero, s13 = V.Zero;
        V s20 = V.Zero, s21 = V.Zero, s22 = V.Zero, s23 = V.Zero;
        V s30 = V.Zero, s31 = V.Zero, s32 = V.Zero, s33 = V.Zero;
        for (int lane = 0; lane < stride; lane += Lanes)
        {
            ref double g0 = ref Unsafe.Add(ref g, lane);
            V ga = Simd.LoadUnsafe(ref g0), gb = Simd.LoadUnsafe(ref Unsafe.Add(ref g0, stride));
            V gc = Simd.LoadUnsafe(ref Unsafe.Add(ref g0, 2 * stride)), gd = Simd.LoadUnsafe(ref Unsafe.Add(ref g0, 3 * stride));
            V x0 = Simd.LoadUnsafe(ref Unsafe.Add(ref x, lane));
            s00 = Simd.MultiplyAddEstimate(x0, ga, s00);
            s01 = Simd.MultiplyAddEstimate(x0, gb, s01);
            s02 = Simd.MultiplyAddEstimate(x0, gc, s02);
            s03 = Simd.MultiplyAddEstimate(x0, gd, s03);
            V x1 = Simd.LoadUnsafe(ref Unsafe.Add(ref x, stride + lane));
            s10 = Simd.MultiplyAddEstimate(x1, ga, s10);
            s11 = Simd.MultiplyAddEstimate(x1, gb, s11);
            s12 = Simd.MultiplyAddEstimate(x1, gc, s12);
            s13 = Simd.MultiplyAddEstimate(x1, gd, s13);
            V x2 = Simd.LoadUnsafe(ref Unsafe.Add(ref x, 2 * stride + lane));
            s20 = Simd.MultiplyAddEstimate(x2, ga, s20);
            s21 = Simd.MultiplyAddEstimate(x2, gb, s21);
            s22 = Simd.MultiplyAddEstimate(x2, gc, s22);
            s23 = Simd.MultiplyAddEstimate(x2, gd, s23);
            V x3 = Simd.LoadUnsafe(ref Unsafe.Add(ref x, 3 * stride + lane));
            s30 = Simd.MultiplyAddEstimate(x3, ga, s30);
            s31 = Simd.MultiplyAddEstimate(x3, gb, s31);
            s32 = Simd.MultiplyAddEstimate(x3, gc, s32);
            s33 = Simd.MultiplyAddEstimate(x3, gd, s33);
        }

        AddSums(s00, s01, s02, s03, gradients);
        AddSums(s10, s11, s12, s13, gradients[outputCount..]);
        AddSums(s20, s21, s22, s23, gradients[(2 * outputCount)..]);
        AddSums(s30, s31, s32, s33, gradients[(3 * outputCount)..]);
    }

    private static void Accumulate1x4(ref double x, ref double g, Span<double> gradients, int stride)
    {
        V s0 = V.Zero, s1 = V.Zero, s2 = V.Zero, s3 = V.Zero;
        for (int lane = 0; lane < stride; lane += Lanes)
        {
            V v = Simd.LoadUnsafe(ref Unsafe.Add(ref x, lane));
            s0 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g, lane)), s0);
            s1 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g, stride + lane)), s1);
            s2 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g, 2 * stride + lane)), s2);
            s3 = Simd.MultiplyAddEstimate(v, Simd.LoadUnsafe(ref Unsafe.Add(ref g, 3 * stride + lane)), s3);
        }

        AddSums(s0, s1, s2, s3, gradients);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSums(V s0, V s1, V s2, V s3, Span<double> gradients)
    {
        gradients[0] += Simd.Sum(s0);
        gradients[1] += Simd.Sum(s1);
        gradients[2] += Simd.Sum(s2);
        gradients[3] += Simd.Sum(s3);
    }
}
