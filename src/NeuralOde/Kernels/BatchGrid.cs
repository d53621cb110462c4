using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>The shape that a loop over a buffer sees.</summary>
internal readonly struct BatchGrid
{
    private const int Lanes = BatchLayout.Lanes;

    private readonly bool _isSingle;
    private readonly int _dimension;

    public BatchGrid(BatchLayout layout, int dimension)
    {
        _isSingle = layout.IsSingle;
        _dimension = dimension;
        Size = layout.Length(dimension);
        RowLength = _isSingle ? Size : layout.Stride;
    }

    public int Size { get; }

    public int RowLength { get; }

    /// <summary>The per-sample numbers that belong to the lanes from <paramref name="lane"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V PerSample(ReadOnlySpan<double> values, int lane) =>
        _isSingle ? Simd.Create(values[0]) : Simd.Create(values.Slice(lane, Lanes));

    /// <summary>The per-component numbers (as many as a single sample's buffer holds) that belong to the vector at <paramref name="at"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V PerComponent(ReadOnlySpan<double> values, int at) =>
        _isSingle ? Simd.Create(values.Slice(at, Lanes)) : Simd.Create(values[at / RowLength]);

    /// <summary>Which of eight partial sums a row's terms go to: component modulo 8, as the lanes of a single sample's vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Partial(int row) => _isSingle ? 0 : (row / RowLength) & (Lanes - 1);

    /// <summary>Zeroes what lies behind the last component of a single sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public V Mask(V term, int at)
    {
        if (!_isSingle || at + Lanes <= _dimension)
            return term;
        V index = Simd.Create(0.0, 1, 2, 3, 4, 5, 6, 7);
        return Simd.ConditionalSelect(Simd.LessThan(index, Simd.Create((double)(_dimension - at))), term, V.Zero);
    }

    /// <summary>Eight numbers of a row that holds one per sample; a single sample's row is one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LoadRow(ReadOnlySpan<double> row, int lane) => row.Length == 1 ? Simd.Create(row[0]) : Simd.Create(row.Slice(lane, Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRow(V values, Span<double> row, int lane)
    {
        if (row.Length == 1)
            row[0] = values.ToScalar();
        else
            values.CopyTo(row[lane..]);
    }
}
