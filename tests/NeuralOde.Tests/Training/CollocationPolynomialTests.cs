namespace NeuralOde.Tests.Training;

public sealed class CollocationPolynomialTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_polynomial_of_its_degree_is_reproduced_with_its_derivative_on_irregular_times(int degree)
    {
        double[] times = [-3.0, -2.6, -1.1, -0.2, 0.4, 1.9, 2.0, 3.7, 5.0], value = new double[9], slope = new double[9];
        var random = new Random(1);
        double[] coefficients = [.. Enumerable.Range(0, degree + 1).Select(_ => random.NextDouble() - 0.5)];
        foreach (double at in new[] { -3.0, 0.3, 5.0 })
        {
            new CollocationPolynomial(9, 6).Weights(times, at, degree, value, slope);
            double expected = 0.0, expectedSlope = 0.0;
            for (int k = degree; k >= 0; k--)
                (expected, expectedSlope) = (expected * at + coefficients[k], expectedSlope * at + expected);
            times.Zip(value, (t, w) => w * coefficients.Select((c, k) => c * Math.Pow(t, k)).Sum()).Sum().Should().BeApproximately(expected, 1e-9 * Math.Pow(5, degree));
            times.Zip(slope, (t, w) => w * coefficients.Select((c, k) => c * Math.Pow(t, k)).Sum()).Sum().Should().BeApproximately(expectedSlope, 1e-9 * Math.Pow(5, degree));
        }
    }

    [Fact]
    public void The_weights_on_equal_distances_are_those_of_Savitzky_and_Golay()
    {
        double[] value = new double[5], slope = new double[5];
        new CollocationPolynomial(5, 2).Weights([10.0, 10.5, 11.0, 11.5, 12.0], 11.0, 2, value, slope);
        double[] smoothing = [-3.0 / 35, 12.0 / 35, 17.0 / 35, 12.0 / 35, -3.0 / 35], derivative = [-0.4, -0.2, 0.0, 0.2, 0.4];
        for (int i = 0; i < 5; i++)
        {
            value[i].Should().BeApproximately(smoothing[i], 1e-14);
            slope[i].Should().BeApproximately(derivative[i], 1e-14);
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.01)]
    public void The_noise_of_a_sine_is_estimated_within_a_tenth(double noise)
    {
        CollocationSmoothing smoothing = Smooth(noise, observations: 500);
        smoothing.Noise[0].Should().BeApproximately(noise, 0.1 * noise);
        smoothing.NoiseVariance.Should().BeApproximately(noise * noise, 0.2 * noise * noise);
    }

    [Fact]
    public void Data_without_noise_have_none_and_derivatives_to_seven_digits()
    {
        CollocationSmoothing smoothing = Smooth(noise: 0.0, observations: 200);
        smoothing.IsNoisy.Should().BeFalse();
        for (int i = 10; i < 190; i++)
            smoothing.Slopes(0)[i].Should().BeApproximately(Math.Cos(0.1 * i), 1e-7);
    }

    [Fact]
    public void Gaps_are_bridged_and_a_component_of_four_observations_has_no_derivative()
    {
        var states = new double[40, 2];
        for (int i = 0; i < 40; i++)
            (states[i, 0], states[i, 1]) = (i % 3 == 1 ? double.NaN : Math.Sin(0.1 * i), i < 4 ? 1.0 : double.NaN);
        var smoothing = new CollocationSmoothing(TrajectoryDataset.FromTrajectory([.. Enumerable.Range(0, 40).Select(i => 0.1 * i)], states));
        for (int i = 0; i < 40; i++)
        {
            smoothing.States(0)[2 * i].Should().BeApproximately(Math.Sin(0.1 * i), 1e-5);
            smoothing.Slopes(0)[2 * i].Should().BeApproximately(Math.Cos(0.1 * i), 1e-3);
            smoothing.Slopes(0)[2 * i + 1].Should().Be(double.NaN);
        }
    }

    private static CollocationSmoothing Smooth(double noise, int observations)
    {
        var random = new Random(5);
        var states = new double[observations, 1];
        for (int i = 0; i < observations; i++)
            states[i, 0] = Math.Sin(0.1 * i) + noise * Math.Sqrt(-2.0 * Math.Log(1.0 - random.NextDouble())) * Math.Cos(2.0 * Math.PI * random.NextDouble());
        return new CollocationSmoothing(TrajectoryDataset.FromTrajectory([.. Enumerable.Range(0, observations).Select(i => 0.1 * i)], states));
    }
}
