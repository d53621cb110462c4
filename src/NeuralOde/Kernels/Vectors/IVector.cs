using System.Numerics;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>One vector of the hardware, or <see cref="Two{T, TVector}"/> taken as one: kernels are written once over it and compiled for every width and both precisions.</summary>
/// <remarks>
/// No operation on a lane depends on the other lanes, and all widths round alike, so that kernels without <see cref="Sums"/> and
/// <see cref="Sum"/> give the same bits in every width. Comparisons give a mask: all bits of the lanes in which they hold.
/// </remarks>
/// <typeparam name="T">double or float.</typeparam>
/// <typeparam name="TSelf">The implementing type, so that a kernel written over it is compiled for each implementation.</typeparam>
internal interface IVector<T, TSelf> : ILaneGroup<T, TSelf, TSelf>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TSelf : unmanaged, IVector<T, TSelf>
{
    /// <summary>Lanes.</summary>
    static abstract int Count { get; }

    /// <summary>Vectors that the processor holds at once, which decides how large the blocks of the matrix kernels are.</summary>
    static abstract int Registers { get; }

    /// <summary>The number in the first lane.</summary>
    T First { get; }

    /// <summary>The number in every lane, rounded to the precision.</summary>
    static abstract TSelf Constant(double value);

    /// <summary>A number of its own for each precision in every lane.</summary>
    static abstract TSelf Constant(double value, double singleValue);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a);

    /// <summary>a · b + c rounded once, on hardware without such an operation too.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Sqrt(TSelf value);

    static abstract TSelf CopySign(TSelf value, TSelf sign);

    /// <summary>The smaller number; a value that is NaN stays.</summary>
    static abstract TSelf Minimum(TSelf bound, TSelf value);

    /// <summary>The larger number; a value that is NaN stays.</summary>
    static abstract TSelf Maximum(TSelf bound, TSelf value);

    /// <summary>The larger number; NaN where either is.</summary>
    static abstract TSelf MaximumOrNaN(TSelf a, TSelf b);

    static abstract TSelf LessThan(TSelf a, TSelf b);

    static abstract TSelf LessThanOrEqual(TSelf a, TSelf b);

    static abstract TSelf Equals(TSelf a, TSelf b);

    static abstract TSelf Select(TSelf mask, TSelf whereSet, TSelf elsewhere);

    /// <summary>The bits that both have: numbers stay where a mask is set and are 0 elsewhere.</summary>
    static abstract TSelf operator &(TSelf a, TSelf b);

    /// <summary>The bits that either has.</summary>
    static abstract TSelf operator |(TSelf a, TSelf b);

    /// <summary>The bits that only the first has: numbers stay where a mask is not set and are 0 elsewhere.</summary>
    static abstract TSelf Without(TSelf a, TSelf mask);

    /// <summary>Whether a mask is set in any lane.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>A bit for each lane in which a mask is set, the lowest for the first lane.</summary>
    static abstract uint Bits(TSelf mask);

    /// <summary>The mask of the lanes whose bit is set.</summary>
    static abstract TSelf Mask(uint bits);

    /// <summary>The n of x = mantissa · 2ⁿ with a mantissa from √½ to √2; for positive normal numbers.</summary>
    static abstract TSelf Exponent(TSelf x, out TSelf mantissa);

    /// <summary>2ⁿ for numbers whose lowest bits hold the biased exponent n + 1023, or n + 127 in single precision.</summary>
    static abstract TSelf PowerOfTwo(TSelf exponents);

    /// <summary>A mask of the lanes whose number has this bit, 0 being the lowest.</summary>
    static abstract TSelf HasBit(TSelf numbers, int bit);

    /// <summary>The four sums over the lanes.</summary>
    static abstract Vector256<double> Sums(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>The sum over the lanes.</summary>
    static abstract T Sum(TSelf value);

    /// <summary>As many doubles as there are lanes, rounded to the precision; what is too large becomes infinite.</summary>
    static abstract TSelf LoadRounded(ref readonly double source);

    /// <summary>Writes as many doubles as there are lanes.</summary>
    void StoreWidened(ref double destination);

    /// <summary>Adds every lane to one of the doubles from here on.</summary>
    void AddTo(ref double destination);
}
