using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>The gradient of a small dense layer over a batch, as eight partial sums of every parameter: sample s goes to sum s modulo 8.</summary>
/// <remarks>
/// A gradient is summed over many stages. Where it has few parameters, adding up the lanes once at the end saves what <see cref="DenseGradient{T, TVector}"/> does at
/// every stage; where it has many, the sums leave the first cache and nothing is gained. The same bits in every vector width.
/// </remarks>
internal static class DenseLaneSums<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    /// <summary>Partial sums of a parameter.</summary>
    public const int Lanes = BatchLayout.Lanes;

    /// <summary>weightSums[k, o] += inputs[k] ∘ outputCotangents[o], biasSums[o] += outputCotangents[o].</summary>
    public static void Accumulate(ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<T> weightSums, Span<T> biasSums,
        int inputCount, int outputCount, int stride)
    {
        KernelArguments.ThrowIfShort(inputs.Length, (long)inputCount * stride);
        KernelArguments.ThrowIfShort(outputCotangents.Length, (long)outputCount * stride);
        KernelArguments.ThrowIfShort(weightSums.Length, (long)inputCount * outputCount * Lanes);
        if (!biasSums.IsEmpty)
            KernelArguments.ThrowIfShort(biasSums.Length, (long)outputCount * Lanes);
        // As sixteen floats at once would be.
        if (TVector.Count > Lanes)
            throw new NotSupportedException($"A vector of {TVector.Count} numbers is longer than a parameter's {Lanes} sums.");
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T g = ref MemoryMarshal.GetReference(outputCotangents);
        ref T sums = ref MemoryMarshal.GetReference(weightSums);
        // The longer side is taken four rows at a time.
        if (outputCount >= inputCount)
            Products(ref x, inputCount, ref g, outputCount, ref sums, outputCount * Lanes, Lanes, stride);
        else
            Products(ref g, outputCount, ref x, inputCount, ref sums, Lanes, outputCount * Lanes, stride);
        ref T biases = ref MemoryMarshal.GetReference(biasSums);
        for (int part = 0; part < Lanes && !biasSums.IsEmpty; part += TVector.Count)
        {
            for (int o = 0; o < outputCount; o++)
            {
                ref T row = ref Unsafe.Add(ref g, o * stride + part);
                ref T target = ref Unsafe.Add(ref biases, o * Lanes + part);
                TVector sum = TVector.Load(ref target);
                for (int lane = 0; lane < stride; lane += Lanes)
                    sum += TVector.Load(ref Unsafe.Add(ref row, lane));
                sum.Store(ref target);
            }
        }
    }

    /// <summary>sums[i · stepA + j · stepB] += a[i] ∘ b[j].</summary>
    private static void Products(ref T a, int countA, ref T b, int countB, ref T sums, int stepA, int stepB, int stride)
    {
        for (int part = 0; part < Lanes; part += TVector.Count)
        {
            int j = 0;
            for (; j + 4 <= countB; j += 4)
            {
                ref T rows = ref Unsafe.Add(ref b, j * stride + part);
                ref T target = ref Unsafe.Add(ref sums, j * stepB + part);
                int i = 0;
                for (; i + 2 <= countA; i += 2)
                    Block2x4(ref Unsafe.Add(ref a, i * stride + part), ref rows, ref Unsafe.Add(ref target, i * stepA), stepA, stepB, stride);
                for (; i < countA; i++)
                {
                    for (int row = 0; row < 4; row++)
                        Product(ref Unsafe.Add(ref a, i * stride + part), ref Unsafe.Add(ref rows, row * stride), ref Unsafe.Add(ref target, i * stepA + row * stepB), stride);
                }
            }

            for (; j < countB; j++)
            {
                for (int i = 0; i < countA; i++)
                    Product(ref Unsafe.Add(ref a, i * stride + part), ref Unsafe.Add(ref b, j * stride + part), ref Unsafe.Add(ref sums, i * stepA + j * stepB + part), stride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Product(ref T a, ref T b, ref T target, int stride)
    {
        TVector sum = TVector.Load(ref target);
        for (int lane = 0; lane < stride; lane += Lanes)
            sum = TVector.MultiplyAdd(TVector.Load(ref Unsafe.Add(ref a, lane)), TVector.Load(ref Unsafe.Add(ref b, lane)), sum);
        sum.Store(ref target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block2x4(ref T a, ref T b, ref T sums, int stepA, int stepB, int stride)
    {
        ref T second = ref Unsafe.Add(ref sums, stepA);
        TVector s00 = TVector.Load(ref sums), s01 = TVector.Load(ref Unsafe.Add(ref sums, stepB));
        TVector s02 = TVector.Load(ref Unsafe.Add(ref sums, 2 * stepB)), s03 = TVector.Load(ref Unsafe.Add(ref sums, 3 * stepB));
        TVector s10 = TVector.Load(ref second), s11 = TVector.Load(ref Unsafe.Add(ref second, stepB));
        TVector s12 = TVector.Load(ref Unsafe.Add(ref second, 2 * stepB)), s13 = TVector.Load(ref Unsafe.Add(ref second, 3 * stepB));
        for (int lane = 0; lane < stride; lane += Lanes)
        {
            TVector a0 = TVector.Load(ref Unsafe.Add(ref a, lane)), a1 = TVector.Load(ref Unsafe.Add(ref a, stride + lane));
            ref T b0 = ref Unsafe.Add(ref b, lane);
            TVector row = TVector.Load(ref b0);
            s00 = TVector.MultiplyAdd(a0, row, s00);
            s10 = TVector.MultiplyAdd(a1, row, s10);
            row = TVector.Load(ref Unsafe.Add(ref b0, stride));
            s01 = TVector.MultiplyAdd(a0, row, s01);
            s11 = TVector.MultiplyAdd(a1, row, s11);
            row = TVector.Load(ref Unsafe.Add(ref b0, 2 * stride));
            s02 = TVector.MultiplyAdd(a0, row, s02);
            s12 = TVector.MultiplyAdd(a1, row, s12);
            row = TVector.Load(ref Unsafe.Add(ref b0, 3 * stride));
            s03 = TVector.MultiplyAdd(a0, row, s03);
            s13 = TVector.MultiplyAdd(a1, row, s13);
        }

        s00.Store(ref sums);
        s01.Store(ref Unsafe.Add(ref sums, stepB));
        s02.Store(ref Unsafe.Add(ref sums, 2 * stepB));
        s03.Store(ref Unsafe.Add(ref sums, 3 * stepB));
        s10.Store(ref second);
        s11.Store(ref Unsafe.Add(ref second, stepB));
        s12.Store(ref Unsafe.Add(ref second, 2 * stepB));
        s13.Store(ref Unsafe.Add(ref second, 3 * stepB));
    }
}
