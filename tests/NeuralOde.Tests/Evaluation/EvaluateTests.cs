using static NeuralOde.Tests.Evaluation.EvaluationExamples;

namespace NeuralOde.Tests.Evaluation;

public class EvaluateTests
{
    private const double NaN = double.NaN;

    /// <summary>z' = 0: what the model forecasts is persistence.</summary>
    private static NeuralOdeModel Still(int dimension = 1) => new(TrainableVectorField.FromFunction(dimension, [0.0], (_, _, _, dydt) => dydt.Clear(),
        (_, _, _, _, cy, cp) => cp.Clear()));

    private static Trajectory Series(params double[] values) => new([.. Enumerable.Range(0, values.Length).Select(n => (double)n)], values, 1);

    private static TrajectoryDataset One(Trajectory trajectory) => TrajectoryDataset.FromTrajectories([trajectory]);

    /// <summary>Forecasts of 0 1 3 7 4 two ahead by the last value: from 0: 1 3, from 1: 3 7, from 3: 7 4.</summary>
    [Fact]
    public void Every_observation_with_a_whole_horizon_is_an_origin()
    {
        ForecastEvaluation evaluation = Still().Evaluate(One(Series(0.0, 1.0, 3.0, 7.0, 4.0)), horizon: 2);
        evaluation.Origins.Should().Be(3);
        double[] errors = [1.0, 3.0, 2.0, 6.0, 4.0, 1.0];
        evaluation.Model.Components[0].Count.Should().Be(6);
        evaluation.Model.Components[0].Rmse.Should().BeApproximately(Math.Sqrt(errors.Average(e => e * e)), 1e-14);
        evaluation.Model.Components[0].MeanAbsoluteError.Should().BeApproximately(errors.Average(), 1e-14);
        evaluation.Model.Components[0].Bias.Should().BeApproximately(-errors.Average(), 1e-14);
        double[] targets = [1.0, 3.0, 3.0, 7.0, 7.0, 4.0];
        evaluation.Model.Components[0].R2.Should().BeApproximately(1.0 - (errors.Sum(e => e * e) / targets.Sum(t => (t - targets.Average()) * (t - targets.Average()))), 1e-14);
        // The standard deviation of 0 1 3 7 4 about their mean 3 is √6.
        evaluation.Model.Components[0].NormalizedRmse.Should().BeApproximately(evaluation.Model.Components[0].Rmse / Math.Sqrt(6.0), 1e-14);
        evaluation.Model.NormalizedRmseByStep.ShouldBeNear([Math.Sqrt(21.0 / 3.0 / 6.0), Math.Sqrt(46.0 / 3.0 / 6.0)], 1e-14);
        evaluation.Residuals[0].Mean.Should().BeApproximately((1.0 + 2.0 + 4.0) / 3.0, 1e-14);
    }

    [Fact]
    public void Persistence_beside_it_is_as_good_as_a_model_that_stays()
    {
        ForecastEvaluation evaluation = Still().Evaluate(One(Series(0.0, 1.0, 3.0, 7.0, 4.0)), horizon: 2);
        evaluation.Baselines.Should().ContainSingle().Which.Name.Should().Be("persistence");
        evaluation.Baselines[0].Overall.Rmse.Should().BeApproximately(evaluation.Model.Overall.Rmse, 1e-14);
        evaluation.Baselines[0].ModelRatio.Should().BeApproximately(1.0, 1e-14);
        evaluation.ToString().Should().Contain("about as good as the best baseline, persistence");
    }

    [Fact]
    public void Mase_and_the_scale_come_from_the_training_data()
    {
        TrajectoryDataset training = One(Series(0.0, 2.0, 1.0, 3.0));
        ForecastMetrics metrics = Still().Evaluate(One(Series(5.0, 6.0, 4.0)), horizon: 1, training).Model.Overall;
        metrics.Mase.Should().BeApproximately(1.5 / (5.0 / 3.0), 1e-14);
        metrics.NormalizedRmse.Should().BeApproximately(Math.Sqrt(2.5) / Math.Sqrt(1.25), 1e-14);
    }

    [Fact]
    public void Gaps_are_left_out_and_counted()
    {
        ForecastEvaluation evaluation = Still().Evaluate(One(Series(0.0, NaN, 3.0, 7.0)), horizon: 1);
        evaluation.Gaps.Should().Be(1);
        evaluation.ObservedNumbers.Should().Be(2);
        evaluation.Model.Overall.Count.Should().Be(2);
        // From 0, nothing; from the gap the last known 0: 3; from 3: 4.
        evaluation.Model.Overall.MeanAbsoluteError.Should().BeApproximately(3.5, 1e-9);
        evaluation.FittedStarts.Should().Be(1);
        evaluation.ToString().Should().Contain("2 observed numbers to forecast; 1 not observed and left out.");
    }

    [Fact]
    public void After_a_split_in_time_the_training_data_are_the_history()
    {
        (TrajectoryDataset training, TrajectoryDataset test) = Dataset(Observed(Times(100))).SplitInTime(0.3);
        ForecastEvaluation evaluation = Oscillator().Evaluate(test, horizon: 5, training);
        // Origins from the last training observation to the sixth from the end.
        evaluation.Origins.Should().Be(26);
        evaluation.TrajectoriesWithHistory.Should().Be(1);
        evaluation.NotCompared.Should().BeEmpty();
        evaluation.Baselines.Select(baseline => baseline.Name.Split(' ')[0]).Should().Equal("persistence", "seasonal", "linear", "autoregression");
        evaluation.Model.Overall.Rmse.Should().BeLessThan(1e-8);
    }

    [Fact]
    public void The_beginning_of_a_trajectory_is_never_forecast_where_it_was_trained_with()
    {
        TrajectoryDataset data = Dataset(Observed(Times(100)));
        (TrajectoryDataset training, TrajectoryDataset test) = data.SplitInTime(0.3);
        ForecastEvaluation whole = Oscillator(3.0).Evaluate(data, horizon: 5, training);
        whole.Model.Should().BeEquivalentTo(Oscillator(3.0).Evaluate(test, horizon: 5, training).Model);
        Oscillator().Evaluate(training, horizon: 5, training).TrajectoriesInSample.Should().Be(1);
    }

    [Fact]
    public void Linear_data_are_forecast_exactly_by_the_linear_baselines()
    {
        (TrajectoryDataset training, TrajectoryDataset test) = Dataset(Observed(Times(100))).SplitInTime(0.3);
        ForecastEvaluation evaluation = Oscillator(stiffness: 3.5).Evaluate(test, horizon: 5, training);
        evaluation.Baselines[2].Overall.NormalizedRmse.Should().BeLessThan(1e-8);
        evaluation.Baselines[3].Overall.NormalizedRmse.Should().BeLessThan(1e-8);
        evaluation.BestBaseline!.ModelRatio.Should().BeGreaterThan(1e3);
        evaluation.ToString().Should().Contain("A baseline is better: the error (NRMSE) of ");
    }

    [Fact]
    public void Irregular_data_leave_the_autoregression_out_and_say_so()
    {
        double[] times = [.. Times(80).Select((t, n) => t + (0.05 * (n % 3)))];
        (TrajectoryDataset training, TrajectoryDataset test) = Dataset(Observed(times)).SplitInTime(0.3);
        ForecastEvaluation evaluation = Oscillator().Evaluate(test, horizon: 4, training);
        evaluation.NotCompared.Should().ContainSingle().Which.Should().StartWith("autoregression: training[0] is not sampled regularly");
        evaluation.Model.Overall.Rmse.Should().BeLessThan(1e-8);
    }

    [Fact]
    public void A_horizon_may_be_a_time()
    {
        ForecastEvaluation evaluation = Still().Evaluate(One(new Trajectory([0.0, 0.1, 2.0, 2.5, 6.0], [0.0, 1.0, 3.0, 7.0, 4.0], 1)), new EvaluationOptions { HorizonTime = 2.4 });
        // From 0: 0.1, 2.0; from 0.1: 2.0, 2.5; from 2.0: 2.5; from 2.5 nothing within 2.4.
        evaluation.Origins.Should().Be(3);
        evaluation.Model.Overall.Count.Should().Be(5);
        evaluation.Model.Overall.MeanAbsoluteError.Should().BeApproximately((1.0 + 3.0 + 2.0 + 6.0 + 4.0) / 5.0, 1e-14);
    }

    [Fact]
    public void A_stride_takes_every_so_many_observations_for_origins()
    {
        ForecastEvaluation evaluation = Still().Evaluate(One(Series([.. Enumerable.Range(0, 11).Select(n => (double)n)])), new EvaluationOptions { Horizon = 2, OriginStride = 4 });
        evaluation.Origins.Should().Be(3);
        evaluation.OriginStride.Should().Be(4);
        Still().Evaluate(One(Series(new double[2502])), horizon: 1).Should().Match<ForecastEvaluation>(e => e.OriginStride == 3 && e.Origins == 834);
    }

    [Fact]
    public void Short_trajectories_are_forecast_to_their_end_and_counted()
    {
        ForecastEvaluation evaluation = Still().Evaluate(TrajectoryDataset.FromTrajectories([Series(1.0, 2.0, 4.0), Series(5.0), Series(0.0, 1.0, 2.0, 3.0, 4.0, 5.0)]), horizon: 5);
        evaluation.ShortenedForecasts.Should().Be(1);
        evaluation.TrajectoriesWithoutForecast.Should().Be(1);
        evaluation.Model.Overall.Count.Should().Be(7);
        evaluation.ToString().Should().Contain("Ending before the horizon, with the data: 1 forecast.").And.Contain("Without anything to forecast: 1 trajectory.");
    }

    [Fact]
    public void Origins_without_a_start_are_counted()
    {
        Trajectory observed = Observed(Times(10), (n, i, z) => n == 0 && i == 1 ? NaN : z);
        ForecastEvaluation evaluation = Oscillator().Evaluate(Dataset(observed), horizon: 2);
        evaluation.OriginsWithoutStart.Should().Be(1);
        evaluation.Origins.Should().Be(7);
        evaluation.ToString().Should().Contain("too little was observed before to start from: 1 origin.");
    }

    /// <summary>z' = z² from 2 ends at t = 0.5, from 0.1 goes on.</summary>
    [Fact]
    public void Failed_forecasts_are_counted_and_no_verdict_is_given()
    {
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([Series(2.0, 2.5), Series(0.1, 0.2)]);
        ForecastEvaluation evaluation = Models.ModelExamples.FiniteTimeBlowUp().Evaluate(data, horizon: 1);
        evaluation.FailedForecasts.Should().Be(1);
        evaluation.LastFailure.Should().NotBeNull();
        evaluation.Model.Missing.Should().Be(1);
        evaluation.Model.Overall.Count.Should().Be(1);
        evaluation.Model.Overall.MeanAbsoluteError.Should().BeApproximately(0.2 - (0.1 / 0.9), 1e-5);
        evaluation.Baselines[0].Overall.Count.Should().Be(2);
        evaluation.ToString().Should().Contain("FAILED: 1 forecast of the model, 1 numbers missing below.").And.Contain("No verdict").And.NotContain("is best");
    }

    [Fact]
    public void A_baseline_is_compared_on_the_numbers_that_both_forecast()
    {
        Baseline sometimes = Baseline.FromFunction("sometimes", (history, times) => new[,] { { history.Length == 1 ? NaN : 10.0 } });
        ForecastEvaluation evaluation = Still().Evaluate(One(Series(0.0, 1.0, 3.0, 4.0)), new EvaluationOptions { Horizon = 1, Baselines = [sometimes] });
        evaluation.Baselines[0].Missing.Should().Be(1);
        // The model misses 3 by 2 and 4 by 1; the baseline by 7 and 6.
        evaluation.Baselines[0].ModelRatio.Should().BeApproximately(Math.Sqrt(5.0 / 85.0), 1e-14);
        evaluation.ToString().Should().Contain("smaller than that of the best baseline, sometimes on the numbers that both forecast.");
    }

    [Fact]
    public void A_baseline_without_any_forecast_is_named()
    {
        ForecastEvaluation evaluation = Still().Evaluate(One(Series(0.0, 1.0, 3.0)), new EvaluationOptions { Horizon = 1, Baselines = [Baseline.Seasonal(50.0)] });
        evaluation.Baselines.Should().BeEmpty();
        evaluation.NotCompared.Should().Equal("seasonal (50): no origin has observations enough before it");
        evaluation.BestBaseline.Should().BeNull();
    }

    [Fact]
    public void One_start_for_all_is_fitted_where_the_options_say_so()
    {
        var random = new Random(8);
        TrajectoryDataset data = Dataset(Observed(Times(60), (_, _, z) => z + (0.2 * (random.NextDouble() - 0.5))));
        ForecastEvaluation last = Oscillator().Evaluate(data, horizon: 5);
        ForecastEvaluation fitted = Oscillator().Evaluate(data, new EvaluationOptions { Horizon = 5, StartObservations = 15 });
        fitted.FittedStarts.Should().Be(fitted.Origins);
        fitted.Model.Overall.NormalizedRmse.Should().BeLessThan(0.95 * last.Model.Overall.NormalizedRmse);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        TrajectoryDataset data = One(Series(0.0, 1.0, 3.0));
        FluentActions.Invoking(() => Still().Evaluate(data, horizon: 0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Still().Evaluate(data, new EvaluationOptions())).Should().Throw<ArgumentException>().WithMessage("One of Horizon*");
        FluentActions.Invoking(() => Still().Evaluate(data, new EvaluationOptions { Horizon = 1, HorizonTime = 1.0 })).Should().Throw<ArgumentException>().WithMessage("One of Horizon*");
        FluentActions.Invoking(() => Still().Evaluate(data, new EvaluationOptions { HorizonTime = NaN })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Still().Evaluate(data, new EvaluationOptions { Horizon = 1, OriginStride = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Still().Evaluate(data, new EvaluationOptions { Horizon = 1, Baselines = [null!] })).Should().Throw<ArgumentException>().WithMessage("Baselines[0] is null*");
        FluentActions.Invoking(() => Still().Evaluate(Dataset(Observed(Times(3))), horizon: 1)).Should().Throw<ArgumentException>().WithMessage("data has 2 components; the model has 1*");
        FluentActions.Invoking(() => Still().Evaluate(data, horizon: 1, Dataset(Observed(Times(3))))).Should().Throw<ArgumentException>().WithMessage("Training has 2 components*");
        FluentActions.Invoking(() => Still().Evaluate(One(Series(1.0)), horizon: 1)).Should().Throw<ArgumentException>().WithMessage("data has nothing to forecast*");
    }
}
