using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

internal abstract partial class ErrorKernels
{
    // The smallest normal number.
    private const double SmallestScale = double.Epsilon * 4503599627370496.0;

    /// <inheritdoc cref="ErrorArithmetic{TVector}.CombineEstimates"/>
    public static V CombineEstimates(V errors, V second)
    {
        V ratio = Simd.Create(0.1) * second / errors;
        V combined = errors / Simd.Sqrt(Simd.MultiplyAddEstimate(ratio, ratio, V.One));
        // Of a finite estimate next to 0 nothing remains; one that is not finite must not get lost.
        return Simd.ConditionalSelect(Simd.Equals(errors, V.Zero), V.Zero * second, combined);
    }

    /// <summary>The binary logarithm: x = m · 2^n with m from √½ to √2, log m = 2 artanh((m − 1) / (m + 1)) by its series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log2(V x)
    {
        const double Unit = 2.0 * 1.4426950408889634;   // 2 / ln 2
        V positive = Simd.MaxNative(x, Simd.Create(1e-300));
        var above = Simd.Create(BitConverter.DoubleToInt64Bits(Math.Sqrt(0.5)));
        var n = Simd.ShiftRightArithmetic(positive.AsInt64() - above, 52);
        V m = (positive.AsInt64() - Simd.ShiftLeft(n, 52)).AsDouble();
        V s = (m - V.One) / (m + V.One);
        V square = s * s;
        V p = Simd.Create(Unit / 13.0);
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 11.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 9.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 7.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 5.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 3.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit));
        return Simd.MultiplyAddEstimate(p, s, Simd.ConvertToDouble(n));
    }

    /// <summary>2^x = 2^n · e^(r ln 2) with an integer n and |r| ≤ ½, by the series; results are kept between 2^-1000 and 2^1000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V PowerOfTwo(V x)
    {
        const double Ln2 = 0.6931471805599453;
        V bounded = Simd.MinNative(Simd.MaxNative(x, Simd.Create(-1000.0)), Simd.Create(1000.0));
        V n = Simd.Round(bounded);
        V r = (bounded - n) * Simd.Create(Ln2);
        V p = Simd.Create(1.0 / 3628800);
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 362880));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 40320));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 5040));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 720));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 120));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 24));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 6));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(0.5));
        p = Simd.MultiplyAddEstimate(p, r, V.One);
        p = Simd.MultiplyAddEstimate(p, r, V.One);
        return p * Simd.ShiftLeft(Simd.ConvertToInt64Native(n) + Simd.Create(1023L), 52).AsDouble();
    }

    /// <summary>A value over what an error of one tolerance is at this magnitude of the state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Ratio(V value, V magnitude, V relative, V absolute)
    {
        // With an absolute tolerance of 0 the scale of a zero component is 0; an exact zero there is no error.
        V scale = Simd.Max(Simd.MultiplyAddEstimate(relative, magnitude, absolute), Simd.Create(SmallestScale));
        return value / scale;
    }

    /// <summary>The root of the mean from <see cref="NormSums"/>, one norm per lane.</summary>
    public static V RootMean(ReadOnlySpan<V> partial, int dimension)
    {
        V total = ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
        return Simd.Sqrt(total / Simd.Create((double)dimension));
    }
}
