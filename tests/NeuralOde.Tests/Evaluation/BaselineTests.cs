namespace NeuralOde.Tests.Evaluation;

public class BaselineTests
{
    private static readonly double NaN = double.NaN;

    private static Trajectory Series(double[] times, Func<double, double> value) => new(times, [.. times.Select(value)], 1);

    private static double[] Grid(int count, double step, double start = 0.0) => [.. Enumerable.Range(0, count).Select(n => start + (n * step))];

    [Fact]
    public void Persistence_keeps_every_component_as_it_was_last_observed()
    {
        var history = new Trajectory([0.0, 1.0, 3.0], new[,] { { 1.0, 2.0, NaN }, { 3.0, NaN, NaN }, { NaN, 5.0, NaN } });
        double[,] forecast = Baseline.Persistence.Forecast(history, [3.0, 7.0]);
        for (int n = 0; n < 2; n++)
            forecast.Cast<double>().Skip(3 * n).Take(3).Should().Equal(3.0, 5.0, NaN);
    }

    [Fact]
    public void A_season_repeats_the_last_one_that_is_whole()
    {
        Trajectory history = Series(Grid(10, 1.0), t => 100.0 * t);
        // Before: t = 10 − 4, 13 − 4, then two seasons before: 14 − 8, 17 − 8.
        Baseline.Seasonal(4.0).Forecast(history, [10.0, 13.0, 14.0, 17.0]).Cast<double>().Should().Equal(600.0, 900.0, 600.0, 900.0);
    }

    [Fact]
    public void Between_observations_a_season_before_is_a_straight_line()
    {
        Trajectory history = new([0.0, 1.0, 2.5, 4.0], [0.0, 2.0, 5.0, 3.0], 1);
        // At 0.5, and at 1.75 half way from 2 to 5.
        Baseline.Seasonal(4.0).Forecast(history, [4.5, 5.75]).Cast<double>().Should().Equal(1.0, 3.5);
    }

    [Fact]
    public void A_season_before_the_first_observation_is_unknown()
    {
        Trajectory history = Series(Grid(3, 1.0), t => t);
        Baseline.Seasonal(10.0).Forecast(history, [3.0, 10.5]).Cast<double>().Should().Equal(NaN, 0.5);
    }

    [Fact]
    public void A_season_goes_around_gaps()
    {
        var history = new Trajectory([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 10.0, NaN, 30.0, NaN, NaN], 1);
        // 6 − 2 = 4 is after the last observation, at 3: two seasons before, at 2, it is half way from 10 to 30.
        Baseline.Seasonal(2.0).Forecast(history, [6.0]).Cast<double>().Should().Equal(20.0);
    }

    [Fact]
    public void Times_may_run_backward()
    {
        Trajectory history = Series([9.0, 8.0, 7.0, 6.0, 5.0, 4.0], t => 100.0 * t);
        Baseline.Seasonal(4.0).Forecast(history, [3.0, 0.0, -1.0]).Cast<double>().Should().Equal(700.0, 400.0, 700.0);
        FluentActions.Invoking(() => Baseline.Persistence.Forecast(history, [5.0])).Should().Throw<ArgumentException>().WithMessage("times[0] = 5 is before the last observation, at 4*");
    }

    [Theory]
    [InlineData(12.0, 1.0)]
    [InlineData(7.3, 1.0)]
    [InlineData(0.25, 0.02)]
    public void A_season_is_found_in_regular_data(double period, double step)
    {
        var random = new Random(1);
        var training = TrajectoryDataset.FromTrajectories([Series(Grid(240, step), t =>
            (0.01 * t / step) + Math.Sin(2.0 * Math.PI * t / period) + (0.5 * Math.Cos(4.0 * Math.PI * t / period)) + (0.1 * (random.NextDouble() - 0.5)))]);
        Baseline.Seasonal(training).Period.Should().BeApproximately(period, 0.01 * period);
    }

    [Fact]
    public void A_season_is_found_in_irregular_data_with_gaps()
    {
        var random = new Random(2);
        double[] times = [.. Enumerable.Range(0, 300).Select(_ => 40.0 * random.NextDouble()).Order()];
        var states = new double[300, 2];
        for (int n = 0; n < 300; n++)
        {
            states[n, 0] = n % 5 == 0 ? NaN : Math.Sin(2.0 * Math.PI * times[n] / 3.7) + (0.1 * random.NextDouble());
            states[n, 1] = n % 7 == 0 ? NaN : Math.Cos(2.0 * Math.PI * times[n] / 3.7);
        }

        Baseline.Seasonal(TrajectoryDataset.FromTrajectory(times, states)).Period.Should().BeApproximately(3.7, 0.02);
    }

    [Fact]
    public void A_season_of_spikes_is_not_taken_for_its_harmonic()
    {
        var training = TrajectoryDataset.FromTrajectories([Series(Grid(200, 1.0), t => t % 10.0 == 0.0 ? 5.0 : t % 5.0 == 0.0 ? -3.0 : 0.01 * Math.Sin(t))]);
        Baseline.Seasonal(training).Period.Should().BeApproximately(10.0, 1e-6);
    }

    [Theory]
    [InlineData("noise")]
    [InlineData("decay")]
    [InlineData("line")]
    [InlineData("constant")]
    public void Where_nothing_repeats_there_is_no_season(string kind)
    {
        var random = new Random(3);
        var training = TrajectoryDataset.FromTrajectories([Series(Grid(200, 0.5), t => kind switch
        {
            "noise" => random.NextDouble(),
            "decay" => Math.Exp(-0.1 * t),
            "line" => 3.0 - (0.2 * t),
            _ => 4.0,
        })]);
        FluentActions.Invoking(() => Baseline.Seasonal(training)).Should().Throw<ArgumentException>().WithMessage("No season is found*");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_period_is_positive_and_finite(double period) =>
        FluentActions.Invoking(() => Baseline.Seasonal(period)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void A_baseline_may_be_a_function()
    {
        Baseline twice = Baseline.FromFunction("twice", (history, times) => new[,] { { 2.0 * history.StateAt(history.Length - 1)[0] } });
        Trajectory one = Series([0.0, 1.0], t => 1.0 + t);
        twice.Forecast(one, [2.0])[0, 0].Should().Be(4.0);
        FluentActions.Invoking(() => twice.Forecast(one, [2.0, 3.0])).Should().Throw<InvalidOperationException>().WithMessage("*'twice' returned 1 × 1 numbers for 2 times*");
        twice.ToString().Should().Be("twice");
    }

    [Fact]
    public void Times_must_be_monotone_from_the_origin()
    {
        Trajectory history = Series([0.0, 1.0], t => t);
        FluentActions.Invoking(() => Baseline.Persistence.Forecast(history, [0.5])).Should().Throw<ArgumentException>().WithMessage("times[0] = 0.5*");
        FluentActions.Invoking(() => Baseline.Persistence.Forecast(history, [2.0, 1.5])).Should().Throw<ArgumentException>().WithMessage("times[1] = 1.5*");
        FluentActions.Invoking(() => Baseline.Persistence.Forecast(history, [])).Should().Throw<ArgumentException>();
    }
}
