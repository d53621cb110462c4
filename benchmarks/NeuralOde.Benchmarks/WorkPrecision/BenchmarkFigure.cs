using ScottPlot;
using SkiaSharp;

namespace NeuralOde.Benchmarks;

/// <summary>The look of the benchmarks' pictures.</summary>
internal static class BenchmarkFigure
{
    public static readonly Color Ink = new("#334155");
    public static readonly Color Fit = new("#1E3A8A");
    public static readonly Color Faint = new("#CBD5E1");

    private static readonly string[] PreferredFonts = ["Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", "Liberation Sans"];

    public static Plot CreatePlot(string title, string xLabel, string yLabel)
    {
        Fonts.Default = PreferredFonts.Intersect(SKFontManager.Default.FontFamilies).FirstOrDefault() ?? Fonts.Default;
        var plot = new Plot();
        plot.Title(title, size: 17);
        plot.XLabel(xLabel, size: 14);
        plot.YLabel(yLabel, size: 14);
        plot.Axes.Color(Ink);
        plot.Axes.Title.Label.ForeColor = Ink;
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Bottom.Label.Bold = false;
        plot.Axes.Left.Label.Bold = false;
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Axes.Bottom.TickLabelStyle.FontSize = 13;
        plot.Axes.Left.TickLabelStyle.FontSize = 13;
        // Plots above each other line up.
        plot.Axes.Left.MinimumSize = 56;
        plot.Grid.MajorLineColor = new Color("#EEF2F6");
        plot.Legend.FontSize = 13;
        plot.Legend.FontColor = Ink;
        plot.Legend.OutlineColor = Faint;
        plot.Legend.ShadowColor = Colors.Transparent;
        return plot;
    }

    /// <summary>Draws plots into one picture, each in its own rectangle; later ones lie over earlier ones.</summary>
    public static void Save(string path, int width, int height, params (Plot Plot, PixelRect Area)[] parts)
    {
        var figure = new Multiplot(parts[0].Plot);
        foreach ((Plot plot, _) in parts[1..])
            figure.Subplots.Add(plot);
        figure.Layout = new Areas([.. parts.Select(part => part.Area)]);
        figure.SavePng(path, width, height);
    }

    private sealed class Areas(PixelRect[] areas) : IMultiplotLayout
    {
        public PixelRect[] GetSubplotRectangles(SubplotCollection subplots, PixelRect figureRect) => areas;
    }
}
