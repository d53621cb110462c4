namespace NeuralOde.Tests.Training;

public sealed class TrainerRefinementTests
{
    private static readonly TrajectoryDataset Data = TrajectoryDataset.FromTrajectory([0, 2, 4, 6, 8], new double[,] { { 0 }, { 1 }, { 0.3 }, { 0.9 }, { 0.1 } });

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_run_that_begins_with_a_zeroed_last_layer_is_refined_and_says_so(string method)
    {
        NeuralOdeModel model = Zeroed(method);
        var trainer = new Trainer(model, Options(3));
        TrainingProgress first = trainer.Run(Data).First();
        first.Refinements.Should().BePositive();
        first.StepLimit.Should().BeInRange(1e-3, 1.0);

        // The first gradient is that of ComputeGradient, which meets its contract by itself.
        GradientResult exact = Zeroed(method).ComputeGradient([0], [0, 2, 4, 6, 8], (prediction, cotangent) =>
        {
            double sum = 0;
            for (int i = 0; i < prediction.Length; i++)
            {
                double miss = prediction[i] - Data[0].States[i];
                sum += miss * miss / prediction.Length;
                cotangent[i] = 2 * miss / prediction.Length;
            }

            return sum;
        }).EnsureSuccess();
        double norm = Math.Sqrt(exact.Parameters.ToArray().Sum(element => element * element));
        first.GradientNorm.Should().BeApproximately(norm, 2e-4 * norm);

        TrainingResult result = trainer.Fit(Data);
        (result.Refinements, result.StepLimit).Should().Be((first.Refinements, first.StepLimit));
    }

    [Fact]
    public void Switched_off_or_with_nothing_wrong_no_step_is_limited()
    {
        NeuralOdeModel model = Zeroed("discrete");
        model.Gradient = model.Gradient with { ControlsError = false };
        TrainingResult off = new Trainer(model, Options(2)).Fit(Data), ordinary = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(5)).Fit(TrainingProblems.Regular());
        (off.Refinements, off.StepLimit).Should().Be((0, double.PositiveInfinity));
        (ordinary.Refinements, ordinary.StepLimit).Should().Be((0, double.PositiveInfinity));
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_refined_run_goes_on_from_a_checkpoint_with_the_same_bits(string method)
    {
        using var folder = new TemporaryFolder();
        NeuralOdeModel reference = Zeroed(method);
        TrainingResult whole = new Trainer(reference, Options(20)).Fit(Data);

        var first = new Trainer(Zeroed(method), Options(20));
        _ = first.Run(Data).Take(7).Last();
        first.SaveCheckpoint(folder.File("c"));
        NeuralOdeModel resumed = Zeroed(method);
        var second = new Trainer(resumed, Options(20));
        second.RestoreCheckpoint(folder.File("c"));
        TrainingResult rest = second.Fit(Data);
        resumed.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
        (rest.Refinements, rest.StepLimit).Should().Be((whole.Refinements, whole.StepLimit));
        whole.Refinements.Should().BePositive();
    }

    [Theory]
    [InlineData("stepLimit", "0")]
    [InlineData("stepLimit", "NaN")]
    [InlineData("stepLimit", "-1")]
    [InlineData("refinements", "-1")]
    public void A_limit_that_makes_no_sense_is_refused(string field, string value)
    {
        using var folder = new TemporaryFolder();
        var trainer = new Trainer(Zeroed("discrete"), Options(20));
        _ = trainer.Run(Data).First();
        trainer.SaveCheckpoint(folder.File("c"));
        Models.ModelFileParts.ChangeMetadata(folder.File("c"), field, value);
        trainer.Invoking(t => t.RestoreCheckpoint(folder.File("c"))).Should().Throw<ModelFileException>().WithMessage($"*{field}*");
    }

    private static TrainingOptions Options(int iterations) => new()
    {
        Iterations = iterations,
        BatchSize = 1,
        SegmentLength = 5,
        Optimizer = Optimizer.Adam(1e-3),
    };

    /// <summary>y' = w · tanh(10-ish t + …) with w = 0: it rests until its first step of training.</summary>
    private static NeuralOdeModel Zeroed(string method)
    {
        var network = new MultilayerPerceptron(2, [12], 1, Activation.Sin, seed: 4);
        for (int k = 0; k < network.Parameters.Length; k++)
            network.Parameters[k] = k < 36 ? 8 * network.Parameters[k] : 0;
        return new NeuralOdeModel(network, takesTime: true) { Gradient = Models.ModelExamples.Method(method) };
    }
}
