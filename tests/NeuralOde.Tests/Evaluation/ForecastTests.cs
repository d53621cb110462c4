using static NeuralOde.Tests.Evaluation.EvaluationExamples;

namespace NeuralOde.Tests.Evaluation;

public class ForecastTests
{
    private const double NaN = double.NaN;

    [Fact]
    public void From_a_whole_observation_a_forecast_is_a_prediction()
    {
        NeuralOdeModel model = Oscillator();
        Trajectory observed = Observed(Times(5), (n, i, z) => n < 4 ? NaN : z);
        ForecastResult forecast = model.Forecast(observed, [1.0, 2.5]);
        forecast.States.ToArray().Should().Equal(model.Predict(observed.StateAt(4), [observed.Times[4], 1.0, 2.5]).States[2..].ToArray());
        forecast.Start.Should().Be(ForecastStart.Observed);
        forecast.InitialTime.Should().Be(observed.Times[4]);
        forecast.StartObservations.Should().Be(1);
        forecast.StartResidual.Should().Be(0.0);
        forecast.Status.Should().Be(OdeStatus.Success);
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(-30.0, 0.01)]
    public void A_start_with_a_gap_is_what_explains_the_observations_before(double mean, double scale)
    {
        // No observation is whole.
        Trajectory observed = Observed(Times(30), (n, i, z) => (n + i) % 3 == 0 || (n + i) % 3 == 1 && i == 1 ? NaN : mean + (scale * z));
        Standardization? units = scale == 1.0 ? null : new([mean, mean], [scale, scale]);
        ForecastResult forecast = Oscillator(standardization: units).Forecast(observed, [6.0, 9.0]).EnsureSuccess();
        forecast.Start.Should().Be(ForecastStart.Fitted);
        forecast.StartObservations.Should().Be(20);
        forecast.StartResidual.Should().BeLessThan(1e-7);
        forecast.States.ToArray().ShouldBeNear([.. State(6.0).Concat(State(9.0)).Select(z => mean + (scale * z))], 1e-6 * scale);
        forecast.InitialState.ToArray().ShouldBeNear([.. State(forecast.InitialTime).Select(z => mean + (scale * z))], 1e-6 * scale);
    }

    [Fact]
    public void A_component_that_is_never_observed_is_found_from_the_other()
    {
        ForecastResult forecast = Oscillator().Forecast(Observed(Times(12), (n, i, z) => i == 1 ? NaN : z), [3.0]);
        forecast.Start.Should().Be(ForecastStart.Fitted);
        forecast.States.ToArray().ShouldBeNear(State(3.0), 1e-6);
    }

    /// <summary>The oscillator in the other order: hidden is the first component.</summary>
    [Fact]
    public void A_hidden_component_is_found_from_the_measured_one()
    {
        var model = new NeuralOdeModel(TrainableVectorField.FromFunction(2, [4.0, 0.2],
            (_, y, p, dydt) => (dydt[1], dydt[0]) = (y[0], (-p[0] * y[1]) - (p[1] * y[0])),
            (_, y, p, c, cy, cp) =>
            {
                (cy[1], cy[0]) = (-p[0] * c[0], c[1] - (p[1] * c[0]));
                (cp[0], cp[1]) = (-y[1] * c[0], -y[0] * c[0]);
            }))
        {
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
            MeasuredComponents = [1],
        };
        Trajectory observed = new(Times(40), [.. Times(40).Select(t => State(t)[0])], 1);
        ForecastResult forecast = model.Forecast(observed, [9.0]);
        forecast.Start.Should().Be(ForecastStart.Fitted);
        forecast.States.ToArray().ShouldBeNear([State(9.0)[1], State(9.0)[0]], 1e-6);
        ForecastEvaluation evaluation = model.Evaluate(TrajectoryDataset.FromTrajectories([observed]), new EvaluationOptions { Horizon = 5, OriginStride = 10 });
        evaluation.Model.Components.Should().ContainSingle().Which.Rmse.Should().BeLessThan(1e-6);
        // At the first origin there is one number for two components.
        evaluation.OriginsWithoutStart.Should().Be(1);
    }

    /// <summary>Linear in the start, so that the fit to noisy observations is linear least squares with rows of the known solutions from (1, 0) and (0, 1).</summary>
    [Fact]
    public void With_noise_the_start_is_the_least_squares_fit()
    {
        var random = new Random(5);
        double[] times = Times(15);
        Trajectory observed = Observed(times, (n, i, z) => i == 1 ? NaN : z + (0.2 * (random.NextDouble() - 0.5)));
        double frequency = Math.Sqrt(4.0 - 0.01);
        var rows = new double[30];
        for (int n = 0; n < 15; n++)
        {
            rows[2 * n] = State(times[n])[0];
            rows[(2 * n) + 1] = Math.Exp(-0.1 * times[n]) * Math.Sin(frequency * times[n]) / frequency;
        }

        var start = new double[2];
        LeastSquares.Solve(rows, [.. Enumerable.Range(0, 15).Select(n => observed.StateAt(n)[0])], 15, 2, 1, start);
        ForecastResult forecast = Oscillator().Forecast(observed, [3.0]);
        forecast.InitialState.ToArray().ShouldBeNear(start, 1e-6);
        forecast.Start.Should().Be(ForecastStart.Fitted);
    }

    [Fact]
    public void Noisy_observations_give_a_better_start_together()
    {
        var random = new Random(6);
        Trajectory observed = Observed(Times(40), (_, _, z) => z + (0.2 * (random.NextDouble() - 0.5)));
        ForecastResult last = Oscillator().Forecast(observed, [9.0]);
        ForecastResult fitted = Oscillator().Forecast(observed, [9.0], new ForecastOptions { StartObservations = 40 });
        fitted.StartObservations.Should().Be(40);
        Math.Abs(fitted[0, 0] - State(9.0)[0]).Should().BeLessThan(Math.Abs(last[0, 0] - State(9.0)[0]));
        fitted.StartResidual.Should().BeInRange(0.02, 0.2);
    }

    [Fact]
    public void Backward_in_time_the_start_is_fitted_too()
    {
        double[] times = [.. Times(12).Reverse()];
        ForecastResult forecast = Oscillator().Forecast(Observed(times, (n, i, z) => i == 1 ? NaN : z), [-0.5]);
        forecast.States.ToArray().ShouldBeNear(State(-0.5), 1e-6);
    }

    /// <summary>Two components that know nothing of each other: of one nothing was observed.</summary>
    [Fact]
    public void What_the_observations_do_not_determine_is_said()
    {
        var apart = new NeuralOdeModel(TrainableVectorField.FromFunction(2, [0.5], (_, y, p, dydt) => (dydt[0], dydt[1]) = (-p[0] * y[0], -p[0] * y[1]),
            (_, y, p, c, cy, cp) => (cy[0], cy[1], cp[0]) = (-p[0] * c[0], -p[0] * c[1], -(y[0] * c[0]) - (y[1] * c[1]))));
        double[,] states = { { 1.0, NaN }, { 0.6, NaN }, { 0.4, NaN } };
        ForecastResult forecast = apart.Forecast(new Trajectory([0.0, 1.0, 2.0], states), [3.0]);
        forecast.Start.Should().Be(ForecastStart.Undetermined);
        forecast.InitialState[1].Should().Be(0.0);
    }

    [Fact]
    public void Fewer_numbers_than_components_are_refused() =>
        FluentActions.Invoking(() => Oscillator().Forecast(new Trajectory([0.0, 1.0], new[,] { { 1.0, NaN }, { NaN, NaN } }), [2.0]))
            .Should().Throw<ArgumentException>().WithMessage("observed has fewer observed numbers*2 components*");

    [Fact]
    public void A_solve_that_fails_is_reported_and_leaves_NaN()
    {
        ForecastResult forecast = Models.ModelExamples.FiniteTimeBlowUp().Forecast(new Trajectory([0.0], new[,] { { 1.0 } }), [0.5, 2.0]);
        forecast.Failure.Should().NotBeNull();
        forecast[0, 0].Should().BeApproximately(2.0, 1e-3);
        forecast[1, 0].Should().Be(NaN);
        FluentActions.Invoking(forecast.EnsureSuccess).Should().Throw<OdeSolverException>();
    }

    /// <summary>z' = z² from 1 at t = 0 ends before the second observation.</summary>
    [Fact]
    public void A_start_that_cannot_be_fitted_is_a_failure()
    {
        var observed = new Trajectory([0.0, 5.0], new[,] { { 1.0 }, { 3.0 } });
        ForecastResult forecast = Models.ModelExamples.FiniteTimeBlowUp().Forecast(observed, [6.0], new ForecastOptions { StartObservations = 2 });
        forecast.Failure.Should().NotBeNull();
        forecast.States.ToArray().Should().Equal(NaN);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Trajectory observed = Observed(Times(3));
        FluentActions.Invoking(() => Oscillator().Forecast(observed, [0.1])).Should().Throw<ArgumentException>().WithMessage("times[0] = 0.1*");
        FluentActions.Invoking(() => Oscillator().Forecast(new Trajectory([0.0], new double[1, 3]), [1.0])).Should().Throw<ArgumentException>().WithMessage("observed has 3 components*");
        FluentActions.Invoking(() => Oscillator().Forecast(observed, [1.0], new ForecastOptions { StartObservations = 0 })).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Oscillator().Forecast(observed, [1.0])[0, 2]).Should().Throw<ArgumentOutOfRangeException>();
    }
}
