using System.Numerics;
using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>One vector of the hardware: kernels are written once over it and compiled for every width and both precisions.</summary>
/// <remarks>
/// No operation on a lane depends on the other lanes, and all widths round alike, so that kernels without <see cref="Sums"/> and
/// <see cref="Sum"/> give the same bits in every width. Comparisons give a mask, which only <see cref="Select"/> and <see cref="Any"/> understand.
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

    static abstract TSelf CopySign(TSelf value, TSelf sign);

    /// <summary>The smaller number; a value that is NaN stays.</summary>
    static abstract TSelf Minimum(TSelf bound, TSelf value);

    /// <summary>The larger number; a value that is NaN stays.</summary>
    static abstract TSelf Maximum(TSelf bound, TSelf value);

    static abstract TSelf LessThan(TSelf a, TSelf b);

    static abstract TSelf Equals(TSelf a, TSelf b);

    static abstract TSelf Select(TSelf mask, TSelf whereSet, TSelf elsewhere);

    /// <summary>Whether a mask is set in any lane.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>2ⁿ for numbers whose lowest bits hold the biased exponent n + 1023, or n + 127 in single precision.</summary>
    static abstract TSelf PowerOfTwo(TSelf exponents);

    /// <summary>A mask of the lanes whose number has this bit, 0 being the lowest.</summary>
    static abstract TSelf HasBit(TSelf numbers, int bit);

    /// <summary>The four sums over the lanes.</summary>
    static abstract Vector256<double> Sums(TSelf a, TSelf b, TSelf c, TSelf d);

    /// <summary>The sum over the lanes.</summary>
    static abstract T Sum(TSelf value);

    /// <summary>Adds every lane to one of the doubles from here on.</summary>
    void AddTo(ref double destination);
}
