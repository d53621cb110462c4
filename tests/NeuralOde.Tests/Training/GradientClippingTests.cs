using CsCheck;

namespace NeuralOde.Tests.Training;

public class GradientClippingTests
{
    [Fact]
    public void A_short_gradient_is_left_alone()
    {
        double[] gradient = [3, -4];
        GradientClipping.ByNorm(gradient, 5).Should().Be(5);
        gradient.Should().Equal(3, -4);
    }

    [Fact]
    public void A_long_gradient_is_shortened_to_the_maximum_in_the_same_direction()
    {
        double[] gradient = [3, -4];
        GradientClipping.ByNorm(gradient, 2.5).Should().Be(5);
        gradient.Should().Equal(1.5, -2);
    }

    [Fact]
    public void An_infinite_maximum_only_measures()
    {
        double[] gradient = [3e300, -4e300];
        GradientClipping.ByNorm(gradient, double.PositiveInfinity).Should().BeApproximately(5e300, 1e285);
        gradient.Should().Equal(3e300, -4e300);
    }

    [Theory]
    [InlineData(1e300)]
    [InlineData(1e-300)]
    [InlineData(5e-324)]
    public void The_norm_neither_overflows_nor_vanishes(double scale) =>
        GradientClipping.ByNorm(new double[] { 3 * scale, 4 * scale }, double.PositiveInfinity).Should().BeApproximately(5 * scale, 5 * scale * 1e-15);

    [Fact]
    public void Clipping_survives_a_norm_far_above_the_maximum()
    {
        double[] gradient = [3e300, 4e300];
        GradientClipping.ByNorm(gradient, 1e-20);
        gradient[0].Should().BeApproximately(0.6e-20, 1e-34);
        gradient[1].Should().BeApproximately(0.8e-20, 1e-34);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_gradient_that_is_not_finite_is_reported_and_untouched(double bad)
    {
        double[] gradient = [1e9, bad, -1e9];
        double.IsFinite(GradientClipping.ByNorm(gradient, 1)).Should().BeFalse();
        gradient.Should().Equal(1e9, bad, -1e9);
    }

    [Fact]
    public void A_norm_beyond_the_range_of_a_double_is_reported_and_the_gradient_untouched()
    {
        double[] gradient = [double.MaxValue, double.MaxValue];
        GradientClipping.ByNorm(gradient, 1).Should().Be(double.PositiveInfinity);
        gradient.Should().Equal(double.MaxValue, double.MaxValue);
    }

    [Fact]
    public void Zero_and_empty_gradients_have_norm_zero()
    {
        double[] zeros = [0, -0.0];
        GradientClipping.ByNorm(zeros, 1).Should().Be(0);
        zeros.Should().Equal(0, 0);
        GradientClipping.ByNorm([], 1).Should().Be(0);
    }

    [Fact]
    public void The_clipped_norm_is_the_smaller_of_norm_and_maximum()
    {
        Gen.Select(Gen.Double[-100, 100].Array[1, 30], Gen.Double[1e-3, 500]).Sample((gradient, maximum) =>
        {
            double expected = Math.Sqrt(gradient.Sum(g => g * g));
            double norm = GradientClipping.ByNorm(gradient, maximum);
            double clipped = Math.Sqrt(gradient.Sum(g => g * g));
            norm.Should().BeApproximately(expected, 1e-13 * expected);
            clipped.Should().BeApproximately(Math.Min(expected, maximum), 1e-13 * expected);
        });
    }

    [Fact]
    public void Clipping_allocates_nothing()
    {
        double[] gradient = new double[100];
        Allocations.During(() =>
        {
            Array.Fill(gradient, 1.0);
            GradientClipping.ByNorm(gradient, 2);
        }).Should().Be(0);
        gradient[0].Should().BeApproximately(0.2, 1e-15);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2.5)]
    [InlineData(double.NaN)]
    public void A_maximum_that_is_not_positive_is_refused(double maximum)
    {
        Action act = () => GradientClipping.ByNorm(new double[1], maximum);
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("maximumNorm").Which.ActualValue.Should().Be(maximum);
    }
}
