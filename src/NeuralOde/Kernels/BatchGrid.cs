using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>The shape that a loop over a buffer sees.</summary>
/// <remarks>
/// A batch is a matrix of components × samples with one number per sample (step, mask) to each column; a single sample is
/// one row with the same number for every lane.
/// </remarks>
/// <typeparam name="TVector">The vector.</typeparam>
internal readonly struct BatchGrid<TVector>
    where TVector : unmanaged, IVector<double, TVector>
{
    private readonly bool _isSingle;
    private readonly int _dimension;
    private readonly int _samplesRow;

    public BatchGrid(BatchLayout layout, int dimension)
    {
        _isSingle = layout.IsSingle;
        _dimension = dimension;
        _samplesRow = layout.RowLength;
        Size = layout.Length(dimension);
        RowLength = _isSingle ? Size : layout.Stride;
    }

    public int Size { get; }

    public int RowLength { get; }

    /// <summary>How many vectors a norm is made of: a batch's components, or the vectors of a single sample.</summary>
    public int Terms => _isSingle ? (_dimension + TVector.Count - 1) / TVector.Count : _dimension;

    /// <summary>How far these are apart.</summary>
    public int TermStride => _isSingle ? TVector.Count : RowLength;

    /// <summary>How many lanes hold norms, until they are put together if the sample is a single one.</summary>
    public int NormLanes => _isSingle ? TVector.Count : RowLength;

    /// <summary>The first number of a buffer of the batch's size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref double Values(ReadOnlySpan<double> values) => ref MemoryMarshal.GetReference(values[..Size]);

    /// <summary>The first number of a row that holds one per sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref double Row(ReadOnlySpan<double> row) => ref MemoryMarshal.GetReference(row[.._samplesRow]);

    /// <summary>The first of the numbers that there are one per component, as many as a single sample's buffer holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref double Components(ReadOnlySpan<double> components) => ref MemoryMarshal.GetReference(components[..BatchLayout.RoundUp(_dimension)]);

    /// <summary>The numbers of a <see cref="Row"/> that belong to the lanes from <paramref name="lane"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector PerSample(ref double row, int lane) => _isSingle ? TVector.Broadcast(row) : TVector.Load(ref Unsafe.Add(ref row, lane));

    /// <summary>The numbers of <see cref="Components"/> that belong to a vector of a norm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector PerComponent(ref double components, int term) =>
        _isSingle ? TVector.Load(ref Unsafe.Add(ref components, term * TVector.Count)) : TVector.Broadcast(Unsafe.Add(ref components, term));

    /// <summary>
    /// Where in <see cref="NormSums{TVector}"/> a vector is added: a batch's components modulo 8, and those of a single sample too, whose sums lie
    /// one to a lane in the first vectors.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Partial(int term) => term & ((_isSingle ? NormSums<TVector>.Count / TVector.Count : NormSums<TVector>.Count) - 1);

    /// <summary>Zeroes what lies behind the last component of a single sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Mask(TVector value, int at) =>
        !_isSingle || at + TVector.Count <= _dimension ? value : value & TVector.Mask((1u << (_dimension - at)) - 1);
}
