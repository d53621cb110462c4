using System.Runtime.CompilerServices;
using MathNet.Numerics;

namespace NeuralOde;

/// <summary>Whether the errors of forecasts look like noise: no bias, no memory, and how normal they are.</summary>
/// <remarks>
/// The probabilities are those of large samples. A small one says that errors like these would be rare if there were only noise: below 0.05 something was
/// left to learn, or the noise is of another kind.
/// </remarks>
public sealed record ResidualDiagnostics
{
    internal ResidualDiagnostics()
    {
    }

    /// <summary>Residuals, without gaps.</summary>
    public int Count { get; internal init; }

    /// <summary>Mean of the residuals, observation minus forecast: positive where forecasts are too low.</summary>
    public double Mean { get; internal init; } = double.NaN;

    /// <summary>Standard error of <see cref="Mean"/> where the residuals are independent: a mean beyond about two of them is no chance.</summary>
    public double StandardError { get; internal init; } = double.NaN;

    /// <summary>Autocorrelations at lags 1, 2, …, <see cref="Lags"/>; NaN at a lag without a pair.</summary>
    public IReadOnlyList<double> Autocorrelations { get; internal init; } = [];

    /// <summary>Lags that <see cref="LjungBox"/> looks at.</summary>
    public int Lags => Autocorrelations.Count;

    /// <summary>Ljung–Box statistic: large where residuals remember earlier ones.</summary>
    /// <remarks>
    /// Q = n (n + 2) Σ rₖ² / (n − k): G. M. Ljung, G. E. P. Box, On a measure of lack of fit in time series models, Biometrika 65 (1978) 297–303,
    /// doi:10.1093/biomet/65.2.297. Where residuals are missing, rₖ is a mean over the pairs that there are, and their number takes the place of n − k.
    /// </remarks>
    public double LjungBox { get; internal init; } = double.NaN;

    /// <summary>Probability of so large a <see cref="LjungBox"/> without memory: χ² with one degree of freedom per lag. No parameters are taken off.</summary>
    public double LjungBoxProbability { get; internal init; } = double.NaN;

    /// <summary>Jarque–Bera statistic: large where residuals are not normal.</summary>
    /// <remarks>
    /// n/6 (S² + (K − 3)²/4), with skewness S and kurtosis K: C. M. Jarque, A. K. Bera, Econ. Lett. 6 (1980) 255–259, doi:10.1016/0165-1765(80)90024-5.
    /// </remarks>
    public double JarqueBera { get; internal init; } = double.NaN;

    /// <summary>Probability of so large a <see cref="JarqueBera"/> of normal residuals: χ² with two degrees of freedom, for hundreds of residuals or more.</summary>
    public double JarqueBeraProbability { get; internal init; } = double.NaN;

    /// <summary>Examines residuals of one component.</summary>
    /// <param name="residuals">Observation minus forecast, in order of time; NaN where there is none.</param>
    /// <param name="lags">Lags of the autocorrelation, from 1 to below the number of residuals. Default: a fifth of the residuals, at most 10.</param>
    /// <returns>The diagnostics. Measures that need more residuals, or residuals that differ, are NaN.</returns>
    /// <exception cref="ArgumentException">A residual is infinite; the message names its index.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="lags"/> is out of range.</exception>
    public static ResidualDiagnostics Of(ReadOnlySpan<double> residuals, int? lags = null)
    {
        for (int i = 0; i < residuals.Length; i++)
        {
            if (double.IsInfinity(residuals[i]))
                throw new ArgumentException(FormattableString.Invariant($"residuals[{i}] = {residuals[i]} is not finite."), nameof(residuals));
        }

        if (lags is { } given && (given < 1 || given >= residuals.Length))
            throw new ArgumentOutOfRangeException(nameof(lags), lags, $"lags must be from 1 to below the number of residuals, {residuals.Length}.");
        return Of([residuals.ToArray()], lags);
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{double}, int?)"/>
    [OverloadResolutionPriority(-1)]
    public static ResidualDiagnostics Of(double[] residuals, int? lags = null) => Of(residuals.AsSpan(), lags);

    /// <summary>Examines the residuals of several series, none of which remembers another.</summary>
    internal static ResidualDiagnostics Of(IReadOnlyList<double[]> series, int? lags = null)
    {
        double[] all = [.. series.SelectMany(residuals => residuals).Where(residual => !double.IsNaN(residual))];
        int n = all.Length;
        if (n == 0)
            return new ResidualDiagnostics();
        double mean = MeanOf(all);
        double[] moments = CentralMoments(all, mean);
        double variance = moments[2];
        var statistic = (Value: double.NaN, Probability: double.NaN);
        double[] autocorrelations = [];
        int most = lags ?? Math.Min(10, series.Max(residuals => residuals.Length) / 5);
        if (variance > 0.0 && most >= 1)
            (autocorrelations, statistic) = MeasureMemory(series, n, mean, variance, most);
        double skewness = moments[3] / Math.Pow(variance, 1.5);
        double kurtosis = moments[4] / (variance * variance);
        double jarqueBera = variance > 0.0 && n >= 3 ? n / 6.0 * ((skewness * skewness) + ((kurtosis - 3.0) * (kurtosis - 3.0) / 4.0)) : double.NaN;
        return new ResidualDiagnostics
        {
            Count = n,
            Mean = mean,
            StandardError = n > 1 ? Math.Sqrt(variance / (n - 1)) : double.NaN,
            Autocorrelations = Array.AsReadOnly(autocorrelations),
            LjungBox = statistic.Value,
            LjungBoxProbability = statistic.Probability,
            JarqueBera = jarqueBera,
            JarqueBeraProbability = Math.Exp(-0.5 * jarqueBera),
        };
    }

    private static (double[] Autocorrelations, (double, double) LjungBox) MeasureMemory(IReadOnlyList<double[]> series, int n, double mean, double variance, int most)
    {
        var autocorrelations = new double[most];
        double sum = 0.0;
        int degrees = 0;
        for (int lag = 1; lag <= most; lag++)
        {
            double products = 0.0;
            long pairs = 0;
            foreach (double[] residuals in series)
            {
                for (int i = lag; i < residuals.Length; i++)
                {
                    double product = (residuals[i] - mean) * (residuals[i - lag] - mean);
                    if (double.IsNaN(product))
                        continue;
                    products += product;
                    pairs++;
                }
            }

            autocorrelations[lag - 1] = pairs == 0 ? double.NaN : products / (n * variance);
            if (pairs == 0)
                continue;
            degrees++;
            // Without gaps the mean over pairs is n / (n − k) rₖ, and this the term rₖ² / (n − k) of the statistic times n².
            double meanOverPairs = products / (pairs * variance);
            sum += pairs * meanOverPairs * meanOverPairs;
        }

        double statistic = (n + 2.0) / n * sum;
        return (autocorrelations, degrees == 0 ? (double.NaN, double.NaN) : (statistic, SpecialFunctions.GammaUpperRegularized(0.5 * degrees, 0.5 * statistic)));
    }

    private static double MeanOf(double[] values)
    {
        double sum = 0.0;
        foreach (double value in values)
            sum += value;
        double mean = sum / values.Length;
        // Equal values have no deviation, whatever the rounding of their sum.
        return Array.TrueForAll(values, value => value == values[0]) ? values[0] : mean;
    }

    private static double[] CentralMoments(double[] values, double mean)
    {
        var moments = new double[5];
        foreach (double value in values)
        {
            double power = 1.0;
            for (int k = 1; k <= 4; k++)
            {
                power *= value - mean;
                moments[k] += power / values.Length;
            }
        }

        return moments;
    }
}
