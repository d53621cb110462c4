namespace NeuralOde.Tests.Training;

public sealed class TrainerMisuseTests
{
    public static TheoryData<TrainingOptions, string, string> BadOptions => new()
    {
        { new TrainingOptions { Iterations = 0 }, "Iterations", "*at least 1*0*" },
        { new TrainingOptions { BatchSize = 0 }, "BatchSize", "*at least 1*0*" },
        { new TrainingOptions { SegmentLength = 1 }, "SegmentLength", "*at least 2*1*" },
        { new TrainingOptions { Loss = null! }, "Loss", "*" },
        { new TrainingOptions { Optimizer = null! }, "Optimizer", "*" },
        { new TrainingOptions { Schedule = null! }, "Schedule", "*" },
        { new TrainingOptions { MaxGradientNorm = 0 }, "MaxGradientNorm", "*positive*" },
        { new TrainingOptions { MaxGradientNorm = double.NaN }, "MaxGradientNorm", "*positive*" },
        { new TrainingOptions { ValidationFraction = 1 }, "ValidationFraction", "*from 0 to below 1*" },
        { new TrainingOptions { ValidationFraction = double.NaN }, "ValidationFraction", "*from 0 to below 1*" },
        { new TrainingOptions { ValidationInterval = 0 }, "ValidationInterval", "*at least 1*" },
        { new TrainingOptions { Patience = 0 }, "Patience", "*at least 1*" },
        { new TrainingOptions { MaxConsecutiveFailures = -3 }, "MaxConsecutiveFailures", "*at least 1*-3*" },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void An_option_that_makes_no_sense_is_refused_by_name_when_the_trainer_is_made(TrainingOptions options, string name, string message) =>
        FluentActions.Invoking(() => new Trainer(TrainingProblems.Model(), options)).Should().Throw<ArgumentException>()
            .WithParameterName(name).WithMessage(message);

    [Fact]
    public void A_trainer_needs_a_model_and_a_run_needs_data()
    {
        FluentActions.Invoking(() => new Trainer(null!)).Should().Throw<ArgumentNullException>().WithParameterName("model");
        new Trainer(TrainingProblems.Model()).Invoking(t => t.Run(null!)).Should().Throw<ArgumentNullException>().WithParameterName("data");
    }

    [Fact]
    public void Data_of_another_dimension_are_refused_before_the_first_iteration()
    {
        TrajectoryDataset data = TrainingProblems.Regular();
        var other = TrajectoryDataset.FromTrajectories([new Trajectory([0, 1], [1, 2], dimension: 1)]);
        var trainer = new Trainer(TrainingProblems.Model());
        trainer.Invoking(t => t.Run(other)).Should().Throw<ArgumentException>().WithParameterName("data").WithMessage("*1 components; the model has 2*");
        trainer.Invoking(t => t.Run(data, other)).Should().Throw<ArgumentException>().WithParameterName("validation").WithMessage("*1 components; the model has 2*");
    }

    [Fact]
    public void Data_without_a_second_observation_are_refused_and_do_not_bind_the_trainer()
    {
        var single = TrajectoryDataset.FromTrajectories([new Trajectory([0], [1, 2], dimension: 2)]);
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(2));
        trainer.Invoking(t => t.Run(single)).Should().Throw<ArgumentException>().WithMessage("*two observations*");
        trainer.Invoking(t => t.Run(TrainingProblems.Regular(), single)).Should().Throw<ArgumentException>().WithMessage("*two observations*");
        trainer.Fit(TrainingProblems.Irregular()).End.Should().Be(TrainingEnd.Completed, "nothing was trained on before");
    }

    [Fact]
    public void A_trainer_that_has_begun_refuses_other_data()
    {
        TrajectoryDataset data = TrainingProblems.Regular(), more = TrainingProblems.Regular(61);
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(2));
        trainer.Run(more).Should().NotBeNull("a run that is not enumerated does nothing");
        trainer.Run(data).First();
        trainer.Invoking(t => t.Run(more)).Should().Throw<ArgumentException>().WithParameterName("data").WithMessage("*not the data*");
        trainer.Invoking(t => t.Run(data, more)).Should().Throw<ArgumentException>().WithMessage("*not the data*");
    }

    [Fact]
    public void Moving_a_trajectory_from_training_to_validation_makes_other_data()
    {
        TrajectoryDataset both = TrainingProblems.Irregular();
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(2));
        trainer.Run(both).First();
        trainer.Invoking(t => t.Run(TrajectoryDataset.FromTrajectories(both.Take(3)), TrajectoryDataset.FromTrajectories(both.Skip(3))))
            .Should().Throw<ArgumentException>().WithMessage("*not the data*");
    }

    [Fact]
    public void A_fraction_that_holds_out_nothing_is_refused() =>
        new Trainer(TrainingProblems.Model(), TrainingProblems.Options() with { ValidationFraction = 0.01 })
            .Invoking(t => t.Run(TrainingProblems.Regular())).Should().Throw<ArgumentException>().WithMessage("*fraction*0.01*");
}
