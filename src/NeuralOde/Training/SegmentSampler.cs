using MathNet.Numerics.Random;

namespace NeuralOde;

/// <summary>Draws minibatches of segments: windows of consecutive observations of a dataset's trajectories.</summary>
internal sealed class SegmentSampler
{
    private readonly (int Trajectory, int Start, int Length)[] _segments;
    private readonly TrajectoryDataset _data;
    private readonly Xoshiro256StarStar _random;
    private readonly bool _takesAll;

    /// <param name="data">The trajectories; those of a single observation give no segment.</param>
    /// <param name="segmentLength">Observations in a segment, or null for whole trajectories.</param>
    /// <param name="batchSize">Segments in a minibatch, or null for all.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="overlapping">Whether a segment may start at every observation, or only where the one before ended.</param>
    public SegmentSampler(TrajectoryDataset data, int? segmentLength, int? batchSize, int seed, bool overlapping = true)
    {
        _data = data;
        var segments = new List<(int, int, int)>();
        for (int trajectory = 0; trajectory < data.Count; trajectory++)
        {
            int observations = data[trajectory].Length;
            if (observations < 2)
                continue;
            int length = Math.Min(segmentLength ?? observations, observations);
            for (int start = 0; start + length <= observations; start += overlapping ? 1 : length - 1)
                segments.Add((trajectory, start, length));
        }

        if (segments.Count == 0)
            throw new ArgumentException("No trajectory of the data has two observations: there is nothing to learn from.", nameof(data));
        _segments = [.. segments];
        BatchSize = Math.Min(batchSize ?? _segments.Length, _segments.Length);
        _takesAll = BatchSize == _segments.Length;
        _random = new Xoshiro256StarStar(seed, threadSafe: false);
    }

    /// <summary>Segments in a minibatch.</summary>
    public int BatchSize { get; }

    public int SegmentCount => _segments.Length;

    /// <summary>A trajectory's part that the current minibatch has at a place.</summary>
    public Trajectory Trajectory(int sample) => _data[_segments[sample].Trajectory];

    public int Start(int sample) => _segments[sample].Start;

    public int Length(int sample) => _segments[sample].Length;

    /// <summary>Draws the next minibatch: the first places of a partial Fisher–Yates shuffle, which goes on from the last one's order.</summary>
    public void Next()
    {
        if (_takesAll)
            return;
        for (int i = 0; i < BatchSize; i++)
        {
            int j = _random.Next(i, _segments.Length);
            (_segments[i], _segments[j]) = (_segments[j], _segments[i]);
        }
    }
}
