using CsCheck;

namespace NeuralOde.Tests.Data;

public sealed class StandardizationTests
{
    [Fact]
    public void Means_and_scales_are_the_population_mean_and_standard_deviation_of_all_trajectories()
    {
        // 2, 4, 4, 4, 5, 5, 7, 9 has mean 5 and population standard deviation 2.
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories(
        [
            new Trajectory([0, 1, 2], [2, -2, 4, -4, 4, -4], 2),
            new Trajectory([0, 1, 2, 3, 4], [4, -4, 5, -5, 5, -5, 7, -7, 9, -9], 2),
        ]);

        Standardization standardization = Standardization.FromDataset(dataset);

        standardization.Means.ToArray().Should().SatisfyRespectively(m => m.Should().BeApproximately(5, 1e-14), m => m.Should().BeApproximately(-5, 1e-14));
        standardization.Scales.ToArray().Should().SatisfyRespectively(s => s.Should().BeApproximately(2, 1e-14), s => s.Should().BeApproximately(2, 1e-14));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0)]
    [InlineData(-1e300)]
    [InlineData(double.Epsilon)]
    public void A_constant_component_gets_its_value_as_mean_and_scale_1(double constant)
    {
        // Summed plainly, the mean of a thousand 0.1 is not 0.1, and the deviation from it not 0.
        double[] times = Enumerable.Range(0, 1000).Select(n => (double)n).ToArray();
        double[] states = Enumerable.Repeat(constant, 1000).ToArray();

        Standardization standardization = Standardization.FromDataset(TrajectoryDataset.FromTrajectories([new Trajectory(times, states, 1)]));

        standardization.Means[0].Should().Be(constant);
        standardization.Scales[0].Should().Be(1);
    }

    [Theory]
    [InlineData(0.3, 0.1 + 0.2)]
    [InlineData(1e300, 1.0000000000000002e300)]
    [InlineData(-7e-300, -7.000000000000001e-300)]
    public void Values_that_differ_by_rounding_are_constant(double one, double other)
    {
        // Two values, one or two units in the last place apart, many times.
        double[] states = [.. Enumerable.Range(0, 20).Select(n => n % 3 == 0 ? one : other)];
        Standardization standardization = Standardization.FromDataset(OneColumn(states));
        standardization.Scales[0].Should().Be(1);
        standardization.Means[0].Should().BeInRange(Math.Min(one, other), Math.Max(one, other));
    }

    [Fact]
    public void A_sum_of_many_terms_that_should_be_constant_is()
    {
        // Each is the sum of 1000 numbers that cancel but for 5, in another order.
        var random = new Random(1);
        double[] terms = [5, .. Enumerable.Range(0, 500).Select(i => Math.Sin(i)), .. Enumerable.Range(0, 500).Select(i => -Math.Sin(i))];
        double[] states = [.. Enumerable.Range(0, 1000).Select(_ => { random.Shuffle(terms); return terms.Sum(); })];
        states.Distinct().Should().HaveCountGreaterThan(3);
        Standardization.FromDataset(OneColumn(states)).Scales[0].Should().Be(1);
    }

    [Theory]
    [InlineData(1e9, 1e-3)]
    [InlineData(0.3, 1e-13)]
    [InlineData(0, 1e-300)]
    public void What_rounding_does_not_explain_is_a_scale(double offset, double deviation)
    {
        double low = offset - deviation, high = offset + deviation;
        Standardization.FromDataset(OneColumn([low, high, low, high])).Scales[0].Should().BeApproximately((high - low) / 2, 1e-3 * deviation);
    }

    [Theory]
    [InlineData(double.MaxValue)]
    [InlineData(1e-300)]
    public void The_largest_and_smallest_numbers_neither_overflow_nor_vanish(double magnitude)
    {
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories([new Trajectory([0, 1, 2, 3], [0, 0, magnitude, magnitude], 1)]);

        Standardization standardization = Standardization.FromDataset(dataset);

        (standardization.Means[0] / magnitude).Should().BeApproximately(0.5, 1e-15);
        (standardization.Scales[0] / magnitude).Should().BeApproximately(0.5, 1e-15);
    }

    [Fact]
    public void A_large_offset_does_not_drown_a_small_variation()
    {
        TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories([new Trajectory([0, 1, 2, 3], [1e9 - 1, 1e9 + 1, 1e9 - 1, 1e9 + 1], 1)]);
        Standardization.FromDataset(dataset).Scales[0].Should().BeApproximately(1, 1e-6);
    }

    [Fact]
    public void A_standardized_dataset_has_mean_0_deviation_1_and_the_same_names()
    {
        Gen.Select(Gen.Double[-1e3, 1e3].Array[2, 50], Gen.Double[-1e3, 1e3].Array[2, 50])
            .Where(values => Spread(values.Item1.Concat(values.Item2)) > 1)
            .Sample(
                (first, second) =>
                {
                    TrajectoryDataset dataset = TrajectoryDataset.FromTrajectories([Track(first), Track(second)], ["x"]);

                    Standardization standardization = Standardization.FromDataset(dataset);
                    TrajectoryDataset standardized = standardization.Apply(dataset);

                    double[] all = standardized.SelectMany(t => t.States.ToArray()).ToArray();
                    double mean = all.Average();
                    mean.Should().BeApproximately(0, 1e-9);
                    Math.Sqrt(all.Average(x => (x - mean) * (x - mean))).Should().BeApproximately(1, 1e-9);
                    standardized.StateNames.Should().Equal("x");
                    for (int n = 0; n < standardized[1].Length; n++)
                        standardized[1].Times[n].Should().BeApproximately((dataset[1].Times[n] - standardization.TimeOffset) / standardization.TimeScale, 1e-12);
                },
                iter: 200);

        static Trajectory Track(double[] values) => new(Enumerable.Range(0, values.Length).Select(n => n * 0.5).ToArray(), values, 1);
        static double Spread(IEnumerable<double> values) => values.Max() - values.Min();
    }

    [Fact]
    public void Invert_undoes_Apply_also_in_place()
    {
        var standardization = new Standardization([1, -20], [0.5, 4]);
        double[] state = [3, -4];

        standardization.Apply(state, state);
        state.Should().Equal(4, 4);
        standardization.Invert(state, state);

        state.Should().Equal(3, -4);
    }

    [Fact]
    public void The_identity_changes_nothing_and_says_so()
    {
        Standardization identity = Standardization.Identity(2);
        var destination = new double[2];
        identity.Apply([3, -4], destination);

        destination.Should().Equal(3, -4);
        identity.IsIdentity.Should().BeTrue();
        new Standardization([0, 1], [1, 1]).IsIdentity.Should().BeFalse();
        new Standardization([0, 0], [1, 2]).IsIdentity.Should().BeFalse();
    }

    [Theory]
    [InlineData(0, 0, "scales[0] = 0 *")]
    [InlineData(0, -1, "scales[0] = -1 *")]
    [InlineData(0, double.NaN, "scales[0] = NaN *")]
    [InlineData(0, double.PositiveInfinity, "scales[0] = Infinity *")]
    [InlineData(double.NaN, 1, "means[0] = NaN *")]
    public void Bad_means_and_scales_are_refused_with_index_and_value(double mean, double scale, string message)
    {
        Action create = () => _ = new Standardization([mean], [scale]);
        create.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Wrong_lengths_are_refused_with_both_lengths()
    {
        Standardization two = Standardization.Identity(2);
        Action state = () => two.Apply([1], new double[2]);
        Action destination = () => two.Invert([1, 2], new double[3]);
        Action dataset = () => two.Apply(TrajectoryDataset.FromTrajectory([0], new double[1, 1]));
        Action scales = () => _ = new Standardization([1, 2], [1]);
        Action empty = () => _ = new Standardization([], []);

        state.Should().Throw<ArgumentException>().WithMessage("state has 1 components where the standardization has 2.*");
        destination.Should().Throw<ArgumentException>().WithMessage("destination has 3 components where the standardization has 2.*");
        dataset.Should().Throw<ArgumentException>().WithMessage("dataset has 1 components*");
        scales.Should().Throw<ArgumentException>().WithMessage("scales has 1 values, but means has 2.*");
        empty.Should().Throw<ArgumentException>().WithMessage("means is empty*");
    }

    private static TrajectoryDataset OneColumn(double[] states) =>
        TrajectoryDataset.FromTrajectories([new Trajectory([.. Enumerable.Range(0, states.Length).Select(n => (double)n)], states, 1)]);
}
