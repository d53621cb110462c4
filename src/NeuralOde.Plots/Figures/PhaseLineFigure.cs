using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>The phase portrait of one component: its derivative against itself.</summary>
internal static class PhaseLineFigure
{
    private const int Points = 400;

    public static Figure Create(PhasePortraitFigure.Derivative derivative, double time, IReadOnlyList<Trajectory> observations, IReadOnlyList<Curve> curves, PhasePortraitOptions options, string name)
    {
        double[] seen = [.. observations.SelectMany(trajectory => trajectory.States.ToArray())];
        Span x = Span.Around(seen.Length > 0 ? seen : curves.SelectMany(curve => curve.States.ToArray()), 0.12);
        double[] slope = new double[1];
        double SlopeAt(double state)
        {
            derivative(time, [state], slope);
            return slope[0];
        }

        Coordinates[] line = [.. Enumerable.Range(0, Points + 1).Select(i => x.Low + x.Length * i / Points).Select(state => new Coordinates(state, SlopeAt(state)))];
        string label = Typeface.Fit(name, Panel.LabelSize, 500);
        Plot plot = Panel.Create("", label, $"d({Typeface.Fit(name, Panel.LabelSize, 250)})/dt");
        Panel.Horizontal(plot, 0, Palette.Axis, LinePattern.Solid);
        if (options.Field != FieldStyle.None)
            Panel.Line(plot, line, Palette.Blue, CurveLook.Width, "field");
        Panel.Points(plot, [.. seen.Select(state => new Coordinates(state, 0))], Palette.Ink.WithAlpha(0.7), 12, "observed", MarkerShape.VerticalBar);
        PhasePortraitFigure.DrawCurves(plot, curves, curve => [.. curve.States.ToArray().Select(state => new Coordinates(state, double.IsFinite(state) ? SlopeAt(state) : double.NaN))]);
        Panel.Show(plot, x, Span.Around([0, .. line.Select(point => point.Y)], 0.1));
        return Composition.Grid(800, 440, [plot], [1]);
    }
}
