namespace NeuralOde;

/// <summary>Finds the period after which a series repeats itself best.</summary>
internal static class SeasonSearch
{
    private const int MostObservations = 2000;
    private const int Candidates = 5;

    /// <summary>Frequencies in the width of a peak.</summary>
    private const int Oversampling = 5;

    /// <summary>The period, or null where there is none.</summary>
    public static double? Find(TrajectoryDataset training)
    {
        Trajectory longest = training.MaxBy(trajectory => trajectory.Length)!;
        int kept = Math.Min(longest.Length, MostObservations);
        Component[] components = [.. Enumerable.Range(0, longest.Dimension)
            .Select(i => Component.Of(longest.Slice(longest.Length - kept, kept), i)).OfType<Component>()];
        if (components.Length == 0)
            return null;
        double span = components.Max(component => component.Times[^1] - component.Times[0]);
        (double best, double least) = (double.NaN, double.PositiveInfinity);
        foreach (double period in Peaks(components, span).SelectMany(period => new[] { period, 2.0 * period }).Where(period => period <= 0.5 * span * (1.0 + 1e-9)))
        {
            // A peak is as wide as one period more or less over the whole span.
            double refined = Refine(components, period, 0.5 * period * period / span);
            double error = Error(components, refined);
            // A double that is only as good is two seasons, and may be a little better where it is a whole number of steps; and what is as
            // good after half the time only changes slowly.
            if (error < (0.98 * least) - 0.01 && error < 0.9 * Error(components, 0.5 * refined))
                (best, least) = (refined, error);
        }

        return least < 1.0 ? best : null;
    }

    /// <summary>Periods of the highest peaks of the periodogram summed over the components, highest first.</summary>
    private static IEnumerable<double> Peaks(Component[] components, double span)
    {
        double shortestStep = components.Min(component => MedianStep(component.Times));
        double first = 2.0 / span;
        double last = 0.5 / shortestStep;
        double step = 1.0 / (Oversampling * span);
        int count = (int)Math.Min(Math.Max(0.0, Math.Floor(((last - first) / step) + 1e-6)) + 1.0, 2.0 * Oversampling * MostObservations);
        var power = new double[count];
        for (int k = 0; k < count; k++)
            power[k] = components.Sum(component => Power(component, 2.0 * Math.PI * (first + (k * step))));
        return Enumerable.Range(0, count)
            .Where(k => (k == 0 || power[k] >= power[k - 1]) && (k == count - 1 || power[k] > power[k + 1]))
            .OrderByDescending(k => power[k]).Take(Candidates).Select(k => 1.0 / (first + (k * step)));
    }

    /// <summary>The part of the variance that a sine of this frequency explains: equation (10) of Scargle's paper, by the variance.</summary>
    private static double Power(Component component, double frequency)
    {
        (double sine, double cosine) = (0.0, 0.0);
        foreach (double time in component.Times)
        {
            (double s, double c) = Math.SinCos(2.0 * frequency * time);
            sine += s;
            cosine += c;
        }

        double delay = Math.Atan2(sine, cosine) / (2.0 * frequency);
        (double bySine, double byCosine, double sines, double cosines) = (0.0, 0.0, 0.0, 0.0);
        for (int n = 0; n < component.Times.Length; n++)
        {
            (double s, double c) = Math.SinCos(frequency * (component.Times[n] - delay));
            bySine += component.Values[n] * s;
            byCosine += component.Values[n] * c;
            sines += s * s;
            cosines += c * c;
        }

        double power = (cosines > 1e-9 ? byCosine * byCosine / cosines : 0.0) + (sines > 1e-9 ? bySine * bySine / sines : 0.0);
        return power / component.Times.Length;
    }

    /// <summary>The period near one whose seasonal forecasts are best: a scan, and golden sections around its best point.</summary>
    private static double Refine(Component[] components, double period, double width)
    {
        const int Points = 21;
        double spacing = 2.0 * width / (Points - 1);
        double best = Enumerable.Range(0, Points).Select(k => period - width + (k * spacing)).MinBy(candidate => Error(components, candidate));
        (double low, double high) = (best - spacing, best + spacing);
        const double Golden = 0.6180339887498949;
        for (int k = 0; k < 30; k++)
        {
            double left = high - (Golden * (high - low));
            double right = low + (Golden * (high - low));
            if (Error(components, left) <= Error(components, right))
                high = right;
            else
                low = left;
        }

        double refined = 0.5 * (low + high);
        return Error(components, refined) <= Error(components, best) ? refined : best;
    }

    /// <summary>Mean squared error of seasonal forecasts in variances, the mean over the components; infinite where a component has none.</summary>
    private static double Error(Component[] components, double period)
    {
        double sum = 0.0;
        foreach (Component component in components)
        {
            double squares = 0.0;
            int count = 0;
            for (int n = 1; n < component.Times.Length; n++)
            {
                double before = SeasonalBaseline.Before(component.Times[n], component.Times.AsSpan(0, n + 1), component.Values, period);
                if (double.IsNaN(before))
                    continue;
                squares += (component.Values[n] - before) * (component.Values[n] - before);
                count++;
            }

            if (count == 0)
                return double.PositiveInfinity;
            sum += squares / count;
        }

        return sum / components.Length;
    }

    private static double MedianStep(double[] times)
    {
        double[] steps = [.. Enumerable.Range(1, times.Length - 1).Select(n => times[n] - times[n - 1]).Order()];
        return steps[steps.Length / 2];
    }

    /// <summary>The observations of one component, without its linear trend, of variance 1.</summary>
    private sealed record Component(double[] Times, double[] Values)
    {
        /// <summary>Null where there are fewer than eight observations, or nothing beside a trend.</summary>
        public static Component? Of(Trajectory trajectory, int component)
        {
            double sign = ForecastTimes.Direction(trajectory);
            int[] observed = [.. Enumerable.Range(0, trajectory.Length).Where(n => trajectory.IsObserved(n, component))];
            if (observed.Length < 8)
                return null;
            double start = sign * trajectory.Times[observed[0]];
            double[] times = [.. observed.Select(n => (sign * trajectory.Times[n]) - start)];
            double[] values = [.. observed.Select(n => trajectory.StateAt(n)[component])];
            double magnitude = values.Max(Math.Abs);
            if (magnitude == 0.0)
                return null;
            (double meanTime, double mean) = (times.Average(), values.Average(value => value / magnitude));
            double slope = times.Zip(values, (t, z) => (t - meanTime) * ((z / magnitude) - mean)).Sum() / times.Sum(t => (t - meanTime) * (t - meanTime));
            for (int n = 0; n < values.Length; n++)
                values[n] = (values[n] / magnitude) - mean - (slope * (times[n] - meanTime));
            double deviation = Math.Sqrt(values.Average(value => value * value));
            // What a straight line leaves of one is rounding.
            if (!(deviation > 1e-10))
                return null;
            for (int n = 0; n < values.Length; n++)
                values[n] /= deviation;
            return new Component(times, values);
        }
    }
}
