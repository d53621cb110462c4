using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Plots;

/// <summary>One pair of axes in the look that all figures share, and what is drawn into it.</summary>
internal static class Panel
{
    public const float TitleSize = 14.5f;
    public const float LabelSize = 13;
    public const float TickSize = 12;

    /// <summary>Room beside an axis for half of the label at its end.</summary>
    public const float RightMargin = 22;
    public const float LeftMargin = 48;

    public static Plot Create(string title, string xLabel, string yLabel)
    {
        string font = Typeface.For(title + xLabel + yLabel);
        var plot = new Plot();
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        StyleLabel(plot.Axes.Title.Label, title, TitleSize, font);
        plot.Axes.Title.VerticalPadding = 8;
        StyleAxis(plot.Axes.Bottom, xLabel, font);
        StyleAxis(plot.Axes.Left, yLabel, font);
        plot.Axes.Bottom.TickGenerator = new LinearTicks();
        plot.Axes.Left.TickGenerator = new LinearTicks();
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Axes.Right.MinimumSize = RightMargin;
        plot.Axes.Left.MinimumSize = LeftMargin;
        plot.Axes.Top.MinimumSize = 6;
        plot.Grid.MajorLineColor = Palette.Grid;
        plot.Legend.IsVisible = false;
        return plot;
    }

    /// <summary>Sets what is in sight; nothing that is drawn later changes it.</summary>
    public static void Show(Plot plot, Span x, Span y) => plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);

    /// <summary>Draws a line, with a gap wherever a coordinate is not finite.</summary>
    public static void Line(Plot plot, IReadOnlyList<Coordinates> points, Color color, float width, string name = "", LinePattern pattern = default)
    {
        foreach (Coordinates[] piece in Pieces(points))
        {
            // A line of one point would not be seen.
            Scatter line = piece.Length > 1 ? plot.Add.ScatterLine(piece, color) : plot.Add.ScatterPoints(piece, color);
            line.LineWidth = piece.Length > 1 ? width : 0;
            line.MarkerSize = piece.Length > 1 ? 0 : Math.Max(2 * width, 5);
            line.LinePattern = pattern;
            line.LegendText = name;
            name = "";
        }
    }

    public static void Points(Plot plot, IReadOnlyList<Coordinates> points, Color color, float size, string name = "", MarkerShape shape = MarkerShape.FilledCircle)
    {
        Coordinates[] seen = [.. points.Where(IsFinite)];
        if (seen.Length == 0)
            return;
        Scatter markers = plot.Add.ScatterPoints(seen, color);
        markers.MarkerShape = shape;
        markers.MarkerSize = size;
        markers.MarkerLineWidth = 1.4f;
        markers.LegendText = name;
    }

    /// <summary>A marker size at which so many points in a row can still be told apart.</summary>
    public static float MarkerSize(int points) => points <= 60 ? 7.5f : points <= 200 ? 6 : points <= 800 ? 4 : 2.8f;

    /// <summary>Shades a part of the horizontal axis, from edge to edge of the panel.</summary>
    public static void Shade(Plot plot, double from, double to)
    {
        HorizontalSpan span = plot.Add.HorizontalSpan(from, to, Palette.Vermillion.WithAlpha(0.07));
        span.LineStyle.IsVisible = false;
        span.EnableAutoscale = false;
    }

    public static void Vertical(Plot plot, double x, Color color, LinePattern pattern, float width = 1.2f, string name = "")
    {
        VerticalLine line = plot.Add.VerticalLine(x, width, color, pattern);
        line.LegendText = name;
        line.EnableAutoscale = false;
    }

    public static void Horizontal(Plot plot, double y, Color color, LinePattern pattern, string name = "")
    {
        HorizontalLine line = plot.Add.HorizontalLine(y, 1.2f, color, pattern);
        line.LegendText = name;
        line.EnableAutoscale = false;
    }

    /// <summary>Words in the middle of a panel that has nothing else to show.</summary>
    public static void Note(Plot plot, string text)
    {
        Annotation note = plot.Add.Annotation(text, Alignment.MiddleCenter);
        note.LabelFontName = Typeface.For(text);
        note.LabelFontSize = LabelSize;
        note.LabelFontColor = Palette.Axis;
        note.LabelBackgroundColor = Colors.Transparent;
        note.LabelBorderColor = Colors.Transparent;
        note.LabelShadowColor = Colors.Transparent;
    }

    /// <summary>Leaves the ticks of the horizontal axis, and takes their numbers, where a panel below has the same.</summary>
    public static void HideTimeLabels(Plot plot)
    {
        plot.Axes.Bottom.TickLabelStyle.IsVisible = false;
        plot.Axes.Bottom.Label.Text = "";
        plot.Axes.Bottom.MinimumSize = plot.Axes.Bottom.MaximumSize = 10;
    }

    private static IEnumerable<Coordinates[]> Pieces(IReadOnlyList<Coordinates> points)
    {
        int start = 0;
        for (int i = 0; i <= points.Count; i++)
        {
            if (i < points.Count && IsFinite(points[i]))
                continue;
            if (i > start)
                yield return [.. points.Skip(start).Take(i - start)];
            start = i + 1;
        }
    }

    /// <summary>What is too large for an axis counts as a gap, too.</summary>
    private static bool IsFinite(Coordinates point) => Math.Abs(point.X) <= Span.Largest && Math.Abs(point.Y) <= Span.Largest;

    private static void StyleAxis(IAxis axis, string label, string font)
    {
        StyleLabel(axis.Label, label, LabelSize, font);
        axis.TickLabelStyle.FontName = Typeface.For("");
        axis.TickLabelStyle.FontSize = TickSize;
        axis.TickLabelStyle.ForeColor = Palette.Ink;
        if (axis is ScottPlot.AxisPanels.AxisBase { } sides)
            sides.PaddingOutsideAxisLabels = new PixelPadding(6, 6);
        axis.FrameLineStyle.Color = axis.MajorTickStyle.Color = axis.MinorTickStyle.Color = Palette.Axis;
    }

    private static void StyleLabel(LabelStyle style, string text, float size, string font)
    {
        style.Text = text;
        style.FontName = font;
        style.FontSize = size;
        style.Bold = false;
        style.ForeColor = Palette.Ink;
    }
}
