using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>
/// The eight sums that a norm is made of, components modulo 8: as the lanes of the vectors of a single sample add them, so that a sample gets the same bits
/// alone and in a batch.
/// </summary>
[InlineArray(Count)]
internal struct NormSums<TVector>
    where TVector : unmanaged, IVector<double, TVector>
{
    public const int Count = 8;

    private TVector _first;
}
