namespace NeuralOde;

/// <summary>Training in stages, each with its own windows of the data, loss weights, optimizer and iterations. Immutable; checked when a <see cref="Trainer"/> is made.</summary>
/// <remarks>
/// <see cref="Default"/> is what <c>new Trainer(model)</c> uses. It standardizes the data, fits the network to derivatives of a local polynomial through them, and then to solutions over segments that
/// grow to whole trajectories. Where noise is recognised, it fits the states at the starts of the segments together with the parameters.
/// </remarks>
/// <example>
/// <code>
/// var times = Enumerable.Range(0, 40).Select(i => 0.1 * i).ToArray();
/// var states = new double[40, 1];
/// for (int i = 0; i &lt; 40; i++) states[i, 0] = Math.Exp(-times[i]);
/// var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 1, hidden: [8], outputs: 1, seed: 7));
/// var trainer = new Trainer(model, TrainingPlan.Default with { Seed = 3 });
/// Console.WriteLine(trainer.Fit(TrajectoryDataset.FromTrajectory(times, states)));
/// </code>
/// </example>
public sealed record TrainingPlan
{
    /// <summary>The plan that measured best over many systems; see the page on training.</summary>
    public static TrainingPlan Default { get; } = new();

    /// <summary>Seed of everything random: minibatches and the validation share; default: 0. The same seed on the same machine gives the same bits.</summary>
    public int Seed { get; init; }

    /// <summary>The loss on solutions, in standardized units; default: mean squared error. Derivatives are always compared by their mean squared error.</summary>
    public Loss Loss { get; init; } = Loss.MeanSquaredError;

    /// <summary>
    /// Part of the data held out for validation, from 0 to below 1, default: 0: whole trajectories drawn at random where there are several, else the last observations of the only one. With validation data the
    /// model ends with the parameters that had the lowest validation loss, over whole trajectories.
    /// </summary>
    public double ValidationFraction { get; init; }

    /// <summary>Iterations between two computations of the validation loss, at least 1; default: 20.</summary>
    public int ValidationInterval { get; init; } = 20;

    /// <summary>Threads for batches of more than 128 segments, at least 1; default: null, as many as the model's <see cref="OdeSolverOptions.MaxDegreeOfParallelism"/> says. No bit depends on it.</summary>
    public int? MaxDegreeOfParallelism { get; init; }

    /// <summary>Whether a network that has no <see cref="NeuralOdeModel.Standardization"/>, and was neither trained before nor loaded, gets that of the training data; default: true.</summary>
    public bool Standardizes { get; init; } = true;

    /// <summary>Relative tolerance of the solves while training, from 1e-12 to below 1; default: 1e-5, with a tenth of it as absolute tolerance. Looser tolerances of the model's own solver hold instead, and a fixed step.</summary>
    public double RelativeTolerance { get; init; } = 1e-5;

    /// <summary>The least time between two reports to the progress of <see cref="Trainer.Fit(TrajectoryDataset, IProgress{TrainingProgress}?, CancellationToken)"/>, so that a user interface is not flooded; default: 0.1 s. The first and the last iteration of a stage are always reported.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(0.1);

    /// <summary>The stages, in order; at least one.</summary>
    public IReadOnlyList<TrainingStage> Stages { get; init; } =
    [
        TrainingStage.Collocation(10_000) with { Condition = TrainingStageCondition.CleanData, MaxPointEvaluations = 10_000_000 },
        TrainingStage.Segments(10, 100) with { Condition = TrainingStageCondition.CleanData },
        TrainingStage.Segments(60, 100) with { Condition = TrainingStageCondition.CleanData, MaxInitialLoss = 0.5 },
        TrainingStage.WholeTrajectories(100) with { Condition = TrainingStageCondition.CleanData, MaxInitialLoss = 0.5 },
        TrainingStage.Collocation(200) with { Condition = TrainingStageCondition.NoisyData, Prior = 30.0 },
        JoinedSegments(continuity: 10.0, prior: 10.0),
        JoinedSegments(continuity: 100.0, prior: 10.0),
        JoinedSegments(continuity: 1000.0, prior: 3.0),
    ];

    internal void Validate(int dimension)
    {
        ArgumentNullException.ThrowIfNull(Loss);
        ArgumentNullException.ThrowIfNull(Stages);
        if (!(ValidationFraction >= 0.0 && ValidationFraction < 1.0))
            throw new ArgumentOutOfRangeException(nameof(ValidationFraction), ValidationFraction, "ValidationFraction must be from 0 to below 1.");
        TrainingArguments.AtLeast(1, ValidationInterval);
        if (MaxDegreeOfParallelism is { } threads)
            TrainingArguments.AtLeast(1, threads, nameof(MaxDegreeOfParallelism));
        if (!(RelativeTolerance >= 1e-12 && RelativeTolerance < 1.0))
            throw new ArgumentOutOfRangeException(nameof(RelativeTolerance), RelativeTolerance, "RelativeTolerance must be from 1e-12 to below 1.");
        if (ProgressInterval < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(ProgressInterval), ProgressInterval, "ProgressInterval must not be negative.");
        if (Stages.Count == 0)
            throw new ArgumentException("Stages is empty; a plan has at least one stage.", nameof(Stages));
        for (int i = 0; i < Stages.Count; i++)
        {
            if (Stages[i] is null)
                throw new ArgumentException($"Stages[{i}] is null.", nameof(Stages));
            Stages[i].Validate(dimension);
        }
    }

    /// <summary>What a checkpoint must agree with to be continued.</summary>
    internal string Describe() => FormattableString.Invariant(
        $"plan, seed {Seed}, loss {Loss.Describe()}, validation {ValidationFraction:R} every {ValidationInterval}, standardizes {Standardizes}, tolerance {RelativeTolerance:R}, stages {string.Join(' ', Stages.Select(stage => stage.Describe()))}");

    private static TrainingStage JoinedSegments(double continuity, double prior) => TrainingStage.Segments(10, 400) with
    {
        Name = FormattableString.Invariant($"segments of 10 joined by {continuity}"),
        Condition = TrainingStageCondition.NoisyData,
        LearnsStarts = true,
        Continuity = continuity,
        Prior = prior,
    };
}
