namespace NeuralOde;

/// <summary>What the measures of one component's forecasts are made of, added up number by number.</summary>
internal sealed class ErrorSums
{
    private double _mean;
    private double _squaredDeviations;
    private double _squaredErrors;
    private double _absoluteErrors;
    private double _errors;

    /// <summary>Numbers so far.</summary>
    public long Count { get; private set; }

    /// <summary>Population standard deviation of what was observed.</summary>
    public double StandardDeviation => Math.Sqrt(_squaredDeviations / Count);

    /// <summary>Adds one finite observation and its finite forecast.</summary>
    public void Add(double observed, double forecast)
    {
        Count++;
        // Welford, Technometrics 4 (1962) 419–420: no cancellation where the mean is large.
        double deviation = observed - _mean;
        _mean += deviation / Count;
        _squaredDeviations += deviation * (observed - _mean);
        double error = forecast - observed;
        _squaredErrors += error * error;
        _absoluteErrors += Math.Abs(error);
        _errors += error;
    }

    /// <summary>The measures of this component.</summary>
    public ForecastMetrics ToMetrics(double standardDeviation, double naiveError) => Count == 0 ? new ForecastMetrics() : new ForecastMetrics
    {
        Count = Count,
        Rmse = Math.Sqrt(_squaredErrors / Count),
        MeanAbsoluteError = _absoluteErrors / Count,
        Bias = _errors / Count,
        NormalizedRmse = Scaled(Math.Sqrt(_squaredErrors / Count), standardDeviation),
        R2 = _squaredDeviations > 0.0 ? 1.0 - (_squaredErrors / _squaredDeviations) : double.NaN,
        Mase = Scaled(_absoluteErrors / Count, naiveError),
    };

    /// <summary>The measures of all components together.</summary>
    /// <param name="components">The measures of each.</param>
    public static ForecastMetrics Overall(IReadOnlyList<ForecastMetrics> components)
    {
        ForecastMetrics[] compared = [.. components.Where(component => component.Count > 0)];
        if (compared.Length == 0)
            return new ForecastMetrics();
        return new ForecastMetrics
        {
            Count = compared.Sum(component => component.Count),
            Rmse = Math.Sqrt(Mean(component => component.Rmse * component.Rmse)),
            MeanAbsoluteError = Mean(component => component.MeanAbsoluteError),
            Bias = Mean(component => component.Bias),
            NormalizedRmse = Math.Sqrt(Mean(component => component.NormalizedRmse * component.NormalizedRmse)),
            R2 = compared.Where(component => !double.IsNaN(component.R2)).Select(component => component.R2).DefaultIfEmpty(double.NaN).Average(),
            Mase = Mean(component => component.Mase),
        };

        // A component that has no such measure is left out of it.
        double Mean(Func<ForecastMetrics, double> measure)
        {
            ForecastMetrics[] measured = [.. compared.Where(component => !double.IsNaN(measure(component)))];
            return measured.Sum(component => component.Count * measure(component)) / measured.Sum(component => (double)component.Count);
        }
    }

    /// <summary>An error in units of a scale; NaN where there is none.</summary>
    public static double Scaled(double error, double scale) => scale > 0.0 ? error / scale : double.NaN;
}
