using static System.FormattableString;

namespace NeuralOde;

/// <summary>What <see cref="NeuralOdeModel.Evaluate(TrajectoryDataset, EvaluationOptions, CancellationToken)"/> measures. Immutable.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Observations to forecast from every origin, at least 1; this or <see cref="HorizonTime"/>, not both.</summary>
    public int? Horizon { get; init; }

    /// <summary>How far to forecast from every origin, in units of time, positive: all observations up to there; this or <see cref="Horizon"/>, not both.</summary>
    public double? HorizonTime { get; init; }

    /// <summary>
    /// Observations from one origin to the next, at least 1. Default: null, which takes every observation, or every so many that there are no more than 1000 origins in all.
    /// With <see cref="Horizon"/> the forecasts of a trajectory do not overlap.
    /// </summary>
    public int? OriginStride { get; init; }

    /// <summary>The data that the model was trained with: baselines are fitted to them, they scale the errors, and they are never forecast. Default: null, none.</summary>
    public TrajectoryDataset? Training { get; init; }

    /// <summary>
    /// What to compare the model with. Default: null, which takes persistence and, with <see cref="Training"/>, the season that is found there, a linear ODE fitted over the horizon, and an autoregression.
    /// </summary>
    public IReadOnlyList<Baseline>? Baselines
    {
        get;
        init => field = ListCopy.Of(value);
    }

    /// <summary>How forecasts of the model start: see <see cref="ForecastOptions.StartObservations"/>. Default: null.</summary>
    public int? StartObservations { get; init; }

    internal void Validate(TrajectoryDataset data)
    {
        if (Horizon is null == HorizonTime is null)
            throw new ArgumentException("One of Horizon, in observations, and HorizonTime, in units of time, is needed, and not both.", "options");
        if (Horizon is { } horizon)
            ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1, nameof(Horizon));
        if (HorizonTime is { } time)
            Guard.Positive(time, nameof(HorizonTime));
        if (OriginStride is { } stride)
            ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1, nameof(OriginStride));
        if (StartObservations is { } observations)
            ArgumentOutOfRangeException.ThrowIfLessThan(observations, 1, nameof(StartObservations));
        if (Training is { } training && training.Dimension != data.Dimension)
            throw new ArgumentException(Invariant($"Training has {training.Dimension} components, but data has {data.Dimension}."), nameof(Training));
        for (int i = 0; i < Baselines?.Count; i++)
        {
            if (Baselines[i] is null)
                throw new ArgumentException(Invariant($"Baselines[{i}] is null."), nameof(Baselines));
        }
    }
}
