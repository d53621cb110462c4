using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>What error norms and the step-size law are made of, for a vector of samples or components.</summary>
/// <remarks>The same bits in every vector width.</remarks>
internal static class ErrorArithmetic<TVector>
    where TVector : unmanaged, IVector<double, TVector>
{
    /// <summary>The error, in tolerances, that a step over a pole is rejected with: it gets half as long or less.</summary>
    public const double OverPole = 100.0;

    // Adding this rounds to an integer n and leaves n + 1023, the exponent of 2^n, in the lowest bits.
    private const double RoundingShift = 6755399441055744.0 + 1023.0;

    /// <summary>A value over what an error of one tolerance is at this magnitude of the state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Ratio(TVector value, TVector magnitude, TVector relative, TVector absolute) => value / Scale(magnitude, relative, absolute);

    /// <summary>What an error of one tolerance is at this magnitude of the state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale(TVector magnitude, TVector relative, TVector absolute) =>
        // With an absolute tolerance of 0 the scale of a zero component is 0; an exact zero there is no error.
        TVector.Maximum(TVector.Constant(DoublePrecision.SmallestNormal), TVector.MultiplyAdd(relative, magnitude, absolute));

    /// <summary>The root of the mean from eight partial sums, one norm per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector RootMean(in NormSums<TVector> sums, int dimension)
    {
        TVector total = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
        return TVector.Sqrt(total / TVector.Broadcast(dimension));
    }

    /// <summary>
    /// Two error estimates taken together: errors² / √(errors² + second² / 100), written so that no square overflows; 0 where both are.
    /// </summary>
    /// <remarks>E. Hairer's DOP853; Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section II.10.</remarks>
    public static TVector CombineEstimates(TVector errors, TVector second)
    {
        TVector zero = TVector.Constant(0.0);
        TVector ratio = TVector.Constant(0.1) * second / errors;
        TVector combined = errors / TVector.Sqrt(TVector.MultiplyAdd(ratio, ratio, TVector.Constant(1.0)));
        // Of a finite estimate next to 0 nothing remains; one that is not finite must not get lost.
        return TVector.Select(TVector.Equals(errors, zero), zero * second, combined);
    }

    /// <summary>The binary logarithm to eleven digits: log m = 2 artanh((m − 1) / (m + 1)) by its series. Of less than 1e-300 it is that of 1e-300.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Log2(TVector x)
    {
        const double Unit = 2.0 * 1.4426950408889634;   // 2 / ln 2
        TVector one = TVector.Constant(1.0);
        // A NaN too becomes an ordinary number here: what it means is the error's business.
        TVector n = TVector.Exponent(TVector.Maximum(x, TVector.Constant(1e-300)), out TVector m);
        TVector s = (m - one) / (m + one);
        TVector square = s * s;
        // Pairs of terms side by side: who waits for an error norm waits for this.
        TVector fourth = square * square;
        TVector p01 = TVector.MultiplyAdd(TVector.Constant(Unit / 3.0), square, TVector.Constant(Unit));
        TVector p23 = TVector.MultiplyAdd(TVector.Constant(Unit / 7.0), square, TVector.Constant(Unit / 5.0));
        TVector p45 = TVector.MultiplyAdd(TVector.Constant(Unit / 11.0), square, TVector.Constant(Unit / 9.0));
        TVector p456 = TVector.MultiplyAdd(TVector.Constant(Unit / 13.0), fourth, p45);
        TVector p = TVector.MultiplyAdd(TVector.MultiplyAdd(p456, fourth, p23), fourth, p01);
        return TVector.MultiplyAdd(p, s, n);
    }

    /// <summary>2^x = 2^n · e^(r ln 2) with an integer n and |r| ≤ ½, by the series; results are kept between 2^-1000 and 2^1000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector PowerOfTwo(TVector x)
    {
        const double Ln2 = 0.6931471805599453;
        TVector one = TVector.Constant(1.0);
        TVector bounded = TVector.Minimum(TVector.Maximum(x, TVector.Constant(-1000.0)), TVector.Constant(1000.0));
        TVector shifted = bounded + TVector.Constant(RoundingShift);
        TVector r = (bounded - (shifted - TVector.Constant(RoundingShift))) * TVector.Constant(Ln2);
        TVector square = r * r, fourth = square * square;
        TVector p01 = one + r;
        TVector p23 = TVector.MultiplyAdd(TVector.Constant(1.0 / 6), r, TVector.Constant(0.5));
        TVector p45 = TVector.MultiplyAdd(TVector.Constant(1.0 / 120), r, TVector.Constant(1.0 / 24));
        TVector p67 = TVector.MultiplyAdd(TVector.Constant(1.0 / 5040), r, TVector.Constant(1.0 / 720));
        TVector p89 = TVector.MultiplyAdd(TVector.Constant(1.0 / 362880), r, TVector.Constant(1.0 / 40320));
        TVector p0123 = TVector.MultiplyAdd(p23, square, p01), p4567 = TVector.MultiplyAdd(p67, square, p45);
        TVector p8910 = TVector.MultiplyAdd(TVector.Constant(1.0 / 3628800), square, p89);
        TVector p = TVector.MultiplyAdd(TVector.MultiplyAdd(p8910, fourth, p4567), fourth, p0123);
        return p * TVector.PowerOfTwo(shifted);
    }
}
