using NeuralOde.Plots;
using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Tests.Plots;

public class FitFigureTests
{
    private static readonly double[] Times = [0, 1, 2, 3, 4];

    [Fact]
    public void Observations_are_where_they_were_made_and_gaps_are_nowhere()
    {
        var observations = new Trajectory(Times, new double[,] { { 1, 5 }, { 2, double.NaN }, { 3, 7 }, { double.NaN, 8 }, { 5, 9 } });

        Figure figure = Figure.Fit(observations, [], new FitOptions { StateNames = ["left", "right"] });

        figure.Panels[0].Series("observed").Should().Equal(new Coordinates(0, 1), new Coordinates(1, 2), new Coordinates(2, 3), new Coordinates(4, 5));
        figure.Panels[1].Series("observed").Should().Equal(new Coordinates(0, 5), new Coordinates(2, 7), new Coordinates(3, 8), new Coordinates(4, 9));
        figure.Panels.Take(2).Select(Drawn.TitleText).Should().Equal("left", "right");
    }

    [Fact]
    public void A_model_is_solved_from_the_first_observation_on()
    {
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([new Trajectory(Times, new double[,] { { 2 }, { 1 }, { 0 }, { 0 }, { 0 } })], ["mass"]);

        Plot panel = Figure.Fit(Cases.Decay(1), data, options: new FitOptions { ForecastUntil = 6 }).Panels[0];

        Coordinates[] seen = panel.Series("model"), forecast = panel.Series("model, forecast");
        seen.Concat(forecast).Should().OnlyContain(point => Math.Abs(point.Y - 2 * Math.Exp(-point.X)) < 1e-5);
        (seen[0].X, seen[^1].X, forecast[0].X, forecast[^1].X).Should().Be((0, 4, 4, 6));
        panel.TitleText().Should().Be("mass");
    }

    [Fact]
    public void What_was_held_out_is_told_apart_and_the_forecast_begins_before_it()
    {
        TrajectoryDataset data = Cases.Waves(1, 20);
        (TrajectoryDataset training, TrajectoryDataset heldOut) = data.SplitInTime(0.25);

        Plot panel = Figure.Fit(Cases.Decay(1), training, heldOut).Panels[0];

        panel.Series("observed").Select(point => point.X).Should().Equal(training[0].Times.ToArray());
        panel.Series("held out").Select(point => point.X).Should().Equal(heldOut[0].Times.ToArray());
        panel.Series("model, forecast")[0].X.Should().Be(training[0].Times[^1]);
        panel.Series("model, forecast")[^1].X.Should().Be(heldOut[0].Times[^1]);
        panel.GetPlottables<HorizontalSpan>().Single().Left.Should().Be(training[0].Times[^1]);
    }

    [Fact]
    public void Time_may_run_backward()
    {
        var data = TrajectoryDataset.FromTrajectory([4.0, 3, 2, 1], new double[,] { { 1 }, { 2 }, { 5 }, { 15 } });

        Plot panel = Figure.Fit(Cases.Decay(1), data, options: new FitOptions { HeldOutAfter = 2.5, ForecastUntil = 0 }).Panels[0];

        panel.Series("observed").Select(point => point.X).Should().Equal(4, 3);
        panel.Series("held out").Select(point => point.X).Should().Equal(2, 1);
        panel.Series("model").Concat(panel.Series("model, forecast")).Should().OnlyContain(point => Math.Abs(point.Y - Math.Exp(4 - point.X)) < 1e-3);
        panel.Series("model, forecast")[^1].X.Should().Be(0);
        panel.Limits().Left.Should().BeLessThan(0);
    }

    [Fact]
    public void A_prediction_that_runs_away_is_cut_off_and_the_observations_stay_in_sight()
    {
        var curve = new Curve("wild", [0.0, 4.0], new double[,] { { 0 }, { 1e200 } });

        AxisLimits limits = Figure.Fit(new Trajectory(Times, new double[,] { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } }), [curve]).Panels[0].Limits();

        limits.Top.Should().BeInRange(5, 12);
        limits.Bottom.Should().BeInRange(-6, 0.5);
    }

    [Fact]
    public void A_prediction_that_fails_is_named()
    {
        var exploding = new NeuralOdeModel(TrainableVectorField.FromFunction(1, [1.0], (t, y, p, d) => d[0] = p[0] * y[0] * y[0], (t, y, p, c, cy, cp) => { }));

        Plot panel = Figure.Fit(exploding, TrajectoryDataset.FromTrajectory(Times, new double[,] { { 1 }, { 1 }, { 1 }, { 1 }, { 1 } })).Panels[0];

        string name = panel.Names().Single(name => name != "observed");
        name.Should().StartWith("model (failed at 1");
        panel.Series(name).Should().OnlyContain(point => point.X < 1.001 && (point.X > 0.99 || Math.Abs(point.Y * (1 - point.X) - 1) < 1e-2));
    }

    [Fact]
    public void Components_are_chosen_or_the_first_twelve()
    {
        Trajectory observations = Cases.Waves(20, 5)[0];

        Figure.Fit(observations, []).Panels.Should().HaveCount(13, "the legend is one");
        Figure.Fit(observations, [], new FitOptions { Components = [19, 3] }).Panels.Take(2).Select(Drawn.TitleText).Should().Equal("x20", "x4");
    }

    [Fact]
    public void A_hidden_component_has_a_panel_without_observations()
    {
        var curve = new Curve("model", [0.0, 4.0], new double[,] { { 1, 2 }, { 1, 3 } });

        Plot panel = Figure.Fit(new Trajectory(Times, new double[,] { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } }), [curve]).Panels[1];

        panel.TitleText().Should().Be("x2 (not observed)");
        panel.Series("model").Should().Equal(new Coordinates(0, 2), new Coordinates(4, 3));
    }

    [Fact]
    public void A_curve_has_a_gap_where_it_is_not_a_number()
    {
        var curve = new Curve("broken", Times, new double[,] { { 1 }, { 2 }, { double.NaN }, { 4 }, { 5 } }) { Style = CurveStyle.Alternative };

        Scatter[] pieces = [.. Figure.Fit(new Trajectory([0.0], new double[,] { { 1 } }), [curve]).Panels[0].GetPlottables<Scatter>().Where(scatter => scatter.LegendText != "observed")];

        pieces.Select(piece => piece.Data.GetScatterPoints().Count).Should().Equal(2, 2);
        pieces.Select(piece => piece.LegendText).Should().Equal("broken", "");
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        TrajectoryDataset data = Cases.Waves(2, 10);
        NeuralOdeModel model = Cases.Decay(2);
        Trajectory gap = new([0.0, 1], new double[,] { { 1, double.NaN }, { 1, 1 } });

        Refused(() => Figure.Fit(model, data, options: new FitOptions { Trajectory = 1 }), "*Trajectory = 1*");
        Refused(() => Figure.Fit(model, data, options: new FitOptions { Components = [2] }), "*Components[0] = 2*");
        Refused(() => Figure.Fit(model, data, options: new FitOptions { Components = [] }), "*Components is empty*");
        Refused(() => Figure.Fit(model, data, options: new FitOptions { StateNames = ["one"] }), "*StateNames has 1*");
        Refused(() => Figure.Fit(model, data, options: new FitOptions { HeldOutAfter = double.NaN }), "*HeldOutAfter*");
        Refused(() => Figure.Fit(model, data, options: new FitOptions { ForecastUntil = -1 }), "*ForecastUntil = -1*");
        Refused(() => Figure.Fit(model, data, options: new FitOptions { InitialState = [1] }), "*InitialState has 1*");
        Refused(() => Figure.Fit(model, data, heldOut: data), "*does not follow*");
        Refused(() => Figure.Fit(model, TrajectoryDataset.FromTrajectories([gap])), "*Component 1 of the first observation of trajectory 0*");
        Refused(() => Figure.Fit(Cases.Decay(3), data), "*dimension*");
        Refused(() => Figure.Fit(data[0], [new Curve("one", [0.0], new double[,] { { 1 } })]), "*curves[0] has dimension 1*");
        Refused(() => Figure.Fit(new Trajectory([0.0], new double[,] { { -1e308 } }), []), "*Component 0 of observation 0*");
        Refused(() => new Curve("c", [0.0, 2, 1], new double[,] { { 1 }, { 2 }, { 3 } }), "*times[2] = 1*");
        Refused(() => new Curve("c", [0.0], new double[,] { { double.PositiveInfinity } }), "*states[0, 0]*");
        Refused(() => new Curve("c", [0.0], new double[2, 1]), "*states has 2 rows*");
        Refused(() => new Curve("c", [], new double[0, 1]), "*times is empty*");

        static void Refused(Func<object> call, string message) => FluentActions.Invoking(call).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void A_curve_is_divided_in_two_that_meet()
    {
        var curve = new Curve("c", Times, new double[,] { { 1 }, { 2 }, { 3 }, { 4 }, { 5 } });

        IReadOnlyList<Curve> parts = curve.SplitAfter(2.5, "before", "after");

        parts.Select(part => part.Name).Should().Equal("before", "after");
        parts.Select(part => part.Style).Should().Equal(CurveStyle.Fit, CurveStyle.Forecast);
        parts[0].Times.ToArray().Should().Equal(0, 1, 2);
        parts[1].Times.ToArray().Should().Equal(2, 3, 4);
        parts[1].States.ToArray().Should().Equal(3, 4, 5);
        curve.SplitAfter(4, "before", "after").Select(part => part.Name).Should().Equal("before");
        curve.SplitAfter(-1, "before", "after").Select(part => part.Name).Should().Equal("after");
    }
}
