namespace NeuralOde;

/// <summary>Why training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All iterations were done.</summary>
    Completed,

    /// <summary>The validation loss stopped improving: see <see cref="TrainingOptions.Patience"/>.</summary>
    StoppedEarly,

    /// <summary>Too many minibatches in a row failed: see <see cref="TrainingOptions.MaxConsecutiveFailures"/>.</summary>
    TooManyFailures,
}
