using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>The gradient of a dense layer over a batch: products of rows over the samples, in blocks that keep their sums in registers.</summary>
/// <remarks>Sums over the lanes are made four at a time, and what they are added to is double in both precisions.</remarks>
internal static class DenseGradient<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    // Inputs that stay in the first cache while all cotangents pass by.
    private const int BytesOfBlock = 24 * 1024;

    // In single precision a lane adds up 16 samples of a vector of 16, and the sums go on in double precision.
    private const int SamplesOfSum = 256;

    /// <summary>weightGradients[k, o] += ⟨inputs[k], outputCotangents[o]⟩ over the lanes, biasGradients[o] += Σ outputCotangents[o].</summary>
    public static void Accumulate(ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount, int stride)
    {
        KernelArguments.ThrowIfShort(inputs.Length, (long)inputCount * stride);
        KernelArguments.ThrowIfShort(outputCotangents.Length, (long)outputCount * stride);
        KernelArguments.ThrowIfShort(weightGradients.Length, (long)inputCount * outputCount);
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T g = ref MemoryMarshal.GetReference(outputCotangents);
        int samplesOfSum = typeof(T) == typeof(double) ? stride : SamplesOfSum;
        for (int lane = 0; lane < stride; lane += samplesOfSum)
        {
            int lanes = Math.Min(samplesOfSum, stride - lane);
            ref T xs = ref Unsafe.Add(ref x, lane);
            ref T gs = ref Unsafe.Add(ref g, lane);
            int inputsOfBlock = Math.Max(4, BytesOfBlock / Unsafe.SizeOf<T>() / lanes / 4 * 4);
            for (int first = 0; first < inputCount; first += inputsOfBlock)
            {
                int count = Math.Min(inputsOfBlock, inputCount - first);
                AccumulateBlock(ref Unsafe.Add(ref xs, first * stride), ref gs, weightGradients[(first * outputCount)..], count, outputCount, stride, lanes);
            }

            if (!biasGradients.IsEmpty)
                AccumulateBiases(ref gs, biasGradients[..outputCount], stride, lanes);
        }
    }

    private static void AccumulateBlock(ref T x, ref T g, Span<double> gradients, int inputCount, int outputCount, int stride, int lanes)
    {
        int o = 0;
        for (; o + 4 <= outputCount; o += 4)
        {
            ref T cotangents = ref Unsafe.Add(ref g, o * stride);
            int k = 0;
            for (; TVector.Registers >= 32 && k + 4 <= inputCount; k += 4)
                Block4x4(ref Unsafe.Add(ref x, k * stride), ref cotangents, gradients[(k * outputCount + o)..], outputCount, stride, lanes);
            for (; k < inputCount; k++)
                Add(Block1x4(ref Unsafe.Add(ref x, k * stride), ref cotangents, 4, stride, lanes), gradients.Slice(k * outputCount + o, 4));
        }

        // Few outputs are left: one output by four inputs, whose gradients are not neighbours.
        for (; o < outputCount; o++)
        {
            ref T cotangent = ref Unsafe.Add(ref g, o * stride);
            for (int k = 0; k < inputCount; k += 4)
            {
                int count = Math.Min(4, inputCount - k);
                Vector256<double> sums = Block1x4(ref cotangent, ref Unsafe.Add(ref x, k * stride), count, stride, lanes);
                for (int i = 0; i < count; i++)
                    gradients[(k + i) * outputCount + o] += sums[i];
            }
        }
    }

    private static void AccumulateBiases(ref T g, Span<double> gradients, int stride, int lanes)
    {
        for (int o = 0; o < gradients.Length; o += 4)
        {
            int count = Math.Min(4, gradients.Length - o);
            ref T g0 = ref Unsafe.Add(ref g, o * stride);
            ref T g1 = ref Unsafe.Add(ref g0, count > 1 ? stride : 0);
            ref T g2 = ref Unsafe.Add(ref g0, count > 2 ? 2 * stride : 0);
            ref T g3 = ref Unsafe.Add(ref g0, count > 3 ? 3 * stride : 0);
            TVector s0 = TVector.Constant(0.0), s1 = s0, s2 = s0, s3 = s0;
            for (int lane = 0; lane < lanes; lane += TVector.Count)
            {
                s0 += TVector.Load(ref Unsafe.Add(ref g0, lane));
                s1 += TVector.Load(ref Unsafe.Add(ref g1, lane));
                s2 += TVector.Load(ref Unsafe.Add(ref g2, lane));
                s3 += TVector.Load(ref Unsafe.Add(ref g3, lane));
            }

            Vector256<double> sums = TVector.Sums(s0, s1, s2, s3);
            if (count == 4)
            {
                Add(sums, gradients.Slice(o, 4));
                continue;
            }

            for (int i = 0; i < count; i++)
                gradients[o + i] += sums[i];
        }
    }

    /// <summary>Sixteen products of four inputs and four outputs.</summary>
    private static void Block4x4(ref T x, ref T g, Span<double> gradients, int outputCount, int stride, int lanes)
    {
        TVector zero = TVector.Constant(0.0);
        TVector s00 = zero, s01 = zero, s02 = zero, s03 = zero;
        TVector s10 = zero, s11 = zero, s12 = zero, s13 = zero;
        TVector s20 = zero, s21 = zero, s22 = zero, s23 = zero;
        TVector s30 = zero, s31 = zero, s32 = zero, s33 = zero;
        for (int lane = 0; lane < lanes; lane += TVector.Count)
        {
            ref T g0 = ref Unsafe.Add(ref g, lane);
            TVector ga = TVector.Load(ref g0), gb = TVector.Load(ref Unsafe.Add(ref g0, stride));
            TVector gc = TVector.Load(ref Unsafe.Add(ref g0, 2 * stride)), gd = TVector.Load(ref Unsafe.Add(ref g0, 3 * stride));
            TVector x0 = TVector.Load(ref Unsafe.Add(ref x, lane));
            s00 = TVector.MultiplyAdd(x0, ga, s00);
            s01 = TVector.MultiplyAdd(x0, gb, s01);
            s02 = TVector.MultiplyAdd(x0, gc, s02);
            s03 = TVector.MultiplyAdd(x0, gd, s03);
            TVector x1 = TVector.Load(ref Unsafe.Add(ref x, stride + lane));
            s10 = TVector.MultiplyAdd(x1, ga, s10);
            s11 = TVector.MultiplyAdd(x1, gb, s11);
            s12 = TVector.MultiplyAdd(x1, gc, s12);
            s13 = TVector.MultiplyAdd(x1, gd, s13);
            TVector x2 = TVector.Load(ref Unsafe.Add(ref x, 2 * stride + lane));
            s20 = TVector.MultiplyAdd(x2, ga, s20);
            s21 = TVector.MultiplyAdd(x2, gb, s21);
            s22 = TVector.MultiplyAdd(x2, gc, s22);
            s23 = TVector.MultiplyAdd(x2, gd, s23);
            TVector x3 = TVector.Load(ref Unsafe.Add(ref x, 3 * stride + lane));
            s30 = TVector.MultiplyAdd(x3, ga, s30);
            s31 = TVector.MultiplyAdd(x3, gb, s31);
            s32 = TVector.MultiplyAdd(x3, gc, s32);
            s33 = TVector.MultiplyAdd(x3, gd, s33);
        }

        Add(TVector.Sums(s00, s01, s02, s03), gradients[..4]);
        Add(TVector.Sums(s10, s11, s12, s13), gradients.Slice(outputCount, 4));
        Add(TVector.Sums(s20, s21, s22, s23), gradients.Slice(2 * outputCount, 4));
        Add(TVector.Sums(s30, s31, s32, s33), gradients.Slice(3 * outputCount, 4));
    }

    /// <summary>The products of a row with up to four rows; where there are fewer, the last sums mean nothing.</summary>
    private static Vector256<double> Block1x4(ref T row, ref T others, int count, int stride, int lanes)
    {
        ref T o1 = ref Unsafe.Add(ref others, count > 1 ? stride : 0);
        ref T o2 = ref Unsafe.Add(ref others, count > 2 ? 2 * stride : 0);
        ref T o3 = ref Unsafe.Add(ref others, count > 3 ? 3 * stride : 0);
        TVector s0 = TVector.Constant(0.0), s1 = s0, s2 = s0, s3 = s0;
        for (int lane = 0; lane < lanes; lane += TVector.Count)
        {
            TVector v = TVector.Load(ref Unsafe.Add(ref row, lane));
            s0 = TVector.MultiplyAdd(v, TVector.Load(ref Unsafe.Add(ref others, lane)), s0);
            s1 = TVector.MultiplyAdd(v, TVector.Load(ref Unsafe.Add(ref o1, lane)), s1);
            s2 = TVector.MultiplyAdd(v, TVector.Load(ref Unsafe.Add(ref o2, lane)), s2);
            s3 = TVector.MultiplyAdd(v, TVector.Load(ref Unsafe.Add(ref o3, lane)), s3);
        }

        return TVector.Sums(s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<double> sums, Span<double> gradients) => (Vector256.Create<double>(gradients) + sums).CopyTo(gradients);
}
