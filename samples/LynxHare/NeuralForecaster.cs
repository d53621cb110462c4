namespace NeuralOde.Samples;

/// <summary>Five small neural ODEs that differ in their first weights, and the mean of what they predict.</summary>
/// <remarks>
/// With fifteen observations, what a single network does between and after them is partly luck; the mean depends less on it.
/// Width and learning rate were chosen among 24 combinations by the error of forecasts made in 1908, 1909 and 1910 up to 1914, so
/// within the observed years; a little weight decay made no difference there and keeps the field tame beyond the data.
/// </remarks>
internal static class NeuralForecaster
{
    public const int Members = 5;

    /// <summary>Short segments first, for the rough shape; whole trajectories last, because that is what a forecast continues.</summary>
    private static readonly int?[] SegmentLengths = [4, 8, null];

    /// <summary>Trains one network after the other; an interruption leaves those that had their turn.</summary>
    public static IReadOnlyList<NeuralOdeModel> Fit(Trajectory observed, LynxHareOptions options, Interruption interruption)
    {
        var data = TrajectoryDataset.FromTrajectories([observed]);
        var models = new List<NeuralOdeModel>();
        IEnumerable<TrainingProgress> training = Join(Trainers(data, options, models), data, options.Iterations);
        int iterations = Members * SegmentLengths.Length * options.Iterations;
        TrainingDisplay.Follow("Lynx and hare", training, iterations, interruption, _ => { });
        return models;
    }

    private static IEnumerable<Trainer> Trainers(TrajectoryDataset data, LynxHareOptions options, List<NeuralOdeModel> models)
    {
        for (int member = 0; member < Members; member++)
        {
            models.Add(CreateModel(data, options.Seed + member));
            foreach (int? segmentLength in SegmentLengths)
            {
                yield return new Trainer(models[^1], new TrainingOptions
                {
                    Iterations = options.Iterations,
                    BatchSize = null,
                    SegmentLength = segmentLength,
                    Optimizer = Optimizer.AdamW(learningRate: 1e-2, weightDecay: 1e-2),
                    Schedule = LearningRateSchedule.Cosine(finalFraction: 0.05),
                    MaxGradientNorm = 1,
                });
            }
        }
    }

    /// <summary>Runs one trainer after the other, counting iterations and time on.</summary>
    private static IEnumerable<TrainingProgress> Join(IEnumerable<Trainer> trainers, TrajectoryDataset data, int iterations)
    {
        TrainingProgress before = default;
        foreach (Trainer trainer in trainers)
        {
            TrainingProgress last = before;
            var history = new List<TrainingProgress>(iterations);
            foreach (TrainingProgress step in trainer.Run(data))
            {
                history.Add(step);
                last = step with { Iteration = before.Iteration + step.Iteration, Elapsed = before.Elapsed + step.Elapsed };
                yield return last;
            }

            DivergedException.ThrowIf(history, iterations);
            before = last;
        }
    }

    private static NeuralOdeModel CreateModel(TrajectoryDataset data, int seed) =>
        new(new MultilayerPerceptron(inputs: 2, hidden: [4], outputs: 2, Activation.Tanh, seed))
        {
            Standardization = Standardization.FromDataset(data),
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7, MaxSteps = 2000 },
        };
}
