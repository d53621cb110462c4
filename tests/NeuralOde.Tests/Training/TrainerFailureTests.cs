namespace NeuralOde.Tests.Training;

public sealed class TrainerFailureTests
{
    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_minibatch_whose_solve_fails_is_skipped_and_counted_and_the_others_train(string method)
    {
        NeuralOdeModel model = TrainingProblems.FailingAbove(1.5);
        model.Gradient = Models.ModelExamples.Method(method);
        var trainer = new Trainer(model, TrainingProblems.Options(300) with { BatchSize = 3 });
        double[] before = model.Parameters.ToArray();
        int skipped = 0;
        foreach (TrainingProgress step in trainer.Run(TrainingProblems.Regular()))
        {
            if (step.IsSkipped)
            {
                skipped++;
                model.Parameters.ToArray().Should().Equal(before);
                step.Loss.Should().Be(double.NaN);
                step.GradientNorm.Should().Be(double.NaN);
                step.Failure!.Status.Should().BeOneOf(OdeStatus.NonFiniteDerivative, OdeStatus.NonFiniteState);
                step.Failure.Component.Should().Be(0);
                step.BackwardStatistics.Should().Be(default(OdeStatistics));
            }
            else
            {
                model.Parameters.ToArray().Should().NotEqual(before);
            }

            step.SkippedMinibatches.Should().Be(skipped);
            before = model.Parameters.ToArray();
        }

        skipped.Should().BeInRange(30, 270);
        trainer.SkippedMinibatches.Should().Be(skipped);
        trainer.Iteration.Should().Be(300);
        model.Parameters[1].Should().BeApproximately(1.0, 0.02);
    }

    [Fact]
    public void Too_many_failures_in_a_row_end_training_with_the_last_failure()
    {
        NeuralOdeModel model = TrainingProblems.Model();
        model.Solver = model.Solver with { MaxSteps = 1, InitialStep = 1e-6 };
        double[] before = model.Parameters.ToArray();
        TrainingResult result = new Trainer(model, TrainingProblems.Options() with { MaxConsecutiveFailures = 7 }).Fit(TrainingProblems.Regular());

        result.End.Should().Be(TrainingEnd.TooManyFailures);
        result.Iterations.Should().Be(7);
        result.SkippedMinibatches.Should().Be(7);
        result.Loss.Should().Be(double.NaN);
        result.LastFailure!.Status.Should().Be(OdeStatus.TooManySteps);
        model.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void A_success_ends_a_row_of_failures()
    {
        int calls = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
            ++calls % 4 == 0 ? Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents) : double.NaN);
        TrainingResult result = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(40) with { Loss = loss, MaxConsecutiveFailures = 4 }).Fit(TrainingProblems.Regular());
        result.End.Should().Be(TrainingEnd.ManySkipped);
        result.SkippedMinibatches.Should().Be(30);
        result.LastFailure!.Status.Should().Be(OdeStatus.NonFiniteLoss);
        double.IsFinite(result.Loss).Should().BeTrue();
    }

    [Theory]
    [InlineData(double.NaN, 0.0)]
    [InlineData(double.PositiveInfinity, 0.0)]
    [InlineData(1.0, double.NaN)]
    [InlineData(1.0, double.NegativeInfinity)]
    public void A_loss_or_cotangent_that_is_not_finite_skips_the_minibatch(double value, double cotangent)
    {
        NeuralOdeModel model = TrainingProblems.Model();
        double[] before = model.Parameters.ToArray();
        Loss loss = Loss.Custom((_, _, cotangents) =>
        {
            cotangents[^1] = cotangent;
            return value;
        });
        TrainingProgress step = new Trainer(model, TrainingProblems.Options(1) with { Loss = loss }).Run(TrainingProblems.Regular()).Single();
        step.IsSkipped.Should().BeTrue();
        step.Loss.Should().Be(value);
        (step.Failure?.Status).Should().Be(value == 1.0 ? OdeStatus.NonFiniteCotangent : OdeStatus.NonFiniteLoss);
        model.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void A_gradient_that_overflows_skips_the_minibatch()
    {
        NeuralOdeModel model = TrainingProblems.Model();
        double[] before = model.Parameters.ToArray();
        Loss loss = Loss.Custom((_, _, cotangents) =>
        {
            cotangents.Fill(1e307);
            return 1;
        });
        TrainingProgress step = new Trainer(model, TrainingProblems.Options(1) with { Loss = loss }).Run(TrainingProblems.Regular()).Single();
        step.IsSkipped.Should().BeTrue();
        model.Parameters.ToArray().Should().Equal(before);
    }

    [Fact]
    public void An_exception_in_the_loss_comes_out_and_the_same_minibatch_can_be_tried_again()
    {
        int calls = 0;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
            ++calls == 5 ? throw new TimeoutException("mine") : Loss.MeanSquaredError.Evaluate(predictions, targets, cotangents));
        NeuralOdeModel model = TrainingProblems.Model(), reference = TrainingProblems.Model();
        var trainer = new Trainer(model, TrainingProblems.Options() with { Loss = loss });
        trainer.Invoking(t => t.Fit(TrainingProblems.Regular())).Should().Throw<TimeoutException>();
        trainer.Iteration.Should().Be(4);
        trainer.Fit(TrainingProblems.Regular());
        new Trainer(reference, TrainingProblems.Options()).Fit(TrainingProblems.Regular());
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
    }
}
