using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>Ticks of an axis that shows decimal logarithms: powers of ten, and numbers between them where few powers are in sight.</summary>
internal sealed class LogTicks : ITickGenerator
{
    private const float RowHeight = 30;

    public Tick[] Ticks { get; private set; } = [];

    public int MaxTickCount { get; set; } = 200;

    public void Regenerate(CoordinateRange range, Edge edge, PixelLength size, Paint paint, LabelStyle labelStyle)
    {
        double low = Math.Min(range.Min, range.Max), high = Math.Max(range.Min, range.Max), span = high - low;
        Ticks = [];
        if (!(span > 0) || !double.IsFinite(span) || !(size.Length > 0))
            return;
        int powers = (int)Math.Floor(high) - (int)Math.Ceiling(low) + 1;
        Ticks = powers >= 3 ? Powers(low, high, size.Length / span)
            : span > 0.7 ? Mantissas(low, high)
            : Between(low, high, (int)Math.Max(2, size.Length / RowHeight));
    }

    private static Tick[] Powers(double low, double high, double pixelsPerDecade)
    {
        int stride = (int)LinearTicks.Nice(Math.Max(1, Math.Ceiling(RowHeight / pixelsPerDecade)));
        IEnumerable<Tick> minor = pixelsPerDecade < 4 ? [] : stride > 1 ? LinearTicks.Multiples(low, high, 1).Select(Tick.Minor) : Within(low, high, [2, 3, 4, 5, 6, 7, 8, 9]).Select(tick => Tick.Minor(tick.Position));
        return [.. LinearTicks.Multiples(low, high, stride).Select(power => Tick.Major(power, NumberText.PowerOfTen((int)Math.Round(power)))), .. minor];
    }

    private static Tick[] Mantissas(double low, double high) =>
    [
        .. Within(low, high, [1, 2, 5]).Select(tick => Tick.Major(tick.Position, Label(tick.Mantissa, tick.Power))),
        .. Within(low, high, [3, 4, 6, 7, 8, 9]).Select(tick => Tick.Minor(tick.Position)),
    ];

    /// <summary>Evenly spaced numbers, at their logarithms.</summary>
    private static Tick[] Between(double low, double high, int most)
    {
        // As multiples of the power of ten below, which need not be a number itself: 10^−320 has few digits.
        double unit = Math.Floor(low), first = Math.Pow(10, low - unit), last = Math.Pow(10, high - unit);
        double step = LinearTicks.Nice((last - first) / Math.Min(most, 6));
        double[] mantissas = LinearTicks.Multiples(first, last, step);
        double power = Math.Pow(10, unit);
        string[] labels = mantissas.Length == 0 ? [] : NumberText.Labels([.. mantissas.Select(mantissa => mantissa * power)], step * power);
        return [.. mantissas.Zip(labels, (mantissa, label) => Tick.Major(unit + Math.Log10(mantissa), label))];
    }

    private static string Label(int mantissa, int power) => power is < -3 or > 4
        ? mantissa == 1 ? NumberText.PowerOfTen(power) : $"{mantissa}×{NumberText.PowerOfTen(power)}"
        : NumberText.Labels([mantissa * Math.Pow(10, power)], Math.Pow(10, power))[0];

    private static IEnumerable<(double Position, int Mantissa, int Power)> Within(double low, double high, int[] mantissas) =>
        from power in Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
        from mantissa in mantissas
        let position = power + Math.Log10(mantissa)
        where position >= low - 1e-9 && position <= high + 1e-9
        select (position, mantissa, power);
}
