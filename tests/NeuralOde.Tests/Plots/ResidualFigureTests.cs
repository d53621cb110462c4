using NeuralOde.Plots;
using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Tests.Plots;

public class ResidualFigureTests
{
    [Fact]
    public void Residuals_are_observed_minus_predicted_without_the_start()
    {
        var data = TrajectoryDataset.FromTrajectory([0.0, 1, 2, 3], new double[,] { { 2 }, { 1 }, { double.NaN }, { 0.5 } });

        Plot panel = Figure.Residuals(Cases.Decay(1), data).Panels[0];

        Coordinates[] residuals = panel.Series("residuals");
        residuals.Select(point => point.X).Should().Equal(1, 3);
        residuals[0].Y.Should().BeApproximately(1 - 2 * Math.Exp(-1), 1e-5);
        residuals[1].Y.Should().BeApproximately(0.5 - 2 * Math.Exp(-3), 1e-5);
        panel.TitleText().Should().Be("x1: RMSE 0.339, mean 0.332, n = 2");
    }

    [Fact]
    public void Alternating_residuals_have_alternating_autocorrelations()
    {
        // Of +1, −1, … the autocorrelation at lag k is (−1)ᵏ (N − k) / N.
        Plot panel = Figure.Residuals(Observed(40, n => n % 2 == 0 ? 1 : -1), Zero(40)).Panels[2];

        Coordinates[] correlations = Dots(panel);
        correlations.Should().HaveCount(20);
        for (int lag = 1; lag <= 20; lag++)
            correlations[lag - 1].Y.Should().BeApproximately((lag % 2 == 0 ? 1 : -1) * (40.0 - lag) / 40, 1e-12);
        panel.GetPlottables<HorizontalLine>().Select(line => Math.Abs(line.Y)).Max().Should().BeApproximately(1.96 / Math.Sqrt(40), 1e-12);
    }

    [Fact]
    public void Gaps_do_not_weaken_autocorrelations()
    {
        Trajectory withGaps = Observed(40, n => n % 7 == 3 ? double.NaN : n % 2 == 0 ? 1 : -1);

        Coordinates[] correlations = Dots(Figure.Residuals(withGaps, Zero(40)).Panels[2]);

        correlations[0].Y.Should().BeApproximately(-39.0 / 40, 0.02);
        correlations[1].Y.Should().BeApproximately(38.0 / 40, 0.02);
    }

    [Fact]
    public void Every_residual_is_in_one_bar_of_the_histogram()
    {
        double[] values = [.. Enumerable.Range(0, 500).Select(n => Math.Sin(12.9898 * n))];

        BarPlot bars = Figure.Residuals(Observed(500, n => values[n]), Zero(500)).Panels[1].GetPlottables<BarPlot>().Single();

        bars.Bars.Sum(bar => bar.Value).Should().Be(500);
        foreach (Bar bar in bars.Bars.Skip(1).SkipLast(1))
            bar.Value.Should().Be(values.Count(value => value >= bar.Position - bar.Size / 2 - 1e-12 && value < bar.Position + bar.Size / 2 - 1e-12));
    }

    [Fact]
    public void Residuals_that_are_all_the_same_say_so()
    {
        Figure figure = Figure.Residuals(Observed(5, _ => 3), Zero(5));

        Drawn.Texts(figure).Select(text => text.Text).Should().Contain("all residuals are the same").And.Contain("x1: RMSE 3.00, mean 3.00, n = 5");
    }

    [Fact]
    public void Trajectories_are_taken_together()
    {
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(
        [
            new Trajectory([0.0, 1], new double[,] { { 1, 1 }, { 2, 2 } }),
            new Trajectory([5.0, 6, 7], new double[,] { { 1, 1 }, { 2, 2 }, { 3, 3 } }),
        ], ["a", "b"]);

        Figure figure = Figure.Residuals(Cases.Decay(2), data);

        figure.Panels[0].Series("residuals").Select(point => point.X).Should().Equal(1, 6, 7);
        figure.Panels[3].TitleText().Should().StartWith("b: ").And.EndWith("n = 3");
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        Refused(() => Figure.Residuals(Observed(3, _ => 0), Zero(4)), "*4 times, but there are 3*");
        Refused(() => Figure.Residuals(new Trajectory([0.0, 2, 3], new double[3, 1]), Zero(3)), "*time 1 is 1*that of the observation is 2*");
        Refused(() => Figure.Residuals(new Trajectory([0.0], new double[1, 2]), Zero(1)), "*dimension*");
        Refused(() => Figure.Residuals(Observed(3, _ => 0), Zero(3), new ResidualOptions { Components = [1] }), "*Components[0] = 1*");
        Refused(() => Figure.Residuals(Cases.Decay(1), TrajectoryDataset.FromTrajectory([0.0, 1], new double[,] { { double.NaN }, { 1 } })), "*trajectory 0*");

        static void Refused(Func<object> call, string message) => FluentActions.Invoking(call).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static Coordinates[] Dots(Plot panel) => [.. panel.GetPlottables<Scatter>().Last().Data.GetScatterPoints()];

    private static Trajectory Observed(int length, Func<int, double> value)
    {
        var states = new double[length, 1];
        for (int n = 0; n < length; n++)
            states[n, 0] = value(n);
        return new Trajectory([.. Enumerable.Range(0, length).Select(n => (double)n)], states);
    }

    private static OdeSolution Zero(int length) =>
        OdeSolver.Solve(VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 0), [0.0], [.. Enumerable.Range(0, length).Select(n => (double)n)]);
}
