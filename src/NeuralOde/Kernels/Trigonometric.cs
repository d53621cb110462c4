using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Sine and cosine to a few ulp relative. Unlike those of the runtime's vectors, a lane's bits do not depend on the other lanes.</summary>
internal static class Trigonometric<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    private const double TwoOverPi = 0.63661977236758134308;

    // Beyond it n has too many digits; there is no speed to be lost on numbers that no network makes.
    private const double Largest = 100_000.0;

    // π/2 in three parts, each what the ones before leave (Cody & Waite 1980); products with n are exact inside a fused operation.
    private const double HalfPi1 = 1.5707963267948966;
    private const double SingleHalfPi1 = 1.5707963705062866;

    private const double HalfPi2 = 6.123233995736766e-17;
    private const double SingleHalfPi2 = -4.371138828673793e-08;

    private const double HalfPi3 = -1.4973849048591833e-33;
    private const double SingleHalfPi3 = -1.7151245100058819e-15;

    // Adding this rounds to an integer, whose lowest bits the sum then holds.
    private const double RoundingShift = 6755399441055744.0;
    private const double SingleRoundingShift = 12582912.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sin(TVector x)
    {
        // The parts would make −0 a 0.
        TVector result = TVector.Select(TVector.Equals(x, TVector.Constant(0.0)), x, Quadrant(x, quarters: 0.0));
        return TVector.Any(IsOutside(x)) ? OneByOne(x, result, Math.Sin) : result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Cos(TVector x)
    {
        TVector result = Quadrant(x, quarters: 1.0);
        return TVector.Any(IsOutside(x)) ? OneByOne(x, result, Math.Cos) : result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector IsOutside(TVector x) => TVector.LessThan(TVector.Constant(Largest), TVector.Abs(x));

    /// <summary>sin(x + quarters·π/2) for |x| up to <see cref="Largest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Quadrant(TVector x, double quarters)
    {
        TVector shifted = TVector.MultiplyAdd(x, TVector.Constant(TwoOverPi), TVector.Constant(RoundingShift, SingleRoundingShift));
        TVector minusN = TVector.Constant(RoundingShift, SingleRoundingShift) - shifted;
        TVector r = TVector.FusedMultiplyAdd(minusN, TVector.Constant(HalfPi1, SingleHalfPi1), x);
        r = TVector.FusedMultiplyAdd(minusN, TVector.Constant(HalfPi2, SingleHalfPi2), r);
        r = TVector.FusedMultiplyAdd(minusN, TVector.Constant(HalfPi3, SingleHalfPi3), r);
        TVector quadrant = shifted + TVector.Constant(quarters);

        // The series to r^15 and r^16, or to r^9 and r^10; on |r| ≤ π/4 the remainders are below 1e-16, or 1e-8, relative.
        TVector square = r * r;
        TVector s = TVector.Constant(-1.0 / 1307674368000, 1.0 / 362880);
        if (typeof(T) == typeof(double))
        {
            s = TVector.MultiplyAdd(s, square, TVector.Constant(1.0 / 6227020800));
            s = TVector.MultiplyAdd(s, square, TVector.Constant(-1.0 / 39916800));
            s = TVector.MultiplyAdd(s, square, TVector.Constant(1.0 / 362880));
        }

        s = TVector.MultiplyAdd(s, square, TVector.Constant(-1.0 / 5040));
        s = TVector.MultiplyAdd(s, square, TVector.Constant(1.0 / 120));
        s = TVector.MultiplyAdd(s, square, TVector.Constant(-1.0 / 6));
        TVector sine = TVector.MultiplyAdd(s * square, r, r);

        TVector c = TVector.Constant(1.0 / 20922789888000, -1.0 / 3628800);
        if (typeof(T) == typeof(double))
        {
            c = TVector.MultiplyAdd(c, square, TVector.Constant(-1.0 / 87178291200));
            c = TVector.MultiplyAdd(c, square, TVector.Constant(1.0 / 479001600));
            c = TVector.MultiplyAdd(c, square, TVector.Constant(-1.0 / 3628800));
        }

        c = TVector.MultiplyAdd(c, square, TVector.Constant(1.0 / 40320));
        c = TVector.MultiplyAdd(c, square, TVector.Constant(-1.0 / 720));
        c = TVector.MultiplyAdd(c, square, TVector.Constant(1.0 / 24));
        // 1 − r²/2 is rounded, and what the rounding took comes back with the rest.
        TVector one = TVector.Constant(1.0);
        TVector halfSquare = TVector.Constant(0.5) * square;
        TVector head = one - halfSquare;
        TVector cosine = head + (one - head - halfSquare + c * (square * square));

        TVector value = TVector.Select(TVector.HasBit(quadrant, 0), cosine, sine);
        return TVector.Select(TVector.HasBit(quadrant, 1), -value, value);
    }

    private static TVector OneByOne(TVector x, TVector result, Func<double, double> function)
    {
        Span<T> numbers = stackalloc T[TVector.Count];
        Span<T> results = stackalloc T[TVector.Count];
        x.Store(ref numbers[0]);
        result.Store(ref results[0]);
        for (int lane = 0; lane < numbers.Length; lane++)
        {
            double number = double.CreateTruncating(numbers[lane]);
            if (Math.Abs(number) > Largest)
                results[lane] = T.CreateTruncating(function(number));
        }

        return TVector.Load(ref results[0]);
    }
}
