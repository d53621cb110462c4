using CsCheck;
using MathNet.Numerics.LinearAlgebra;
using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Dynamics;

public class InputSignalTests
{
    private static readonly double[] Times = [-1.0, 0.5, 2.0, 2.25, 4.0];
    private static readonly double[] Values = [1.0, -1.0, 0.5, 2.0, -0.25];

    public static TheoryData<string> Kinds { get; } = ["constant", "linear", "cubic"];

    [Fact]
    public void A_piecewise_constant_signal_has_each_value_from_its_time_until_just_before_the_next()
    {
        InputSignal signal = InputSignal.PiecewiseConstant(Times, Values);
        for (int k = 1; k < Times.Length; k++)
        {
            At(signal, Times[k]).Should().Be(Values[k]);
            At(signal, Math.BitIncrement(Times[k])).Should().Be(Values[k]);
            At(signal, Math.BitDecrement(Times[k])).Should().Be(Values[k - 1]);
        }

        At(signal, 1.0).Should().Be(-1.0);
    }

    [Fact]
    public void A_piecewise_linear_signal_runs_straight_between_its_values()
    {
        InputSignal signal = InputSignal.PiecewiseLinear([0, 2, 3], [1, 5, 4]);
        double[] times = [0, 0.5, 1, 1.5, 2, 2.25, 2.5, 3];
        times.Select(t => At(signal, t)).Should().Equal(1, 2, 3, 4, 5, 4.75, 4.5, 4);
    }

    [Fact]
    public void A_cubic_spline_through_a_hat_is_the_one_found_by_hand()
    {
        // With zero second derivatives at 0 and 2 the one at 1 is −3, and u = 3/2 t − t³/2 up to there.
        InputSignal signal = InputSignal.CubicSpline([0, 1, 2], [0, 1, 0]);
        foreach (double t in new[] { 0.0, 0.125, 0.5, 0.75, 1.0 })
        {
            At(signal, t).Should().BeApproximately(1.5 * t - 0.5 * t * t * t, 1e-15);
            At(signal, 2.0 - t).Should().BeApproximately(1.5 * t - 0.5 * t * t * t, 1e-15);
        }
    }

    [Fact]
    public void A_cubic_spline_is_natural_and_has_continuous_second_derivatives()
    {
        double[] left = SecondDerivatives(-1), right = SecondDerivatives(1);
        right[0].Should().BeApproximately(0, 1e-9);
        left[^1].Should().BeApproximately(0, 1e-9);
        for (int k = 1; k < Times.Length - 1; k++)
            left[k].Should().BeApproximately(right[k], 1e-9);

        // Linear in the distance from the knot, so two of them give it there: exact for a cubic but for rounding.
        double[] SecondDerivatives(int side) => [.. Times.Select(t => 2 * Around(t + 0.02 * side) - Around(t + 0.04 * side))];

        double Around(double t)
        {
            const double step = 0.01;
            InputSignal signal = InputSignal.CubicSpline(Times, Values);
            return (At(signal, t - step) - 2 * At(signal, t) + At(signal, t + step)) / (step * step);
        }
    }

    [Fact]
    public void A_cubic_spline_is_that_of_MathNet() =>
        Gen.Select(Gen.Double[0.01, 3].Array[1, 12], Gen.Double[-10, 10]).Sample((lengths, start) =>
        {
            double[] times = [start, .. lengths.Select((_, k) => start + lengths[..(k + 1)].Sum())];
            double[] values = Batches.Random(times.Length, lengths.Length);
            InputSignal signal = InputSignal.CubicSpline(times, values);
            var reference = MathNet.Numerics.Interpolation.CubicSpline.InterpolateNatural(times, values);
            double size = 1.0 + Samples(times).Max(t => Math.Abs(reference.Interpolate(t)));
            foreach (double t in Samples(times))
                At(signal, t).Should().BeApproximately(reference.Interpolate(t), 1e-12 * size);
        }, iter: 200);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_signal_has_its_values_at_its_times(string kind)
    {
        InputSignal signal = Create(kind, Times, Values);
        Times.Select(t => At(signal, t)).Should().Equal(Values);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Outside_its_times_a_signal_holds_its_end_values(string kind)
    {
        InputSignal signal = Create(kind, Times, Values);
        foreach (double t in new[] { Math.BitDecrement(Times[0]), -7.0, double.MinValue, double.NegativeInfinity })
            At(signal, t).Should().Be(Values[0]);
        foreach (double t in new[] { Math.BitIncrement(Times[^1]), 7.0, double.MaxValue, double.PositiveInfinity })
            At(signal, t).Should().Be(Values[^1]);
        At(signal, double.NaN).Should().Be(double.NaN);
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("cubic")]
    public void A_continuous_signal_comes_to_a_knot_from_the_left(string kind)
    {
        InputSignal signal = Create(kind, Times, Values);
        for (int k = 0; k < Times.Length; k++)
            At(signal, Math.BitDecrement(Times[k])).Should().BeApproximately(Values[k], 1e-14);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_component_is_a_signal_of_its_own(string kind)
    {
        double[,] values = new double[5, 3];
        for (int k = 0; k < 5; k++)
            (values[k, 0], values[k, 1], values[k, 2]) = (Values[k], Math.Sin(k), k * k);
        InputSignal all = Create(kind, Times, values);
        all.Dimension.Should().Be(3);
        foreach (double t in Samples(Times))
        {
            double[] expected = [.. Enumerable.Range(0, 3).Select(i => At(Create(kind, Times, [.. Enumerable.Range(0, 5).Select(k => values[k, i])]), t))];
            all.Evaluate(t).ShouldHaveTheBitsOf(expected, $"{kind} at {t}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_matrix_gives_the_signal_of_its_array(string kind)
    {
        double[,] values = { { 1, 2 }, { 3, -4 }, { 0, 6 } };
        double[] times = [0, 1, 3];
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(values);
        InputSignal signal = kind switch
        {
            "constant" => InputSignal.PiecewiseConstant(times, matrix),
            "linear" => InputSignal.PiecewiseLinear(times, matrix),
            _ => InputSignal.CubicSpline(times, matrix),
        };
        foreach (double t in Samples(times))
            signal.Evaluate(t).Should().Equal(Create(kind, times, values).Evaluate(t));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_signal_keeps_its_own_copy(string kind)
    {
        double[] times = [.. Times], values = [.. Values];
        double[,] table = { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } };
        InputSignal signal = Create(kind, times, values), ofTable = Create(kind, times, table);
        times.AsSpan().Clear();
        values.AsSpan().Clear();
        table[4, 0] = 0;
        At(signal, 4.0).Should().Be(-0.25);
        At(ofTable, 4.0).Should().Be(5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Whatever_hint_is_given_the_value_has_the_same_bits(string kind)
    {
        InputSignal signal = Create(kind, Times, Values);
        var value = new double[1];
        foreach (double t in Samples(Times))
        {
            foreach (int first in new[] { int.MinValue, -2, -1, 0, 1, 2, 3, 4, 5, int.MaxValue - 1, int.MaxValue })
            {
                signal.Evaluate(t, [first], value);
                value.ShouldHaveTheBitsOf(signal.Evaluate(t), $"{kind} at {t} with hint {first}");
            }
        }
    }

    [Fact]
    public void Combined_signals_stand_side_by_side_with_the_breakpoints_of_all()
    {
        InputSignal steps = InputSignal.PiecewiseConstant([0, 1, 3], [5, 6, 7]), ramp = InputSignal.PiecewiseLinear([0, 2], new double[,] { { 0, 1 }, { 4, 1 } });
        InputSignal both = InputSignal.Combine([steps, InputSignal.Constant(8, 9), ramp]);
        both.Dimension.Should().Be(5);
        both.Breakpoints.ToArray().Should().Equal(0, 1, 2, 3);
        both.Evaluate(0.5).Should().Equal(5, 8, 9, 1, 1);
        both.Evaluate(3).Should().Equal(7, 8, 9, 4, 1);
        InputSignal.Combine([both, steps]).Evaluate(1).Should().Equal(6, 8, 9, 2, 1, 6);
        Action none = () => InputSignal.Combine([]), missing = () => InputSignal.Combine([steps, null!]), nan = () => InputSignal.Constant(1, double.NaN);
        none.Should().Throw<ArgumentException>().WithMessage("*empty*");
        missing.Should().Throw<ArgumentException>().WithMessage("*signals[1]*");
        nan.Should().Throw<ArgumentException>().WithMessage("*values[1]*");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Evaluating_allocates_nothing(string kind)
    {
        InputSignal signal = Create(kind, Times, new double[5, 2]);
        var value = new double[2];
        Allocations.During(() =>
        {
            for (double t = 5; t > -5; t -= 0.37)
                signal.Evaluate(t, value);
        }).Should().Be(0);
    }

    [Fact]
    public void A_step_breaks_where_the_value_changes()
    {
        InputSignal.PiecewiseConstant([0, 1, 2, 3, 4], [5, 5, 7, 7, 5]).Breakpoints.ToArray().Should().Equal(2, 4);
        InputSignal.PiecewiseConstant([0, 1, 2], new double[,] { { 1, 1 }, { 1, 2 }, { 3, 2 } }).Breakpoints.ToArray().Should().Equal(1, 2);
        InputSignal.PiecewiseConstant([3], [1]).Breakpoints.ToArray().Should().BeEmpty("the value held before is the first");
    }

    [Fact]
    public void A_polygon_breaks_at_its_kinks_and_where_it_meets_the_values_held()
    {
        InputSignal.PiecewiseLinear(Times, Values).Breakpoints.ToArray().Should().Equal(Times);
        InputSignal.PiecewiseLinear([0, 1, 2, 3, 4], [0, 0, 1, 2, 2]).Breakpoints.ToArray().Should().Equal(1, 3);
        InputSignal.PiecewiseLinear([0, 1], [3, 3]).Breakpoints.ToArray().Should().BeEmpty();
    }

    [Fact]
    public void A_spline_breaks_at_every_knot()
    {
        InputSignal.CubicSpline(Times, Values).Breakpoints.ToArray().Should().Equal(Times);
        InputSignal.CubicSpline([0, 1], [0, 1]).Breakpoints.ToArray().Should().Equal([0, 1], "it is a line between two held values");
    }

    [Fact]
    public void Wrong_times_and_values_are_named_with_index_and_value()
    {
        Refused(() => InputSignal.PiecewiseConstant([], []), "times", "times has 0 entries; a signal needs at least 1.*");
        Refused(() => InputSignal.PiecewiseLinear([1], [1]), "times", "times has 1 entries; a piecewise linear signal needs at least 2.*");
        Refused(() => InputSignal.CubicSpline([1], [1]), "times", "times has 1 entries; a cubic spline needs at least 2.*");
        Refused(() => InputSignal.PiecewiseConstant([0, 1], [1]), "values", "values has 1 entries, but times has 2.*");
        Refused(() => InputSignal.PiecewiseLinear([0, 1], new double[3, 1]), "values", "values has 3 rows, but times has 2 entries.*");
        Refused(() => InputSignal.CubicSpline([0, 1], new double[2, 0]), "values", "values has no columns*");
        Refused(() => InputSignal.PiecewiseConstant([0, 1, 1], [1, 2, 3]), "times", "times[2] = 1 is not after times[1] = 1; times must increase strictly.*");
        Refused(() => InputSignal.PiecewiseLinear([0, -1], [1, 2]), "times", "times[1] = -1 is not after*");
        Refused(() => InputSignal.PiecewiseConstant([0, double.NaN], [1, 2]), "times", "times[1] = NaN is not finite.*");
        Refused(() => InputSignal.PiecewiseConstant([0, 1], [1, double.PositiveInfinity]), "values", "values[1] = *is not finite.*");
        Refused(() => InputSignal.CubicSpline([0, 1], new double[,] { { 1, 2 }, { 3, double.NaN } }), "values", "values[1, 1] = NaN is not finite.*");
        Refused(() => InputSignal.PiecewiseLinear([-1e308, 1e308], [1, 2]), "times", "*difference overflows*");
        Refused(() => InputSignal.PiecewiseLinear([0, 1, 1.5], [0, -1e308, 1e308]), "values", "values change too steeply between times[1] = 1 and times[2] = 1.5*");
        Refused(() => InputSignal.PiecewiseConstant([0], (double[,])null!), "values", "*");
        Refused(() => InputSignal.PiecewiseConstant([0], (Matrix<double>)null!), "values", "*");
        Refused(() => InputSignal.PiecewiseConstant([0], [1]).Evaluate(0, new double[2]), "destination", "destination has 2 numbers; 1 are needed.*");
    }

    private static void Refused(Action action, string name, string message) =>
        action.Should().Throw<ArgumentException>().WithParameterName(name).WithMessage(message);

    private static double At(InputSignal signal, double t) => signal.Evaluate(t).Single();

    private static InputSignal Create(string kind, double[] times, double[] values) => kind switch
    {
        "constant" => InputSignal.PiecewiseConstant(times, values),
        "linear" => InputSignal.PiecewiseLinear(times, values),
        _ => InputSignal.CubicSpline(times, values),
    };

    private static InputSignal Create(string kind, double[] times, double[,] values) => kind switch
    {
        "constant" => InputSignal.PiecewiseConstant(times, values),
        "linear" => InputSignal.PiecewiseLinear(times, values),
        _ => InputSignal.CubicSpline(times, values),
    };

    /// <summary>The times, their neighbours, and others between them.</summary>
    private static IEnumerable<double> Samples(double[] times) =>
        [.. times, .. times.Skip(1).Select(Math.BitDecrement), .. times.SkipLast(1).Select(Math.BitIncrement),
            .. Enumerable.Range(0, 30).Select(i => times[0] + i / 29.0 * (times[^1] - times[0])).Select(t => Math.Min(t, times[^1]))];
}
