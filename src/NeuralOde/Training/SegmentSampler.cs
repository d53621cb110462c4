using System.Diagnostics.CodeAnalysis;
using MathNet.Numerics.Random;

namespace NeuralOde;

/// <summary>Draws minibatches of segments: windows of consecutive observations of a dataset's trajectories.</summary>
internal class SegmentSampler
{
    private readonly (int Trajectory, int Start, int Length)[] _segments;
    private readonly (int Trajectory, int Start, int Length)[] _minibatch;
    private readonly int[] _order;
    private readonly TrajectoryDataset _data;
    private readonly int _seed;
    private Xoshiro256StarStar _random;
    private int _draws;

    /// <param name="data">The trajectories, at least one of them of two observations; those of a single one give no segment.</param>
    /// <param name="segmentLength">Observations in a segment, or null for whole trajectories.</param>
    /// <param name="batchSize">Segments in a minibatch, or null for all.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="overlapping">
    /// Whether a segment may start at every observation, or only where the one before ended; then the last one may be shorter.
    /// </param>
    public SegmentSampler(TrajectoryDataset data, int? segmentLength, int? batchSize, int seed, bool overlapping = true)
        : this(data, TrainingSegments.Find(data, segmentLength, overlapping), batchSize, seed)
    {
    }

    /// <param name="data">The trajectories.</param>
    /// <param name="segments">The segments to draw from.</param>
    /// <param name="batchSize">Segments in a minibatch, or null for all.</param>
    /// <param name="seed">Seed of the draws.</param>
    public SegmentSampler(TrajectoryDataset data, (int Trajectory, int Start, int Length)[] segments, int? batchSize, int seed)
    {
        _data = data;
        IsWeighted = TrainingSegments.IsWeighted(data);
        _segments = segments;
        _minibatch = _segments[..Math.Min(batchSize ?? _segments.Length, _segments.Length)];
        _order = new int[_segments.Length];
        _seed = seed;
        Restart();
    }

    /// <summary>Whether the data have gaps or weights.</summary>
    public bool IsWeighted { get; }

    /// <summary>Segments in a minibatch.</summary>
    public int BatchSize => _minibatch.Length;

    /// <summary>The number of a segment of the present minibatch among all.</summary>
    public int Segment(int sample) => _order[sample];

    /// <summary>The number of the segment that starts where one of the present minibatch ends, or −1.</summary>
    public int Next(int sample)
    {
        int next = _order[sample] + 1;
        return next < _segments.Length && _segments[next].Trajectory == _minibatch[sample].Trajectory && _segments[next].Start == _minibatch[sample].Start + _minibatch[sample].Length - 1 ? next : -1;
    }

    /// <summary>The trajectory from which a segment of the present minibatch is.</summary>
    public Trajectory Trajectory(int sample) => _data[_minibatch[sample].Trajectory];

    /// <summary>The segment's first observation.</summary>
    public int Start(int sample) => _minibatch[sample].Start;

    /// <summary>The number of its observations.</summary>
    public int Length(int sample) => _minibatch[sample].Length;

    /// <summary>
    /// Draws the minibatch of an iteration, counted from 0: the same one however often it is asked for and in whatever order,
    /// so that neither a checkpoint nor a second enumeration needs the generator's state.
    /// </summary>
    public void Draw(int iteration)
    {
        if (_minibatch.Length == _segments.Length)
            return;
        if (_draws > iteration + 1)
            Restart();
        for (; _draws <= iteration; _draws++)
            Shuffle();
        for (int i = 0; i < _minibatch.Length; i++)
            _minibatch[i] = _segments[_order[i]];
    }

    /// <summary>Puts a segment at a place of the minibatch, for samplers that choose by other rules.</summary>
    protected void Place(int sample, int trajectory, int start, int length) => _minibatch[sample] = (trajectory, start, length);

    /// <summary>The first places of a partial Fisher–Yates shuffle, which goes on from the last one's order.</summary>
    private void Shuffle()
    {
        for (int i = 0; i < _minibatch.Length; i++)
        {
            int j = _random.Next(i, _order.Length);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }

    [MemberNotNull(nameof(_random))]
    private void Restart()
    {
        _random = new Xoshiro256StarStar(_seed, threadSafe: false);
        _draws = 0;
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
    }
}
