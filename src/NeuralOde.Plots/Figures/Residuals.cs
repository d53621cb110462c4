namespace NeuralOde.Plots;

/// <summary>Observed minus predicted, of one component over one or several trajectories.</summary>
/// <param name="series">For each trajectory its times and residuals; NaN where there was no observation or no prediction.</param>
internal sealed class Residuals(IReadOnlyList<(double[] Times, double[] Values)> series)
{
    public IReadOnlyList<(double[] Times, double[] Values)> Series { get; } = series;

    /// <summary>All residuals that there are.</summary>
    public double[] Values { get; } = [.. series.SelectMany(one => one.Values).Where(double.IsFinite)];

    public double Mean => Values.Length == 0 ? double.NaN : Values.Average();

    public double RootMeanSquare => Values.Length == 0 ? double.NaN : RootOfMeanSquares(Values, 0);

    public double StandardDeviation => Values.Length == 0 ? double.NaN : RootOfMeanSquares(Values, Mean);

    /// <summary>Whether they differ by more than rounding.</summary>
    public bool Vary => Values.Length > 1 && Values.Max() - Values.Min() > 1e-12 * Values.Max(Math.Abs);

    /// <summary>
    /// Autocorrelations for lags of 1, 2, … observations: (1/N) Σ (eₙ − m)(eₙ₊ₖ − m) / s², the sum over the pairs that there are and raised as if none were missing.
    /// </summary>
    /// <remarks>G. E. P. Box, G. M. Jenkins, Time Series Analysis (1970), section 2.1.5; E. Parzen, Sankhyā A 25 (1963) 383–392, for gaps.</remarks>
    public double[] Autocorrelations(int lags)
    {
        double mean = Mean, variance = StandardDeviation * StandardDeviation;
        double length = Series.Sum(one => (double)one.Values.Length);
        var correlations = new double[lags];
        for (int lag = 1; lag <= lags; lag++)
        {
            double sum = 0, pairs = 0, possible = 0;
            foreach ((_, double[] values) in Series)
            {
                for (int n = 0; n + lag < values.Length; n++)
                {
                    possible++;
                    double product = (values[n] - mean) * (values[n + lag] - mean);
                    if (!double.IsFinite(product))
                        continue;
                    sum += product;
                    pairs++;
                }
            }

            correlations[lag - 1] = pairs == 0 ? double.NaN : sum / pairs * possible / length / variance;
        }

        return correlations;
    }

    /// <summary>Equally wide bins over all residuals, by the rule of Freedman and Diaconis (doi:10.1007/BF01025868), between 6 and 40 of them.</summary>
    public (double Start, double Width, int[] Counts) Histogram()
    {
        double[] sorted = [.. Values.Order()];
        double low = sorted[0], high = sorted[^1];
        double quartiles = sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4];
        double ideal = 2 * quartiles / Math.Cbrt(sorted.Length);
        int bins = ideal > 0 ? (int)Math.Clamp(Math.Ceiling((high - low) / ideal), 6, 40) : 10;
        double width = (high - low) / bins;
        var counts = new int[bins];
        foreach (double value in sorted)
            counts[Math.Clamp((int)((value - low) / width), 0, bins - 1)]++;
        return (low, width, counts);
    }

    private static double RootOfMeanSquares(double[] values, double center)
    {
        double largest = values.Max(value => Math.Abs(value - center));
        return largest == 0 ? 0 : largest * Math.Sqrt(values.Average(value => (value - center) / largest * ((value - center) / largest)));
    }
}
