using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Training;

public sealed class TrainerLearningTests
{
    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Training_learns_a_spiral(string method)
    {
        NeuralOdeModel model = TrainingProblems.Model(method);
        TrajectoryDataset data = TrainingProblems.Regular();
        double before = TrainingProblems.Error(model, data[0]);
        var trainer = new Trainer(model, TrainingProblems.Options(400));
        double firstLoss = trainer.Run(data).First().Loss;
        TrainingResult result = trainer.Fit(data);

        result.End.Should().Be(TrainingEnd.Completed);
        result.Loss.Should().BeLessThan(firstLoss / 100);
        TrainingProblems.Error(model, data[0]).Should().BeLessThan(before / 10);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Training_finds_the_parameters_behind_irregular_ragged_and_backward_trajectories(string method)
    {
        NeuralOdeModel model = TrainingProblems.FailingAbove(double.PositiveInfinity);
        model.Gradient = ModelExamples.Method(method);
        TrainingOptions options = TrainingProblems.Options(300) with { SegmentLength = 8, Optimizer = Optimizer.Adam(2e-2), Schedule = LearningRateSchedule.Cosine() };
        new Trainer(model, options).Fit(TrainingProblems.Irregular());
        model.Parameters[0].Should().BeApproximately(0.1, 1e-4);
        model.Parameters[1].Should().BeApproximately(1.0, 1e-4);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, 2)]
    [InlineData(8, null)]
    [InlineData(8, 1_000_000)]
    [InlineData(1_000_000, 3)]
    public void Whole_trajectories_full_batches_and_sizes_beyond_the_data_learn_too(int? segmentLength, int? batchSize)
    {
        NeuralOdeModel model = TrainingProblems.FailingAbove(double.PositiveInfinity);
        TrainingOptions options = TrainingProblems.Options(150) with
        {
            SegmentLength = segmentLength,
            BatchSize = batchSize,
            Optimizer = Optimizer.Adam(4e-2),
            Schedule = LearningRateSchedule.Cosine(),
        };
        new Trainer(model, options).Fit(TrainingProblems.Irregular());
        model.Parameters[0].Should().BeApproximately(0.1, 1e-3);
        model.Parameters[1].Should().BeApproximately(1.0, 1e-3);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Training_with_standardization_learns_in_the_units_of_the_data(string method)
    {
        double[] times = [.. Enumerable.Range(0, 60).Select(i => 0.1 * i)];
        var data = TrajectoryDataset.FromTrajectories([new Trajectory(times, times.SelectMany(time =>
        {
            double[] z = TrainingProblems.Spiral(time);
            return (double[])[1000 + 50 * z[0], 1e-3 * z[1] - 7];
        }).ToArray(), dimension: 2)]);
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [12], 2, seed: 1))
        {
            Standardization = Standardization.FromDataset(data),
            Gradient = ModelExamples.Method(method),
        };
        TrainingResult result = new Trainer(model, TrainingProblems.Options(300)).Fit(data);
        result.Loss.Should().BeLessThan(1e-3, "the loss is in standardized units");
        OdeSolution prediction = model.Predict(data[0].StateAt(0), times);
        for (int output = 0; output < times.Length; output++)
        {
            prediction[output, 0].Should().BeApproximately(data[0].StateAt(output)[0], 15);
            prediction[output, 1].Should().BeApproximately(data[0].StateAt(output)[1], 3e-4);
        }
    }

    [Fact]
    public void The_first_step_is_the_optimizers_on_the_gradient_of_the_whole_loss()
    {
        TrajectoryDataset data = TrainingProblems.Irregular();
        NeuralOdeModel model = TrainingProblems.Model(), reference = TrainingProblems.Model();
        TrainingOptions options = TrainingProblems.Options(1) with { SegmentLength = null, BatchSize = null, Optimizer = Optimizer.Sgd(0.5) };
        TrainingProgress step = new Trainer(model, options).Run(data).Single();

        Trajectory[] used = [.. data.Where(trajectory => trajectory.Length > 1)];
        int count = used.Sum(trajectory => trajectory.States.Length);
        BatchGradientResult expected = reference.ComputeBatchGradient([.. used.Select(t => t.StateAt(0).ToArray())], [.. used.Select(t => t.Times.ToArray())],
            (sample, prediction, cotangent) =>
            {
                double sum = 0;
                for (int i = 0; i < prediction.Length; i++)
                {
                    double difference = prediction[i] - used[sample].States[i];
                    cotangent[i] = 2 * difference / count;
                    sum += difference * difference / count;
                }

                return sum;
            });
        step.Loss.Should().BeApproximately(expected.Loss, 1e-10 * expected.Loss);
        double norm = Math.Sqrt(expected.Parameters.ToArray().Sum(x => x * x));
        step.GradientNorm.Should().BeApproximately(norm, 1e-10 * norm);
        step.ForwardStatistics.Should().Be(expected.ForwardStatistics);
        for (int i = 0; i < model.Parameters.Length; i++)
            model.Parameters[i].Should().BeApproximately(reference.Parameters[i] - 0.5 * expected.Parameters[i], 1e-10 * norm);
    }

    [Fact]
    public void A_loss_of_ones_own_sees_segment_after_segment_and_is_descended()
    {
        TrajectoryDataset data = TrainingProblems.Regular(observations: 12);
        double[]? seen = null;
        Loss loss = Loss.Custom((predictions, targets, cotangents) =>
        {
            seen ??= targets.ToArray();
            predictions[..2].ToArray().Should().Equal(targets[..2].ToArray(), "a segment starts where it was observed");
            return Loss.MeanAbsoluteError.Evaluate(predictions, targets, cotangents);
        });
        NeuralOdeModel model = TrainingProblems.Model(), reference = TrainingProblems.Model();
        TrainingOptions options = TrainingProblems.Options() with { BatchSize = null, SegmentLength = 11 };
        new Trainer(model, options with { Loss = loss }).Fit(data);
        new Trainer(reference, options with { Loss = Loss.MeanAbsoluteError }).Fit(data);

        seen.Should().Equal([.. data[0].Slice(0, 11).States, .. data[0].Slice(1, 11).States]);
        model.Parameters.ToArray().Should().Equal(reference.Parameters.ToArray());
    }

    [Fact]
    public void The_gradient_is_clipped_and_its_norm_before_is_reported()
    {
        NeuralOdeModel model = TrainingProblems.Model();
        double[] before = model.Parameters.ToArray();
        TrainingOptions options = TrainingProblems.Options(1) with { MaxGradientNorm = 1e-3, Optimizer = Optimizer.Sgd(learningRate: 1.0) };
        TrainingProgress step = new Trainer(model, options).Run(TrainingProblems.Regular()).Single();
        step.GradientNorm.Should().BeGreaterThan(1e-2);
        double moved = Math.Sqrt(model.Parameters.ToArray().Zip(before, (a, b) => (a - b) * (a - b)).Sum());
        moved.Should().BeApproximately(1e-3, 1e-9);
    }

    [Fact]
    public void The_learning_rate_follows_the_schedule_and_is_what_steps_use()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Cosine(0.1).WithWarmUp(3);
        NeuralOdeModel model = TrainingProblems.Model();
        TrainingOptions options = TrainingProblems.Options(10) with { Schedule = schedule, Optimizer = Optimizer.Sgd(0.2) };
        double[] before = model.Parameters.ToArray();
        int iteration = 0;
        foreach (TrainingProgress step in new Trainer(model, options).Run(TrainingProblems.Regular()))
        {
            step.LearningRate.Should().Be(0.2 * schedule.Factor(iteration++, 10));
            step.Iteration.Should().Be(iteration);
            double moved = Math.Sqrt(model.Parameters.ToArray().Zip(before, (a, b) => (a - b) * (a - b)).Sum());
            moved.Should().BeApproximately(step.LearningRate * step.GradientNorm, 1e-9);
            before = model.Parameters.ToArray();
        }

        iteration.Should().Be(10);
    }

    [Fact]
    public void Fit_reports_every_iteration_and_sums_up()
    {
        var seen = new Recorder();
        var trainer = new Trainer(TrainingProblems.Model(), TrainingProblems.Options(20));
        TrainingResult result = trainer.Fit(TrainingProblems.Regular(), seen);
        seen.Steps.Select(step => step.Iteration).Should().Equal(Enumerable.Range(1, 20));
        seen.Steps.Should().AllSatisfy(step =>
        {
            step.IsSkipped.Should().BeFalse();
            step.Failure.Should().BeNull();
            step.ValidationLoss.Should().BeNull();
            step.Evaluations.Should().BePositive().And.Be(step.ForwardStatistics.Evaluations);
            step.BackwardStatistics.VectorJacobianProducts.Should().BePositive();
        });
        seen.Steps.Select(step => step.Elapsed).Should().BeInAscendingOrder();
        result.Should().Be(new TrainingResult
        {
            End = TrainingEnd.Completed,
            Iterations = 20,
            RunIterations = 20,
            Loss = seen.Steps[^1].Loss,
            Elapsed = result.Elapsed,
            Stages = result.Stages,
            NoiseLevels = result.NoiseLevels,
            StartEstimates = result.StartEstimates,
            History = result.History,
        });
        (result.Stages.Count, result.NoiseLevels.Count, result.StartEstimates.Count, result.BestIteration).Should().Be((0, 0, 0, null));
        result.History.Select(step => step.Loss).Should().Equal(seen.Steps.Select(step => step.Loss));
        result.Elapsed.Should().BeGreaterThanOrEqualTo(seen.Steps[^1].Elapsed);
        trainer.Fit(TrainingProblems.Regular()).Iterations.Should().Be(20, "there is nothing left to do");
    }

    private sealed class Recorder : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Steps { get; } = [];

        public void Report(TrainingProgress value) => Steps.Add(value);
    }
}
