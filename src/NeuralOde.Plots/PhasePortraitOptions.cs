namespace NeuralOde.Plots;

/// <summary>What <see cref="Figure.PhasePortrait(NeuralOdeModel, TrajectoryDataset, PhasePortraitOptions?)"/> shows. Immutable.</summary>
public sealed record PhasePortraitOptions
{
    /// <summary>The component on the horizontal axis; default: 0.</summary>
    public int X { get; init; }

    /// <summary>The component on the vertical axis; default: 1. (A state of one component is drawn against its derivative.)</summary>
    public int Y { get; init; } = 1;

    /// <summary>How the field is shown; default: <see cref="FieldStyle.Streamlines"/>.</summary>
    public FieldStyle Field { get; init; }

    /// <summary>The time at which the field is shown, should it depend on time; default: null, the first of all times.</summary>
    public double? Time { get; init; }

    /// <summary>A state through which the shown plane goes, where there are more than two components; default: null, the mean of what was observed, or drawn.</summary>
    public IReadOnlyList<double>? Section { get; init; }

    /// <summary>Whether a unit is as long on both axes; default: false.</summary>
    public bool EqualScales { get; init; }

    /// <summary>More curves to draw, the truth for instance; default: none.</summary>
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    /// <summary>Names of the components; default: null, those of the dataset, or x1, x2, ….</summary>
    public IReadOnlyList<string>? StateNames { get; init; }
}
