namespace NeuralOde;

/// <summary>
/// One lock-step round: every sample's step with its own start, length and stages. A rejected or finished sample takes a
/// step of length zero, whose stages all lie at its present point.
/// </summary>
internal sealed class StepRound
{
    private readonly int _stateLength;
    private readonly int _rowLength;
    private readonly int _endStage;
    private readonly int _recordLength;
    private readonly double[] _times;
    private readonly ArraySegment<double> _states;
    private ArraySegment<double> _middleStates = ArraySegment<double>.Empty;
    private ArraySegment<double> _firstRecord = ArraySegment<double>.Empty;

    public StepRound(BatchLayout layout, int dimension, int stages, int endStage, int recordLength)
    {
        _stateLength = layout.Length(dimension);
        _rowLength = layout.RowLength;
        _endStage = endStage;
        _times = new double[layout.RowLengths(stages, "stages")];
        _states = AlignedMemory.Allocate<double>(layout.Length(dimension, stages, "stages"), isPinned: recordLength > 0);
        Steps = new double[_rowLength];
        StartTimes = new double[_rowLength];
        EndTimes = new double[_rowLength];
        FirstTimes = new double[_rowLength];
        LastTimes = new double[_rowLength];
        Records = new ArraySegment<double>[stages];
        Restarts = new double[_rowLength];
        _recordLength = recordLength;
        ArraySegment<double> block = AlignedMemory.Allocate<double>(ArrayLength.Of((stages - 1, "stages"), (recordLength, "numbers recorded of a batch")), isPinned: true);
        Records[0] = ArraySegment<double>.Empty;
        for (int i = 1; i < stages; i++)
            Records[i] = block.Slice((i - 1) * recordLength, recordLength);
    }

    /// <summary>Whether the vector field records in this round.</summary>
    public bool HasRecords => _recordLength > 0;

    /// <summary>Signed step of every sample, the unit of the interpolant's θ; 0 where the sample did not move.</summary>
    public double[] Steps { get; }

    /// <summary>Where every sample's step starts.</summary>
    public double[] StartTimes { get; }

    /// <summary>Where every sample's step ends: start + step, or earlier where an event cut it.</summary>
    public double[] EndTimes { get; }

    /// <summary>The first time at which the step evaluates the vector field: its start, or just behind it when that is a jump time.</summary>
    public double[] FirstTimes { get; }

    /// <summary>The last time at which the step evaluates the vector field: its end, or just before it when that is a jump time.</summary>
    public double[] LastTimes { get; }

    public Span<double> StartStates => States(0);

    public Span<double> EndStates => States(_endStage);

    /// <summary>States in the middle of the step, after <see cref="KeepMiddle"/>; the start where the sample did not move.</summary>
    public Span<double> MiddleStates => _middleStates;

    /// <summary>1 where the step starts behind a discontinuity, so that its first derivative is not the last one of the step before.</summary>
    public double[] Restarts { get; }

    /// <summary>Whether any sample's step starts behind a discontinuity.</summary>
    public bool HasRestarts { get; set; }

    /// <summary>
    /// What the vector field recorded at each stage; empty arrays when nothing is recorded. The first one is the last one of the round before, or
    /// the round's own (<see cref="SeparateFirstRecord"/>).
    /// </summary>
    public ArraySegment<double>[] Records { get; }

    /// <summary>The time at which the vector field was evaluated at a stage, for every sample.</summary>
    public Span<double> Times(int stage) => _times.AsSpan(stage * _rowLength, _rowLength);

    /// <summary>State of every sample at a stage, component-major.</summary>
    public Span<double> States(int stage) => _states.AsSpan(stage * _stateLength, _stateLength);

    /// <summary>Makes memory for the states in the middle, where there is none.</summary>
    public void KeepMiddle()
    {
        if (_middleStates.Count == 0)
            _middleStates = AlignedMemory.Allocate<double>(_stateLength, isPinned: true);
    }

    /// <summary>Gives the first stage a record of its own, with what was in the place of the last one of the round before.</summary>
    public void SeparateFirstRecord()
    {
        ArraySegment<double> shared = Records[0];
        if (shared == _firstRecord && shared.Count > 0)
            return;
        if (_firstRecord.Count == 0)
            _firstRecord = AlignedMemory.Allocate<double>(_recordLength, isPinned: true);
        shared.AsSpan().CopyTo(_firstRecord);
        Records[0] = _firstRecord;
    }

    /// <summary>Sets the times of a stage at a node: start + node · step, within the times that belong to the step.</summary>
    public Span<double> SetTimes(int stage, double node)
    {
        Span<double> times = Times(stage);
        if (times.Length == 1)
            times[0] = node == 0.0 ? FirstTimes[0] : node == 1.0 ? LastTimes[0] : double.MultiplyAddEstimate(node, Steps[0], StartTimes[0]);
        else if (node == 0.0)
            FirstTimes.CopyTo(times);
        else
            StageKernels.Widest.StageTimes(StartTimes, Steps, LastTimes, node, times);
        return times;
    }
}
