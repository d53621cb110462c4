using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>How far forecasts are from what was observed. NaN where a measure is not defined, and throughout where nothing was compared.</summary>
public sealed record ForecastMetrics
{
    internal ForecastMetrics()
    {
    }

    /// <summary>Numbers that were observed and forecast.</summary>
    public long Count { get; internal init; }

    /// <summary>Root mean square error, in the data's units.</summary>
    public double Rmse { get; internal init; } = double.NaN;

    /// <summary>Mean absolute error, in the data's units.</summary>
    public double MeanAbsoluteError { get; internal init; } = double.NaN;

    /// <summary>Mean of forecast minus observation, in the data's units.</summary>
    public double Bias { get; internal init; } = double.NaN;

    /// <summary>Root mean square error in standard deviations of the component.</summary>
    /// <remarks>For one component, <see cref="Rmse"/> by its standard deviation; for several, the root mean square of all numbers' errors, each by its component's.</remarks>
    public double NormalizedRmse { get; internal init; } = double.NaN;

    /// <summary>R²: 1 less the squared error's part of the observations' variance. 1 is perfect, 0 no better than the observations' own mean, and it may be negative.</summary>
    /// <remarks>The variance is that of the numbers compared. NaN where they are all equal. For several components, the mean of the components' R², of those that have one.</remarks>
    public double R2 { get; internal init; } = double.NaN;

    /// <summary>Mean absolute scaled error: the mean absolute error by that of the naive forecast "as the observation before" in the training data.</summary>
    /// <remarks>
    /// R. J. Hyndman, A. B. Koehler, Another look at measures of forecast accuracy, Int. J. Forecasting 22 (2006) 679–688,
    /// doi:10.1016/j.ijforecast.2006.03.001. Below 1 a forecast is better than the naive one is one observation ahead. NaN without training data, and where
    /// they never change. For several components, the mean over all numbers of those that have one.
    /// </remarks>
    public double Mase { get; internal init; } = double.NaN;

    /// <summary>Measures forecasts of one component.</summary>
    /// <param name="observed">What was observed; NaN where nothing was, which is left out.</param>
    /// <param name="forecast">The forecasts, as many; finite where something was observed.</param>
    /// <param name="standardDeviation">What <see cref="NormalizedRmse"/> is measured in; positive. Default: the standard deviation of what was observed.</param>
    /// <param name="naiveError">What <see cref="Mase"/> is measured in, as <see cref="NaiveError(ReadOnlySpan{double})"/> gives it; positive. Default: none, so that <see cref="Mase"/> is NaN.</param>
    /// <returns>The measures.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a forecast of something observed is not finite; the message names the index and the value.</exception>
    public static ForecastMetrics Of(ReadOnlySpan<double> observed, ReadOnlySpan<double> forecast, double standardDeviation = double.NaN, double naiveError = double.NaN)
    {
        Guard.Length(forecast, observed.Length);
        var sums = new ErrorSums();
        for (int i = 0; i < observed.Length; i++)
        {
            if (double.IsNaN(observed[i]))
                continue;
            if (!double.IsFinite(observed[i]))
                throw new ArgumentException(FormattableString.Invariant($"observed[{i}] = {observed[i]} is not finite."), nameof(observed));
            if (!double.IsFinite(forecast[i]))
                throw new ArgumentException(FormattableString.Invariant($"forecast[{i}] = {forecast[i]} is not finite where something was observed."), nameof(forecast));
            sums.Add(observed[i], forecast[i]);
        }

        return sums.ToMetrics(double.IsNaN(standardDeviation) ? sums.StandardDeviation : standardDeviation, naiveError);
    }

    /// <inheritdoc cref="Of(ReadOnlySpan{double}, ReadOnlySpan{double}, double, double)"/>
    [OverloadResolutionPriority(-1)]
    public static ForecastMetrics Of(double[] observed, double[] forecast, double standardDeviation = double.NaN, double naiveError = double.NaN) =>
        Of(observed.AsSpan(), forecast.AsSpan(), standardDeviation, naiveError);

    /// <summary>The mean absolute error of forecasting every value as the one before: the scale of <see cref="Mase"/>.</summary>
    /// <param name="training">Observations of one component in order; NaN where nothing was observed. A pair counts where both were.</param>
    /// <returns>The mean absolute difference of neighbours; NaN where there is no pair.</returns>
    public static double NaiveError(ReadOnlySpan<double> training)
    {
        double sum = 0.0;
        long pairs = 0;
        for (int i = 1; i < training.Length; i++)
        {
            double change = Math.Abs(training[i] - training[i - 1]);
            if (double.IsNaN(change))
                continue;
            sum += change;
            pairs++;
        }

        return sum / pairs;
    }

    /// <inheritdoc cref="NaiveError(ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public static double NaiveError(double[] training) => NaiveError(training.AsSpan());
}
