namespace NeuralOde;

/// <summary>What is kept of the trajectories in the lanes: states at output times, or every step.</summary>
internal sealed class LaneOutputs<TField>
    where TField : struct, ILaneField
{
    private readonly LaneBatch _batch;
    private readonly LaneMemory<TField> _memory;
    private readonly Interpolant _interpolant;
    private readonly int _dimension;
    private readonly double[] _weights;
    private readonly double[][] _times;
    private readonly double[][] _states;
    private readonly int[] _reached;
    private readonly DenseTrajectory[] _steps;

    public LaneOutputs(LaneBatch batch, LaneMemory<TField> memory, Interpolant interpolant, int lanes)
    {
        _batch = batch;
        _memory = memory;
        _interpolant = interpolant;
        _dimension = batch.Field.Dimension;
        _weights = new double[interpolant.Rows];
        _times = new double[lanes][];
        _states = new double[lanes][];
        _reached = new int[lanes];
        KeepsSteps = batch.Options.DenseOutput || batch.Options.Output == OdeOutput.Steps;
        _steps = new DenseTrajectory[KeepsSteps ? lanes : 0];
    }

    /// <summary>Whether every accepted step is kept.</summary>
    public bool KeepsSteps { get; }

    /// <summary>Makes a lane begin.</summary>
    public void Begin(int lane, double[] times, double[] state, double first)
    {
        if (KeepsSteps)
        {
            _steps[lane] = new DenseTrajectory(_dimension, _interpolant, _batch.Options.DenseOutput);
            _steps[lane].Begin(first, state, new BatchLayout(1), sample: 0);
        }

        _times[lane] = _batch.Options.Output == OdeOutput.Times ? times : [];
        _states[lane] = _times[lane].Length == 0 ? [] : new double[ArrayLength.Of((_times[lane].Length, "output times"), (_dimension, "components"))];
        _reached[lane] = 0;
        while (_reached[lane] < _times[lane].Length && times[_reached[lane]] == first)
            state.CopyTo(_states[lane], _reached[lane]++ * _dimension);
        SetNext(lane, times[^1] >= first ? double.PositiveInfinity : double.NegativeInfinity);
    }

    /// <summary>Makes a lane what another is.</summary>
    public void Move(int from, int to)
    {
        (_times[to], _states[to], _reached[to]) = (_times[from], _states[from], _reached[from]);
        if (KeepsSteps)
            _steps[to] = _steps[from];
    }

    /// <summary>Keeps an accepted step.</summary>
    public void RecordStep(int lane)
    {
        Span<double> slopes = _steps[lane].Add(_memory.Number(lane, LaneRow.End), _memory.Number(lane, LaneRow.Step), out Span<double> endState);
        CopyEnd(lane, endState);
        for (int at = 0, stage = 0; at < slopes.Length; at += _dimension, stage++)
        {
            for (int i = 0; i < _dimension; i++)
                slopes[at + i] = _memory.Slope(lane, stage, i);
        }
    }

    /// <summary>The outputs up to the end of an accepted step.</summary>
    public void Record(int lane)
    {
        double[] times = _times[lane];
        double start = _memory.Number(lane, LaneRow.Time), end = _memory.Number(lane, LaneRow.End), step = _memory.Number(lane, LaneRow.Step);
        for (; _reached[lane] < times.Length && (times[_reached[lane]] - end) * Math.Sign(step) <= 0.0; _reached[lane]++)
        {
            double time = times[_reached[lane]];
            Span<double> output = _states[lane].AsSpan(_reached[lane] * _dimension, _dimension);
            if (time == end)
                CopyEnd(lane, output);
            else
                Interpolate(lane, (time - start) / step, step, output);
        }

        SetNext(lane, step > 0.0 ? double.PositiveInfinity : double.NegativeInfinity);
    }

    /// <summary>The solution of a lane that has ended.</summary>
    public OdeSolution Extract(int lane, double finalTime, double[] finalState, OdeStatus status, OdeFailure? failure, OdeStatistics statistics, OdeContinuation continuation)
    {
        DenseTrajectory? steps = KeepsSteps ? _steps[lane] : null;
        int reached = _reached[lane];
        (double[] times, double[] states) = _batch.Options.Output switch
        {
            OdeOutput.Steps => (steps!.Times.ToArray(), steps.CopyStates()),
            OdeOutput.End => failure is null ? ([finalTime], finalState) : ([], []),
            _ => (_times[lane][..reached], reached == _times[lane].Length ? _states[lane] : _states[lane][..(reached * _dimension)]),
        };
        return new OdeSolution(_dimension, times, states, finalTime, finalState, status, failure, statistics, _batch.Options.DenseOutput ? steps : null, continuation: continuation,
            output: _batch.Options.Output);
    }

    private void CopyEnd(int lane, Span<double> state)
    {
        for (int i = 0; i < state.Length; i++)
            state[i] = _memory.Stage(lane, i);
    }

    private void Interpolate(int lane, double theta, double step, Span<double> state)
    {
        _interpolant.Weights(theta, _weights);
        for (int i = 0; i < state.Length; i++)
        {
            double sum = 0.0;
            for (int stage = 0; stage < _weights.Length; stage++)
                sum += _weights[stage] * _memory.Slope(lane, stage, i);
            state[i] = _memory.Start(lane, i) + step * sum;
        }
    }

    /// <summary>Sets the output time to come, or that none does.</summary>
    private void SetNext(int lane, double never) =>
        _memory.Number(lane, LaneRow.NextOutput) = _reached[lane] < _times[lane].Length ? _times[lane][_reached[lane]] : never;
}
