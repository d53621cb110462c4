using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>The legend of a figure: a row of its own above the panels, so that it hides nothing.</summary>
internal static class LegendStrip
{
    /// <summary>A plot that has nothing but the legend of others; each name counts once.</summary>
    public static Plot Create(params IEnumerable<Plot> panels)
    {
        LegendItem[] items = [.. panels.SelectMany(panel => panel.Legend.GetItems()).DistinctBy(item => item.LabelText)];
        var strip = new Plot();
        strip.FigureBackground.Color = Colors.White;
        strip.DataBackground.Color = Colors.White;
        strip.Layout.Frameless();
        strip.HideGrid();
        strip.Axes.SetLimits(0, 1, 0, 1);
        strip.Legend.ManualItems.AddRange(items);
        Style(strip.Legend);
        strip.ShowLegend(Alignment.MiddleCenter, Orientation.Horizontal);
        strip.Legend.TightHorizontalWrapping = true;
        strip.Legend.OutlineColor = Colors.Transparent;
        strip.Legend.Margin = new PixelPadding(12, 12, 1, 5);
        strip.Legend.InterItemPadding = new PixelPadding(10, 18, 6, 6);
        return strip;
    }

    /// <summary>How high the strip has to be for a width; 0 without entries.</summary>
    public static float Height(Plot strip, float width)
    {
        if (strip.Legend.ManualItems.Count == 0)
            return 0;
        using Paint paint = Paint.NewDisposablePaint();
        return strip.Legend.GetLayout(new PixelSize(width - strip.Legend.Margin.Horizontal, 10_000), paint).LegendRect.Height + strip.Legend.Margin.Vertical + 2;
    }

    public static void Style(Legend legend)
    {
        legend.FontSize = Panel.LabelSize;
        legend.FontName = Typeface.For(string.Concat(legend.GetItems().Select(item => item.LabelText)));
        legend.FontColor = Palette.Ink;
        legend.OutlineColor = Palette.Faint;
        legend.BackgroundColor = Colors.White;
        legend.ShadowColor = Colors.Transparent;
        legend.SymbolWidth = 24;
    }
}
