namespace NeuralOde;

/// <summary>How a model forecasts from observations. Immutable.</summary>
public sealed record ForecastOptions
{
    /// <summary>
    /// Observations that the state at the start is fitted to: the last so many that have any component observed, at least 1. Default: null, which starts in the last observation where all of it was
    /// observed, and fits to 20 observations, or two per state component, where it was not.
    /// </summary>
    /// <remarks>With noisy observations a fit to several is a better start than the last one alone.</remarks>
    public int? StartObservations { get; init; }

    internal void Validate()
    {
        if (StartObservations is { } count)
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(StartObservations));
    }
}
