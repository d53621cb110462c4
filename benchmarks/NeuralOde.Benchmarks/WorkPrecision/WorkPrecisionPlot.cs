using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace NeuralOde.Benchmarks;

/// <summary>One picture for a problem: error against evaluations on the left, against time on the right.</summary>
internal static class WorkPrecisionPlot
{
    private const int Width = 1400;
    private const int Height = 640;
    private const int LegendWidth = 260;
    private const int PanelWidth = (Width - LegendWidth) / 2;

    /// <summary>A method that needs more than this many times the evaluations of the best one at every error is left to the tables.</summary>
    private const double DrawnWithin = 10;

    private static readonly string[] OurColors =
        ["#EA580C", "#16A34A", "#9333EA", "#0891B2", "#DC2626", "#CA8A04", "#DB2777", "#65A30D", "#4F46E5", "#B45309"];

    private static readonly MarkerShape[] OurMarkers = [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleUp];

    private static readonly MarkerShape[] PeerMarkers =
    [
        MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.OpenDiamond,
        MarkerShape.OpenTriangleDown, MarkerShape.Cross, MarkerShape.Eks, MarkerShape.Asterisk,
    ];

    public static void Save(InitialValueProblem problem, IReadOnlyList<WorkCurve> curves, string path)
    {
        WorkCurve[] drawn = [.. curves.Where(curve => IsCompetitive(curve, curves))];
        Plot evaluations = Draw(drawn, $"{problem.Title}: error against evaluations", "evaluations of the vector field", point => point.Evaluations, PowerOfTen);
        Plot time = Draw(drawn, "error against time", "time of a solve", point => point.MinSeconds, Duration);
        time.ShowLegend(Edge.Right);
        time.Legend.OutlineColor = Colors.Transparent;
        evaluations.HideLegend();
        evaluations.Layout.Fixed(new PixelPadding(left: 74, right: 16, bottom: 56, top: 44));
        time.Layout.Fixed(new PixelPadding(left: 74, right: LegendWidth, bottom: 56, top: 44));
        // Zero errors are not drawn; what lies below 1e-15 is rounding's luck.
        AxisLimits view = evaluations.Axes.GetLimits();
        time.Axes.SetLimitsY(Math.Max(view.Bottom, -15), view.Top);
        evaluations.Axes.SetLimitsY(Math.Max(view.Bottom, -15), view.Top);
        BenchmarkFigure.Save(path, Width, Height,
            (evaluations, new PixelRect(0, PanelWidth, Height, 0)),
            (time, new PixelRect(PanelWidth, Width, Height, 0)));
    }

    private static Plot Draw(WorkCurve[] curves, string title, string costLabel, Func<WorkPoint, double> cost, Func<double, string> costText)
    {
        Plot plot = BenchmarkFigure.CreatePlot(title, costLabel, "error at the end");
        int ours = 0, peers = 0;
        // Ours in front of the peers, the default in front of all; the legend keeps the order of the tables.
        (WorkCurve Curve, Style Style)[] styled = [.. curves.Select(curve => (curve, StyleOf(curve.Solver, ref ours, ref peers)))];
        foreach ((WorkCurve curve, Style style) in styled.OrderBy(pair => pair.Curve.Solver == Solver.Default ? 2 : pair.Curve.Solver.IsOurs ? 1 : 0))
            Add(plot, curve, style, cost);
        foreach ((WorkCurve curve, Style style) in styled)
        {
            plot.Legend.ManualItems.Add(new LegendItem
            {
                LabelText = curve.Solver.Label,
                LineColor = style.Color,
                LineWidth = style.Width,
                LinePattern = style.Pattern,
                MarkerStyle = new MarkerStyle(style.Marker, 7, style.Color) { LineColor = style.Color, LineWidth = 1.5f },
            });
        }

        plot.Axes.Bottom.TickGenerator = Decades(costText);
        plot.Axes.Left.TickGenerator = Decades(PowerOfTen);
        plot.Axes.Margins(0.04, 0.04);
        plot.Axes.AutoScale();
        return plot;
    }

    private static void Add(Plot plot, WorkCurve curve, Style style, Func<WorkPoint, double> cost)
    {
        Coordinates[] points = [.. curve.Points.Where(point => point.Error > 0).Select(point => new Coordinates(Math.Log10(cost(point)), Math.Log10(point.Error)))];
        if (points.Length == 0)
            return;
        ScottPlot.Plottables.Scatter line = plot.Add.Scatter(points, style.Color);
        line.LineWidth = style.Width;
        line.LinePattern = style.Pattern;
        line.MarkerShape = style.Marker;
        line.MarkerSize = curve.Solver == Solver.Default ? 7 : 5.5f;
        line.MarkerLineWidth = 1.3f;
    }

    private static Style StyleOf(Solver solver, ref int ours, ref int peers)
    {
        if (solver == Solver.Default)
            return new Style(BenchmarkFigure.Fit, 3, LinePattern.Solid, MarkerShape.FilledCircle);
        if (solver.IsOurs)
        {
            int index = ours++;
            return new Style(new Color(OurColors[index % OurColors.Length]), 1.6f, LinePattern.Solid, OurMarkers[(index + index / OurColors.Length) % OurMarkers.Length]);
        }

        MarkerShape marker = PeerMarkers[peers++ % PeerMarkers.Length];
        return solver.Library switch
        {
            "Hairer" => new Style(Colors.Black, 1.6f, LinePattern.Dashed, marker),
            "SciPy" => new Style(new Color("#8294AB"), 1.2f, LinePattern.Dotted, marker),
            _ => new Style(new Color("#78716C"), 1.4f, LinePattern.Dashed, marker),
        };
    }

    private static bool IsCompetitive(WorkCurve curve, IReadOnlyList<WorkCurve> curves) =>
        Enumerable.Range(0, 27).Select(half => Math.Pow(10, -0.5 * half)).Any(error =>
            curve.CostAt(error, point => point.Evaluations) <= DrawnWithin * curves.Min(other => other.CostAt(error, point => point.Evaluations)));

    private static NumericAutomatic Decades(Func<double, string> text) => new()
    {
        IntegerTicksOnly = true,
        LabelFormatter = text,
        MinorTickGenerator = new LogMinorTickGenerator(),
    };

    private static string PowerOfTen(double exponent) => "10" + string.Concat(
        ((int)exponent).ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    private static string Duration(double exponent)
    {
        string[] units = ["ns", "µs", "ms", "s"];
        int power = (int)exponent + 9, unit = Math.Clamp(power / 3, 0, units.Length - 1);
        return Math.Pow(10, power - 3 * unit).ToString(CultureInfo.InvariantCulture) + " " + units[unit];
    }

    private sealed record Style(Color Color, float Width, LinePattern Pattern, MarkerShape Marker);
}
