namespace NeuralOde;

// Learned initial states.
public sealed partial class Trainer
{
    private StartGradient? _starts;

    /// <summary>
    /// The initial states learned so far, one for each segment, in the data's units; none before a run, or where they are not learned (<see cref="TrainingOptions.InitialStates"/>). After a run that
    /// kept the best parameters they are those of that time.
    /// </summary>
    public IReadOnlyList<LearnedStart> LearnedStarts =>
        _starts is { } starts && _state.Starts is { } table && table.Count == starts.Segments.Count ? starts.Segments.Read(table, Model.Standardization) : [];

    private (SegmentSampler Sampler, StartGradient? Starts) CreateSampler(TrajectoryDataset data, TrajectoryDataset inDataUnits, int[]? measured)
    {
        if (Options.InitialStates == InitialStates.Observed)
        {
            _unused = TrainingSegments.CountUnused(data);
            return (new SegmentSampler(data, Options.SegmentLength, Options.BatchSize, Options.Seed), null);
        }

        (int Trajectory, int Start, int Length)[] segments = TrainingSegments.FindWindows(data, Options.SegmentLength);
        var table = new StartTable(Options.Optimizer, Model.Dimension, segments.Length);
        table.Place(data, segments, measured ?? [.. Enumerable.Range(0, Model.Dimension)]);
        var sampler = new SegmentSampler(data, segments, Options.BatchSize, Options.Seed);
        return (sampler, new StartGradient(_state.Starts ?? table, sampler, new LearnedSegments(inDataUnits, segments), Options.ContinuityWeight));
    }

    private void UseStarts(StartGradient? starts)
    {
        _starts = starts;
        if (starts is null)
            return;
        // What an earlier run or a checkpoint has learned goes on.
        starts.Starts = _state.Starts ??= starts.Starts;
        int needed = ArrayLength.Of((1, "gradient"), (Model.Parameters.Length + starts.MostGradients, "parameters and starts"));
        if (_gradient.Length < needed)
            _gradient = new double[needed];
    }

    /// <summary>The gradient of the parameters with those of the minibatch's starts behind it: one vector to clip.</summary>
    private Span<double> WithStarts(Span<double> gradient)
    {
        if (_starts is null)
            return gradient;
        _starts.Gradients.CopyTo(_gradient.AsSpan(gradient.Length));
        return _gradient.AsSpan(0, gradient.Length + _starts.Gradients.Length);
    }

    private void MoveStarts(double learningRate)
    {
        int at = Model.Parameters.Length;
        for (int i = 0; i < (_starts?.Count ?? 0); i++, at += Model.Dimension)
            _starts!.Starts.Step(_starts.Touched[i], _gradient.AsSpan(at, Model.Dimension), learningRate);
    }
}
