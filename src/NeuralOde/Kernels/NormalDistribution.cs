using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>The distribution function Φ(x) = erfc(−x/√2)/2 of the standard normal distribution and its density.</summary>
/// <remarks>
/// W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969) 631–637, doi:10.1090/S0025-5718-1969-0247736-4.
/// A lane's bits do not depend on the other lanes. The parts are methods of their own, since the compiler stops inlining vector
/// operations in one that grows too long.
/// </remarks>
internal static class NormalDistribution<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    private const double InverseSqrt2 = 0.70710678118654752440;
    private const double InverseSqrtPi = 0.56418958354775628695;
    private const double InverseSqrt2Pi = 0.39894228040143267794;

    /// <summary>Φ(x) to a few ulp relative; where it is below 1e-307 (1e-37 in single precision) it is 0.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static TVector Distribution(TVector x)
    {
        TVector half = TVector.Constant(0.5);
        TVector scaledX = x * TVector.Constant(InverseSqrt2);
        TVector z = TVector.Abs(scaledX);
        TVector square = z * z;
        TVector isOutside = TVector.LessThan(TVector.Constant(0.46875), z);
        TVector centre = half + half * scaledX * (CentreNumerator(square) / CentreDenominator(square));
        if (!TVector.Any(isOutside))
            return centre;

        // z is bounded where its powers would overflow; there the density is 0.
        TVector bounded = Transcendental<T, TVector>.Minimum(z, 40.0, 40.0);
        TVector isTail = TVector.LessThan(TVector.Constant(4.0), z);
        TVector scaled = MiddleNumerator(bounded) / MiddleDenominator(bounded);
        if (TVector.Any(isTail))
            scaled = TVector.Select(isTail, Tail(bounded), scaled);

        TVector complement = half * scaled * Gauss(x);
        TVector outside = TVector.Select(TVector.LessThan(x, TVector.Constant(0.0)), complement, TVector.Constant(1.0) - complement);
        return TVector.Select(isOutside, outside, centre);
    }

    /// <summary>exp(−x²/2)/√(2π).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Density(TVector x) => TVector.Constant(InverseSqrt2Pi) * Gauss(x);

    /// <summary>exp(−x²/2) with x = a + b, a with so few digits that a² is exact.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TVector Gauss(TVector x)
    {
        TVector magnitude = Transcendental<T, TVector>.Minimum(TVector.Abs(x), 100.0, 100.0);
        // Adding it rounds to a sixteenth.
        TVector shift = TVector.Constant(6755399441055744.0 / 16.0, 12582912.0 / 16.0);
        TVector a = magnitude + shift - shift;
        TVector b = magnitude - a;
        TVector correction = Transcendental<T, TVector>.ExpMinusOne(TVector.Constant(-0.5) * b * (magnitude + a));
        TVector e = Transcendental<T, TVector>.Exp(TVector.Constant(-0.5) * a * a);
        return TVector.MultiplyAdd(e, correction, e);
    }

    /// <summary>erfc(z)·exp(z²) for z ≥ 4.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TVector Tail(TVector z)
    {
        TVector inverse = TVector.Constant(1.0) / (z * z);
        return (TVector.Constant(InverseSqrtPi) - inverse * (TailNumerator(inverse) / TailDenominator(inverse))) / z;
    }

    // erf(z)/z for |z| ≤ 0.46875, in z².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector CentreNumerator(TVector square)
    {
        TVector sum = TVector.Constant(1.85777706184603153e-1);
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(3.16112374387056560));
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(1.13864154151050156e2));
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(3.77485237685302021e2));
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(3.20937758913846947e3));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector CentreDenominator(TVector square)
    {
        TVector sum = TVector.Constant(1.0);
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(2.36012909523441209e1));
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(2.44024637934444173e2));
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(1.28261652607737228e3));
        sum = TVector.MultiplyAdd(sum, square, TVector.Constant(2.84423683343917062e3));
        return sum;
    }

    // erfc(z)·exp(z²) for 0.46875 ≤ z ≤ 4, in z.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector MiddleNumerator(TVector z)
    {
        TVector sum = TVector.Constant(2.15311535474403846e-8);
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(5.64188496988670089e-1));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(8.88314979438837594));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(6.61191906371416295e1));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(2.98635138197400131e2));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(8.81952221241769090e2));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(1.71204761263407058e3));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(2.05107837782607147e3));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(1.23033935479799725e3));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector MiddleDenominator(TVector z)
    {
        TVector sum = TVector.Constant(1.0);
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(1.57449261107098347e1));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(1.17693950891312499e2));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(5.37181101862009858e2));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(1.62138957456669019e3));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(3.29079923573345963e3));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(4.36261909014324716e3));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(3.43936767414372164e3));
        sum = TVector.MultiplyAdd(sum, z, TVector.Constant(1.23033935480374942e3));
        return sum;
    }

    // (1/√π − z·erfc(z)·exp(z²))·z² for z ≥ 4, in 1/z².
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector TailNumerator(TVector inverse)
    {
        TVector sum = TVector.Constant(1.63153871373020978e-2);
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(3.05326634961232344e-1));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(3.60344899949804439e-1));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(1.25781726111229246e-1));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(1.60837851487422766e-2));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(6.58749161529837803e-4));
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector TailDenominator(TVector inverse)
    {
        TVector sum = TVector.Constant(1.0);
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(2.56852019228982242));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(1.87295284992346725));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(5.27905102951428412e-1));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(6.05183413124413191e-2));
        sum = TVector.MultiplyAdd(sum, inverse, TVector.Constant(2.33520497626869185e-3));
        return sum;
    }
}
