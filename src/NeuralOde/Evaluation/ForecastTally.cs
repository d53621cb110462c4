namespace NeuralOde;

/// <summary>Adds up one forecaster's errors beside the model's.</summary>
internal sealed class ForecastTally
{
    private readonly ErrorSums[] _components;
    private readonly double[] _scales;
    private readonly List<double> _stepSquares = [];
    private readonly List<long> _stepCounts = [];
    private double _pairedSquares;
    private double _pairedModelSquares;
    private long _pairs;

    public ForecastTally(double[] scales)
    {
        _scales = scales;
        _components = [.. scales.Select(_ => new ErrorSums())];
    }

    public long Missing { get; private set; }

    /// <summary>Numbers forecast.</summary>
    public long Count => _components.Sum(component => component.Count);

    /// <summary>Numbers that the model forecast, too.</summary>
    public long Pairs => _pairs;

    /// <param name="step">Observations after the origin, less 1.</param>
    /// <param name="component">The component.</param>
    /// <param name="observed">What was observed, finite.</param>
    /// <param name="forecast">The forecast; not finite where there is none.</param>
    /// <param name="modelForecast">The model's.</param>
    public void Add(int step, int component, double observed, double forecast, double modelForecast)
    {
        if (!double.IsFinite(forecast))
        {
            Missing++;
            return;
        }

        _components[component].Add(observed, forecast);
        double error = (forecast - observed) / _scales[component];
        while (_stepCounts.Count <= step)
        {
            _stepCounts.Add(0);
            _stepSquares.Add(0.0);
        }

        _stepCounts[step]++;
        _stepSquares[step] += error * error;
        if (!double.IsFinite(modelForecast))
            return;
        double modelError = (modelForecast - observed) / _scales[component];
        _pairedSquares += error * error;
        _pairedModelSquares += modelError * modelError;
        _pairs++;
    }

    public ForecastScore ToScore(string name, double[] naiveErrors)
    {
        ForecastMetrics[] components = [.. _components.Select((sums, i) => sums.ToMetrics(_scales[i], naiveErrors[i]))];
        return new ForecastScore
        {
            Name = name,
            Components = Array.AsReadOnly(components),
            Overall = ErrorSums.Overall(components),
            NormalizedRmseByStep = Array.AsReadOnly(_stepSquares.Select((squares, step) => Math.Sqrt(squares / _stepCounts[step])).ToArray()),
            Missing = Missing,
            ModelRatio = _pairs == 0 ? double.NaN : Math.Sqrt(_pairedModelSquares / _pairedSquares),
        };
    }
}
