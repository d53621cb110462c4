namespace NeuralOde.Tests.Training;

public sealed class TrainerValidationTests
{
    /// <summary>Observations that no spiral passes: training on them makes the validation on a spiral worse sooner or later.</summary>
    private static TrajectoryDataset LeadingAway =>
        TrajectoryDataset.FromTrajectories([new Trajectory([0, 1, 2, 3, 4, 5], [1, 1, 4, 4, 9, 9, 16, 16, 25, 25, 36, 36], dimension: 2)]);

    [Fact]
    public void A_fraction_of_one_trajectory_is_its_end()
    {
        TrajectoryDataset data = TrainingProblems.Regular(observations: 50);
        TrainingOptions options = TrainingProblems.Options(60) with { ValidationFraction = 0.2, ValidationInterval = 7 };
        NeuralOdeModel model = TrainingProblems.Model(), given = TrainingProblems.Model();
        var trainer = new Trainer(model, options);
        TrainingProgress[] steps = [.. trainer.Run(data)];
        var (training, validation) = data.SplitInTime(0.2);
        new Trainer(given, options).Fit(training, validation, progress: null);

        steps.Where(step => step.ValidationLoss is not null).Select(step => step.Iteration).Should().Equal(7, 14, 21, 28, 35, 42, 49, 56, 60);
        trainer.BestValidationLoss.Should().Be(steps.Min(step => step.ValidationLoss));
        model.Parameters.ToArray().Should().Equal(given.Parameters.ToArray());
    }

    [Fact]
    public void A_fraction_of_several_trajectories_is_whole_ones_by_the_seed()
    {
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(TrainingProblems.Irregular().Where(trajectory => trajectory.Length > 1));
        TrainingOptions options = TrainingProblems.Options() with { ValidationFraction = 0.25, ValidationInterval = 10 };
        NeuralOdeModel model = TrainingProblems.Model(), given = TrainingProblems.Model();
        new Trainer(model, options).Fit(data);
        var (training, validation) = data.SplitTrajectories(0.25, options.Seed);
        new Trainer(given, options).Fit(training, validation, progress: null);
        model.Parameters.ToArray().Should().Equal(given.Parameters.ToArray());
    }

    [Fact]
    public void The_validation_loss_is_that_of_every_segment_held_out_after_the_step()
    {
        TrajectoryDataset training = TrainingProblems.Regular();
        Trajectory heldOut = TrainingProblems.SpiralTrajectory([0, 1, 2, 3, 4, 5.5], amplitude: 0.7);
        NeuralOdeModel model = TrainingProblems.Model();
        TrainingOptions options = TrainingProblems.Options(1) with { SegmentLength = 4 };
        TrainingProgress step = new Trainer(model, options).Run(training, TrajectoryDataset.FromTrajectories([heldOut])).Single();

        // Segments 0…3 and 3…5.
        double sum = 0;
        foreach (Trajectory segment in (Trajectory[])[heldOut.Slice(0, 4), heldOut.Slice(3, 3)])
        {
            OdeSolution prediction = model.Predict(segment.StateAt(0), segment.Times);
            for (int i = 0; i < segment.States.Length; i++)
                sum += Math.Pow(prediction.States[i] - segment.States[i], 2);
        }

        step.ValidationLoss.Should().BeApproximately(sum / 14, 1e-9);
    }

    [Fact]
    public void Training_stops_early_and_keeps_the_best_parameters()
    {
        TrajectoryDataset validation = TrainingProblems.Regular(), training = LeadingAway;
        NeuralOdeModel model = TrainingProblems.Model(), best = TrainingProblems.Model();
        TrainingOptions options = TrainingProblems.Options(1000) with { ValidationInterval = 5, Patience = 3 };
        var trainer = new Trainer(model, options);
        TrainingProgress[] looks = [.. trainer.Run(training, validation).Where(step => step.ValidationLoss is not null)];

        trainer.End.Should().Be(TrainingEnd.StoppedEarly);
        TrainingResult result = trainer.Fit(training, validation, progress: null);
        result.End.Should().Be(TrainingEnd.NothingToDo);
        result.Iterations.Should().Be(looks[^1].Iteration);
        int bestLook = looks.ToList().FindIndex(look => look.ValidationLoss == result.BestValidationLoss);
        bestLook.Should().Be(looks.Length - 4, "three looks without an improvement follow it");

        foreach (TrainingProgress step in new Trainer(best, options).Run(training, validation))
        {
            if (step.Iteration == looks[bestLook].Iteration)
                break;
        }

        model.Parameters.ToArray().Should().Equal(best.Parameters.ToArray());
    }

    [Fact]
    public void The_last_parameters_are_kept_if_so_wanted_and_the_best_can_still_be_had()
    {
        TrajectoryDataset validation = TrainingProblems.Regular(), training = LeadingAway;
        TrainingOptions options = TrainingProblems.Options(60) with { ValidationInterval = 1 };
        NeuralOdeModel keepsBest = TrainingProblems.Model(), keepsLast = TrainingProblems.Model();
        new Trainer(keepsBest, options).Fit(training, validation, progress: null);
        var trainer = new Trainer(keepsLast, options with { KeepBestParameters = false });
        trainer.Fit(training, validation, progress: null);
        keepsLast.Parameters.ToArray().Should().NotEqual(keepsBest.Parameters.ToArray());
        trainer.RestoreBestParameters();
        keepsLast.Parameters.ToArray().Should().Equal(keepsBest.Parameters.ToArray());
    }

    [Fact]
    public void Without_a_validation_loss_there_are_no_best_parameters()
    {
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(3));
        trainer.End.Should().BeNull();
        trainer.Fit(TrainingProblems.Regular()).End.Should().Be(TrainingEnd.Completed);
        trainer.BestValidationLoss.Should().BeNull();
        trainer.Invoking(t => t.RestoreBestParameters()).Should().Throw<InvalidOperationException>().WithMessage("*no validation loss*");
        trainer.End.Should().Be(TrainingEnd.Completed);
    }

    [Fact]
    public void Patience_needs_a_validation_loss() =>
        FluentActions.Invoking(() => new Trainer(TrainingProblems.Model(), TrainingProblems.Options(3) with { Patience = 1 }).Run(TrainingProblems.Regular()))
            .Should().Throw<ArgumentException>().WithMessage("Patience = 1 needs a validation loss*");

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_validation_loss_that_is_not_finite_is_no_improvement(double value)
    {
        int calls = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            double actual = Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents);
            return ++calls % 2 == 0 && calls != 2 ? value : actual;
        });
        TrainingOptions options = TrainingProblems.Options(100) with { Loss = loss, ValidationFraction = 0.3, ValidationInterval = 1, Patience = 4 };
        var trainer = new Trainer(TrainingProblems.Model(), options);
        TrainingResult result = trainer.Fit(TrainingProblems.Regular());
        result.End.Should().Be(TrainingEnd.StoppedEarly);
        result.Iterations.Should().Be(5);
        double.IsFinite(result.BestValidationLoss!.Value).Should().BeTrue();
    }
}
