namespace NeuralOde;

/// <summary>How good one forecaster is on the numbers that were observed.</summary>
public sealed record ForecastScore
{
    internal ForecastScore()
    {
    }

    /// <summary>The forecaster.</summary>
    public required string Name { get; init; }

    /// <summary>The measures of each component, in the order of the state.</summary>
    public required IReadOnlyList<ForecastMetrics> Components { get; init; }

    /// <summary>The measures of all components together. Where their units differ, only <see cref="ForecastMetrics.NormalizedRmse"/>, <see cref="ForecastMetrics.R2"/> and <see cref="ForecastMetrics.Mase"/> mean something.</summary>
    public required ForecastMetrics Overall { get; init; }

    /// <summary><see cref="ForecastMetrics.NormalizedRmse"/> of the first observation after the origins, of the second, and so on; NaN where none was compared.</summary>
    public required IReadOnlyList<double> NormalizedRmseByStep { get; init; }

    /// <summary>Observed numbers that it has no forecast of, because it was given too little or its forecast was not finite. They are missing in its measures.</summary>
    public required long Missing { get; init; }

    /// <summary>
    /// The model's <see cref="ForecastMetrics.NormalizedRmse"/> by this forecaster's, on the numbers that both forecast: below 1 the model is better. NaN where there are none, or neither has an error; 1 for the model itself.
    /// </summary>
    public required double ModelRatio { get; init; }
}
