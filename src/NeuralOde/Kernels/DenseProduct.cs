using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>The product of a matrix with a batch, a broadcast number times a vector of samples, in blocks that keep their sums in registers.</summary>
internal static class DenseProduct
{
    private const int Lanes = BatchLayout.Lanes;
    private const int RowsOfBlock = 8;

    // From here on a quarter of the first cache's sets, or less, hold the inputs of two vectors of samples.
    private const int StrideThatPacks = 128;

    // 16 KB of inputs: a third of the first cache.
    private const int ColumnsOfPanel = 128;

    /// <summary>
    /// outputs[r] = biases[r] + Σ_c matrix[r·rowStep + c·columnStep] · inputs[c] for every lane: the forward product and,
    /// with the steps exchanged, the product with the transpose.
    /// </summary>
    /// <remarks>
    /// Two vectors of samples at a time, eight rows by eight. The inputs of these samples lie a stride apart, which for large batches is a
    /// power of two and falls on few lines of the cache; so they are copied together where many rows use them.
    /// </remarks>
    public static void Multiply(ReadOnlySpan<double> matrix, int rowStep, int columnStep, ReadOnlySpan<double> biases,
        ReadOnlySpan<double> inputs, Span<double> outputs, int rows, int columns, int stride)
    {
        DenseKernels.ThrowIfShort(inputs.Length, columns * stride);
        DenseKernels.ThrowIfShort(outputs.Length, rows * stride);
        DenseKernels.ThrowIfShort(matrix.Length, (rows - 1) * rowStep + (columns - 1) * columnStep + 1);
        ref double m = ref MemoryMarshal.GetReference(matrix);
        ref double x = ref MemoryMarshal.GetReference(inputs);
        ref double y = ref MemoryMarshal.GetReference(outputs);

        int lane = 0;
        if (rows >= 2 * RowsOfBlock && stride >= StrideThatPacks)
        {
            // A stretch of columns at a time; the sums wait in the outputs, so that every sum still runs over the inputs in their order.
            Span<V> panel = stackalloc V[2 * Math.Min(columns, ColumnsOfPanel)];
            ref double packed = ref Unsafe.As<V, double>(ref MemoryMarshal.GetReference(panel));
            for (; lane + 2 * Lanes <= stride; lane += 2 * Lanes)
            {
                for (int first = 0; first < columns; first += ColumnsOfPanel)
                {
                    int count = Math.Min(ColumnsOfPanel, columns - first);
                    for (int c = 0; c < count; c++)
                    {
                        ref double source = ref Unsafe.Add(ref x, (first + c) * stride + lane);
                        panel[2 * c] = Simd.LoadUnsafe(ref source);
                        panel[2 * c + 1] = Simd.LoadUnsafe(ref Unsafe.Add(ref source, Lanes));
                    }

                    RowsOf2(ref Unsafe.Add(ref m, first * columnStep), rowStep, columnStep, biases, first > 0, ref packed, 2 * Lanes, ref Unsafe.Add(ref y, lane), rows, count, stride);
                }
            }
        }
        else
        {
            for (; lane + 2 * Lanes <= stride; lane += 2 * Lanes)
                RowsOf2(ref m, rowStep, columnStep, biases, goesOn: false, ref Unsafe.Add(ref x, lane), stride, ref Unsafe.Add(ref y, lane), rows, columns, stride);
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

    /// <summary>All rows for two vectors of samples, whose inputs lie <paramref name="inputStep"/> apart. Sums start at the bias, or go on from the outputs.</summary>
    private static void RowsOf2(ref double m, int rowStep, int columnStep, ReadOnlySpan<double> biases, bool goesOn,
        ref double x, int inputStep, ref double y, int rows, int columns, int stride)
    {
        int r = 0;
        for (; Simd.IsHardwareAccelerated && r + RowsOfBlock <= rows; r += RowsOfBlock)
            Block8x2(ref Unsafe.Add(ref m, r * rowStep), rowStep, columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns, stride);
        for (; r + 4 <= rows; r += 4)
            Block4x2(ref Unsafe.Add(ref m, r * rowStep), rowStep, columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns, stride);
        for (; r < rows; r++)
            Block1x2(ref Unsafe.Add(ref m, r * rowStep), columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns);
    }

    private static void Block8x2(ref double w, int rowStep, int columnStep, ReadOnlySpan<double> biases, bool goesOn, int r,
        ref double x, int inputStep, ref double y, int columns, int stride)
    {
        V a0 = Start(biases, goesOn, r, ref y), b0 = Start(biases, goesOn, r, ref Unsafe.Add(ref y, Lanes));
        V a1 = Start(biases, goesOn, r + 1, ref Unsafe.Add(ref y, stride)), b1 = Start(biases, goesOn, r + 1, ref Unsafe.Add(ref y, stride + Lanes));
        V a2 = Start(biases, goesOn, r + 2, ref Unsafe.Add(ref y, 2 * stride)), b2 = Start(biases, goesOn, r + 2, ref Unsafe.Add(ref y, 2 * stride + Lanes));
        V a3 = Start(biases, goesOn, r + 3, ref Unsafe.Add(ref y, 3 * stride)), b3 = Start(biases, goesOn, r + 3, ref Unsafe.Add(ref y, 3 * stride + Lanes));
        V a4 = Start(biases, goesOn, r + 4, ref Unsafe.Add(ref y, 4 * stride)), b4 = Start(biases, goesOn, r + 4, ref Unsafe.Add(ref y, 4 * stride + Lanes));
        V a5 = Start(biases, goesOn, r + 5, ref Unsafe.Add(ref y, 5 * stride)), b5 = Start(biases, goesOn, r + 5, ref Unsafe.Add(ref y, 5 * stride + Lanes));
        V a6 = Start(biases, goesOn, r + 6, ref Unsafe.Add(ref y, 6 * stride)), b6 = Start(biases, goesOn, r + 6, ref Unsafe.Add(ref y, 6 * stride + Lanes));
        V a7 = Start(biases, goesOn, r + 7, ref Unsafe.Add(ref y, 7 * stride)), b7 = Start(biases, goesOn, r + 7, ref Unsafe.Add(ref y, 7 * stride + Lanes));
        ref double half = ref Unsafe.Add(ref w, 4 * rowStep);
        for (int c = 0; c < columns; c++)
        {
            V xa = Simd.LoadUnsafe(ref x), xb = Simd.LoadUnsafe(ref Unsafe.Add(ref x, Lanes));
            V w0 = Simd.Create(w);
            a0 = Simd.MultiplyAddEstimate(w0, xa, a0);
            b0 = Simd.MultiplyAddEstimate(w0, xb, b0);
            V w1 = Simd.Create(Unsafe.Add(ref w, rowStep));
            a1 = Simd.MultiplyAddEstimate(w1, xa, a1);
            b1 = Simd.MultiplyAddEstimate(w1, xb, b1);
            V w2 = Simd.Create(Unsafe.Add(ref w, 2 * rowStep));
            a2 = Simd.MultiplyAddEstimate(w2, xa, a2);
            b2 = Simd.MultiplyAddEstimate(w2, xb, b2);
            V w3 = Simd.Create(Unsafe.Add(ref w, 3 * rowStep));
            a3 = Simd.MultiplyAddEstimate(w3, xa, a3);
            b3 = Simd.MultiplyAddEstimate(w3, xb, b3);
            V w4 = Simd.Create(half);
            a4 = Simd.MultiplyAddEstimate(w4, xa, a4);
            b4 = Simd.MultiplyAddEstimate(w4, xb, b4);
            V w5 = Simd.Create(Unsafe.Add(ref half, rowStep));
            a5 = Simd.MultiplyAddEstimate(w5, xa, a5);
            b5 = Simd.MultiplyAddEstimate(w5, xb, b5);
            V w6 = Simd.Create(Unsafe.Add(ref half, 2 * rowStep));
            a6 = Simd.MultiplyAddEstimate(w6, xa, a6);
            b6 = Simd.MultiplyAddEstimate(w6, xb, b6);
            V w7 = Simd.Create(Unsafe.Add(ref half, 3 * rowStep));
            a7 = Simd.MultiplyAddEstimate(w7, xa, a7);
            b7 = Simd.MultiplyAddEstimate(w7, xb, b7);
            w = ref Unsafe.Add(ref w, columnStep);
            half = ref Unsafe.Add(ref half, columnStep);
            x = ref Unsafe.Add(ref x, inputStep);
        }

        a0.StoreUnsafe(ref y);
        b0.StoreUnsafe(ref Unsafe.Add(ref y, Lanes));
        a1.StoreUnsafe(ref Unsafe.Add(ref y, stride));
        b1.StoreUnsafe(ref Unsafe.Add(ref y, stride + Lanes));
        a2.StoreUnsafe(ref Unsafe.Add(ref y, 2 * stride));
        b2.StoreUnsafe(ref Unsafe.Add(ref y, 2 * stride + Lanes));
        a3.StoreUnsafe(ref Unsafe.Add(ref y, 3 * stride));
        b3.StoreUnsafe(ref Unsafe.Add(ref y, 3 * stride + Lanes));
        a4.StoreUnsafe(ref Unsafe.Add(ref y, 4 * stride));
        b4.StoreUnsafe(ref Unsafe.Add(ref y, 4 * stride + Lanes));
        a5.StoreUnsafe(ref Unsafe.Add(ref y, 5 * stride));
        b5.StoreUnsafe(ref Unsafe.Add(ref y, 5 * stride + Lanes));
        a6.StoreUnsafe(ref Unsafe.Add(ref y, 6 * stride));
        b6.StoreUnsafe(ref Unsafe.Add(ref y, 6 * stride + Lanes));
        a7.StoreUnsafe(ref Unsafe.Add(ref y, 7 * stride));
        b7.StoreUnsafe(ref Unsafe.Add(ref y, 7 * stride + Lanes));
    }

    private static void Block4x2(ref double w, int rowStep, int columnStep, ReadOnlySpan<double> biases, bool goesOn, int r,
        ref double x, int inputStep, ref double y, int columns, int stride)
    {
        V a0 = Start(biases, goesOn, r, ref y), b0 = Start(biases, goesOn, r, ref Unsafe.Add(ref y, Lanes));
        V a1 = Start(biases, goesOn, r + 1, ref Unsafe.Add(ref y, stride)), b1 = Start(biases, goesOn, r + 1, ref Unsafe.Add(ref y, stride + Lanes));
        V a2 = Start(biases, goesOn, r + 2, ref Unsafe.Add(ref y, 2 * stride)), b2 = Start(biases, goesOn, r + 2, ref Unsafe.Add(ref y, 2 * stride + Lanes));
        V a3 = Start(biases, goesOn, r + 3, ref Unsafe.Add(ref y, 3 * stride)), b3 = Start(biases, goesOn, r + 3, ref Unsafe.Add(ref y, 3 * stride + Lanes));
        for (int c = 0; c < columns; c++)
        {
            V xa = Simd.LoadUnsafe(ref x), xb = Simd.LoadUnsafe(ref Unsafe.Add(ref x, Lanes));
            V w0 = Simd.Create(w);
            a0 = Simd.MultiplyAddEstimate(w0, xa, a0);
            b0 = Simd.MultiplyAddEstimate(w0, xb, b0);
            V w1 = Simd.Create(Unsafe.Add(ref w, rowStep));
            a1 = Simd.MultiplyAddEstimate(w1, xa, a1);
            b1 = Simd.MultiplyAddEstimate(w1, xb, b1);
            V w2 = Simd.Create(Unsafe.Add(ref w, 2 * rowStep));
            a2 = Simd.MultiplyAddEstimate(w2, xa, a2);
            b2 = Simd.MultiplyAddEstimate(w2, xb, b2);
            V w3 = Simd.Create(Unsafe.Add(ref w, 3 * rowStep));
            a3 = Simd.MultiplyAddEstimate(w3, xa, a3);
            b3 = Simd.MultiplyAddEstimate(w3, xb, b3);
            w = ref Unsafe.Add(ref w, columnStep);
            x = ref Unsafe.Add(ref x, inputStep);
        }

        a0.StoreUnsafe(ref y);
        b0.StoreUnsafe(ref Unsafe.Add(ref y, Lanes));
        a1.StoreUnsafe(ref Unsafe.Add(ref y, stride));
        b1.StoreUnsafe(ref Unsafe.Add(ref y, stride + Lanes));
        a2.StoreUnsafe(ref Unsafe.Add(ref y, 2 * stride));
        b2.StoreUnsafe(ref Unsafe.Add(ref y, 2 * stride + Lanes));
        a3.StoreUnsafe(ref Unsafe.Add(ref y, 3 * stride));
        b3.StoreUnsafe(ref Unsafe.Add(ref y, 3 * stride + Lanes));
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

    private static void Block1x2(ref double w, int columnStep, ReadOnlySpan<double> biases, bool goesOn, int r,
        ref double x, int inputStep, ref double y, int columns)
    {
        V a = Start(biases, goesOn, r, ref y), b = Start(biases, goesOn, r, ref Unsafe.Add(ref y, Lanes));
        for (int c = 0; c < columns; c++)
        {
            V weight = Simd.Create(Unsafe.Add(ref w, c * columnStep));
            a = Simd.MultiplyAddEstimate(weight, Simd.LoadUnsafe(ref Unsafe.Add(ref x, c * inputStep)), a);
            b = Simd.MultiplyAddEstimate(weight, Simd.LoadUnsafe(ref Unsafe.Add(ref x, c * inputStep + Lanes)), b);
        }

        a.StoreUnsafe(ref y);
        b.StoreUnsafe(ref Unsafe.Add(ref y, Lanes));
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

    /// <summary>Where a row's sum begins: at the bias, or where the stretch of columns before left it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Start(ReadOnlySpan<double> biases, bool goesOn, int row, ref double output) => goesOn ? Simd.LoadUnsafe(ref output) : Bias(biases, row);

    private static V Bias(ReadOnlySpan<double> biases, int row) => biases.IsEmpty ? V.Zero : Simd.Create(biases[row]);
}
