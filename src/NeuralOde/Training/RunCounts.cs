namespace NeuralOde;

/// <summary>What one run of a trainer has met with so far.</summary>
internal struct RunCounts
{
    // A rare hard minibatch is nothing to speak of; a tenth of them is.
    private const int SkippedPart = 10;

    private int _zeroGradients;

    /// <summary>Iterations done, skipped ones included.</summary>
    public int Iterations { get; private set; }

    /// <summary>Minibatches skipped.</summary>
    public int Skipped { get; private set; }

    /// <summary>Why a minibatch was skipped last; null if none was.</summary>
    public OdeFailure? LastFailure { get; private set; }

    /// <summary>Counts an iteration.</summary>
    /// <param name="failure">Why it was skipped, or null.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="gradientNorm">The norm of its gradient.</param>
    public void Count(OdeFailure? failure, double loss, double gradientNorm)
    {
        Iterations++;
        if (failure is not null)
        {
            Skipped++;
            LastFailure = failure;
        }
        else if (gradientNorm == 0.0 && loss != 0.0)
            _zeroGradients++;
    }

    /// <summary>What a run that came to this end is to be called.</summary>
    /// <param name="end">Why it came to its end.</param>
    /// <param name="skipped">Minibatches skipped, those of earlier runs and before a checkpoint included: an interrupted run is to be called as an uninterrupted one.</param>
    /// <param name="iterations">Iterations done, counted alike.</param>
    public readonly TrainingEnd Judge(TrainingEnd end, int skipped, int iterations)
    {
        if (Iterations == 0)
            return TrainingEnd.NothingToDo;
        if (end == TrainingEnd.TooManyFailures)
            return end;
        if (IsMany(Skipped, Iterations) || IsMany(skipped, iterations))
            return TrainingEnd.ManySkipped;
        return _zeroGradients > 0 && _zeroGradients == Iterations - Skipped ? TrainingEnd.NoGradient : end;
    }

    private static bool IsMany(long skipped, int iterations) => skipped * SkippedPart > iterations;
}
