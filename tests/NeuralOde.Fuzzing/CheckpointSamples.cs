namespace NeuralOde.Fuzzing;

/// <summary>Training runs to save as checkpoints and to restore them into: one for each kind of optimizer.</summary>
internal static class CheckpointSamples
{
    private static readonly Optimizer[] Optimizers = [Optimizer.Adam(1e-2), Optimizer.RmsProp(1e-2, momentum: 0.5), Optimizer.Sgd(1e-2, momentum: 0.9), Optimizer.RmsProp(1e-2)];

    private static readonly TrajectoryDataset Data = TrajectoryDataset.FromTrajectories(
        [new Trajectory([0, 0.1, 0.2, 0.3, 0.4, 0.5], [1, 0, 0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.5, 0.5], 2)]);

    /// <summary>A fresh trainer; all with the same index fit the same checkpoints.</summary>
    public static Trainer Create(int index)
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [3], 2, Activation.Tanh, seed: index));
        var options = new TrainingOptions
        {
            Iterations = 50,
            BatchSize = 2,
            SegmentLength = 2,
            Optimizer = Optimizers[index % Optimizers.Length],
            ValidationFraction = 0.4,
            ValidationInterval = 1,
        };
        return new Trainer(model, options);
    }

    /// <summary>Trains, unless what was restored is of other data, which a trainer refuses when it is given these.</summary>
    public static void Train(Trainer trainer, int iterations)
    {
        IEnumerable<TrainingProgress> run;
        try
        {
            run = trainer.Run(Data);
        }
        catch (ArgumentException e) when (e.ParamName == "data")
        {
            return;
        }

        foreach (TrainingProgress _ in run.Take(iterations))
        {
        }
    }
}
