using NeuralOde.Tests.Dynamics;

namespace NeuralOde.Tests.Training;

public sealed class ForcedTrainingTests
{
    [Theory]
    [InlineData("steps")]
    [InlineData("ramps")]
    public void Training_finds_how_an_input_acts(string name)
    {
        ForcedDecay problem = ForcedDecay.Named(name);
        double[] times = [.. Enumerable.Range(0, 26).Select(n => 0.2 * n)];
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([new Trajectory(times, [.. times.Select(t => problem.Solution(0.8, t))], dimension: 1)]);
        NeuralOdeModel model = Model(problem.Signal);
        new Trainer(model, Options(400)).Fit(data);
        model.Parameters[0].Should().BeApproximately(-1, 1e-3, "of the state");
        model.Parameters[1].Should().BeApproximately(1, 1e-3, "of the input");
    }

    [Fact]
    public void An_input_for_every_sample_cannot_be_trained_with()
    {
        var field = new NeuralVectorField(new MultilayerPerceptron(2, [], 1), [ForcedDecay.Steps.Signal, ForcedDecay.Ramps.Signal]);
        FluentActions.Invoking(() => new Trainer(new NeuralOdeModel(field))).Should().Throw<ArgumentException>().WithParameterName("model").WithMessage("*2 inputs, one per sample*");
    }

    [Fact]
    public void A_checkpoint_is_for_a_model_with_the_same_input()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.checkpoint");
        new Trainer(Model(InputSignal.PiecewiseLinear([0, 1], [1, 2])), Options(3)).SaveCheckpoint(path);
        new Trainer(Model(InputSignal.PiecewiseLinear([0, 1], [1, 2])), Options(3)).Invoking(trainer => trainer.RestoreCheckpoint(path)).Should().NotThrow();
        new Trainer(Model(InputSignal.PiecewiseLinear([0, 1], [1, 3])), Options(3)).Invoking(trainer => trainer.RestoreCheckpoint(path))
            .Should().Throw<ArgumentException>().WithMessage("*written with another model*");
    }

    private static NeuralOdeModel Model(InputSignal signal) => new(new NeuralVectorField(new Sequential(seed: 1, new Dense(2, 1, hasBias: false)), signal));

    private static TrainingOptions Options(int iterations) =>
        new() { Iterations = iterations, BatchSize = 10, SegmentLength = 5, Seed = 1, Optimizer = Optimizer.Adam(5e-2), Schedule = LearningRateSchedule.Cosine() };
}
