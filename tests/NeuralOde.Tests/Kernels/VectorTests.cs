using System.Numerics;

namespace NeuralOde.Tests.Kernels;

/// <summary>What vectors of every width do, against plain arithmetic lane by lane, in either precision.</summary>
public class VectorTests
{
    [Fact]
    public void A_root_is_rounded_once() => InEveryWidth(new Root());

    [Fact]
    public void The_larger_number_is_not_a_number_where_either_is_not() => InEveryWidth(new LargerOrNaN());

    [Fact]
    public void Comparisons_set_all_bits_where_they_hold() => InEveryWidth(new Comparisons());

    [Fact]
    public void Masks_keep_remove_and_join() => InEveryWidth(new Masks());

    [Fact]
    public void Bits_of_masks_and_masks_of_bits_are_inverse() => InEveryWidth(new MaskBits());

    [Fact]
    public void A_number_is_its_mantissa_times_two_to_its_exponent() => InEveryWidth(new Exponents());

    private interface IFact
    {
        void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>;
    }

    private static void InEveryWidth<TFact>(TFact fact)
        where TFact : IFact
    {
        InPrecision<double>("doubles");
        InPrecision<float>("floats");

        void InPrecision<T>(string precision)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            fact.Check<T, Lanes512<T>>($"512 bits of {precision}");
            fact.Check<T, Lanes256<T>>($"256 bits of {precision}");
            fact.Check<T, Lanes128<T>>($"128 bits of {precision}");
            fact.Check<T, Lanes1<T>>($"one of {precision}");
        }
    }

    /// <summary>Numbers next to each other of which none stays what it is when signs, sizes or bits are confused.</summary>
    private static T[] Numbers<T>(int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        VectorWidths.Round<T>([.. Batches.Random(53, seed), 0.0, -0.0, 1.0, -1.0, 1e-30, -1e30, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 0.5, 3.0]);

    private static T[] Apply<T, TVector>(T[] a, T[] b, Func<TVector, TVector, TVector> operation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged, IVector<T, TVector>
    {
        var results = new T[a.Length];
        for (int i = 0; i < a.Length; i += TVector.Count)
            operation(TVector.Load(ref a[i]), TVector.Load(ref b[i])).Store(ref results[i]);
        return results;
    }

    private readonly struct Root : IFact
    {
        public void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>
        {
            T[] squares = [.. Numbers<T>(1).Select(T.Abs)];
            T[] roots = Apply<T, TVector>(squares, squares, (a, _) => TVector.Sqrt(a));
            roots.Should().Equal(squares.Select(T.Sqrt), width);
        }
    }

    private readonly struct LargerOrNaN : IFact
    {
        public void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>
        {
            T[] a = Numbers<T>(1), b = [.. Numbers<T>(2).Reverse()];
            Apply<T, TVector>(a, b, TVector.MaximumOrNaN).Should().Equal(a.Zip(b, T.Max), width);
            Apply<T, TVector>(b, a, TVector.MaximumOrNaN).Should().Equal(a.Zip(b, T.Max), width);
        }
    }

    private readonly struct Comparisons : IFact
    {
        public void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>
        {
            // Equal numbers in every third lane, and two zeros of different sign.
            T[] a = Numbers<T>(1), b = [.. Numbers<T>(2).Select((x, i) => i % 3 == 0 ? a[i] : x)];
            b[53] = T.NegativeZero;
            Holds(TVector.LessThan, (x, y) => x < y);
            Holds(TVector.LessThanOrEqual, (x, y) => x <= y);
            Holds(TVector.Equals, (x, y) => x == y);

            void Holds(Func<TVector, TVector, TVector> comparison, Func<T, T, bool> expected)
            {
                for (int i = 0; i < a.Length; i += TVector.Count)
                {
                    uint bits = TVector.Bits(comparison(TVector.Load(ref a[i]), TVector.Load(ref b[i])));
                    for (int lane = 0; lane < TVector.Count; lane++)
                        ((bits >> lane & 1) != 0).Should().Be(expected(a[i + lane], b[i + lane]), $"{a[i + lane]} and {b[i + lane]}, {width}");
                }

                // Selecting takes all bits of the mask, not only the highest.
                T[] selected = Apply<T, TVector>(a, b, (x, y) => TVector.Select(comparison(x, y), x, y));
                selected.Should().Equal(a.Zip(b, (x, y) => expected(x, y) ? x : y), width);
            }
        }
    }

    private readonly struct Masks : IFact
    {
        public void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>
        {
            T[] a = Numbers<T>(1), b = Numbers<T>(2);
            T half = T.CreateTruncating(0.5);
            TVector bound = TVector.Broadcast(half);
            Apply<T, TVector>(a, b, (x, y) => x & TVector.LessThan(y, bound)).Should().Equal(a.Zip(b, (x, y) => y < half ? x : T.Zero), width);
            Apply<T, TVector>(a, b, (x, y) => TVector.Without(x, TVector.LessThan(y, bound))).Should().Equal(a.Zip(b, (x, y) => y < half ? T.Zero : x), width);
            Apply<T, TVector>(a, b, (x, y) => (x & TVector.LessThan(y, bound)) | TVector.Without(y, TVector.LessThan(y, bound)))
                .Should().Equal(a.Zip(b, (x, y) => y < half ? x : y), width);
        }
    }

    private readonly struct MaskBits : IFact
    {
        public void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>
        {
            T[] ones = [.. Enumerable.Repeat(T.One, TVector.Count)];
            for (uint bits = 0; bits < 1u << TVector.Count; bits++)
            {
                TVector mask = TVector.Mask(bits);
                TVector.Bits(mask).Should().Be(bits, width);
                TVector.Any(mask).Should().Be(bits != 0, width);
                TVector.Sum(TVector.Load(ref ones[0]) & mask).Should().Be(T.CreateTruncating(BitOperations.PopCount(bits)), width);
                (TVector.Load(ref ones[0]) & mask).First.Should().Be(T.CreateTruncating(bits & 1), width);
            }

            // Bits of lanes that there are not do not count.
            TVector.Bits(TVector.Mask(uint.MaxValue)).Should().Be(uint.MaxValue >> (32 - TVector.Count), width);
        }
    }

    private readonly struct Exponents : IFact
    {
        public void Check<T, TVector>(string width)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where TVector : unmanaged, IVector<T, TVector>
        {
            int largest = typeof(T) == typeof(double) ? 1000 : 120;
            var random = new Random(1);
            T[] numbers = [.. Enumerable.Range(0, 320).Select(_ => T.CreateTruncating(1 + random.NextDouble()) * T.ScaleB(T.One, random.Next(-largest, largest))), .. Batches.Random(64, 1).Select(x => T.CreateTruncating(Math.Abs(x)))];
            T[] exponents = Apply<T, TVector>(numbers, numbers, (x, _) => TVector.Exponent(x, out TVector _));
            T[] mantissas = Apply<T, TVector>(numbers, numbers, (x, _) =>
            {
                TVector.Exponent(x, out TVector mantissa);
                return mantissa;
            });
            for (int i = 0; i < numbers.Length; i++)
            {
                T.ScaleB(mantissas[i], int.CreateChecked(exponents[i])).Should().Be(numbers[i], width);
                double.CreateTruncating(mantissas[i]).Should().BeInRange(Math.Sqrt(0.5) - 1e-7, Math.Sqrt(2.0) + 1e-7, $"{numbers[i]}, {width}");
            }
        }
    }
}
