using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>The phase portrait of one component: its derivative against itself, which way it moves, and where it rests.</summary>
internal static class PhaseLineFigure
{
    private const int Points = 400;
    private const int Arrows = 12;

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
        Plot plot = Panel.Create("", Typeface.Fit(name, Panel.LabelSize, 500), $"d({Typeface.Fit(name, Panel.LabelSize, 250)})/dt");
        Panel.Horizontal(plot, 0, Palette.Axis, LinePattern.Solid);
        if (options.Field != FieldStyle.None)
        {
            Panel.Line(plot, line, Palette.Field, 4, "field");
            DrawArrows(plot, line);
        }

        PhasePortraitFigure.DrawCurves(plot, curves, curve => [.. curve.States.ToArray().Select(state => new Coordinates(state, double.IsFinite(state) ? SlopeAt(state) : double.NaN))]);
        Span y = Span.Around([0, .. line.Select(point => point.Y)], 0.1);
        Panel.Points(plot, [.. seen.Select(state => new Coordinates(state, y.Low))], Palette.Ink.WithAlpha(0.7), 14, "observed", MarkerShape.VerticalBar);
        Coordinates[] stable = Rests(line, isStable: true), unstable = Rests(line, isStable: false);
        Panel.Points(plot, stable, Palette.Vermillion, 10, "rest, stable");
        Panel.Points(plot, unstable, Palette.Vermillion, 10, "rest, unstable", MarkerShape.OpenCircle);
        Panel.Show(plot, x, y);
        return Composition.Grid(800, 440, [plot], [1]);
    }

    /// <summary>On the axis, in the direction in which the state moves.</summary>
    private static void DrawArrows(Plot plot, Coordinates[] line)
    {
        double half = (line[^1].X - line[0].X) / 120;
        for (int i = 0; i < Arrows; i++)
        {
            Coordinates at = line[(2 * i + 1) * Points / (2 * Arrows)];
            double reach = half * Math.Sign(double.IsNaN(at.Y) ? 0 : at.Y);
            if (reach != 0)
                PhasePortraitFigure.AddArrow(plot, new Coordinates(at.X - reach, 0), new Coordinates(at.X + reach, 0), width: 0);
        }
    }

    /// <summary>Where the derivative changes its sign: from positive to negative where the state returns.</summary>
    private static Coordinates[] Rests(Coordinates[] line, bool isStable)
    {
        var rests = new List<Coordinates>();
        for (int i = 1; i < line.Length; i++)
        {
            (double before, double after) = (line[i - 1].Y, line[i].Y);
            if (isStable ? before > 0 && after <= 0 : before < 0 && after >= 0)
                rests.Add(new Coordinates(line[i - 1].X + (line[i].X - line[i - 1].X) * (before / (before - after)), 0));
        }

        return [.. rests];
    }
}
