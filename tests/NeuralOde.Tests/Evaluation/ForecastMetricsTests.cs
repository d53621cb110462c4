namespace NeuralOde.Tests.Evaluation;

public class ForecastMetricsTests
{
    private static readonly double[] Observed = [3.0, -0.5, 2.0, 7.0];
    private static readonly double[] Forecast = [2.5, 0.0, 2.0, 8.0];

    /// <summary>The example of scikit-learn's r2_score, mean_squared_error and mean_absolute_error: 0.9486…, 0.375 and 0.5.</summary>
    [Fact]
    public void They_are_what_scikit_learn_documents()
    {
        ForecastMetrics metrics = ForecastMetrics.Of(Observed, Forecast);
        metrics.Count.Should().Be(4);
        metrics.Rmse.Should().BeApproximately(Math.Sqrt(0.375), 1e-15);
        metrics.MeanAbsoluteError.Should().Be(0.5);
        metrics.R2.Should().BeApproximately(0.9486081370449679, 1e-15);
        metrics.Bias.Should().Be(0.25);
        metrics.NormalizedRmse.Should().BeApproximately(Math.Sqrt(1.0 - 0.9486081370449679), 1e-15);
        metrics.Mase.Should().Be(double.NaN);
    }

    [Fact]
    public void Mase_is_measured_in_the_naive_error_of_the_training_data()
    {
        // |4 − 1|, |2 − 4|, |6 − 2|: mean 3.
        double naive = ForecastMetrics.NaiveError([1.0, 4.0, 2.0, 6.0]);
        naive.Should().Be(3.0);
        ForecastMetrics.Of(Observed, Forecast, naiveError: naive).Mase.Should().BeApproximately(0.5 / 3.0, 1e-16);
    }

    [Fact]
    public void A_gap_takes_its_two_pairs_out_of_the_naive_error() =>
        ForecastMetrics.NaiveError([1.0, 4.0, double.NaN, 6.0, 7.0]).Should().Be(2.0);

    [Fact]
    public void Gaps_are_left_out() =>
        ForecastMetrics.Of([3.0, double.NaN, -0.5, 2.0, 7.0], [2.5, double.NaN, 0.0, 2.0, 8.0]).Should().Be(ForecastMetrics.Of(Observed, Forecast));

    [Fact]
    public void A_constant_has_no_R2_and_no_scale()
    {
        ForecastMetrics metrics = ForecastMetrics.Of([0.1, 0.1, 0.1], [0.1, 0.2, 0.1], naiveError: ForecastMetrics.NaiveError([5.0, 5.0]));
        metrics.R2.Should().Be(double.NaN);
        metrics.Mase.Should().Be(double.NaN);
        metrics.NormalizedRmse.Should().Be(double.NaN);
        metrics.Rmse.Should().BeApproximately(0.1 / Math.Sqrt(3.0), 1e-16);
    }

    [Fact]
    public void A_large_mean_costs_R2_no_digits() =>
        ForecastMetrics.Of([.. Observed.Select(x => x + 1e9)], [.. Forecast.Select(x => x + 1e9)]).R2.Should().BeApproximately(0.9486081370449679, 1e-7);

    [Fact]
    public void Nothing_to_compare_is_NaN_and_a_count_of_0()
    {
        ForecastMetrics metrics = ForecastMetrics.Of([double.NaN], [1.0]);
        metrics.Count.Should().Be(0);
        metrics.Rmse.Should().Be(double.NaN);
    }

    [Fact]
    public void A_missing_forecast_is_refused_where_something_was_observed() =>
        FluentActions.Invoking(() => ForecastMetrics.Of([1.0, 2.0], [1.0, double.NaN])).Should().Throw<ArgumentException>().WithMessage("forecast[1] = NaN*");

    [Fact]
    public void Lengths_must_agree() =>
        FluentActions.Invoking(() => ForecastMetrics.Of([1.0, 2.0], [1.0])).Should().Throw<ArgumentException>().WithMessage("forecast has 1 numbers; 2*");

    [Fact]
    public void Overall_measures_are_over_all_numbers()
    {
        ForecastMetrics one = ForecastMetrics.Of([0.0, 2.0], [1.0, 3.0], standardDeviation: 2.0, naiveError: 0.5);
        ForecastMetrics other = ForecastMetrics.Of([10.0, 20.0, 30.0], [10.0, 20.0, 36.0], standardDeviation: 10.0, naiveError: 4.0);
        ForecastMetrics overall = ErrorSums.Overall([one, other]);
        overall.Count.Should().Be(5);
        overall.Rmse.Should().BeApproximately(Math.Sqrt((1.0 + 1.0 + 36.0) / 5.0), 1e-14);
        overall.MeanAbsoluteError.Should().BeApproximately(8.0 / 5.0, 1e-14);
        overall.NormalizedRmse.Should().BeApproximately(Math.Sqrt((0.25 + 0.25 + 0.36) / 5.0), 1e-14);
        overall.Mase.Should().BeApproximately((2.0 + 2.0 + 1.5) / 5.0, 1e-14);
        overall.R2.Should().BeApproximately(0.5 * (0.0 + (1.0 - (36.0 / 200.0))), 1e-14);
    }

    [Fact]
    public void A_component_without_R2_or_Mase_leaves_those_of_the_others()
    {
        ForecastMetrics constant = ForecastMetrics.Of([1.0, 1.0], [1.0, 1.5], standardDeviation: 1.0);
        ForecastMetrics other = ForecastMetrics.Of([0.0, 2.0], [0.0, 1.0], standardDeviation: 1.0, naiveError: 2.0);
        ForecastMetrics overall = ErrorSums.Overall([constant, other]);
        overall.R2.Should().Be(other.R2);
        overall.Mase.Should().Be(other.Mase);
    }
}
