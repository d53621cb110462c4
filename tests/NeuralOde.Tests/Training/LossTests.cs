using CsCheck;

namespace NeuralOde.Tests.Training;

public class LossTests
{
    private static readonly double[] Predictions = [0.5, -1.5, 2, -0.25];
    private static readonly double[] Targets = [0.25, 1, 2, 0.75];

    private static readonly Loss SumOfSquares = Loss.Custom((predictions, targets, cotangents) =>
    {
        double sum = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = predictions[i] - targets[i];
            cotangents[i] = 2 * difference;
            sum += difference * difference;
        }
        return sum;
    });

    public static TheoryData<Loss> Losses { get; } = [Loss.MeanSquaredError, Loss.MeanAbsoluteError, Loss.Huber(), Loss.Huber(0.1), SumOfSquares];

    // The differences are 1/4, -5/2, 0 and -1; torch 1.13's MSELoss, L1Loss and HuberLoss(delta=0.75) give the same numbers.
    [Fact]
    public void Mean_squared_error_is_the_mean_of_the_squares() =>
        ShouldBe(Loss.MeanSquaredError, 1.828125, [0.125, -1.25, 0, -0.5]);

    [Fact]
    public void Mean_absolute_error_is_the_mean_of_the_magnitudes_with_gradient_zero_at_zero() =>
        ShouldBe(Loss.MeanAbsoluteError, 0.9375, [0.25, -0.25, 0, -0.25]);

    [Fact]
    public void Huber_loss_is_quadratic_near_zero_and_linear_beyond_the_threshold() =>
        ShouldBe(Loss.Huber(0.75), 0.5234375, [0.0625, -0.1875, 0, -0.1875]);

    [Fact]
    public void A_custom_loss_is_what_its_function_says() =>
        ShouldBe(SumOfSquares, 4 * 1.828125, [0.5, -5, 0, -2]);

    [Fact]
    public void A_custom_loss_need_not_fill_in_zeros()
    {
        Loss firstElement = Loss.Custom((predictions, targets, cotangents) =>
        {
            cotangents[0] = 1;
            return predictions[0];
        });
        ShouldBe(firstElement, 0.5, [1, 0, 0, 0]);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_cotangents_are_the_gradient_by_central_differences(Loss loss)
    {
        const double Step = 1e-5;
        // The kinks of |d| and of Huber's derivative are kept 1e-3 away: d is never within that of 0, of ±0.1 or of ±1.
        var difference = Gen.Double[-3, 3].Where(d => Math.Abs(d) > 1e-3 && Math.Abs(Math.Abs(d) - 0.1) > 1e-3 && Math.Abs(Math.Abs(d) - 1) > 1e-3);
        Gen.Select(difference, Gen.Double[-5, 5]).Array[1, 20].Sample(pairs =>
        {
            double[] targets = [.. pairs.Select(pair => pair.Item2)];
            double[] predictions = [.. pairs.Select(pair => pair.Item1 + pair.Item2)];
            double[] cotangents = new double[pairs.Length];
            double[] ignored = new double[pairs.Length];
            loss.Evaluate(predictions, targets, cotangents);
            for (int i = 0; i < predictions.Length; i++)
            {
                double at = predictions[i];
                predictions[i] = at + Step;
                double above = loss.Evaluate(predictions, targets, ignored);
                predictions[i] = at - Step;
                double below = loss.Evaluate(predictions, targets, ignored);
                predictions[i] = at;
                // Rounding of a sum of 20 terms and at most 180, divided by the distance of 2e-5, leaves at most 2e-8.
                cotangents[i].Should().BeApproximately((above - below) / (2 * Step), 5e-8);
            }
        }, iter: 200);
    }

    [Fact]
    public void Huber_loss_and_its_gradient_are_continuous_at_the_threshold()
    {
        Gen.Double[1e-3, 1e3].Sample(threshold =>
        {
            Loss loss = Loss.Huber(threshold);
            foreach (int sign in (int[])[1, -1])
            {
                double at = Single(loss, sign * threshold, out double slopeAt);
                double outside = Single(loss, sign * Math.BitIncrement(threshold), out double slopeOutside);
                at.Should().BeApproximately(threshold * threshold / 2, 1e-15 * threshold * threshold);
                outside.Should().BeApproximately(at, 1e-15 * threshold * threshold);
                slopeAt.Should().Be(sign * threshold);
                slopeOutside.Should().Be(slopeAt);
            }
        });
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0 / 3)]
    public void A_million_equal_elements_give_the_loss_of_one(double difference)
    {
        double[] predictions = new double[1_000_000];
        double[] cotangents = new double[predictions.Length];
        Array.Fill(predictions, difference);
        Loss[] losses = [Loss.MeanSquaredError, Loss.MeanAbsoluteError, Loss.Huber()];
        foreach (Loss loss in losses)
        {
            double one = Single(loss, difference, out _);
            double mean = loss.Evaluate(predictions, new double[predictions.Length], cotangents);
            mean.Should().BeInRange(Math.BitDecrement(one), Math.BitIncrement(one), "the mean of equal elements is the element, for the {0}", loss);
        }
    }

    [Fact]
    public void Elements_of_very_different_size_all_count()
    {
        double[] predictions = [1e16, 1, 1, 1, 1];
        Loss.MeanAbsoluteError.Evaluate(predictions, new double[5], new double[5]).Should().Be((1e16 + 4) / 5);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_value_that_is_not_finite_shows_in_the_loss(Loss loss)
    {
        loss.Evaluate([1, double.NaN], [0, 0], new double[2]).Should().Be(double.NaN);
        loss.Evaluate([1, double.PositiveInfinity], [0, 0], new double[2]).Should().Be(double.PositiveInfinity);

        double[] cotangents = [7, 7];
        loss.Evaluate([1, double.NaN], [0, 0], cotangents);
        cotangents[0].Should().BePositive();
        cotangents[1].Should().Be(double.NaN);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Spans_of_different_or_no_length_are_refused(Loss loss)
    {
        Action targets = () => loss.Evaluate(new double[3], new double[2], new double[3]);
        targets.Should().Throw<ArgumentException>().WithParameterName("targets").WithMessage("*2 elements*3*");
        Action cotangents = () => loss.Evaluate(new double[3], new double[3], new double[4]);
        cotangents.Should().Throw<ArgumentException>().WithParameterName("cotangents").WithMessage("*4 elements*3*");
        Action empty = () => loss.Evaluate([], [], []);
        empty.Should().Throw<ArgumentException>().WithParameterName("predictions");
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void An_evaluation_allocates_nothing(Loss loss)
    {
        double[] cotangents = new double[Predictions.Length];
        Allocations.During(() =>
        {
            for (int i = 0; i < 100; i++)
                loss.Evaluate(Predictions, Targets, cotangents);
        }).Should().Be(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-2.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_Huber_threshold_that_is_not_positive_and_finite_is_refused(double threshold)
    {
        Action act = () => Loss.Huber(threshold);
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("threshold").Which.ActualValue.Should().Be(threshold);
    }

    [Fact]
    public void A_custom_loss_needs_a_function()
    {
        Action act = () => Loss.Custom((LossFunction)null!);
        act.Should().Throw<ArgumentNullException>().WithParameterName("function");
    }

    private static double Single(Loss loss, double difference, out double slope)
    {
        Span<double> cotangent = [double.NaN];
        double value = loss.Evaluate([difference], [0.0], cotangent);
        slope = cotangent[0];
        return value;
    }

    private static void ShouldBe(Loss loss, double expected, double[] expectedCotangents)
    {
        // Every number here is a short binary fraction, so the comparison is exact.
        double[] cotangents = [double.NaN, double.NaN, double.NaN, double.NaN];
        loss.Evaluate(Predictions, Targets, cotangents).Should().Be(expected);
        cotangents.Should().Equal(expectedCotangents);
    }
}
