using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>Ticks at multiples of 1, 2 or 5 times a power of ten, as many as have room for their labels.</summary>
internal sealed class LinearTicks : ITickGenerator
{
    private const float RowHeight = 32;
    private const float Gap = 28;
    private const float NarrowestColumn = 56;

    public Tick[] Ticks { get; private set; } = [];

    public int MaxTickCount { get; set; } = 200;

    /// <summary>Whether only whole numbers make sense, as of iterations.</summary>
    public bool AreWhole { get; init; }

    public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
    {
        double low = Math.Min(range.Min, range.Max), high = Math.Max(range.Min, range.Max), span = high - low;
        Ticks = [];
        if (!(span > 0) || !double.IsFinite(span) || !(size.Length > 0))
            return;
        double step = Nice(span / Math.Max(1, size.Length / RowHeight));
        if (AreWhole)
            step = Math.Max(1, step);
        while (true)
        {
            double[] positions = Multiples(low, high, step);
            if (positions.Length == 0 || step == 0 || !double.IsFinite(step))
                return;
            string[] labels = NumberText.Labels(positions, step);
            float needed = edge is Edge.Left or Edge.Right ? RowHeight : Math.Max(NarrowestColumn, labels.Max(label => Typeface.Width(label, labelStyle.FontSize)) + Gap);
            if (step / span * size.Length >= needed * 0.999 || positions.Length <= 2)
            {
                double PixelsTo(double end, double position) => Math.Abs(end - position) / span * size.Length;
                Ticks = edge is Edge.Left or Edge.Right
                    ? [.. positions.Zip(labels, Tick.Major), .. Minor(low, high, step)]
                    : [.. positions.Zip(labels, (position, label) => Tick.Major(position, Fits(label, PixelsTo(low, position), PixelsTo(high, position), labelStyle.FontSize) ? label : "")), .. Minor(low, high, step)];
                return;
            }

            step = Nice(step * 1.01);
        }
    }

    /// <summary>The smallest of 1, 2 or 5 times a power of ten that is not below a number.</summary>
    public static double Nice(double least)
    {
        double power = Math.Pow(10, NumberText.Exponent(least));
        foreach (double factor in (ReadOnlySpan<double>)[1, 2, 5])
        {
            if (factor * power >= least * (1 - 1e-9))
                return factor * power;
        }

        return 10 * power;
    }

    public static double[] Multiples(double low, double high, double step)
    {
        double first = Math.Ceiling(low / step - 1e-6), last = Math.Floor(high / step + 1e-6);
        var positions = new List<double>();
        for (double i = first; i <= last && positions.Count < 1000; i++)
            positions.Add(i * step);
        return [.. positions];
    }

    /// <summary>Whether a label at the end of an axis stays within the figure.</summary>
    private static bool Fits(string label, double toLeft, double toRight, float fontSize)
    {
        float half = Typeface.Width(label, fontSize) / 2;
        return half <= toRight + Panel.RightMargin && half <= toLeft + Panel.LeftMargin;
    }

    private IEnumerable<Tick> Minor(double low, double high, double step)
    {
        bool isTwo = Math.Abs(step / Math.Pow(10, NumberText.Exponent(step)) - 2) < 0.1;
        double minor = step / (isTwo ? 4 : 5);
        return AreWhole && minor < 1 ? [] : Multiples(low, high, minor).Select(Tick.Minor);
    }
}
