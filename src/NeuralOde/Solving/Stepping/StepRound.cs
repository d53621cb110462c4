namespace NeuralOde;

/// <summary>
/// One lock-step round: every sample's step with its own start, length and stages. A rejected or finished sample takes a
/// step of length zero, whose stages all lie at its present point.
/// </summary>
internal sealed class StepRound
{
    private readonly int _stateLength;
    private readonly int _rowLength;
    private readonly double[] _times;
    private readonly double[] _states;

    public StepRound(BatchLayout layout, int dimension, int stages, int recordLength)
    {
        _stateLength = layout.Length(dimension);
        _rowLength = layout.RowLength;
        _times = new double[stages * _rowLength];
        _states = new double[stages * _stateLength];
        Steps = new double[_rowLength];
        Records = new double[stages][];
        for (int i = 0; i < stages; i++)
            Records[i] = recordLength == 0 ? [] : new double[recordLength];
    }

    /// <summary>Signed step of every sample; 0 where the sample did not move.</summary>
    public double[] Steps { get; }

    /// <summary>What the vector field recorded at each stage; empty arrays when nothing is recorded.</summary>
    public double[][] Records { get; }

    /// <summary>Time of every sample at a stage. Stage 0 is the start of the step, the last stage its end.</summary>
    public Span<double> Times(int stage) => _times.AsSpan(stage * _rowLength, _rowLength);

    /// <summary>State of every sample at a stage, component-major.</summary>
    public Span<double> States(int stage) => _states.AsSpan(stage * _stateLength, _stateLength);
}
