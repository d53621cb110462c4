using NeuralOde.Plots;
using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Tests.Plots;

public class StepFigureTests
{
    private static readonly VectorField Fall = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], -9.81));

    [Fact]
    public void Steps_are_the_differences_of_times_in_logarithms()
    {
        OdeSolution solution = OdeSolver.Solve(Cases.Rotation, [1.0, 0.0], 0, 10);

        Plot panel = Figure.Steps(solution).Panels[0];

        Coordinates[] staircase = [.. panel.GetPlottables<Scatter>().Single().Data.GetScatterPoints()];
        staircase.Should().HaveCount(2 * (int)solution.Statistics.AcceptedSteps);
        for (int n = 1; n < solution.Count; n++)
        {
            staircase[2 * n - 2].Should().Be(new Coordinates(solution.Times[n - 1], Math.Log10(solution.Times[n] - solution.Times[n - 1])));
            staircase[2 * n - 1].X.Should().Be(solution.Times[n]);
        }

        panel.TitleText().Should().Be($"{solution.Statistics.AcceptedSteps} steps, {solution.Statistics.RejectedSteps} rejected, {solution.Statistics.Evaluations:#,0} evaluations");
    }

    [Fact]
    public void Events_are_marked_when_they_happen()
    {
        var bounce = new OdeEvent((t, y) => y[0], EventDirection.Falling, stateChange: (t, y) => y[1] = -0.9 * y[1], name: "bounce");
        OdeSolution solution = OdeSolver.Solve(Fall, [10.0, 0.0], 0, 5, new OdeSolverOptions { Events = [bounce] });

        Figure figure = Figure.Steps(solution, ["height", "speed"]);

        // From 10 m after √(2h/g), and again after twice 0.9 of that.
        double first = Math.Sqrt(2 * 10 / 9.81);
        foreach (Plot panel in figure.Panels.Take(2))
        {
            VerticalLine[] lines = [.. panel.GetPlottables<VerticalLine>()];
            lines.Should().HaveCount(2);
            lines[0].LegendText.Should().Be("bounce (2)");
            lines[0].X.Should().BeApproximately(first, 1e-5);
            lines[1].X.Should().BeApproximately(first * 2.8, 1e-5);
        }

        figure.Panels[1].Series("height").Where(point => point.X < first).Should().OnlyContain(point => Math.Abs(point.Y - (10 - 9.81 / 2 * point.X * point.X)) < 1e-3);
    }

    [Fact]
    public void A_model_that_was_asked_for_its_steps_has_them()
    {
        OdeSolution solution = Cases.Decay(1).Predict([1.0], [0.0, 1.0], new OdeSolverOptions { Output = OdeOutput.Steps });

        Figure.Steps(solution, ["mass"]).Panels[1].Series("mass").Should().OnlyContain(point => Math.Abs(point.Y - Math.Exp(-point.X)) < 1e-4);
    }

    [Fact]
    public void A_solve_that_failed_says_where()
    {
        var exploding = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * y[0]);

        Figure.Steps(OdeSolver.Solve(exploding, [1.0], 0, 2)).Panels[0].TitleText().Should().MatchRegex("failed at 1.00: ");
    }

    [Fact]
    public void Output_times_are_no_steps()
    {
        FluentActions.Invoking(() => Figure.Steps(OdeSolver.Solve(Fall, [10.0, 0.0], [0.0, 1, 2]))).Should().Throw<ArgumentException>().WithMessage("*OdeOutput.Steps*");
        FluentActions.Invoking(() => Figure.Steps(OdeSolver.Solve(Fall, [10.0, 0.0], 0, 1), ["height"])).Should().Throw<ArgumentException>().WithMessage("*StateNames has 1*");
    }

    [Theory]
    [InlineData(OdeOutput.Automatic, OdeOutput.Steps, OdeOutput.Times)]
    [InlineData(OdeOutput.Times, OdeOutput.Times, OdeOutput.Times)]
    [InlineData(OdeOutput.Steps, OdeOutput.Steps, OdeOutput.Steps)]
    [InlineData(OdeOutput.End, OdeOutput.End, OdeOutput.End)]
    public void A_solution_tells_which_points_it_has(OdeOutput asked, OdeOutput ofInterval, OdeOutput ofTimes)
    {
        var options = new OdeSolverOptions { Output = asked };

        OdeSolver.Solve(Fall, [10.0, 0.0], 0, 1, options).Output.Should().Be(ofInterval);
        OdeSolver.Solve(Fall, [10.0, 0.0], [0.0, 1, 2], options).Output.Should().Be(ofTimes);
        OdeSolver.SolveBatch(Fall, [[10.0, 0.0], [5.0, 0.0]], [[0.0, 1], [0.0, 2]], options)[1].Output.Should().Be(ofTimes);
    }
}
