namespace NeuralOde;

/// <summary>
/// What a minibatch says about learned starts: dL/dz0 of its segments, and the mean squared distance between the end of a segment and the start of the next one, times a weight, which belongs to the loss.
/// </summary>
/// <remarks>Without it nothing would hold the hidden components of neighbouring segments together, nor keep segments from fitting noise.</remarks>
internal sealed class StartGradient
{
    private StartTable _starts;
    private readonly SegmentSampler _sampler;
    private readonly double _weight;
    private readonly int[] _place;
    private readonly int[] _touched;
    private readonly double[] _gradients;
    private readonly double[] _distances;
    private readonly double[] _state;
    private int _links;

    /// <param name="starts">The starts of all segments.</param>
    /// <param name="sampler">Draws from the segments.</param>
    /// <param name="segments">The segments.</param>
    /// <param name="continuityWeight">The weight of the continuity.</param>
    /// <exception cref="ArgumentException">There are more or fewer starts than segments.</exception>
    public StartGradient(StartTable starts, SegmentSampler sampler, LearnedSegments segments, double continuityWeight)
    {
        Segments = segments;
        _starts = starts;
        Starts = starts;
        _sampler = sampler;
        _weight = continuityWeight;
        _place = new int[starts.Count];
        _place.AsSpan().Fill(-1);
        // The starts of the segments, and those of the next ones.
        _touched = new int[Math.Min((long)starts.Count, 2L * sampler.BatchSize)];
        _gradients = new double[ArrayLength.Of((_touched.Length, "starts"), (starts.Dimension, "components"))];
        _distances = new double[ArrayLength.Of((sampler.BatchSize, "segments"), (starts.Dimension, "components"))];
        _state = new double[starts.Dimension];
    }

    public LearnedSegments Segments { get; }

    public StartTable Starts
    {
        get => _starts;
        set => _starts = value.Count == Segments.Count ? value : throw new ArgumentException($"There are {value.Count} learned starts, but the data have {Segments.Count} segments.", nameof(value));
    }

    /// <summary>The numbers of the starts that have a gradient.</summary>
    public ReadOnlySpan<int> Touched => _touched.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>The most numbers that <see cref="Gradients"/> may be.</summary>
    public int MostGradients => _gradients.Length;

    /// <summary>The gradients of <see cref="Touched"/>, one after the other.</summary>
    public Span<double> Gradients => _gradients.AsSpan(0, Count * _starts.Dimension);

    /// <summary>After a solve: the continuity's part of the loss.</summary>
    public double MeasureContinuity(GradientEngine engine)
    {
        _links = 0;
        double squares = 0.0;
        for (int sample = 0; sample < _sampler.BatchSize && _weight > 0.0; sample++)
        {
            if (_sampler.Next(sample) is not (int next and >= 0))
                continue;
            _links++;
            int last = _sampler.Length(sample) - 1;
            Span<double> distance = _distances.AsSpan(sample * _starts.Dimension, _starts.Dimension);
            engine.Layout.Gather(engine.Outputs.Slice(last * engine.StateLength, engine.StateLength), sample, distance);
            ReadOnlySpan<double> start = _starts.Start(next);
            for (int i = 0; i < distance.Length; i++)
            {
                distance[i] -= start[i];
                squares += distance[i] * distance[i];
            }
        }

        return _links == 0 ? 0.0 : _weight * squares / ((double)_links * _starts.Dimension);
    }

    /// <summary>Adds the continuity's cotangents on the segments' last outputs.</summary>
    public void AddCotangents(GradientEngine engine, Span<double> cotangents)
    {
        for (int sample = 0; sample < _sampler.BatchSize && _links > 0; sample++)
        {
            if (_sampler.Next(sample) < 0)
                continue;
            int last = _sampler.Length(sample) - 1;
            for (int i = 0; i < _starts.Dimension; i++)
                cotangents[last * engine.StateLength + engine.Layout.Index(i, sample)] += Slope(sample, i);
        }
    }

    /// <summary>After the backward pass, sums the gradients of all starts that the minibatch has to do with.</summary>
    public void Collect(GradientEngine engine)
    {
        foreach (int start in Touched)
            _place[start] = -1;
        Count = 0;
        for (int sample = 0; sample < _sampler.BatchSize; sample++)
        {
            engine.Layout.Gather(engine.InitialStateGradient, sample, _state);
            Span<double> gradient = GradientOf(_sampler.Segment(sample));
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] += _state[i];
            if (_links == 0 || _sampler.Next(sample) is not (int next and >= 0))
                continue;
            gradient = GradientOf(next);
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] -= Slope(sample, i);
        }
    }

    private double Slope(int sample, int component) => 2.0 * _weight / ((double)_links * _starts.Dimension) * _distances[sample * _starts.Dimension + component];

    private Span<double> GradientOf(int start)
    {
        if (_place[start] < 0)
        {
            _place[start] = Count;
            _touched[Count] = start;
            _gradients.AsSpan(Count * _starts.Dimension, _starts.Dimension).Clear();
            Count++;
        }

        return _gradients.AsSpan(_place[start] * _starts.Dimension, _starts.Dimension);
    }
}
