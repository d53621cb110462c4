using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>The product of a matrix with a batch, a broadcast number times vectors of samples, in blocks that keep their sums in registers.</summary>
internal static class DenseProduct<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    // From here on a quarter of the first cache's sets, or less, hold the inputs of two vectors of samples.
    private const int BytesOfStrideThatPacks = 1024;

    // With two vectors of 64 bytes to each, 16 KB of inputs: a third of the first cache.
    private const int ColumnsOfPanel = 128;

    /// <summary>
    /// sums[r] = biases[r] + Σ_c matrix[r·rowStep + c·columnStep] · inputs[c] and outputs[r] = σ(sums[r]) for every lane: the layer
    /// and, with the steps exchanged and σ the identity, the product with the transpose.
    /// </summary>
    /// <remarks>
    /// Two or three vectors of samples at a time, up to eight rows by eight. The inputs of these samples lie a stride apart, which for large
    /// batches is a power of two and falls on few lines of the cache; so they are copied together where many rows use them.
    /// The activation follows when all rows of these samples are there. Inlined where the sums leave the registers it took four times as
    /// long, since the compiler inlines no more in methods so long; behind every block of eight rows, the change between two loops cost what it saved.
    /// </remarks>
    public static void Multiply(ReadOnlySpan<T> matrix, int rowStep, int columnStep, ReadOnlySpan<T> biases,
        ReadOnlySpan<T> inputs, Span<T> sums, Activation activation, Span<T> outputs, int rows, int columns, int stride)
    {
        KernelArguments.ThrowIfShort(inputs.Length, (long)columns * stride);
        KernelArguments.ThrowIfShort(sums.Length, (long)rows * stride);
        KernelArguments.ThrowIfShort(matrix.Length, (rows - 1L) * rowStep + (columns - 1L) * columnStep + 1);
        if (!biases.IsEmpty)
            KernelArguments.ThrowIfShort(biases.Length, rows);
        ref T m = ref MemoryMarshal.GetReference(matrix);
        ref T x = ref MemoryMarshal.GetReference(inputs);
        ref T y = ref MemoryMarshal.GetReference(sums);
        bool packs = rows >= 16 && stride >= BytesOfStrideThatPacks / Unsafe.SizeOf<T>();
        Span<TVector> panel = stackalloc TVector[packs ? 2 * Math.Min(columns, ColumnsOfPanel) : 0];

        int lane = 0;
        while (lane < stride)
        {
            int vectors = VectorsAtOnce(lane, stride, packs);
            if (vectors == 3)
                Rows<Three<T, TVector>>(ref m, rowStep, columnStep, biases, goesOn: false, ref Unsafe.Add(ref x, lane), stride, ref Unsafe.Add(ref y, lane), rows, columns, stride);
            else if (vectors == 1)
                Rows<TVector>(ref m, rowStep, columnStep, biases, goesOn: false, ref Unsafe.Add(ref x, lane), stride, ref Unsafe.Add(ref y, lane), rows, columns, stride);
            else if (packs)
                PackedRows(ref m, rowStep, columnStep, biases, ref Unsafe.Add(ref x, lane), panel, ref Unsafe.Add(ref y, lane), rows, columns, stride);
            else
                Rows<Two<T, TVector>>(ref m, rowStep, columnStep, biases, goesOn: false, ref Unsafe.Add(ref x, lane), stride, ref Unsafe.Add(ref y, lane), rows, columns, stride);
            int lanes = vectors * TVector.Count;
            if (activation != Activation.Identity)
                ActivationKernels<T, TVector>.Apply(activation, sums[lane..], outputs[lane..], rows, lanes, stride);
            lane += lanes;
        }
    }

    /// <summary>Three first where the number of vectors is odd; packed inputs always come in pairs, and a single vector may be left.</summary>
    private static int VectorsAtOnce(int lane, int stride, bool packs)
    {
        int left = (stride - lane) / TVector.Count;
        return left == 1 ? 1 : packs || int.IsEvenInteger(left) ? 2 : 3;
    }

    /// <summary>All rows for a pair of vectors of samples, whose inputs are copied together.</summary>
    private static void PackedRows(ref T m, int rowStep, int columnStep, ReadOnlySpan<T> biases, ref T x, Span<TVector> panel, ref T y, int rows, int columns, int stride)
    {
        // A stretch of columns at a time; the sums wait where they will be, so that every sum still runs over the inputs in their order.
        ref T packed = ref Unsafe.As<TVector, T>(ref MemoryMarshal.GetReference(panel));
        for (int first = 0; first < columns; first += ColumnsOfPanel)
        {
            int count = Math.Min(ColumnsOfPanel, columns - first);
            for (int c = 0; c < count; c++)
            {
                ref T source = ref Unsafe.Add(ref x, (first + c) * stride);
                panel[2 * c] = TVector.Load(ref source);
                panel[2 * c + 1] = TVector.Load(ref Unsafe.Add(ref source, TVector.Count));
            }

            Rows<Two<T, TVector>>(ref Unsafe.Add(ref m, first * columnStep), rowStep, columnStep, biases, goesOn: first > 0,
                ref packed, 2 * TVector.Count, ref y, rows, count, stride);
        }
    }

    /// <summary>All rows for a group of samples, whose inputs lie <paramref name="inputStep"/> apart. Sums start at the bias, or go on from where they are.</summary>
    private static void Rows<TGroup>(ref T m, int rowStep, int columnStep, ReadOnlySpan<T> biases, bool goesOn,
        ref T x, int inputStep, ref T y, int rows, int columns, int stride)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        int r = 0;
        for (; TVector.Registers >= 32 && r + 8 <= rows; r += 8)
            Block8<TGroup>(ref Unsafe.Add(ref m, r * rowStep), rowStep, columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns, stride);
        for (; r + 4 <= rows; r += 4)
            Block4<TGroup>(ref Unsafe.Add(ref m, r * rowStep), rowStep, columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns, stride);
        if (r + 2 <= rows)
        {
            Block2<TGroup>(ref Unsafe.Add(ref m, r * rowStep), rowStep, columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns, stride);
            r += 2;
        }

        if (r < rows)
            Block1<TGroup>(ref Unsafe.Add(ref m, r * rowStep), columnStep, biases, goesOn, r, ref x, inputStep, ref Unsafe.Add(ref y, r * stride), columns);
    }

    private static void Block8<TGroup>(ref T w, int rowStep, int columnStep, ReadOnlySpan<T> biases, bool goesOn, int row,
        ref T x, int inputStep, ref T y, int columns, int stride)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        TGroup sum0 = Start<TGroup>(biases, goesOn, row, ref y);
        TGroup sum1 = Start<TGroup>(biases, goesOn, row + 1, ref Unsafe.Add(ref y, stride));
        TGroup sum2 = Start<TGroup>(biases, goesOn, row + 2, ref Unsafe.Add(ref y, 2 * stride));
        TGroup sum3 = Start<TGroup>(biases, goesOn, row + 3, ref Unsafe.Add(ref y, 3 * stride));
        TGroup sum4 = Start<TGroup>(biases, goesOn, row + 4, ref Unsafe.Add(ref y, 4 * stride));
        TGroup sum5 = Start<TGroup>(biases, goesOn, row + 5, ref Unsafe.Add(ref y, 5 * stride));
        TGroup sum6 = Start<TGroup>(biases, goesOn, row + 6, ref Unsafe.Add(ref y, 6 * stride));
        TGroup sum7 = Start<TGroup>(biases, goesOn, row + 7, ref Unsafe.Add(ref y, 7 * stride));
        ref T half = ref Unsafe.Add(ref w, 4 * rowStep);
        for (int column = 0; column < columns; column++)
        {
            TGroup inputs = TGroup.Load(ref x);
            sum0 = TGroup.MultiplyAdd(TVector.Broadcast(w), inputs, sum0);
            sum1 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, rowStep)), inputs, sum1);
            sum2 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, 2 * rowStep)), inputs, sum2);
            sum3 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, 3 * rowStep)), inputs, sum3);
            sum4 = TGroup.MultiplyAdd(TVector.Broadcast(half), inputs, sum4);
            sum5 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref half, rowStep)), inputs, sum5);
            sum6 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref half, 2 * rowStep)), inputs, sum6);
            sum7 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref half, 3 * rowStep)), inputs, sum7);
            w = ref Unsafe.Add(ref w, columnStep);
            half = ref Unsafe.Add(ref half, columnStep);
            x = ref Unsafe.Add(ref x, inputStep);
        }

        sum0.Store(ref y);
        sum1.Store(ref Unsafe.Add(ref y, stride));
        sum2.Store(ref Unsafe.Add(ref y, 2 * stride));
        sum3.Store(ref Unsafe.Add(ref y, 3 * stride));
        sum4.Store(ref Unsafe.Add(ref y, 4 * stride));
        sum5.Store(ref Unsafe.Add(ref y, 5 * stride));
        sum6.Store(ref Unsafe.Add(ref y, 6 * stride));
        sum7.Store(ref Unsafe.Add(ref y, 7 * stride));
    }

    private static void Block4<TGroup>(ref T w, int rowStep, int columnStep, ReadOnlySpan<T> biases, bool goesOn, int row,
        ref T x, int inputStep, ref T y, int columns, int stride)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        TGroup sum0 = Start<TGroup>(biases, goesOn, row, ref y);
        TGroup sum1 = Start<TGroup>(biases, goesOn, row + 1, ref Unsafe.Add(ref y, stride));
        TGroup sum2 = Start<TGroup>(biases, goesOn, row + 2, ref Unsafe.Add(ref y, 2 * stride));
        TGroup sum3 = Start<TGroup>(biases, goesOn, row + 3, ref Unsafe.Add(ref y, 3 * stride));
        for (int column = 0; column < columns; column++)
        {
            TGroup inputs = TGroup.Load(ref x);
            sum0 = TGroup.MultiplyAdd(TVector.Broadcast(w), inputs, sum0);
            sum1 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, rowStep)), inputs, sum1);
            sum2 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, 2 * rowStep)), inputs, sum2);
            sum3 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, 3 * rowStep)), inputs, sum3);
            w = ref Unsafe.Add(ref w, columnStep);
            x = ref Unsafe.Add(ref x, inputStep);
        }

        sum0.Store(ref y);
        sum1.Store(ref Unsafe.Add(ref y, stride));
        sum2.Store(ref Unsafe.Add(ref y, 2 * stride));
        sum3.Store(ref Unsafe.Add(ref y, 3 * stride));
    }

    private static void Block2<TGroup>(ref T w, int rowStep, int columnStep, ReadOnlySpan<T> biases, bool goesOn, int row,
        ref T x, int inputStep, ref T y, int columns, int stride)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        TGroup sum0 = Start<TGroup>(biases, goesOn, row, ref y);
        TGroup sum1 = Start<TGroup>(biases, goesOn, row + 1, ref Unsafe.Add(ref y, stride));
        for (int column = 0; column < columns; column++)
        {
            TGroup inputs = TGroup.Load(ref x);
            sum0 = TGroup.MultiplyAdd(TVector.Broadcast(w), inputs, sum0);
            sum1 = TGroup.MultiplyAdd(TVector.Broadcast(Unsafe.Add(ref w, rowStep)), inputs, sum1);
            w = ref Unsafe.Add(ref w, columnStep);
            x = ref Unsafe.Add(ref x, inputStep);
        }

        sum0.Store(ref y);
        sum1.Store(ref Unsafe.Add(ref y, stride));
    }

    private static void Block1<TGroup>(ref T w, int columnStep, ReadOnlySpan<T> biases, bool goesOn, int row,
        ref T x, int inputStep, ref T y, int columns)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        TGroup sum0 = Start<TGroup>(biases, goesOn, row, ref y);
        for (int column = 0; column < columns; column++)
        {
            TGroup inputs = TGroup.Load(ref x);
            sum0 = TGroup.MultiplyAdd(TVector.Broadcast(w), inputs, sum0);
            w = ref Unsafe.Add(ref w, columnStep);
            x = ref Unsafe.Add(ref x, inputStep);
        }

        sum0.Store(ref y);
    }

    /// <summary>Where a row's sum begins: at the bias, or where the stretch of columns before left it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TGroup Start<TGroup>(ReadOnlySpan<T> biases, bool goesOn, int row, ref T output)
        where TGroup : unmanaged, ILaneGroup<T, TVector, TGroup>
    {
        if (goesOn)
            return TGroup.Load(ref output);
        return TGroup.Broadcast(biases.IsEmpty ? T.Zero : biases[row]);
    }
}
