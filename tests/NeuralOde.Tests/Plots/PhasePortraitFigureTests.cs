using NeuralOde.Plots;
using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Tests.Plots;

public class PhasePortraitFigureTests
{
    private static readonly Curve Circle = Curve.FromSolution("circle", OdeSolver.Solve(Cases.Rotation, [1.0, 0.0], [.. Enumerable.Range(0, 64).Select(i => i * 0.1)]));

    [Fact]
    public void Streamlines_of_a_rotation_are_circles()
    {
        Plot panel = Figure.PhasePortrait(Cases.Rotation, [Circle]).Panels[0];

        Coordinates[][] lines = [.. panel.GetPlottables<Scatter>().Where(scatter => scatter.LegendText.Length == 0).Select(scatter => scatter.Data.GetScatterPoints().ToArray())];
        lines.Length.Should().BeGreaterThan(10);
        foreach (Coordinates[] line in lines)
        {
            double radius = Radius(line[0]);
            line.Should().OnlyContain(point => Math.Abs(Radius(point) - radius) < 0.02 * Math.Max(radius, 0.1));
            // Counterclockwise: every step turns left around the centre.
            line.Zip(line.Skip(1), (a, b) => a.X * b.Y - a.Y * b.X).Should().OnlyContain(turn => turn > 0);
        }
    }

    [Fact]
    public void Streamlines_keep_apart_from_each_other()
    {
        var field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (1, 0.3));
        Plot panel = Figure.PhasePortrait(field, [Circle]).Panels[0];
        Coordinates[][] lines = [.. panel.GetPlottables<Scatter>().Where(scatter => scatter.LegendText.Length == 0).Select(scatter => scatter.Data.GetScatterPoints().ToArray())];

        // Of parallel lines, those that are longer than half the panel are a cell apart: 20 of 545 pixels.
        double[] heights = [.. lines.Where(line => line[^1].X - line[0].X > 1.2).Select(line => line[0].Y - 0.3 * line[0].X).Order()];
        heights.Length.Should().BeGreaterThan(5);
        heights.Zip(heights.Skip(1), (a, b) => b - a).Should().OnlyContain(gap => gap > 0.02);
    }

    [Fact]
    public void Arrows_point_along_the_field()
    {
        Plot panel = Figure.PhasePortrait(Cases.Rotation, [Circle], new PhasePortraitOptions { Field = FieldStyle.Arrows, EqualScales = true }).Panels[0];

        Arrow[] arrows = [.. panel.GetPlottables<Arrow>()];
        arrows.Length.Should().BeGreaterThan(100);
        foreach (Arrow arrow in arrows)
        {
            (double x, double y) = ((arrow.Base.X + arrow.Tip.X) / 2, (arrow.Base.Y + arrow.Tip.Y) / 2);
            (double dx, double dy) = (arrow.Tip.X - arrow.Base.X, arrow.Tip.Y - arrow.Base.Y);
            double cosine = (-y * dx + x * dy) / Math.Sqrt((x * x + y * y) * (dx * dx + dy * dy));
            cosine.Should().BeGreaterThan(0.98);
        }
    }

    [Fact]
    public void Without_a_field_there_are_only_the_curves()
    {
        Plot panel = Figure.PhasePortrait(Cases.Rotation, [Circle], new PhasePortraitOptions { Field = FieldStyle.None }).Panels[0];

        panel.GetPlottables<Arrow>().Should().BeEmpty();
        panel.Series("circle").Should().HaveCount(64).And.OnlyContain(point => Math.Abs(point.X * point.X + point.Y * point.Y - 1) < 1e-4);
    }

    [Fact]
    public void The_field_of_many_components_is_that_of_the_section()
    {
        // The third component alone says which way the first two go.
        var field = VectorField.FromFunction(3, (t, y, dydt) => (dydt[0], dydt[1], dydt[2]) = (y[2], t, 0));
        var curve = new Curve("c", [2.0, 3.0], new double[,] { { 0, 0, -1 }, { 1, 1, -1 } });

        Arrow[] Arrows(PhasePortraitOptions options) => [.. Figure.PhasePortrait(field, [curve], options with { Field = FieldStyle.Arrows }).Panels[0].GetPlottables<Arrow>()];

        Arrows(new PhasePortraitOptions()).Should().OnlyContain(arrow => arrow.Tip.X < arrow.Base.X && arrow.Tip.Y > arrow.Base.Y);
        Arrows(new PhasePortraitOptions { Section = [0, 0, 5], Time = -1 }).Should().OnlyContain(arrow => arrow.Tip.X > arrow.Base.X && arrow.Tip.Y < arrow.Base.Y);
    }

    [Fact]
    public void A_model_is_drawn_with_observations_and_predictions()
    {
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(
        [
            new Trajectory([0.0, 1, 2], new double[,] { { 1, 2 }, { 1, double.NaN }, { 3, 4 } }),
            new Trajectory([0.0, 1], new double[,] { { double.NaN, 2 }, { 5, 6 } }),
        ], ["hare", "lynx"]);

        Plot panel = Figure.PhasePortrait(Cases.Decay(2), data).Panels[0];

        panel.Series("observed").Should().Equal(new Coordinates(1, 2), new Coordinates(3, 4), new Coordinates(5, 6));
        panel.Series("model").Should().OnlyContain(point => Math.Abs(point.Y - 2 * point.X) < 1e-9);
        panel.Axes.Bottom.Label.Text.Should().Be("hare");
        panel.Axes.Left.Label.Text.Should().Be("lynx");
    }

    [Fact]
    public void One_component_is_drawn_against_its_derivative_with_its_rests()
    {
        var logistic = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * (1 - y[0]));
        var curve = new Curve("c", [0.0, 1.0], new double[,] { { -0.3 }, { 1.4 } });

        Plot panel = Figure.PhasePortrait(logistic, [curve]).Panels[0];

        panel.Series("field").Should().OnlyContain(point => Math.Abs(point.Y - point.X * (1 - point.X)) < 1e-12);
        panel.Series("rest, stable").Should().ContainSingle().Which.X.Should().BeApproximately(1, 1e-3);
        panel.Series("rest, unstable").Should().ContainSingle().Which.X.Should().BeApproximately(0, 1e-3);
    }

    [Fact]
    public void A_field_that_is_nowhere_finite_leaves_the_curves()
    {
        var field = VectorField.FromFunction(2, (t, y, dydt) => dydt[0] = dydt[1] = double.NaN);

        Figure figure = Figure.PhasePortrait(field, [Circle]);

        figure.Panels[0].Names().Should().Equal("circle", "start");
        figure.ToPng().Should().NotBeEmpty();
    }

    [Fact]
    public void Bad_arguments_are_refused_by_name()
    {
        Refused(new PhasePortraitOptions { X = 2 }, "*X = 2*");
        Refused(new PhasePortraitOptions { Y = -1 }, "*Y = -1*");
        Refused(new PhasePortraitOptions { X = 1 }, "*X and Y are both 1*");
        Refused(new PhasePortraitOptions { Time = double.NaN }, "*Time*");
        Refused(new PhasePortraitOptions { Section = [1] }, "*Section has 1*");
        Refused(new PhasePortraitOptions { Section = [1, double.NaN] }, "*Section[1]*");
        Refused(new PhasePortraitOptions { Curves = [new Curve("c", [0.0], new double[1, 3])] }, "*Curves[1] has dimension 3*");
        FluentActions.Invoking(() => Figure.PhasePortrait(Cases.Rotation, [])).Should().Throw<ArgumentException>().WithParameterName("curves");
        FluentActions.Invoking(() => Figure.PhasePortrait(Cases.Decay(3), Cases.Waves(2, 5))).Should().Throw<ArgumentException>().WithMessage("*dimension 2*");

        static void Refused(PhasePortraitOptions options, string message) =>
            FluentActions.Invoking(() => Figure.PhasePortrait(Cases.Rotation, [Circle], options)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static double Radius(Coordinates point) => Math.Sqrt(point.X * point.X + point.Y * point.Y);
}
