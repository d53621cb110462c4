namespace NeuralOde.Tests.Training;

public sealed class TrainerContinuationTests
{
    private static readonly TrajectoryDataset Data = TrainingProblems.Irregular();

    private static TrainingOptions Options => TrainingProblems.Options() with { ValidationFraction = 0.25, ValidationInterval = 3, Patience = 50 };

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Breaking_out_and_going_on_is_as_not_having_stopped(string method)
    {
        NeuralOdeModel model = TrainingProblems.Model(method), reference = TrainingProblems.Model(method);
        double[] losses = Losses(new Trainer(reference, Options).Run(Data));

        var trainer = new Trainer(model, Options);
        double[] parts = [.. Losses(trainer.Run(Data).Take(1)), .. Losses(trainer.Run(Data).Take(16)), .. Losses(trainer.Run(Data))];
        parts.Should().Equal(losses);
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
        trainer.BestValidationLoss.Should().NotBeNull();
    }

    [Fact]
    public void One_run_enumerated_again_goes_on_too()
    {
        double[] losses = Losses(new Trainer(TrainingProblems.Model(), Options).Run(Data));
        IEnumerable<TrainingProgress> run = new Trainer(TrainingProblems.Model(), Options).Run(Data);
        double[] parts = [.. Losses(run.Take(7)), .. Losses(run.Take(7)), .. Losses(run)];
        parts.Should().Equal(losses);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_one_others()
    {
        double[] first = Losses(new Trainer(TrainingProblems.Model(), Options).Run(Data));
        Losses(new Trainer(TrainingProblems.Model(), Options).Run(Data)).Should().Equal(first);
        Losses(new Trainer(TrainingProblems.Model(), Options with { Seed = 13 }).Run(Data)).Should().NotEqual(first);
    }

    [Fact]
    public void A_token_that_is_cancelled_already_ends_training_before_anything_changes()
    {
        NeuralOdeModel model = TrainingProblems.Model();
        double[] before = model.Parameters.ToArray();
        var trainer = new Trainer(model, Options);
        trainer.Invoking(t => t.Fit(Data, progress: null, new CancellationToken(canceled: true))).Should().Throw<OperationCanceledException>();
        trainer.Iteration.Should().Be(0);
        model.Parameters.ToArray().Should().Equal(before);
    }

    [Theory]
    [InlineData("discrete", 8)]
    [InlineData("continuous", 8)]
    [InlineData("discrete", 9)]
    [InlineData("continuous", 10)]
    public void After_a_cancellation_anywhere_training_goes_on_as_if_there_had_been_none(string method, int cancelAtEvaluation)
    {
        NeuralOdeModel reference = TrainingProblems.Model(method);
        new Trainer(reference, Options).Fit(Data);

        // The loss is where a test can cancel in the middle of an iteration: before the backward pass, or before a validation's end.
        using var source = new CancellationTokenSource();
        int evaluations = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            if (++evaluations == cancelAtEvaluation)
                source.Cancel();
            return Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents);
        });
        NeuralOdeModel model = TrainingProblems.Model(method);
        var trainer = new Trainer(model, Options with { Loss = loss });
        trainer.Invoking(t => t.Fit(Data, progress: null, source.Token)).Should().Throw<OperationCanceledException>();
        model.Predict([1, 0], [0, 1]).Status.Should().Be(OdeStatus.Success);
        trainer.Fit(Data).End.Should().Be(TrainingEnd.Completed);
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
    }

    [Fact]
    public void A_look_at_the_validation_data_that_was_interrupted_is_made_up_for()
    {
        TrainingOptions options = Options with { KeepBestParameters = false };
        var reference = new Trainer(TrainingProblems.Model(), options);
        reference.Fit(Data);

        // The fourth evaluation is the first look, after iteration 3.
        int evaluations = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
            ++evaluations == 4 ? throw new OperationCanceledException() : Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents));
        var trainer = new Trainer(TrainingProblems.Model(), options with { Loss = loss });
        trainer.Invoking(t => t.Fit(Data)).Should().Throw<OperationCanceledException>();
        trainer.Iteration.Should().Be(3);
        trainer.BestValidationLoss.Should().BeNull();
        trainer.Run(Data).First().Iteration.Should().Be(4);
        trainer.BestValidationLoss.Should().NotBeNull();
        trainer.Fit(Data);
        trainer.BestValidationLoss.Should().Be(reference.BestValidationLoss);
        trainer.Model.Parameters.ToArray().Should().Equal(reference.Model.Parameters.ToArray());
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Two_trainers_on_two_threads_give_the_bits_that_each_gives_alone(string method)
    {
        double[][] alone = [Train(1), Train(2)];
        var together = new double[2][];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() => together[i] = Train(i + 1)))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        together[0].Should().Equal(alone[0]);
        together[1].Should().Equal(alone[1]);

        double[] Train(int seed)
        {
            NeuralOdeModel model = TrainingProblems.Model(method, seed);
            new Trainer(model, Options with { Seed = seed }).Fit(Data);
            return model.Parameters.ToArray();
        }
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void An_iteration_allocates_nothing_after_warm_up(string method)
    {
        NeuralOdeModel model = TrainingProblems.Model(method, hidden: 50);
        TrainingOptions options = Options with
        {
            Iterations = 1000,
            BatchSize = 20,
            SegmentLength = 10,
            MaxGradientNorm = 1,
            Schedule = LearningRateSchedule.Cosine().WithWarmUp(10),
        };
        using IEnumerator<TrainingProgress> run = new Trainer(model, options).Run(TrainingProblems.Regular(200, step: 0.05)).GetEnumerator();
        for (int i = 0; i < 100; i++)
            run.MoveNext();

        // The tape grows when a minibatch takes more rounds than any before, which is rare and not per iteration.
        // Nor is what the runtime allocates once, at a time of its own: the best of three stretches counts.
        long least = long.MaxValue;
        for (int stretch = 0; stretch < 3; stretch++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 30; i++)
                run.MoveNext();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0);
    }

    private static double[] Losses(IEnumerable<TrainingProgress> steps) => [.. steps.Select(step => step.Loss)];
}
