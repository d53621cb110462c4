using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>Elementary functions on eight lanes that the activations are made of, accurate to a few ulp relative, also near zero.</summary>
internal static class Transcendental
{
    private const double Log2E = 1.4426950408889634;

    // ln 2 split so that n * Ln2High is exact for |n| < 2^11 (Cody & Waite 1980).
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    // Adding this to a number below 2^51 rounds it to an integer n and leaves n + 1023, the exponent of 2^n, in the lowest bits.
    private const double RoundingShift = 6755399441055744.0 + 1023.0;

    /// <summary>exp(x); results below 1e-307 are 0. Unlike Vector512.Exp a lane's bits do not depend on the other lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        V p = ReducedExpMinusOne(x, out V scale);
        V e = Simd.MultiplyAddEstimate(scale, p, scale);
        e = Simd.ConditionalSelect(Simd.LessThan(x, Simd.Create(-707.0)), V.Zero, e);
        return Simd.ConditionalSelect(Simd.GreaterThan(x, Simd.Create(709.0)), Simd.Create(double.PositiveInfinity), e);
    }

    /// <summary>exp(x) − 1 for |x| ≤ 700, without cancellation near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ExpMinusOne(V x)
    {
        V p = ReducedExpMinusOne(x, out V scale);
        return Simd.MultiplyAddEstimate(scale, p, scale - V.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V magnitude = Simd.Abs(x);
        V e = ExpMinusOne(magnitude + magnitude);
        V t = e / (e + Simd.Create(2.0));
        // Beyond 20 tanh is 1 in double precision and ExpMinusOne may be out of range; a NaN fails the comparison and stays.
        t = Simd.ConditionalSelect(Simd.GreaterThan(magnitude, Simd.Create(20.0)), V.One, t);
        return Simd.CopySign(t, x);
    }

    /// <summary>1/(1 + exp(−x)), full relative accuracy in both tails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V e = Exp(-Simd.Abs(x));
        V numerator = Simd.ConditionalSelect(Simd.LessThan(x, V.Zero), e, V.One);
        return numerator / (V.One + e);
    }

    /// <summary>log(1 + exp(x)) without overflow, full relative accuracy for x → −∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Softplus(V x)
    {
        V e = Exp(-Simd.Abs(x));
        // log(1 + e) = log(u)·e/(u − 1) with u = 1 + e rounded: the rounding error of u cancels (Kahan).
        V u = V.One + e;
        V logarithm = Simd.ConditionalSelect(Simd.Equals(u, V.One), e, Simd.Log(u) * (e / (u - V.One)));
        return Simd.Max(x, V.Zero) + logarithm;
    }

    /// <summary>exp(r) − 1 and 2^n with x = n·ln 2 + r, |r| ≤ ln(2)/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ReducedExpMinusOne(V x, out V scale)
    {
        V shifted = Simd.MultiplyAddEstimate(x, Simd.Create(Log2E), Simd.Create(RoundingShift));
        V n = shifted - Simd.Create(RoundingShift);
        V r = Simd.MultiplyAddEstimate(n, Simd.Create(-Ln2High), x);
        r = Simd.MultiplyAddEstimate(n, Simd.Create(-Ln2Low), r);
        scale = Simd.ShiftLeft(shifted.AsInt64(), 52).AsDouble();

        // Taylor's series of exp(r) − 1 to r^13/13!: the remainder on |r| ≤ ln(2)/2 is below 2e-17 relative.
        V p = Simd.Create(1.0 / 6227020800);
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 479001600));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 39916800));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 3628800));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 362880));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 40320));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 5040));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 720));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 120));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 24));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 6));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(0.5));
        return Simd.MultiplyAddEstimate(p, r * r, r);
    }
}
