using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Three neighbouring vectors.</summary>
internal readonly struct Three<T, TVector> : ILaneGroup<T, TVector, Three<T, TVector>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    private readonly TVector _first;
    private readonly TVector _second;
    private readonly TVector _third;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Three(TVector first, TVector second, TVector third)
    {
        _first = first;
        _second = second;
        _third = third;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Three<T, TVector> Load(ref readonly T source) =>
        new(TVector.Load(in source), TVector.Load(in Unsafe.Add(ref Unsafe.AsRef(in source), TVector.Count)), TVector.Load(in Unsafe.Add(ref Unsafe.AsRef(in source), 2 * TVector.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Three<T, TVector> Broadcast(T value)
    {
        TVector vector = TVector.Broadcast(value);
        return new(vector, vector, vector);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Three<T, TVector> MultiplyAdd(TVector factor, Three<T, TVector> values, Three<T, TVector> sums) =>
        new(TVector.MultiplyAdd(factor, values._first, sums._first), TVector.MultiplyAdd(factor, values._second, sums._second), TVector.MultiplyAdd(factor, values._third, sums._third));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref T destination)
    {
        _first.Store(ref destination);
        _second.Store(ref Unsafe.Add(ref destination, TVector.Count));
        _third.Store(ref Unsafe.Add(ref destination, 2 * TVector.Count));
    }
}
