namespace NeuralOde;

/// <summary>Whether samples of a batch have steps of their own.</summary>
public enum ErrorControl
{
    /// <summary>Every sample has its own time, step and acceptance: its solution does not depend on its batch-mates. The default.</summary>
    PerSample,

    /// <summary>
    /// One step for the whole batch, chosen by the error over all samples, as torchdiffeq does. All samples must have the same
    /// first and last time, and events are not possible.
    /// </summary>
    Joint,
}
