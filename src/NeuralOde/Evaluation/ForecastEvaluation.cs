namespace NeuralOde;

/// <summary>How good a model's forecasts are, beside those of plain baselines. Printed, it is a report in words and tables.</summary>
/// <remarks>See <see cref="NeuralOdeModel.Evaluate(TrajectoryDataset, int, TrajectoryDataset?, CancellationToken)"/>.</remarks>
public sealed record ForecastEvaluation
{
    internal ForecastEvaluation()
    {
    }

    /// <summary>The components' names: the data's, or <c>x1, x2, …</c></summary>
    public required IReadOnlyList<string> ComponentNames { get; init; }

    /// <summary>Observations forecast from every origin, or null where <see cref="HorizonTime"/> says how far.</summary>
    public required int? Horizon { get; init; }

    /// <summary>Time forecast from every origin, or null where <see cref="Horizon"/> says how many observations.</summary>
    public required double? HorizonTime { get; init; }

    /// <summary>The model. Where forecasts failed, its measures are of the others alone: see <see cref="FailedForecasts"/>.</summary>
    public required ForecastScore Model { get; init; }

    /// <summary>The baselines, in the order given.</summary>
    public required IReadOnlyList<ForecastScore> Baselines { get; init; }

    /// <summary>Baselines that could not be compared, each with the reason.</summary>
    public required IReadOnlyList<string> NotCompared { get; init; }

    /// <summary>
    /// The baseline against which the model looks worst, by <see cref="ForecastScore.ModelRatio"/>, among those that forecast at least half as many numbers as the model; null without any.
    /// </summary>
    public ForecastScore? BestBaseline => Baselines
        .Where(baseline => !double.IsNaN(baseline.ModelRatio) && 2 * baseline.Overall.Count >= Model.Overall.Count).MaxBy(baseline => baseline.ModelRatio);

    /// <summary>What the model's residuals are like, per component: observation minus forecast of the first observation after every origin.</summary>
    public required IReadOnlyList<ResidualDiagnostics> Residuals { get; init; }

    /// <summary>Trajectories of the data.</summary>
    public required int Trajectories { get; init; }

    /// <summary>Trajectories among them that nothing is forecast of, because no observation follows their first origin within the horizon.</summary>
    public required int TrajectoriesWithoutForecast { get; init; }

    /// <summary>Trajectories that are training data themselves: their errors are those of a fit and no forecast's.</summary>
    public required int TrajectoriesInSample { get; init; }

    /// <summary>Trajectories that go on from the training data, which are their history.</summary>
    public required int TrajectoriesWithHistory { get; init; }

    /// <summary>Origins that were forecast from.</summary>
    public required int Origins { get; init; }

    /// <summary>Observations from one origin to the next.</summary>
    public required int OriginStride { get; init; }

    /// <summary>Forecasts that end before the horizon, because the trajectory does: one per trajectory that is shorter than the horizon.</summary>
    public required int ShortenedForecasts { get; init; }

    /// <summary>Origins that were left out for all forecasters, because fewer numbers were observed before them than the state has components.</summary>
    public required int OriginsWithoutStart { get; init; }

    /// <summary>Forecasts that started in a state fitted to observations, because the last one has gaps or the options ask for it.</summary>
    public required int FittedStarts { get; init; }

    /// <summary>Fits among them that did not settle or that the observations do not determine: <see cref="ForecastStart.NotConverged"/> and <see cref="ForecastStart.Undetermined"/>.</summary>
    public required int DoubtfulStarts { get; init; }

    /// <summary>Forecasts of the model whose solve failed. What they leave open is in <see cref="ForecastScore.Missing"/> of <see cref="Model"/>, not in its measures.</summary>
    public required int FailedForecasts { get; init; }

    /// <summary>Why the last of them failed; null where none did.</summary>
    public required OdeFailure? LastFailure { get; init; }

    /// <summary>Observed numbers that were to be forecast; one that is within several horizons counts for each.</summary>
    public required long ObservedNumbers { get; init; }

    /// <summary>Numbers within the horizons that were not observed and are left out of all measures.</summary>
    public required long Gaps { get; init; }

    internal bool HasTraining { get; init; }

    /// <summary>Whether the data have inputs.</summary>
    internal bool HasInputs { get; init; }

    /// <summary>Whether the model takes them.</summary>
    internal bool TakesInputs { get; init; }

    /// <summary>The report: what was forecast, the measures of all forecasters overall and per component, which is better and by how much, and what the residuals are like. In the invariant culture.</summary>
    public override string ToString() => EvaluationText.Write(this);
}
