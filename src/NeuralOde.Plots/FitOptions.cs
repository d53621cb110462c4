namespace NeuralOde.Plots;

/// <summary>What <see cref="Figure.Fit(NeuralOdeModel, TrajectoryDataset, TrajectoryDataset?, FitOptions?)"/> shows. Immutable.</summary>
public sealed record FitOptions
{
    /// <summary>Which trajectory of a dataset; default: 0, the first.</summary>
    public int Trajectory { get; init; }

    /// <summary>Which components of the state, a panel each; default: null, the first twelve.</summary>
    public IReadOnlyList<int>? Components { get; init; }

    /// <summary>Observations after this time (before it, where time runs backward) were held out: they are drawn as open circles on a shaded ground. Default: null, none but those given as held out.</summary>
    public double? HeldOutAfter { get; init; }

    /// <summary>The time up to which a model is asked; default: null, the last observation.</summary>
    public double? ForecastUntil { get; init; }

    /// <summary>The state at the first observation from which a model predicts; default: null, that observation itself.</summary>
    public IReadOnlyList<double>? InitialState { get; init; }

    /// <summary>Names of the components; default: null, those of the dataset, or x1, x2, ….</summary>
    public IReadOnlyList<string>? StateNames { get; init; }

    /// <summary>What the horizontal axis says; default: "time".</summary>
    public string TimeLabel { get; init; } = "time";

    /// <summary>What the vertical axes say, a unit for instance; default: nothing.</summary>
    public string ValueLabel { get; init; } = "";
}
