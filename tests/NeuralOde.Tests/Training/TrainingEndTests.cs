namespace NeuralOde.Tests.Training;

/// <summary>What a result says of runs that came to their end without having done what was wanted.</summary>
public sealed class TrainingEndTests
{
    public static TheoryData<Optimizer> Absurd { get; } =
    [
        Optimizer.Adam(learningRate: 1e308),
        Optimizer.Sgd(learningRate: 1e308, momentum: 0.9),
        Optimizer.RmsProp(learningRate: 1e308),
        Optimizer.AdamW(learningRate: 1e308, weightDecay: 0.5),
    ];

    [Theory]
    [MemberData(nameof(Absurd))]
    public void A_step_that_overflows_is_undone_and_counted_and_the_result_says_so(Optimizer optimizer)
    {
        NeuralOdeModel model = TrainingProblems.Model();
        TrainingResult result = new Trainer(model, TrainingProblems.Options(300) with { Optimizer = optimizer }).Fit(TrainingProblems.Regular());

        Finite(model).Should().BeTrue();
        result.End.Should().BeOneOf(TrainingEnd.TooManyFailures, TrainingEnd.ManySkipped);
        result.SkippedMinibatches.Should().BePositive();
        result.LastFailure.Should().NotBeNull();
        result.Message.Should().Contain("skipped").And.Contain(result.LastFailure!.Message);
    }

    [Fact]
    public void A_step_that_would_overflow_leaves_parameters_optimizer_and_checkpoint_as_they_were()
    {
        // The gradient 1e200 is finite; its square, which Adam remembers, is not.
        int calls = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            double value = Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents);
            if (++calls == 4)
                cotangents.Fill(1e200);
            return value;
        });
        NeuralOdeModel model = TrainingProblems.Model();
        var trainer = new Trainer(model, TrainingProblems.Options(8) with { Loss = loss });
        double[] before = [];
        foreach (TrainingProgress step in trainer.Run(TrainingProblems.Regular()))
        {
            if (step.Iteration == 3)
                before = model.Parameters.ToArray();
            if (step.Iteration != 4)
                continue;
            step.IsSkipped.Should().BeTrue();
            step.Failure!.Status.Should().Be(OdeStatus.NonFiniteUpdate);
            step.Failure.Message.Should().Contain("undone").And.NotContain("NaN (");
            model.Parameters.ToArray().Should().Equal(before);
        }

        trainer.End.Should().Be(TrainingEnd.ManySkipped, "one of eight is more than a tenth");
        model.Parameters.ToArray().Should().NotEqual(before, "the others train on");
        using var folder = new TemporaryFolder();
        trainer.Invoking(t => t.SaveCheckpoint(folder.File("finite.safetensors"))).Should().NotThrow();
    }

    [Fact]
    public void A_loss_that_is_never_a_number_is_the_reason_that_the_result_gives()
    {
        TrainingResult result = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(30) with { Loss = Loss.Custom((_, _, _) => double.NaN) }).Fit(TrainingProblems.Regular());
        result.End.Should().Be(TrainingEnd.ManySkipped);
        result.LastFailure!.Status.Should().Be(OdeStatus.NonFiniteLoss);
        result.RunSkippedMinibatches.Should().Be(30);
        result.Message.Should().Contain("skipped 30 (100 %)").And.Contain("The loss is NaN or infinite");
        result.ToString().Should().Be(result.Message);
    }

    [Theory]
    [InlineData(10, TrainingEnd.Completed)]
    [InlineData(11, TrainingEnd.ManySkipped)]
    [InlineData(54, TrainingEnd.ManySkipped)]
    public void A_run_that_skipped_more_than_a_tenth_is_not_called_completed(int skipped, TrainingEnd expected)
    {
        int calls = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
            ++calls <= skipped ? double.NaN : Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents));
        TrainingResult result = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(100) with { Loss = loss }).Fit(TrainingProblems.Regular());
        result.End.Should().Be(expected);
        result.Message.Should().Contain($"skipped {skipped} ({skipped} %)");
    }

    [Fact]
    public void A_run_that_was_interrupted_is_called_as_one_that_was_not()
    {
        int calls = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
            ++calls <= 20 ? double.NaN : Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents));
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(40) with { Loss = loss });
        trainer.Run(TrainingProblems.Regular()).Take(30).Count().Should().Be(30);
        TrainingResult rest = trainer.Fit(TrainingProblems.Regular());
        rest.End.Should().Be(TrainingEnd.ManySkipped);
        (rest.RunSkippedMinibatches, rest.SkippedMinibatches).Should().Be((0, 20));
        rest.Message.Should().Contain("skipped 20 of 40");
    }

    [Fact]
    public void A_custom_loss_that_writes_no_cotangents_is_noticed()
    {
        Loss forgetful = Loss.Custom((predictions, targets, _) => Loss.MeanSquaredError.Evaluate(predictions, targets, new double[targets.Length]));
        NeuralOdeModel model = TrainingProblems.Model();
        double[] before = model.Parameters.ToArray();
        TrainingResult result = new Trainer(model, TrainingProblems.Options() with { Loss = forgetful }).Fit(TrainingProblems.Regular());
        result.End.Should().Be(TrainingEnd.NoGradient);
        result.Message.Should().Contain("cotangents");
        model.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void A_model_that_fits_exactly_has_no_gradient_and_is_completed_all_the_same()
    {
        TrajectoryDataset rest = TrajectoryDataset.FromTrajectory([0.0, 1, 2, 3], new double[4, 1]);
        var network = new MultilayerPerceptron(1, [4], 1, seed: 2);
        network.Parameters.Clear();
        new Trainer(new NeuralOdeModel(network), TrainingProblems.Options(5)).Fit(rest).End.Should().Be(TrainingEnd.Completed);
    }

    [Fact]
    public void A_second_fit_that_finds_nothing_to_do_says_so()
    {
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(5));
        trainer.Fit(TrainingProblems.Regular()).End.Should().Be(TrainingEnd.Completed);
        TrainingResult second = trainer.Fit(TrainingProblems.Regular());
        second.End.Should().Be(TrainingEnd.NothingToDo);
        second.RunIterations.Should().Be(0);
        second.Iterations.Should().Be(5);
        second.Message.Should().StartWith("No iteration was left to do");
        trainer.End.Should().Be(TrainingEnd.NothingToDo);
    }

    private static bool Finite(NeuralOdeModel model) => model.Parameters.ToArray().All(double.IsFinite);
}
