using System.Text.Json;

namespace NeuralOde.Tests.Evaluation;

public class AutoregressionBaselineTests
{
    private static readonly JsonElement Reference = EvaluationReference.Of("var");

    private static TrajectoryDataset Observations(double step = 1.0)
    {
        double[] states = Reference.Numbers("observations");
        return EvaluationReference.Dataset([.. Enumerable.Range(0, states.Length / 2).Select(n => 5.0 + (n * step))], states, 2);
    }

    [Fact]
    public void Coefficients_are_those_of_statsmodels()
    {
        AutoregressionBaseline fitted = Baseline.Autoregression(Observations(), order: 2);
        fitted.Constant.ToArray().ShouldBeNear(Reference.Numbers("constant"), 1e-12);
        for (int lag = 0; lag < 2; lag++)
            fitted.Coefficients[lag].ToRowMajorArray().ShouldBeNear(Reference.GetProperty("coefficients")[lag].Numbers(), 1e-12);
    }

    [Fact]
    public void The_order_is_that_of_statsmodels() =>
        Baseline.Autoregression(Observations()).Order.Should().Be(Reference.GetProperty("chosen").GetInt32());

    [Fact]
    public void Forecasts_are_those_of_statsmodels()
    {
        TrajectoryDataset data = Observations(0.1);
        double last = data[0].Times[^1];
        Baseline.Autoregression(data, order: 2).Forecast(data[0], [last + 0.1, last + 0.2, last + 0.3, last + 0.4, last + 0.5]).Cast<double>().ToArray()
            .ShouldBeNear(Reference.Numbers("forecast"), 1e-12);
    }

    [Fact]
    public void Times_may_leave_steps_out_and_begin_at_the_origin()
    {
        TrajectoryDataset data = Observations();
        double last = data[0].Times[^1];
        Baseline.Autoregression(data, order: 2).Forecast(data[0], [last, last + 3.0]).Cast<double>().ToArray()
            .ShouldBeNear([.. data[0].StateAt(data[0].Length - 1), .. Reference.Numbers("forecast")[4..6]], 1e-12);
    }

    /// <summary>z(n) = 0.5 z(n − 1) + 1 exactly, with rows missing or empty: what is left determines it.</summary>
    [Fact]
    public void Missing_observations_are_gaps_on_the_grid()
    {
        double[] exact = [.. Enumerable.Range(0, 30).Select(n => 2.0 + (8.0 * Math.Pow(0.5, n)))];
        int[] kept = [.. Enumerable.Range(0, 30).Where(n => n % 7 != 5)];
        double[] states = [.. kept.Select(n => n == 10 ? double.NaN : exact[n])];
        AutoregressionBaseline fitted = Baseline.Autoregression(EvaluationReference.Dataset([.. kept.Select(n => 0.25 * n)], states, 1), order: 1);
        fitted.Coefficients[0][0, 0].Should().BeApproximately(0.5, 1e-12);
        fitted.Constant[0].Should().BeApproximately(1.0, 1e-12);
        fitted.Step.Should().Be(0.25);
    }

    [Fact]
    public void Gaps_before_the_origin_are_filled_by_forecasts()
    {
        AutoregressionBaseline fitted = Baseline.Autoregression(EvaluationReference.Dataset([.. Enumerable.Range(0, 12).Select(n => (double)n)],
            [.. Enumerable.Range(0, 12).Select(n => 2.0 + (8.0 * Math.Pow(0.5, n)))], 1), order: 1);
        var history = new Trajectory([0.0, 1.0, 2.0, 4.0], [2.0, 10.0, double.NaN, double.NaN], 1);
        // From 10 at t = 1: 6, 4, 3 at t = 4, 2.5 at t = 5.
        fitted.Forecast(history, [4.0, 5.0]).Cast<double>().ToArray().ShouldBeNear([3.0, 2.5], 1e-11);
        fitted.Forecast(new Trajectory([0.0], [double.NaN], 1), [1.0]).Cast<double>().Should().Equal(double.NaN);
    }

    [Fact]
    public void An_exact_recurrence_is_not_given_more_order_than_it_has()
    {
        double[] states = [.. Enumerable.Range(0, 80).Select(n => Math.Cos(0.7 * n))];
        Baseline.Autoregression(EvaluationReference.Dataset([.. Enumerable.Range(0, 80).Select(n => (double)n)], states, 1)).Order.Should().Be(2);
    }

    [Fact]
    public void A_constant_component_does_no_harm()
    {
        double[] states = [.. Enumerable.Range(0, 40).SelectMany(n => new[] { Math.Cos(0.7 * n), 7.0 })];
        TrajectoryDataset data = EvaluationReference.Dataset([.. Enumerable.Range(0, 40).Select(n => (double)n)], states, 2);
        Baseline.Autoregression(data, order: 2).Forecast(data[0], [40.0]).Cast<double>().ToArray().ShouldBeNear([Math.Cos(0.7 * 40), 7.0], 1e-9);
    }

    [Fact]
    public void Irregular_sampling_is_refused_with_its_place()
    {
        TrajectoryDataset irregular = EvaluationReference.Dataset([0.0, 1.0, 2.0, 3.4, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0], 1);
        FluentActions.Invoking(() => Baseline.Autoregression(irregular)).Should().Throw<ArgumentException>().WithMessage("training[0] is not sampled regularly: from t = 2 to 3.4*");
        AutoregressionBaseline fitted = Baseline.Autoregression(Observations(), order: 1);
        FluentActions.Invoking(() => fitted.Forecast(new Trajectory([0.0, 1.5], new double[2, 2]), [2.0])).Should().Throw<ArgumentException>().WithMessage("history is not sampled regularly*");
        FluentActions.Invoking(() => fitted.Forecast(new Trajectory([0.0, 1.0], new double[2, 2]), [2.5])).Should().Throw<ArgumentException>().WithMessage("times is not sampled regularly*");
    }

    [Theory]
    [InlineData(3, "order = 3: training has 2 observations with 3 whole ones before; 4 unknowns*")]
    [InlineData(null, "training has 4 observations with a whole one before; an autoregression of 1 components needs 6*")]
    public void Too_few_observations_are_refused(int? order, string message) =>
        FluentActions.Invoking(() => Baseline.Autoregression(EvaluationReference.Dataset([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 1.0, 3.0, 0.0], 1), order))
            .Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void An_order_is_at_least_1() =>
        FluentActions.Invoking(() => Baseline.Autoregression(Observations(), order: 0)).Should().Throw<ArgumentOutOfRangeException>();
}
