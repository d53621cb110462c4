using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Two neighbouring vectors.</summary>
internal readonly struct Two<T, TVector> : ILaneGroup<T, TVector, Two<T, TVector>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    private readonly TVector _first;
    private readonly TVector _second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Two(TVector first, TVector second)
    {
        _first = first;
        _second = second;
    }

    public static int Vectors => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Load(ref readonly T source) =>
        new(TVector.Load(in source), TVector.Load(in Unsafe.Add(ref Unsafe.AsRef(in source), TVector.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> Broadcast(T value)
    {
        TVector vector = TVector.Broadcast(value);
        return new(vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Two<T, TVector> MultiplyAdd(TVector factor, Two<T, TVector> values, Two<T, TVector> sums) =>
        new(TVector.MultiplyAdd(factor, values._first, sums._first), TVector.MultiplyAdd(factor, values._second, sums._second));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination)
    {
        _first.Store(ref destination);
        _second.Store(ref Unsafe.Add(ref destination, TVector.Count));
    }
}
