namespace NeuralOde.Plots;

/// <summary>How a phase portrait shows the vector field.</summary>
public enum FieldStyle
{
    /// <summary>Lines along the field, evenly spaced, with arrowheads. The default.</summary>
    Streamlines,

    /// <summary>Arrows of one length on a grid: directions only.</summary>
    Arrows,

    /// <summary>Not at all.</summary>
    None,
}
