namespace NeuralOde.Tests.Training;

public sealed class TrainingPlanTests
{
    public static TheoryData<TrainingPlan, string, string> BadPlans => new()
    {
        { TrainingPlan.Default with { Stages = [] }, "Stages", "*empty*" },
        { TrainingPlan.Default with { Stages = [null!] }, "Stages", "*Stages[0] is null*" },
        { TrainingPlan.Default with { ValidationFraction = 1.0 }, "ValidationFraction", "*below 1*" },
        { TrainingPlan.Default with { ValidationInterval = 0 }, "ValidationInterval", "*at least 1*0*" },
        { TrainingPlan.Default with { MaxDegreeOfParallelism = 0 }, "MaxDegreeOfParallelism", "*at least 1*" },
        { TrainingPlan.Default with { RelativeTolerance = 0.0 }, "RelativeTolerance", "*1e-12*" },
        { TrainingPlan.Default with { ProgressInterval = TimeSpan.FromSeconds(-1) }, "ProgressInterval", "*negative*" },
        { With(TrainingStage.Collocation(0)), "Iterations", "*at least 1*" },
        { With(TrainingStage.Segments(1)), "SegmentLength", "*at least 2*1*" },
        { With(TrainingStage.Segments(5) with { BatchSize = 3 }), "Optimizer", "*BFGS takes no BatchSize*" },
        { With(TrainingStage.Segments(5) with { MaxGradientNorm = 1.0 }), "Optimizer", "*BFGS takes no*MaxGradientNorm*" },
        { With(TrainingStage.Segments(5) with { Continuity = 1.0 }), "Continuity", "*LearnsStarts*" },
        { With(TrainingStage.Segments(5) with { LearnsStarts = true, Optimizer = Optimizer.Adam() }), "Optimizer", "*neither LearnsStarts*" },
        { With(TrainingStage.Collocation() with { LearnsStarts = true }), "IsCollocation", "*neither Optimizer nor LearnsStarts*" },
        { With(TrainingStage.Segments(5) with { ComponentWeights = [1.0] }), "ComponentWeights", "*1 values*2 components*" },
        { With(TrainingStage.Segments(5) with { ComponentWeights = [1.0, -2.0] }), "ComponentWeights[1]", "*-2*" },
        { With(TrainingStage.Segments(5) with { ComponentWeights = [0.0, 0.0] }), "ComponentWeights", "*no weight above 0*" },
        { With(TrainingStage.Segments(5) with { MaxInitialLoss = double.NaN }), "MaxInitialLoss", "*positive*" },
        { With(TrainingStage.Segments(5) with { Prior = -1.0 }), "Prior", "*-1*" },
    };

    [Theory]
    [MemberData(nameof(BadPlans))]
    public void A_plan_that_makes_no_sense_is_refused_by_name_when_the_trainer_is_made(TrainingPlan plan, string name, string message) =>
        FluentActions.Invoking(() => new Trainer(TrainingProblems.Model(), plan)).Should().Throw<ArgumentException>().WithParameterName(name).WithMessage(message);

    [Fact]
    public void A_trainer_without_options_follows_the_default_plan_and_one_with_options_has_none()
    {
        new Trainer(TrainingProblems.Model()).Plan.Should().BeSameAs(TrainingPlan.Default);
        new Trainer(TrainingProblems.Model(), new TrainingOptions { Iterations = 3 }).Plan.Should().BeNull();
        new Trainer(TrainingProblems.Model(), TrainingPlan.Default with { Seed = 5 }).Options.Seed.Should().Be(5);
    }

    private static TrainingPlan With(TrainingStage stage) => TrainingPlan.Default with { Stages = [stage] };
}
