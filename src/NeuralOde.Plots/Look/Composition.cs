using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>Where panels lie in a figure.</summary>
internal static class Composition
{
    /// <summary>Panels in rows and columns, row by row, below a legend of what they show.</summary>
    /// <param name="width">Pixels.</param>
    /// <param name="rowHeight">Pixels of a row.</param>
    /// <param name="panels">The panels; places at the end may stay empty.</param>
    /// <param name="columnWidths">The columns' parts of the width.</param>
    /// <param name="lastRowExtra">Pixels that the last row has more, for the numbers and the name of the horizontal axis.</param>
    public static Figure Grid(int width, int rowHeight, IReadOnlyList<Plot> panels, double[] columnWidths, int lastRowExtra = 0)
    {
        Plot strip = LegendStrip.Create(panels);
        int rows = (panels.Count + columnWidths.Length - 1) / columnWidths.Length;
        int height = (int)Math.Ceiling(LegendStrip.Height(strip, width)) + rows * rowHeight + lastRowExtra;
        return new Figure(width, Math.Min(height, 20_000), [.. panels, strip], figure => Places(figure, strip, panels.Count, rows, columnWidths, (double)lastRowExtra / rowHeight));
    }

    public static Figure Join(IReadOnlyList<Figure> figures, bool isHorizontal)
    {
        ArgumentNullException.ThrowIfNull(figures);
        if (figures.Count == 0)
            throw new ArgumentException("figures is empty; at least one figure is needed.", nameof(figures));
        for (int i = 0; i < figures.Count; i++)
        {
            if (figures[i] is null)
                throw new ArgumentException($"figures[{i}] is null.", nameof(figures));
        }

        Figure[] parts = [.. figures];
        int[] lengths = [.. parts.Select(part => isHorizontal ? part.Width : part.Height)];
        int along = lengths.Sum(), across = parts.Max(part => isHorizontal ? part.Height : part.Width);
        return new Figure(isHorizontal ? along : across, isHorizontal ? across : along, [.. parts.SelectMany(part => part.Panels)], Areas);

        PixelRect[] Areas(PixelRect figure)
        {
            var areas = new List<PixelRect>();
            double start = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                double end = start + (double)lengths[i] / along;
                areas.AddRange(parts[i].Areas(isHorizontal ? Part(figure, start, 0, end, 1) : Part(figure, 0, start, 1, end)));
                start = end;
            }

            return [.. areas];
        }
    }

    public static Figure AddInset(Figure figure, Plot panel, double left, double top, double width, double height)
    {
        ArgumentNullException.ThrowIfNull(panel);
        RequireFraction(left, nameof(left));
        RequireFraction(top, nameof(top));
        RequireFraction(width, nameof(width));
        RequireFraction(height, nameof(height));
        if (left + width > 1)
            throw new ArgumentOutOfRangeException(nameof(width), width, FormattableString.Invariant($"left + width = {left + width} is more than 1."));
        if (top + height > 1)
            throw new ArgumentOutOfRangeException(nameof(height), height, FormattableString.Invariant($"top + height = {top + height} is more than 1."));
        return new Figure(figure.Width, figure.Height, [.. figure.Panels, panel], area => [.. figure.Areas(area), Part(area, left, top, left + width, top + height)])
        {
            Scale = figure.Scale,
        };
    }

    private static void RequireFraction(double value, string name)
    {
        if (value is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"{name} = {value} is not in [0, 1]."));
    }

    private static PixelRect[] Places(PixelRect figure, Plot strip, int count, int rows, double[] columnWidths, double extra)
    {
        float legend = LegendStrip.Height(strip, figure.Width);
        var below = new PixelRect(figure.Left, figure.Right, figure.Bottom, figure.Top + legend);
        double total = columnWidths.Sum();
        var areas = new PixelRect[count + 1];
        for (int i = 0; i < count; i++)
        {
            int row = i / columnWidths.Length, column = i % columnWidths.Length;
            // The last panel of a column is the one with the numbers below.
            bool isLast = i + columnWidths.Length >= count;
            double left = columnWidths[..column].Sum() / total, right = left + columnWidths[column] / total;
            areas[i] = Part(below, left, row / (rows + extra), right, Math.Min(1, (row + 1 + (isLast ? extra : 0)) / (rows + extra)));
        }

        areas[count] = new PixelRect(figure.Left, figure.Right, figure.Top + legend, figure.Top);
        return areas;
    }

    private static PixelRect Part(PixelRect whole, double left, double top, double right, double bottom) => new(
        (float)(whole.Left + left * whole.Width), (float)(whole.Left + right * whole.Width), (float)(whole.Top + bottom * whole.Height), (float)(whole.Top + top * whole.Height));
}
