using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Elementary functions that the activations are made of, accurate to a few ulp relative, also near zero.</summary>
/// <remarks>Unlike those of the runtime's vectors, a lane's bits do not depend on the other lanes.</remarks>
internal static class Transcendental<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    private const double Log2E = 1.4426950408889634;

    // ln 2 split so that n times the first part is exact for all exponents n (Cody & Waite 1980).
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double SingleLn2High = 0.693359375;

    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double SingleLn2Low = -2.12194440054690583e-4;

    // Adding this rounds to an integer n and leaves n + 1023 (or n + 127), the exponent of 2^n, in the lowest bits.
    private const double RoundingShift = 6755399441055744.0 + 1023.0;
    private const double SingleRoundingShift = 12582912.0 + 127.0;

    // exp of less is shortly before the subnormal numbers, and of its negative shortly before infinity.
    private const double SmallestExponent = -707.0;
    private const double SingleSmallestExponent = -87.0;

    /// <summary>exp(x) for x ≤ 0; results below 1e-307 (1e-37 in single precision) are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        TVector p = ReducedExpMinusOne(x, out TVector scale);
        TVector e = TVector.MultiplyAdd(scale, p, scale);
        return TVector.Select(TVector.LessThan(x, TVector.Constant(SmallestExponent, SingleSmallestExponent)), TVector.Constant(0.0), e);
    }

    /// <summary>exp(x) − 1 without cancellation near 0; x is bounded to where the result and its inverse are normal numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ExpMinusOne(TVector x)
    {
        TVector bounded = Maximum(Minimum(x, -SmallestExponent, -SingleSmallestExponent), SmallestExponent, SingleSmallestExponent);
        TVector p = ReducedExpMinusOne(bounded, out TVector scale);
        return TVector.MultiplyAdd(scale, p, scale - TVector.Constant(1.0));
    }

    /// <summary>tanh(x) to a few ulp.</summary>
    /// <remarks>The approximation of R is that of fdlibm's exp (Sun Microsystems 1993), in single precision that of its expf.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector x)
    {
        // From here on tanh is 1. A NaN stays one.
        TVector magnitude = Minimum(TVector.Abs(x), 20.0, 10.0);
        TVector r = Reduce(magnitude + magnitude, out TVector scale);
        // e^r = (R + r)/(R − r) with an even R. So (e^2x − 1)/(e^2x + 1) has one division and loses no digits near 0, where the scale is 1.
        TVector square = r * r;
        TVector p;
        if (typeof(T) == typeof(double))
        {
            p = TVector.MultiplyAdd(TVector.Constant(4.13813679705723846039e-08), square, TVector.Constant(-1.65339022054652515390e-06));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(6.61375632143793436117e-05));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(-2.77777777770155933842e-03));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(1.66666666666666019037e-01));
        }
        else
            p = TVector.MultiplyAdd(TVector.Constant(-2.7667332906e-03), square, TVector.Constant(1.6666625440e-01));

        TVector even = TVector.MultiplyAdd(p, square, TVector.Constant(2.0));
        TVector one = TVector.Constant(1.0), less = scale - one, more = scale + one;
        TVector quotient = TVector.MultiplyAdd(less, even, more * r) / TVector.MultiplyAdd(more, even, less * r);
        return TVector.CopySign(TVector.Minimum(one, quotient), x);
    }

    /// <summary>1/(1 + exp(−x)), full relative accuracy in both tails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x)
    {
        TVector one = TVector.Constant(1.0);
        TVector e = Exp(-TVector.Abs(x));
        TVector numerator = TVector.Select(TVector.LessThan(x, TVector.Constant(0.0)), e, one);
        return numerator / (one + e);
    }

    /// <summary>The sigmoid of x and that of −x, both with full relative accuracy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x, out TVector complement)
    {
        TVector one = TVector.Constant(1.0);
        TVector e = Exp(-TVector.Abs(x));
        TVector larger = one / (one + e);
        TVector smaller = e * larger;
        TVector isNegative = TVector.LessThan(x, TVector.Constant(0.0));
        complement = TVector.Select(isNegative, larger, smaller);
        return TVector.Select(isNegative, smaller, larger);
    }

    /// <summary>log(1 + exp(x)) without overflow, full relative accuracy for x → −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Softplus(TVector x)
    {
        TVector e = Exp(-TVector.Abs(x));
        // log(1 + e) = 2 artanh(s), s = e/(2 + e) ≤ 1/3: the series in s², whose remainder is below 1e-17 (1e-8 in single precision) relative.
        TVector s = e / (e + TVector.Constant(2.0));
        TVector square = s * s;
        TVector p = TVector.Constant(2.0 / 35, 2.0 / 17);
        if (typeof(T) == typeof(double))
        {
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 33));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 31));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 29));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 27));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 25));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 23));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 21));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 19));
            p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 17));
        }

        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 15));
        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 13));
        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 11));
        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 9));
        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 7));
        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 5));
        p = TVector.MultiplyAdd(p, square, TVector.Constant(2.0 / 3));
        return Maximum(x, 0.0, 0.0) + TVector.MultiplyAdd(p * square, s, s + s);
    }

    /// <summary>The smaller of the two; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Minimum(TVector x, double bound, double singleBound) =>
        TVector.Minimum(TVector.Constant(bound, singleBound), x);

    /// <summary>The larger of the two; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Maximum(TVector x, double bound, double singleBound) =>
        TVector.Maximum(TVector.Constant(bound, singleBound), x);

    /// <summary>x, but no further from 0 than the bound; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Bounded(TVector x, double bound) => Maximum(Minimum(x, bound, bound), -bound, -bound);

    /// <summary>x, but for −∞ the least finite number: times 0 it is 0, and not NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector AboveMinusInfinity(TVector x) => Maximum(x, double.MinValue, float.MinValue);

    /// <summary>r and 2^n with x = n·ln 2 + r, |r| ≤ ln(2)/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduce(TVector x, out TVector scale)
    {
        TVector shifted = TVector.MultiplyAdd(x, TVector.Constant(Log2E), TVector.Constant(RoundingShift, SingleRoundingShift));
        TVector n = shifted - TVector.Constant(RoundingShift, SingleRoundingShift);
        TVector r = TVector.MultiplyAdd(n, TVector.Constant(-Ln2High, -SingleLn2High), x);
        r = TVector.MultiplyAdd(n, TVector.Constant(-Ln2Low, -SingleLn2Low), r);
        scale = TVector.PowerOfTwo(shifted);
        return r;
    }

    /// <summary>exp(r) − 1 and 2^n with x = n·ln 2 + r, |r| ≤ ln(2)/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ReducedExpMinusOne(TVector x, out TVector scale)
    {
        TVector r = Reduce(x, out scale);
        // Taylor's series of exp(r) − 1 to r^13/13!, or to r^7/7!: the remainder on |r| ≤ ln(2)/2 is below 2e-17, or 2e-8, relative.
        TVector p = TVector.Constant(1.0 / 6227020800, 1.0 / 5040);
        if (typeof(T) == typeof(double))
        {
            p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 479001600));
            p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 39916800));
            p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 3628800));
            p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 362880));
            p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 40320));
            p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 5040));
        }

        p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 720));
        p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 120));
        p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 24));
        p = TVector.MultiplyAdd(p, r, TVector.Constant(1.0 / 6));
        p = TVector.MultiplyAdd(p, r, TVector.Constant(0.5));
        return TVector.MultiplyAdd(p, r * r, r);
    }
}
