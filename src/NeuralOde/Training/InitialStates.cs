namespace NeuralOde;

/// <summary>Where a training segment's initial state comes from.</summary>
public enum InitialStates
{
    /// <summary>The first observation of the segment, as it is.</summary>
    Observed,

    /// <summary>
    /// A state that is learned, one for each segment, which all lie side by side then. For noisy observations, for data whose first states are not wholly observed, and for models with hidden components, which need it.
    /// </summary>
    Learned,
}
