namespace NeuralOde.Tests.Training;

/// <summary>Data with numbers that were not observed, and with weights.</summary>
public sealed class GapTests
{
    private static readonly double[] Predictions = [1.0, -2.0, 0.5, 3.0, 0.25, -1.5];
    private static readonly double[] Targets = [0.5, double.NaN, 0.5, -1.0, double.NaN, -1.0];
    private static readonly double[] Weights = [1.0, 5.0, 0.5, 2.0, 0.0, 0.0];

    public static TheoryData<string> Losses => new() { "squared", "absolute", "huber", "custom" };

    [Fact]
    public void A_mean_is_weighted_over_what_was_observed()
    {
        var cotangents = new double[6];
        // Σ w d² / Σ w with w = 1, ½, 2 and d = ½, 0, 4.
        Loss.MeanSquaredError.Evaluate(Predictions, Targets, Weights, cotangents).Should().BeApproximately((0.25 + 32) / 3.5, 1e-15);
        cotangents.Should().BeEquivalentTo([1 / 3.5, 0, 0, 16 / 3.5, 0, 0], Near);
        Loss.MeanAbsoluteError.Evaluate(Predictions, Targets, Weights, cotangents).Should().BeApproximately((0.5 + 8) / 3.5, 1e-15);
        cotangents.Should().BeEquivalentTo([1 / 3.5, 0, 0, 2 / 3.5, 0, 0], Near);
        Loss.Huber(1).Evaluate(Predictions, Targets, Weights, cotangents).Should().BeApproximately((0.125 + 2 * 3.5) / 3.5, 1e-15);
        cotangents.Should().BeEquivalentTo([0.5 / 3.5, 0, 0, 2 / 3.5, 0, 0], Near);
        // Without weights, over the four that were observed.
        Loss.MeanSquaredError.Evaluate(Predictions, Targets, weights: [], cotangents).Should().BeApproximately((0.25 + 16 + 0.25) / 4, 1e-15);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void Nothing_observed_is_a_loss_of_zero(string name)
    {
        double[] cotangents = [1, 1];
        Named(name).Evaluate([1, 2], [double.NaN, double.NaN], weights: [], cotangents).Should().Be(0);
        cotangents.Should().Equal(0, 0);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_masked_and_weighted_loss_has_the_gradient_of_central_differences(string name)
    {
        NeuralOdeModel model = TrainingProblems.Model();
        model.Gradient = model.Gradient with { ControlsError = false };
        model.Solver = Models.ModelExamples.Tight;
        var minibatch = new Minibatch(model, new SegmentSampler(WithWeights(WithGaps(TrainingProblems.Irregular(), 0.3)), 6, batchSize: null, seed: 1, overlapping: false), Named(name));
        var gradient = new double[model.Parameters.Length];
        minibatch.Forward(out _, CancellationToken.None).Should().BeNull();
        minibatch.Backward(gradient, CancellationToken.None).Should().BeNull();
        double Loss()
        {
            minibatch.Forward(out double loss, CancellationToken.None).Should().BeNull();
            return loss;
        }

        for (int k = 0; k < gradient.Length; k += 5)
        {
            double difference = Models.ModelExamples.CentralDifference(Loss, model.Parameters, k);
            gradient[k].Should().BeApproximately(difference, 1e-5 * Math.Max(1, Math.Abs(difference)));
        }
    }

    [Fact]
    public void Weights_of_one_and_no_gaps_give_the_bits_of_complete_data()
    {
        TrajectoryDataset plain = TrainingProblems.Irregular();
        TrajectoryDataset weighted = TrajectoryDataset.FromTrajectories(plain.Select(trajectory => trajectory.WithWeights(Table(trajectory, (_, _) => 1.0))));
        Trained(weighted, Options(30)).Should().Equal(Trained(plain, Options(30)));
    }

    [Fact]
    public void A_weight_of_two_counts_as_two_observations()
    {
        TrajectoryDataset data = WithWeights(TrainingProblems.Regular(12));
        var minibatch = new Minibatch(TrainingProblems.Model(), new SegmentSampler(data, segmentLength: null, batchSize: null, seed: 1), Loss.MeanSquaredError);
        minibatch.Forward(out double loss, CancellationToken.None);
        OdeSolution prediction = TrainingProblems.Model().Predict(data[0].StateAt(0), data[0].Times);
        double sum = 0, count = 0;
        for (int i = 0; i < data[0].States.Length; i++)
        {
            sum += data[0].Weights[i] * Math.Pow(prediction.States[i] - data[0].States[i], 2);
            count += data[0].Weights[i];
        }

        loss.Should().BeApproximately(sum / count, 1e-12);
    }

    [Fact]
    public void Training_on_data_with_gaps_finds_the_truth()
    {
        TrajectoryDataset data = WithGaps(TrainingProblems.Irregular(), 0.35);
        NeuralOdeModel model = TrainingProblems.FailingAbove(double.PositiveInfinity);
        TrainingResult result = new Trainer(model, Options(600)).Fit(data);
        result.End.Should().Be(TrainingEnd.Completed);
        model.Parameters[0].Should().BeApproximately(0.1, 1e-3);
        model.Parameters[1].Should().BeApproximately(1.0, 1e-3);
    }

    [Fact]
    public void Wild_numbers_of_no_weight_change_nothing()
    {
        TrajectoryDataset data = WithGaps(TrainingProblems.Regular(), 0.35);
        TrajectoryDataset wild = TrajectoryDataset.FromTrajectories(data.Select(trajectory =>
        {
            // Where a state is not whole, what is missing may as well be a number that does not count; the state must not become a start by it.
            double[] states = trajectory.States.ToArray();
            double[,] weights = Table(trajectory, (n, i) => double.IsNaN(trajectory.StateAt(n)[1 - i]) ? 0.0 : 1.0);
            for (int i = 0; i < states.Length; i++)
                states[i] = weights[i / 2, i % 2] == 0.0 && !double.IsNaN(states[i]) ? 1e6 : states[i];
            return new Trajectory(trajectory.Times, states, 2).WithWeights(weights);
        }));
        TrajectoryDataset without = TrajectoryDataset.FromTrajectories(wild.Select(trajectory =>
        {
            double[] states = trajectory.States.ToArray();
            for (int i = 0; i < states.Length; i++)
                states[i] = trajectory.Weights[i] == 0.0 ? double.NaN : states[i];
            return new Trajectory(trajectory.Times, states, 2);
        }));
        // Not to the bit: the one keeps observations without weight at the end of segments.
        TrainingOptions whole = Options(20) with { SegmentLength = null };
        Trained(wild, whole).Zip(Trained(without, whole), (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Segments_start_where_the_state_is_whole_and_reach_every_later_observation()
    {
        foreach (bool overlapping in (bool[])[true, false])
        {
            TrajectoryDataset data = WithGaps(TrainingProblems.Regular(200), 0.6);
            (int Trajectory, int Start, int Length)[] segments = TrainingSegments.Find(data, 7, overlapping);
            var reached = new HashSet<int>();
            foreach ((_, int start, int length) in segments)
            {
                data[0].IsObserved(start, 0).Should().BeTrue();
                data[0].IsObserved(start, 1).Should().BeTrue();
                length.Should().BeGreaterThanOrEqualTo(2);
                reached.UnionWith(Enumerable.Range(start, length));
            }

            int first = segments[0].Start, last = Enumerable.Range(0, 200).Last(n => data[0].IsObserved(n, 0) || data[0].IsObserved(n, 1));
            reached.Should().Contain(Enumerable.Range(first, last - first + 1));
            segments.Select(segment => segment.Start).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        }
    }

    [Fact]
    public void What_lies_before_the_first_whole_state_is_counted_and_said()
    {
        double[,] states = { { 1, double.NaN }, { 2, double.NaN }, { 3, 1 }, { double.NaN, 2 }, { 2, 3 } };
        TrainingResult result = new Trainer(TrainingProblems.Model(), Options(2)).Fit(TrajectoryDataset.FromTrajectory([0, 1, 2, 3, 4], states));
        result.UnusedObservations.Should().Be(2);
        result.Message.Should().Contain("2 observed numbers lie before the first whole state");
        new Trainer(TrainingProblems.Model(), Options(2)).Fit(TrainingProblems.Regular()).UnusedObservations.Should().Be(0);
    }

    [Fact]
    public void A_trajectory_without_a_start_and_a_loss_without_weights_are_refused()
    {
        TrajectoryDataset never = TrajectoryDataset.FromTrajectories([TrainingProblems.Regular()[0], new Trajectory([0, 1, 2], new[,] { { 1, double.NaN }, { double.NaN, 2 }, { 3, 4 } })]);
        Fails(() => new Trainer(TrainingProblems.Model(), Options(2)).Fit(never), "*Trajectory 1 has no observation that training could start from*");

        TrainingOptions custom = Options(2) with { Loss = Loss.Custom((p, t, c) => 0.0) };
        Fails(() => new Trainer(TrainingProblems.Model(), custom).Fit(WithGaps(TrainingProblems.Regular(), 0.2)), "*gaps (NaN)*custom*not told*weights, cotangents*");
        Fails(() => new Trainer(TrainingProblems.Model(), custom).Fit(WithWeights(TrainingProblems.Regular())), "*data have weights*custom*");
        Fails(() => Loss.MeanSquaredError.Evaluate([1], [1], weights: [-1], new double[1]), "*weights[0] = -1*");
        Fails(() => Loss.MeanSquaredError.Evaluate([1, 2], [1, 2], weights: [1], new double[2]), "*weights has 1*");
        FluentActions.Invoking(() => Loss.Custom((p, t, c) => 0.0).Evaluate([1], [double.NaN], weights: [], new double[1])).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_loss_with_weights_sees_ones_on_complete_data_and_no_NaN_on_other()
    {
        var seen = new List<double>();
        Loss loss = Loss.Custom((predictions, targets, weights, cotangents) =>
        {
            seen.AddRange(weights);
            targets.ToArray().Should().NotContain(double.NaN);
            for (int i = 0; i < weights.Length; i++)
            {
                if (weights[i] == 0.0)
                    targets[i].Should().Be(predictions[i]);
            }

            return 0.0;
        });
        new Trainer(TrainingProblems.Model(), Options(1) with { Loss = loss }).Fit(TrainingProblems.Regular());
        seen.Should().NotBeEmpty().And.OnlyContain(weight => weight == 1.0);
        seen.Clear();
        new Trainer(TrainingProblems.Model(), Options(1) with { Loss = loss }).Fit(WithGaps(TrainingProblems.Regular(), 0.4));
        seen.Should().Contain(0.0).And.Contain(1.0);
    }

    [Fact]
    public void Checkpoints_tell_losses_with_weights_apart_and_see_weights_of_the_data()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.checkpoint");
        TrainingOptions Using(double factor) => Options(3) with { Loss = Loss.Custom((p, t, w, c) => factor * p[0]) };
        var trainer = new Trainer(TrainingProblems.Model(), Using(1));
        trainer.Run(TrainingProblems.Regular()).First();
        trainer.SaveCheckpoint(path);
        Fails(() => new Trainer(TrainingProblems.Model(), Using(2)).RestoreCheckpoint(path), "*another set of training options*");
        var same = new Trainer(TrainingProblems.Model(), Using(1));
        same.RestoreCheckpoint(path);
        Fails(() => same.Fit(WithWeights(TrainingProblems.Regular())), "*not the data*");
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_training_iteration_with_gaps_and_weights_allocates_nothing(string name)
    {
        NeuralOdeModel model = TrainingProblems.Model();
        var sampler = new SegmentSampler(WithWeights(WithGaps(TrainingProblems.Irregular(), 0.3)), segmentLength: null, batchSize: null, seed: 1);
        var minibatch = new Minibatch(model, sampler, Named(name));
        var gradient = new double[model.Parameters.Length];
        Performance.SteadyAllocationTests.ShouldAllocateNothing(() =>
        {
            minibatch.Forward(out _, CancellationToken.None);
            minibatch.Backward(gradient, CancellationToken.None);
        });
        gradient.Should().Contain(value => value != 0.0);
    }

    private static void Fails(Action action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    private static FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> Near(FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> options) =>
        options.WithStrictOrdering().Using<double>(context => context.Subject.Should().BeApproximately(context.Expectation, 1e-15)).WhenTypeIs<double>();

    private static double[] Trained(TrajectoryDataset data, TrainingOptions options)
    {
        NeuralOdeModel model = TrainingProblems.Model();
        new Trainer(model, options).Fit(data);
        return model.Parameters.ToArray();
    }

    private static TrainingOptions Options(int iterations) => TrainingProblems.Options(iterations) with { Schedule = LearningRateSchedule.Cosine(), Optimizer = Optimizer.Adam(2e-2) };

    private static Loss Named(string name) => name switch
    {
        "squared" => Loss.MeanSquaredError,
        "absolute" => Loss.MeanAbsoluteError,
        "huber" => Loss.Huber(0.3),
        _ => Loss.Custom(static (predictions, targets, weights, cotangents) =>
        {
            double sum = 0;
            for (int i = 0; i < predictions.Length; i++)
            {
                double difference = predictions[i] - targets[i];
                cotangents[i] = 4 * weights[i] * difference * difference * difference;
                sum += weights[i] * difference * difference * difference * difference;
            }

            return sum;
        }),
    };

    /// <summary>Leaves out a part of the numbers, but not the first and the last state of a trajectory; trajectories of very large amplitude are scaled down.</summary>
    internal static TrajectoryDataset WithGaps(TrajectoryDataset data, double part) => TrajectoryDataset.FromTrajectories(data.Select((trajectory, index) =>
    {
        double[] states = trajectory.States.ToArray();
        for (int i = 2; i < states.Length; i++)
        {
            double draw = 43758.5453 * Math.Abs(Math.Sin(12.9898 * (i + 1) + 78.233 * index));
            if (draw - Math.Floor(draw) < part)
                states[i] = double.NaN;
        }

        double scale = states.Max(Math.Abs) > 100 ? 1e-4 : 1.0;
        return new Trajectory(trajectory.Times, [.. states.Select(state => scale * state)], trajectory.Dimension);
    }));

    private static TrajectoryDataset WithWeights(TrajectoryDataset data) =>
        TrajectoryDataset.FromTrajectories(data.Select(trajectory => trajectory.WithWeights(Table(trajectory, (n, i) => (3 * n + i) % 4 / 2.0))));

    private static double[,] Table(Trajectory trajectory, Func<int, int, double> value)
    {
        var table = new double[trajectory.Length, trajectory.Dimension];
        for (int n = 0; n < trajectory.Length; n++)
        {
            for (int i = 0; i < trajectory.Dimension; i++)
                table[n, i] = value(n, i);
        }

        return table;
    }
}
