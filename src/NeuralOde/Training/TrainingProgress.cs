namespace NeuralOde;

/// <summary>One iteration of training.</summary>
public readonly record struct TrainingProgress
{
    /// <summary>Iterations done, this one included: the first is 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>Loss of the minibatch before the step, in standardized units if the model standardizes, with the continuity of learned starts (<see cref="TrainingOptions.ContinuityWeight"/>). NaN when the forward solve failed.</summary>
    public required double Loss { get; init; }

    /// <summary>Validation loss after the step, or null when it was not looked at. NaN when its solve failed.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Learning rate of the step.</summary>
    public double LearningRate { get; init; }

    /// <summary>Euclidean norm of the gradient before clipping; NaN when there is none.</summary>
    public double GradientNorm { get; init; }

    /// <summary>Evaluations of the vector field in the forward solve; one of the whole minibatch counts once. A minibatch of more than 128 segments is divided into parts of at most 128, and one of a part counts once.</summary>
    public long Evaluations => ForwardStatistics.Evaluations;

    /// <summary>Cost of the forward solve.</summary>
    public OdeStatistics ForwardStatistics { get; init; }

    /// <summary>Cost of the backward pass.</summary>
    public OdeStatistics BackwardStatistics { get; init; }

    /// <summary>True when the minibatch was skipped: a solve failed, or loss, gradient or the parameters after the step were not finite. The parameters did not change.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Why the minibatch was skipped; null where it was not.</summary>
    public OdeFailure? Failure { get; init; }

    /// <summary>Minibatches skipped so far.</summary>
    public int SkippedMinibatches { get; init; }

    /// <inheritdoc cref="TrainingResult.Refinements"/>
    public int Refinements { get; init; }

    /// <inheritdoc cref="TrainingResult.StepLimit"/>
    public double StepLimit { get; init; }

    /// <summary>Time since this run began.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The stage of the <see cref="TrainingPlan"/>; null where <see cref="TrainingOptions"/> are used.</summary>
    public string? Stage { get; init; }

    /// <summary>Iterations done in the stage, this one included; 0 without stages.</summary>
    public int StageIteration { get; init; }

    /// <summary>Iterations of the whole run if no stage ends early.</summary>
    public int PlannedIterations { get; init; }

    /// <summary>Time that the planned iterations still take at the mean pace of this stage; null where <see cref="TrainingOptions"/> are used.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <summary>The iteration with the lowest validation loss so far; null before there is one.</summary>
    public int? BestIteration { get; init; }
}
