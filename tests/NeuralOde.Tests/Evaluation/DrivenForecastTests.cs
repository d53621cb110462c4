namespace NeuralOde.Tests.Evaluation;

/// <summary>z' = u(t) − z/2, with an input that every trajectory brings.</summary>
public class DrivenForecastTests
{
    private const double NaN = double.NaN;

    private static NeuralOdeModel Driven()
    {
        var network = new Sequential(seed: 1, [new Dense(2, 1)]);
        var model = new NeuralOdeModel(new NeuralVectorField(network, inputDimension: 1))
        {
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
        };
        new[] { -0.5, 1.0, 0.0 }.CopyTo(model.Parameters);
        return model;
    }

    /// <summary>The input is <paramref name="before"/> until t = 3 and then 1: z tends to twice the input.</summary>
    private static double State(double t, double before) => t <= 3.0 ? 2.0 * before * (1.0 - Math.Exp(-0.5 * t)) : 2.0 + ((State(3.0, before) - 2.0) * Math.Exp(-0.5 * (t - 3.0)));

    private static Trajectory Observed(double before, int count, Func<int, bool>? isGap = null) => new(
        [.. Enumerable.Range(0, count).Select(n => 0.5 * n)], Table([.. Enumerable.Range(0, count).Select(n => isGap?.Invoke(n) == true ? NaN : State(0.5 * n, before))]),
        InputSignal.PiecewiseConstant([0.0, 3.0], [before, 1.0]));

    private static double[,] Table(double[] values)
    {
        var table = new double[values.Length, 1];
        for (int n = 0; n < values.Length; n++)
            table[n, 0] = values[n];
        return table;
    }

    [Fact]
    public void A_forecast_goes_on_with_the_input_of_the_trajectory() =>
        Driven().Forecast(Observed(0.3, 4), [2.5, 6.0]).States.ToArray().ShouldBeNear([State(2.5, 0.3), State(6.0, 0.3)], 1e-8);

    [Fact]
    public void A_start_is_fitted_under_the_input()
    {
        ForecastResult forecast = Driven().Forecast(Observed(0.3, 9, isGap: n => n == 8), [6.0]);
        forecast.Start.Should().Be(ForecastStart.Fitted);
        forecast.StartResidual.Should().BeLessThan(1e-8);
        forecast[0, 0].Should().BeApproximately(State(6.0, 0.3), 1e-8);
    }

    [Fact]
    public void Every_trajectory_is_evaluated_with_its_own()
    {
        ForecastEvaluation evaluation = Driven().Evaluate(TrajectoryDataset.FromTrajectories([Observed(0.3, 12), Observed(-2.0, 12)]), horizon: 6);
        evaluation.Model.Overall.Rmse.Should().BeLessThan(1e-8);
        evaluation.Baselines[0].Overall.Rmse.Should().BeGreaterThan(0.1);
        evaluation.ToString().Should().Contain("The model is given the inputs of the data; the baselines use none.");
    }

    [Fact]
    public void A_missing_input_is_refused()
    {
        FluentActions.Invoking(() => Driven().Forecast(new Trajectory([0.0], new[,] { { 1.0 } }), [1.0]))
            .Should().Throw<ArgumentException>().WithMessage("observed has no input; the model's vector field takes one of dimension 1*");
        FluentActions.Invoking(() => Driven().Evaluate(TrajectoryDataset.FromTrajectory([0.0, 1.0], new[,] { { 1.0 }, { 2.0 } }), horizon: 1))
            .Should().Throw<ArgumentException>().WithMessage("data has no input*");
    }
}
