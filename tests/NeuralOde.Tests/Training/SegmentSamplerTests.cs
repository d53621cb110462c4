namespace NeuralOde.Tests.Training;

public sealed class SegmentSamplerTests
{
    [Fact]
    public void Every_window_of_every_trajectory_is_drawn_and_short_trajectories_are_one_segment()
    {
        var sampler = new SegmentSampler(TrainingProblems.Irregular(), segmentLength: 10, batchSize: 7, seed: 1);
        var seen = new HashSet<(double Start, int Length)>();
        for (int iteration = 0; iteration < 200; iteration++)
        {
            sampler.Draw(iteration);
            Segments(sampler).Should().OnlyHaveUniqueItems("a minibatch repeats nothing");
            seen.UnionWith(Segments(sampler));
        }

        seen.Should().HaveCount(31 + 16 + 0 + 1 + 8);
        seen.Count(segment => segment.Length == 3).Should().Be(1);
        seen.Select(segment => segment.Length).Distinct().Should().BeEquivalentTo([10, 3]);
    }

    [Fact]
    public void Every_window_is_drawn_equally_often()
    {
        var sampler = new SegmentSampler(TrainingProblems.Regular(observations: 14), segmentLength: 5, batchSize: 3, seed: 5);
        var counts = new int[10];
        for (int iteration = 0; iteration < 3000; iteration++)
        {
            sampler.Draw(iteration);
            for (int sample = 0; sample < 3; sample++)
                counts[sampler.Start(sample)]++;
        }

        // 900 expected, standard deviation √(3000 · 0.3 · 0.7) ≈ 25.
        counts.Should().AllSatisfy(count => count.Should().BeInRange(800, 1000));
    }

    [Fact]
    public void The_minibatch_of_an_iteration_does_not_depend_on_what_was_drawn_before()
    {
        var inOrder = new SegmentSampler(TrainingProblems.Irregular(), 10, 7, seed: 1);
        List<(double, int)[]> minibatches = [];
        for (int iteration = 0; iteration < 20; iteration++)
        {
            inOrder.Draw(iteration);
            minibatches.Add(Segments(inOrder));
        }

        var sampler = new SegmentSampler(TrainingProblems.Irregular(), 10, 7, seed: 1);
        foreach (int iteration in (int[])[5, 5, 19, 0, 7, 6])
        {
            sampler.Draw(iteration);
            Segments(sampler).Should().Equal(minibatches[iteration]);
        }

        var other = new SegmentSampler(TrainingProblems.Irregular(), 10, 7, seed: 2);
        other.Draw(0);
        Segments(other).Should().NotEqual(minibatches[0]);
    }

    [Theory]
    [InlineData(null, 5, 4)]
    [InlineData(10, null, 56)]
    [InlineData(10, 1000, 56)]
    [InlineData(2, 1, 1)]
    public void A_minibatch_has_as_many_segments_as_asked_for_or_all(int? segmentLength, int? batchSize, int expected)
    {
        var sampler = new SegmentSampler(TrainingProblems.Irregular(), segmentLength, batchSize, seed: 1);
        sampler.Draw(3);
        sampler.BatchSize.Should().Be(expected);
        if (segmentLength is null)
            Segments(sampler).Select(segment => segment.Length).Should().BeEquivalentTo([40, 25, 3, 17]);
    }

    [Theory]
    [InlineData(19, new[] { 10, 10 })]
    [InlineData(20, new[] { 10, 10, 2 })]
    [InlineData(18, new[] { 10, 9 })]
    [InlineData(10, new[] { 10 })]
    [InlineData(11, new[] { 10, 2 })]
    [InlineData(2, new[] { 2 })]
    public void Segments_that_do_not_overlap_share_their_ends_and_cover_every_observation(int observations, int[] lengths)
    {
        var sampler = new SegmentSampler(TrainingProblems.Regular(observations), 10, batchSize: null, seed: 1, overlapping: false);
        int start = 0;
        for (int sample = 0; sample < sampler.BatchSize; sample++)
        {
            sampler.Start(sample).Should().Be(start);
            start += sampler.Length(sample) - 1;
        }

        Enumerable.Range(0, sampler.BatchSize).Select(sampler.Length).Should().Equal(lengths);
        start.Should().Be(observations - 1);
    }

    private static (double Start, int Length)[] Segments(SegmentSampler sampler) =>
        [.. Enumerable.Range(0, sampler.BatchSize).Select(sample => (sampler.Trajectory(sample).Times[sampler.Start(sample)], sampler.Length(sample)))];
}
