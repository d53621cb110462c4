using System.Numerics;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>Chooses the vectors that code written once over <see cref="IVector{T, TSelf}"/> runs on.</summary>
internal static class VectorWidth
{
    /// <summary>Makes something for the widest vectors that the hardware has, or for single numbers where it has none.</summary>
    public static TResult Widest<T, TResult, TMaker>(TMaker maker)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TMaker : IMaker<T, TResult> =>
        Vector512.IsHardwareAccelerated ? maker.Make<Lanes512<T>>()
        : Vector256.IsHardwareAccelerated ? maker.Make<Lanes256<T>>()
        : Vector128.IsHardwareAccelerated ? maker.Make<Lanes128<T>>()
        : maker.Make<Lanes1<T>>();

    /// <summary>Makes something for vectors of one width.</summary>
    internal interface IMaker<T, TResult>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TResult Make<TVector>()
            where TVector : unmanaged, IVector<T, TVector>;
    }
}
