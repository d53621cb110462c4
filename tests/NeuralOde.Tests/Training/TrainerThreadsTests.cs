namespace NeuralOde.Tests.Training;

/// <summary>Large minibatches are trained in parts, on as many threads as one likes.</summary>
public sealed class TrainerThreadsTests
{
    private static readonly TrajectoryDataset Data = TrainingProblems.Regular(observations: 400, step: 0.05);

    private static TrainingOptions Options => TrainingProblems.Options(12) with { BatchSize = 200, SegmentLength = 4, ValidationFraction = 0.3, ValidationInterval = 2 };

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Losses_and_parameters_have_the_same_bits_on_any_number_of_threads(string method)
    {
        (double[] losses, double[] parameters) = Train(method, threads: 1);
        losses.Should().OnlyHaveUniqueItems();
        foreach (int threads in new[] { 2, 3, 7 })
        {
            (double[] actualLosses, double[] actualParameters) = Train(method, threads);
            actualLosses.Should().Equal(losses);
            actualParameters.Should().Equal(parameters);
        }
    }

    [Fact]
    public void A_custom_loss_sees_the_whole_minibatch_on_the_callers_thread()
    {
        int elements = 0;
        var threads = new HashSet<int>();
        Loss custom = Loss.Custom((predictions, targets, cotangents) =>
        {
            elements = predictions.Length;
            threads.Add(Environment.CurrentManagedThreadId);
            return Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents);
        });
        NeuralOdeModel model = Model("discrete", threads: 3), reference = Model("discrete", threads: 1);
        new Trainer(model, Options with { Loss = custom, ValidationFraction = 0 }).Fit(Data);
        new Trainer(reference, Options with { ValidationFraction = 0 }).Fit(Data);
        elements.Should().Be(200 * 4 * 2);
        threads.Should().Equal(Environment.CurrentManagedThreadId);
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
    }

    [Fact]
    public void A_checkpoint_goes_on_with_another_number_of_threads()
    {
        (_, double[] expected) = Train("discrete", threads: 1);
        string path = Path.GetTempFileName();
        try
        {
            var first = new Trainer(Model("discrete", threads: 3), Options);
            first.Run(Data).Take(5).Count();
            first.SaveCheckpoint(path);
            NeuralOdeModel model = Model("discrete", threads: 2);
            var second = new Trainer(model, Options);
            second.RestoreCheckpoint(path);
            second.Fit(Data);
            model.Parameters.ToArray().Should().Equal(expected);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_minibatch_with_a_sample_that_fails_is_skipped(int threads)
    {
        NeuralOdeModel model = TrainingProblems.FailingAbove(1.9);
        model.Solver = model.Solver with { MaxDegreeOfParallelism = threads };
        var trainer = new Trainer(model, Options with { BatchSize = null, ValidationFraction = 0, MaxConsecutiveFailures = 2 });
        TrainingResult result = trainer.Fit(Data);
        result.End.Should().Be(TrainingEnd.TooManyFailures);
        result.LastFailure!.Status.Should().Be(OdeStatus.NonFiniteDerivative);
    }

    private static NeuralOdeModel Model(string method, int threads)
    {
        NeuralOdeModel model = TrainingProblems.Model(method);
        model.Solver = model.Solver with { MaxDegreeOfParallelism = threads };
        return model;
    }

    private static (double[] Losses, double[] Parameters) Train(string method, int threads)
    {
        NeuralOdeModel model = Model(method, threads);
        double[] losses = [.. new Trainer(model, Options).Run(Data).Select(step => step.Loss + (step.ValidationLoss ?? 0))];
        return (losses, model.Parameters.ToArray());
    }
}
