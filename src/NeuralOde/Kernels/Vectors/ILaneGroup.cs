using System.Numerics;

namespace NeuralOde;

/// <summary>
/// Neighbouring vectors that are loaded, multiplied and stored as one: a single one, <see cref="Two{T,TVector}"/> or <see cref="Three{T,TVector}"/>.
/// The matrix kernels are written over it.
/// </summary>
/// <typeparam name="T">double or float.</typeparam>
/// <typeparam name="TVector">The vector.</typeparam>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface ILaneGroup<T, TVector, TSelf>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
    where TSelf : unmanaged, ILaneGroup<T, TVector, TSelf>
{
    static abstract TSelf Load(ref readonly T source);

    /// <summary>The same number in every lane.</summary>
    static abstract TSelf Broadcast(T value);

    /// <summary>factor · values + sums in every lane, rounded once where the hardware can.</summary>
    static abstract TSelf MultiplyAdd(TVector factor, TSelf values, TSelf sums);

    void Store(ref T destination);
}
