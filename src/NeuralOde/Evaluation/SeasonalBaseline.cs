namespace NeuralOde;

/// <summary>Every component is as it was observed a season before: see <see cref="Baseline.Seasonal(double)"/>.</summary>
/// <remarks>
/// A component's value a season before is the straight line between its observations next to that time. NaN where this is before its first observation.
/// </remarks>
public sealed class SeasonalBaseline : Baseline
{
    /// <summary>Part of a period within which two times count as one: dates in seconds and years of 365.25 days meet rounding.</summary>
    private const double SameTime = 1e-9;

    internal SeasonalBaseline(double period)
        : base(FormattableString.Invariant($"seasonal ({period:g4})")) => Period = period;

    /// <summary>Length of a season, in units of time.</summary>
    public double Period { get; }

    internal override void Forecast(Trajectory history, ReadOnlySpan<double> times, Span<double> states)
    {
        int dimension = history.Dimension;
        double sign = history.Length > 1 ? ForecastTimes.Direction(history) : times[^1] < history.Times[^1] ? -1.0 : 1.0;
        var observedTimes = new double[history.Length];
        var observed = new double[history.Length];
        for (int i = 0; i < dimension; i++)
        {
            // In the direction of time, so that the search below knows increasing times only.
            int count = 0;
            for (int n = 0; n < history.Length; n++)
            {
                double value = history.StateAt(n)[i];
                if (double.IsNaN(value))
                    continue;
                observedTimes[count] = sign * history.Times[n];
                observed[count++] = value;
            }

            for (int n = 0; n < times.Length; n++)
                states[(n * dimension) + i] = Before(sign * times[n], observedTimes.AsSpan(0, count), observed, Period);
        }
    }

    /// <summary>The value a whole number of periods, at least one, before a time: the least number that leads to or before the last observation.</summary>
    internal static double Before(double time, ReadOnlySpan<double> observedTimes, ReadOnlySpan<double> observed, double period)
    {
        if (observedTimes.IsEmpty)
            return double.NaN;
        double periods = Math.Max(1.0, Math.Ceiling(((time - observedTimes[^1]) / period) - SameTime));
        return Interpolate(time - (periods * period), observedTimes, observed, SameTime * period);
    }

    /// <summary>The straight line between the two observations next to a time; NaN outside of them all.</summary>
    private static double Interpolate(double time, ReadOnlySpan<double> observedTimes, ReadOnlySpan<double> observed, double slack)
    {
        int next = observedTimes.BinarySearch(time);
        if (next >= 0)
            return observed[next];
        next = ~next;
        if (next < observedTimes.Length && observedTimes[next] - time <= slack)
            return observed[next];
        if (next > 0 && time - observedTimes[next - 1] <= slack)
            return observed[next - 1];
        if (next == 0 || next == observedTimes.Length)
            return double.NaN;
        double weight = (time - observedTimes[next - 1]) / (observedTimes[next] - observedTimes[next - 1]);
        return observed[next - 1] + (weight * (observed[next] - observed[next - 1]));
    }
}
