using CsCheck;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Tests.Data;

public sealed class TrajectoryDatasetTests
{
    [Fact]
    public void One_trajectory_makes_a_dataset_from_arrays_and_from_matrices()
    {
        double[] times = [0, 1];
        double[,] states = { { 1, 2, 3 }, { 4, 5, 6 } };
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(states);

        foreach (TrajectoryDataset dataset in new[]
        {
            TrajectoryDataset.FromTrajectory(times, states),
            TrajectoryDataset.FromTrajectory(times, matrix),
            TrajectoryDataset.FromTrajectory(Vector<double>.Build.Dense(times), matrix),
        })
        {
            dataset.Should().ContainSingle();
            dataset.Dimension.Should().Be(3);
            dataset.ObservationCount.Should().Be(2);
            dataset.StateNames.Should().BeNull();
            dataset[0].States.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        }
    }

    [Fact]
    public void Trajectories_of_different_lengths_and_times_keep_their_order()
    {
        TrajectoryDataset dataset = Ragged(5, 2, 9);

        dataset.Select(trajectory => trajectory.Length).Should().Equal(5, 2, 9);
        dataset.ObservationCount.Should().Be(16);
        dataset[2].Length.Should().Be(9);
    }

    [Fact]
    public void Trajectories_of_different_dimensions_are_refused_with_the_index()
    {
        Action create = () => TrajectoryDataset.FromTrajectories(
            [new Trajectory([0], [1], 1), new Trajectory([0], [1], 1), new Trajectory([0], [1, 2], 2)]);
        create.Should().Throw<ArgumentException>().WithMessage("trajectories[2] has dimension 2, but trajectories[0] has dimension 1.*");
    }

    [Fact]
    public void An_empty_dataset_a_null_trajectory_and_a_missing_name_are_refused()
    {
        var one = new Trajectory([0], [1, 2], 2);
        Action empty = () => TrajectoryDataset.FromTrajectories([]);
        Action hole = () => TrajectoryDataset.FromTrajectories([one, null!]);
        Action names = () => TrajectoryDataset.FromTrajectories([one], ["x"]);
        Action nullName = () => TrajectoryDataset.FromTrajectories([one], ["x", null!]);

        empty.Should().Throw<ArgumentException>().WithMessage("trajectories is empty*");
        hole.Should().Throw<ArgumentException>().WithMessage("trajectories[1] is null*");
        names.Should().Throw<ArgumentException>().WithMessage("stateNames has 1 names for states of dimension 2*");
        nullName.Should().Throw<ArgumentException>().WithMessage("stateNames[1] is null*");
    }

    [Fact]
    public void An_index_beyond_the_dataset_is_refused()
    {
        Action beyond = () => _ = Ragged(3, 3)[2];
        beyond.Should().Throw<ArgumentOutOfRangeException>().WithMessage("index = 2 is not in [0, 2).*");
    }

    [Fact]
    public void Every_trajectory_is_in_exactly_one_part_of_a_split_and_the_order_stays()
    {
        Gen.Select(Gen.Int[2, 40], Gen.Double[0.05, 0.95], Gen.Int).Sample(
            (count, fraction, seed) =>
            {
                TrajectoryDataset dataset = Ragged(Enumerable.Range(2, count).ToArray());
                int expected = (int)Math.Round(fraction * count, MidpointRounding.AwayFromZero);
                if (expected == 0 || expected == count)
                    return;

                var (training, validation) = dataset.SplitTrajectories(fraction, seed);

                validation.Count.Should().Be(expected);
                training.Concat(validation).Should().BeEquivalentTo(dataset, options => options.ComparingByValue<Trajectory>());
                training.Select(t => t.Length).Should().BeInAscendingOrder();
                validation.Select(t => t.Length).Should().BeInAscendingOrder();
            },
            iter: 200);
    }

    [Fact]
    public void The_same_seed_holds_out_the_same_trajectories_and_other_seeds_others()
    {
        TrajectoryDataset dataset = Ragged(Enumerable.Range(2, 30).ToArray());

        dataset.SplitTrajectories(0.3, seed: 7).Validation.Should().Equal(dataset.SplitTrajectories(0.3, seed: 7).Validation);
        dataset.SplitTrajectories(0.3, seed: 7).Validation.Should().NotEqual(dataset.SplitTrajectories(0.3, seed: 8).Validation);
    }

    [Fact]
    public void Each_trajectory_is_held_out_about_equally_often()
    {
        TrajectoryDataset dataset = Ragged(2, 3, 4, 5, 6);
        var timesHeldOut = new int[5];
        for (int seed = 0; seed < 1000; seed++)
        {
            foreach (Trajectory trajectory in dataset.SplitTrajectories(0.4, seed).Validation)
                timesHeldOut[trajectory.Length - 2]++;
        }

        // Binomial with n = 1000, p = 0.4: the standard deviation is 15.5, and six of them are 93.
        timesHeldOut.Should().OnlyContain(n => n >= 307 && n <= 493);
    }

    [Fact]
    public void A_split_in_time_holds_out_the_last_observations_of_every_trajectory()
    {
        var (training, validation) = Ragged(10, 8).SplitInTime(0.25);

        training.Select(t => t.Length).Should().Equal(7, 6);
        validation.Select(t => t.Length).Should().Equal(3, 2);
        training[0].Times.ToArray().Should().Equal(0, 1, 2, 3, 4, 5, 6);
        validation[0].Times.ToArray().Should().Equal(7, 8, 9);
        validation[1].States.ToArray().Should().Equal(1006, 1007);
    }

    [Fact]
    public void Both_splits_keep_the_names_of_the_states()
    {
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories(Ragged(4, 4), ["hare"]);

        dataset.SplitInTime(0.5).Validation.StateNames.Should().Equal("hare");
        dataset.SplitTrajectories(0.5, seed: 1).Training.StateNames.Should().Equal("hare");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_0_to_1_is_refused(double fraction)
    {
        Action trajectories = () => Ragged(9, 9).SplitTrajectories(fraction, seed: 1);
        Action time = () => Ragged(9, 9).SplitInTime(fraction);

        trajectories.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("fraction");
        time.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("fraction");
    }

    [Fact]
    public void A_split_with_an_empty_or_too_short_part_is_refused_with_the_counts()
    {
        Action noValidation = () => Ragged(9, 9, 9).SplitTrajectories(0.1, seed: 1);
        Action noTraining = () => Ragged(9, 9, 9).SplitTrajectories(0.9, seed: 1);
        Action single = () => Ragged(1, 1).SplitTrajectories(0.5, seed: 1);
        Action shortValidation = () => Ragged(30, 5).SplitInTime(0.2);
        Action shortTraining = () => Ragged(5).SplitInTime(0.8);

        noValidation.Should().Throw<ArgumentException>().WithMessage("fraction = 0.1 of 3 trajectories leaves none for validation.*");
        noTraining.Should().Throw<ArgumentException>().WithMessage("fraction = 0.9 of 3 trajectories leaves none for training.*");
        single.Should().Throw<ArgumentException>().WithMessage("*no trajectory for training has 2 observations or more.*");
        shortValidation.Should().Throw<ArgumentException>().WithMessage("fraction = 0.2 of trajectory 1 (5 observations) leaves 4 for training and 1 for validation*");
        shortTraining.Should().Throw<ArgumentException>().WithMessage("*leaves 1 for training and 4 for validation*");
    }

    /// <summary>Trajectories of these lengths; state n of trajectory k is 1000 k + n.</summary>
    private static TrajectoryDataset Ragged(params int[] lengths) => TrajectoryDataset.FromTrajectories(lengths.Select((length, k) =>
    {
        double[] times = Enumerable.Range(0, length).Select(n => (double)n).ToArray();
        return new Trajectory(times, times.Select(t => (1000 * k) + t).ToArray(), dimension: 1);
    }));
}
