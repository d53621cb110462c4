using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>The distribution function Φ(x) = erfc(−x/√2)/2 of the standard normal distribution and its density, on eight lanes.</summary>
/// <remarks>
/// W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969) 631–637, doi:10.1090/S0025-5718-1969-0247736-4.
/// A lane's bits do not depend on the other lanes.
/// </remarks>
internal static class NormalDistribution
{
    private const double InverseSqrt2 = 0.70710678118654752440;
    private const double InverseSqrtPi = 0.56418958354775628695;
    private const double InverseSqrt2Pi = 0.39894228040143267794;

    // erf(z)/z for |z| ≤ 0.46875, in z².
    private static ReadOnlySpan<double> CentreNumerator => [1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];

    private static ReadOnlySpan<double> CentreDenominator => [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];

    // erfc(z)·exp(z²) for 0.46875 ≤ z ≤ 4, in z.
    private static ReadOnlySpan<double> MiddleNumerator =>
    [
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
        1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ];

    private static ReadOnlySpan<double> MiddleDenominator =>
    [
        1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3, 3.29079923573345963e3,
        4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ];

    // (1/√π − z·erfc(z)·exp(z²))·z² for z ≥ 4, in 1/z².
    private static ReadOnlySpan<double> TailNumerator =>
        [1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4];

    private static ReadOnlySpan<double> TailDenominator =>
        [1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];

    /// <summary>Φ(x) to a few ulp relative; below x = −37.5 it is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Distribution(V x)
    {
        V z = Simd.Abs(x) * Simd.Create(InverseSqrt2);
        V isCentre = Simd.LessThanOrEqual(z, Simd.Create(0.46875));
        V square = z * z;
        V half = Simd.Create(0.5);
        V centre = half + half * (x * Simd.Create(InverseSqrt2)) * (Polynomial(CentreNumerator, square) / Polynomial(CentreDenominator, square));
        if (Simd.EqualsAll(isCentre.AsInt64(), Vector512<long>.AllBitsSet))
            return centre;

        // z is bounded where its powers would overflow; there the density is 0.
        V bounded = Simd.Min(z, Simd.Create(40.0));
        V isTail = Simd.GreaterThan(z, Simd.Create(4.0));
        V scaled = Polynomial(MiddleNumerator, bounded) / Polynomial(MiddleDenominator, bounded);
        if (!Simd.EqualsAll(isTail.AsInt64(), Vector512<long>.Zero))
        {
            V inverse = V.One / (bounded * bounded);
            V tail = (Simd.Create(InverseSqrtPi) - inverse * (Polynomial(TailNumerator, inverse) / Polynomial(TailDenominator, inverse))) / bounded;
            scaled = Simd.ConditionalSelect(isTail, tail, scaled);
        }

        V complement = half * scaled * Gauss(x);
        V outside = Simd.ConditionalSelect(Simd.LessThan(x, V.Zero), complement, V.One - complement);
        return Simd.ConditionalSelect(isCentre, centre, outside);
    }

    /// <summary>exp(−x²/2)/√(2π).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Density(V x) => Simd.Create(InverseSqrt2Pi) * Gauss(x);

    /// <summary>exp(−x²/2) with x = a + b, a with so few digits that a² is exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Gauss(V x)
    {
        // A NaN stays one: the comparisons fail.
        V magnitude = Simd.ConditionalSelect(Simd.GreaterThan(Simd.Abs(x), Simd.Create(100.0)), Simd.Create(100.0), Simd.Abs(x));
        V a = Simd.Floor(magnitude * Simd.Create(16.0)) * Simd.Create(0.0625);
        V b = magnitude - a;
        return Transcendental.Exp(Simd.Create(-0.5) * a * a) * Transcendental.Exp(Simd.Create(-0.5) * b * (magnitude + a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Polynomial(ReadOnlySpan<double> coefficients, V x)
    {
        V sum = Simd.Create(coefficients[0]);
        for (int i = 1; i < coefficients.Length; i++)
            sum = Simd.MultiplyAddEstimate(sum, x, Simd.Create(coefficients[i]));
        return sum;
    }
}
