namespace NeuralOde.Plots;

/// <summary>What <see cref="Figure.Residuals(NeuralOdeModel, TrajectoryDataset, ResidualOptions?)"/> shows. Immutable.</summary>
public sealed record ResidualOptions
{
    /// <summary>Which components of the state, a row each; default: null, the first twelve.</summary>
    public IReadOnlyList<int>? Components { get; init; }

    /// <summary>Names of the components; default: null, those of the dataset, or x1, x2, ….</summary>
    public IReadOnlyList<string>? StateNames { get; init; }

    /// <summary>What the horizontal axis of the first column says; default: "time".</summary>
    public string TimeLabel { get; init; } = "time";
}
