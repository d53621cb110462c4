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

    /// <summary>The run came to its end, but more than a tenth of its minibatches, or of those of all runs together, were skipped: the result rests on the others.</summary>
    ManySkipped,

    /// <summary>
    /// The run came to its end, but every gradient was exactly zero where the loss was not, so nothing was learned. A
    /// custom loss must write its cotangents; a network whose units are all saturated or dead gives such gradients too.
    /// </summary>
    NoGradient,

    /// <summary>No iteration was left to do: the trainer had come to its end before. More <see cref="TrainingOptions.Iterations"/> need a new trainer, which may restore a checkpoint.</summary>
    NothingToDo,
}
