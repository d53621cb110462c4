using CsCheck;
using MathNet.Numerics;

namespace NeuralOde.Tests.Kernels;

public class ActivationKernelsTests
{
    private const double Ulp = 2.220446049250313e-16;

    // The kernels' exponential is 0 below this, shortly before the numbers become subnormal.
    private const double SmallestExponential = 1e-307;

    public static TheoryData<Activation> All { get; } = [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_activation_is_right_to_a_few_ulp_relative(Activation activation)
    {
        foreach (double[] row in Reference.Of(activation))
        {
            double x = row[0], expected = row[1];
            double ulps = activation == Activation.Gelu && x < 0 ? 8 : 4;
            double rounding = ulps * Ulp * Math.Abs(expected) + 2 * double.Epsilon;
            double dropped = x < -700 ? 1000 * SmallestExponential : 0.0;
            Value(activation, x).Should().BeApproximately(expected, rounding + dropped, $"{activation}({x:R}) is {expected:R}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_derivative_is_right_to_a_few_ulp_of_one(Activation activation)
    {
        foreach (double[] row in Reference.Of(activation))
        {
            if (activation == Activation.Relu && row[0] == 0.0)
                continue;
            double allowed = 8 * Ulp * Math.Max(1.0, Math.Abs(row[2]));
            Derivative(activation, row[0]).Should().BeApproximately(row[2], allowed, $"{activation}'({row[0]:R}) is {row[2]:R}");
        }
    }

    [Fact]
    public void The_derivative_of_softplus_keeps_its_digits_where_it_is_small()
    {
        foreach (double[] row in Reference.Of(Activation.Softplus).Where(row => row[0] is < 0 and > -706))
            Derivative(Activation.Softplus, row[0]).Should().BeApproximately(row[2], 4 * Ulp * row[2], $"at {row[0]:R}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_derivative_is_the_slope_of_its_activation(Activation activation) =>
        Gen.Double[-6, 6].Sample(x =>
        {
            if (Math.Abs(x) < 1e-2 && activation is Activation.Relu or Activation.Elu)
                return;
            const double h = 1e-3;
            double slope = (8 * (Value(activation, x + h) - Value(activation, x - h)) - (Value(activation, x + 2 * h) - Value(activation, x - 2 * h))) / (12 * h);
            Derivative(activation, x).Should().BeApproximately(slope, 1e-10);
        }, iter: 500);

    [Fact]
    public void Gelu_is_x_times_the_normal_distribution_function() =>
        Gen.Double[-30, 30].Sample(x =>
        {
            double expected = x * 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2.0));
            Value(Activation.Gelu, x).Should().BeApproximately(expected, (8 + 2 * x * x) * Ulp * Math.Abs(expected));
        }, iter: 1000);

    [Fact]
    public void Sine_and_cosine_are_right_to_a_few_ulp_also_at_multiples_of_a_quarter_turn_and_far_out() =>
        Gen.OneOf(Gen.Double[-10, 10], Gen.Double[-1e5, 1e5], Gen.Double[-1e12, 1e12], Gen.Int[-60000, 60000].Select(n => n * Math.PI / 2), Gen.Int[-60000, 60000].Select(n => Math.BitIncrement(n * Math.PI / 2))).Sample(x =>
        {
            Value(Activation.Sin, x).Should().BeApproximately(Math.Sin(x), 3 * Ulp * Math.Abs(Math.Sin(x)), $"sin({x:R})");
            Derivative(Activation.Sin, x).Should().BeApproximately(Math.Cos(x), 3 * Ulp * Math.Abs(Math.Cos(x)), $"cos({x:R})");
        }, iter: 20_000, threads: 1);

    [Theory]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Elu)]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.Sin)]
    [InlineData(Activation.Identity)]
    public void Negative_zero_stays_negative(Activation activation) =>
        double.IsNegative(Value(activation, -0.0)).Should().BeTrue();

    [Theory]
    [InlineData(Activation.Tanh, 1, -1, 0, 0)]
    [InlineData(Activation.Sigmoid, 1, 0, 0, 0)]
    [InlineData(Activation.Softplus, double.PositiveInfinity, 0, 1, 0)]
    [InlineData(Activation.Elu, double.PositiveInfinity, -1, 1, 0)]
    [InlineData(Activation.Gelu, double.PositiveInfinity, 0, 1, 0)]
    [InlineData(Activation.Silu, double.PositiveInfinity, 0, 1, 0)]
    [InlineData(Activation.Relu, double.PositiveInfinity, 0, 1, 0)]
    public void Infinity_gives_the_limit(Activation activation, double right, double left, double rightSlope, double leftSlope)
    {
        Value(activation, double.PositiveInfinity).Should().Be(right);
        Value(activation, double.NegativeInfinity).Should().Be(left);
        Derivative(activation, double.PositiveInfinity).Should().BeApproximately(rightSlope, Ulp);
        Derivative(activation, double.NegativeInfinity).Should().BeApproximately(leftSlope, Ulp);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Not_a_number_stays_not_a_number(Activation activation) => Value(activation, double.NaN).Should().Be(double.NaN);

    [Theory]
    [MemberData(nameof(All))]
    public void A_lanes_bits_do_not_depend_on_its_neighbours(Activation activation)
    {
        Gen<double> any = Gen.OneOf(Gen.Double[-5, 5], Gen.Double[-800, 800], Gen.Double,
            Batches.OneOf(0.0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, 1e-300, 1e300, 709.5, -708.0));
        any.Array[8].Sample(lanes =>
        {
            double[] values = Values(activation, lanes), slopes = Derivatives(activation, lanes);
            for (int i = 0; i < lanes.Length; i++)
            {
                var same = new double[8];
                same.AsSpan().Fill(lanes[i]);
                values.AsSpan(i, 1).ToArray().ShouldHaveTheBitsOf([Values(activation, same)[7 - i]], $"{activation}({lanes[i]:R})");
                slopes.AsSpan(i, 1).ToArray().ShouldHaveTheBitsOf([Derivatives(activation, same)[7 - i]], $"{activation}'({lanes[i]:R})");
            }
        }, iter: 2000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void An_activation_may_overwrite_its_input(Activation activation)
    {
        double[] inputs = Batches.Random(24, 1);
        double[] expected = Values(activation, inputs);
        NetworkKernels<double>.Widest.Apply(activation, inputs, inputs);
        inputs.ShouldHaveTheBitsOf(expected, activation.ToString());
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_derivative_that_follows_from_the_output_alone_does_not_read_the_input(Activation activation)
    {
        if (!new ActivationLayer(1, activation).MayOverwriteInput)
            return;
        double[] inputs = Batches.Random(16, 1), cotangents = Batches.Random(16, 2), expected = new double[16];
        double[] outputs = Values(activation, inputs);
        NetworkKernels<double>.Widest.Backpropagate(activation, inputs, outputs, cotangents, expected);
        NetworkKernels<double>.Widest.Backpropagate(activation, outputs, outputs, cotangents, cotangents);
        cotangents.ShouldHaveTheBitsOf(expected, activation.ToString());
    }

    [Fact]
    public void The_slope_of_the_rectifier_at_its_kink_is_zero() => Derivative(Activation.Relu, 0.0).Should().Be(0.0);

    private static double Value(Activation activation, double x) => Values(activation, [x, 0, 0, 0, 0, 0, 0, 0])[0];

    private static double Derivative(Activation activation, double x) => Derivatives(activation, [x, 0, 0, 0, 0, 0, 0, 0])[0];

    private static double[] Values(Activation activation, double[] inputs)
    {
        var outputs = new double[inputs.Length];
        NetworkKernels<double>.Widest.Apply(activation, inputs, outputs);
        return outputs;
    }

    private static double[] Derivatives(Activation activation, double[] inputs)
    {
        double[] ones = new double[inputs.Length], slopes = new double[inputs.Length];
        ones.AsSpan().Fill(1.0);
        NetworkKernels<double>.Widest.Backpropagate(activation, inputs, Values(activation, inputs), ones, slopes);
        return slopes;
    }
}
