namespace NeuralOde;

/// <summary>Collects a solve's outputs: from the interpolant, or from the steps themselves when they land on the output times.</summary>
internal sealed class OutputRecorder : IntegrationObserver
{
    /// <summary>The round of an output at the initial time.</summary>
    public const int AtStart = -1;

    private readonly BatchLayout _layout;
    private readonly int _dimension;
    private readonly int _stateLength;
    private readonly Interpolant _interpolant;
    private readonly bool _stepsToOutputs;
    private readonly InterpolationKernels _kernels;
    private readonly double[] _weights;
    private readonly double[] _wantedThetas;
    private readonly double[] _interpolated;
    private readonly int[] _reached;
    private readonly bool[] _hasStop;
    private readonly DenseTrajectory[]? _dense;
    private readonly bool _isDense;
    private readonly bool _wantsTimes;
    private readonly StepObserver? _stepObserver;
    private readonly Standardization? _standardization;
    private readonly int _firstSample;
    private readonly double[] _observedState;
    private OutputGrid _grid;
    private double[] _outputs = [];
    private int[] _rounds = [];
    private double[] _thetas = [];
    private int _round;

    /// <param name="layout">The batch.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="interpolant">The method's dense output.</param>
    /// <param name="standardization">What gives states the units that a step observer sees.</param>
    /// <param name="firstSample">The number, to a step observer, of the first sample.</param>
    public OutputRecorder(BatchLayout layout, int dimension, OdeSolverOptions options, Interpolant interpolant, Standardization? standardization = null, int firstSample = 0)
    {
        _layout = layout;
        _dimension = dimension;
        _stateLength = layout.Length(dimension);
        _interpolant = interpolant;
        _stepsToOutputs = options.StepToOutputTimes;
        _kernels = InterpolationKernels.For(layout);
        _weights = new double[layout.RowLengths(interpolant.Rows, "slopes")];
        _wantedThetas = new double[layout.RowLength];
        _wantedThetas.AsSpan().Fill(double.NaN);
        _interpolated = new double[_stateLength];
        _reached = new int[layout.Samples];
        _hasStop = new bool[layout.Samples];
        _grid = new OutputGrid(layout.Samples);
        _isDense = options.DenseOutput;
        _wantsTimes = options.Output is not (OdeOutput.End or OdeOutput.Steps);
        _stepObserver = options.StepObserver;
        _standardization = standardization;
        _firstSample = firstSample;
        _observedState = new double[_stepObserver is null ? 0 : dimension];
        if (_isDense || options.Output == OdeOutput.Steps)
        {
            _dense = new DenseTrajectory[layout.Samples];
            for (int sample = 0; sample < layout.Samples; sample++)
                _dense[sample] = new DenseTrajectory(dimension, interpolant, _isDense);
        }
    }

    /// <summary>Every output, one component-major batch after the other; outputs not reached are 0.</summary>
    public ReadOnlySpan<double> Outputs => _outputs.AsSpan(0, _grid.MaxCount * _stateLength);

    public OutputGrid Grid => _grid;

    /// <summary>Whether rounds keep the states in the middle of their steps.</summary>
    public bool KeepsMiddles { get; set; }

    /// <summary>How many of a sample's outputs were reached.</summary>
    public int Reached(int sample) => _reached[sample];

    /// <summary>The round in which an output lies, or <see cref="AtStart"/>.</summary>
    public int Round(int sample, int output) => _rounds[_grid.Index(sample, output)];

    /// <summary>Where in its round's step an output lies, in [0, 1]; 1 is the step's end itself.</summary>
    public double Theta(int sample, int output) => _thetas[_grid.Index(sample, output)];

    /// <summary>The steps of a sample, if they are kept.</summary>
    public DenseTrajectory? Steps(int sample) => _dense?[sample];

    /// <summary>The steps of a sample, if they are kept so that the solution can be evaluated between them.</summary>
    public DenseTrajectory? Dense(int sample) => _isDense ? _dense![sample] : null;

    /// <summary>Prepares for a solve over these output times.</summary>
    public void Reset(OutputGrid grid)
    {
        _grid = grid;
        int places = grid.Places;
        int length = _layout.Length(_dimension, grid.MaxCount, "output times");
        if (_rounds.Length < places)
        {
            _rounds = new int[places];
            _thetas = new double[places];
        }

        if (_outputs.Length < length)
            _outputs = new double[length];
        _outputs.AsSpan().Clear();
        _reached.AsSpan().Clear();
        _hasStop.AsSpan().Clear();
        _round = 0;
    }

    public override void Begin(ReadOnlySpan<double> times, ReadOnlySpan<double> states)
    {
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            _dense?[sample].Begin(times[sample], states, _layout, sample);
            while (_reached[sample] < _grid.Count(sample) && _grid.Time(sample, _reached[sample]) == times[sample])
                Record(sample, AtStart, 1.0, states);
        }
    }

    public override double NextStop(int sample)
    {
        if (_stepsToOutputs)
            return _reached[sample] < _grid.Count(sample) ? _grid.Time(sample, _reached[sample]) : double.NaN;
        if (_hasStop[sample])
            return double.NaN;
        _hasStop[sample] = true;
        return _reached[sample] < _grid.Count(sample) ? _grid.Last(sample) : double.NaN;
    }

    public override bool WantsInterior(int sample, StepRound round)
    {
        if (_isDense)
            return true;
        double end = round.EndTimes[sample];
        return _wantsTimes && _reached[sample] < _grid.Count(sample) && (_grid.Time(sample, _reached[sample]) - end) * Math.Sign(round.Steps[sample]) < 0.0;
    }

    public override void RoundCompleted(StepRound round, ReadOnlySpan<double> slopes)
    {
        double[] starts = round.StartTimes, ends = round.EndTimes;
        ReadOnlySpan<double> endStates = round.EndStates;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            double step = round.Steps[sample];
            if (step == 0.0)
                continue;
            _dense?[sample].Add(ends[sample], step, endStates, slopes, _layout, sample);
            if (_stepObserver is not null)
                Show(_stepObserver, sample, starts[sample], ends[sample], endStates);
        }

        if (KeepsMiddles)
            KeepMiddles(round, slopes);
        while (FindOutputs(round))
            Interpolate(round, slopes);
        _round++;
    }

    /// <summary>Outputs at the very time of a change are of the state after it.</summary>
    public override void StateChanged(int sample, double time, ReadOnlySpan<double> states)
    {
        _dense?[sample].Jump(time, states, _layout, sample);
        for (int output = _reached[sample] - 1; output >= 0 && _grid.Time(sample, output) == time; output--)
            Copy(sample, output, states);
    }

    private void Show(StepObserver observer, int sample, double start, double end, ReadOnlySpan<double> states)
    {
        _layout.Gather(states, sample, _observedState);
        if (_standardization is not null)
        {
            _standardization.Invert(_observedState, _observedState);
            (start, end) = (_standardization.FromStandardTime(start), _standardization.FromStandardTime(end));
        }

        observer(new OdeStep(_firstSample + sample, start, end, _observedState));
    }

    /// <summary>Interpolates the states in the middle of the step.</summary>
    private void KeepMiddles(StepRound round, ReadOnlySpan<double> slopes)
    {
        round.KeepMiddle();
        for (int i = 0; i < _wantedThetas.Length; i++)
            _wantedThetas[i] = round.Steps[i] == 0.0 ? double.NaN : 0.5;
        _interpolant.Weights(_layout, _wantedThetas, _weights);
        _kernels.Interpolate(_layout, _dimension, round.StartStates, round.Steps, _wantedThetas, _weights, slopes, _interpolated);
        _wantedThetas.AsSpan().Fill(double.NaN);
        round.StartStates.CopyTo(round.MiddleStates);
        StageKernels.Widest.Select(_layout, _dimension, round.Steps, _interpolated, round.MiddleStates);
    }

    /// <summary>Records outputs at the end of steps, and finds, for every sample, θ of its next output inside its step, or NaN. Returns whether there is any.</summary>
    private bool FindOutputs(StepRound round)
    {
        bool isAny = false;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            _wantedThetas[sample] = double.NaN;
            double step = round.Steps[sample];
            while (step != 0.0 && _reached[sample] < _grid.Count(sample))
            {
                double time = _grid.Time(sample, _reached[sample]), ahead = time - round.EndTimes[sample];
                if (step < 0.0)
                    ahead = -ahead;
                if (ahead > 0.0)
                    break;
                if (ahead < 0.0)
                {
                    _wantedThetas[sample] = (time - round.StartTimes[sample]) / step;
                    isAny = true;
                    break;
                }

                Record(sample, _round, 1.0, round.EndStates);
            }
        }

        return isAny;
    }

    /// <summary>Records one output each of the samples that have one inside their step, all at once.</summary>
    private void Interpolate(StepRound round, ReadOnlySpan<double> slopes)
    {
        _interpolant.Weights(_layout, _wantedThetas, _weights);
        _kernels.Interpolate(_layout, _dimension, round.StartStates, round.Steps, _wantedThetas, _weights, slopes, _interpolated);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (!double.IsNaN(_wantedThetas[sample]))
                Record(sample, _round, _wantedThetas[sample], _interpolated);
        }
    }

    private void Record(int sample, int round, double theta, ReadOnlySpan<double> states)
    {
        Copy(sample, _reached[sample], states);
        Locate(sample, round, theta);
    }

    private void Copy(int sample, int output, ReadOnlySpan<double> states)
    {
        Span<double> destination = _outputs.AsSpan(output * _stateLength, _stateLength);
        for (int i = 0; i < _dimension; i++)
            destination[_layout.Index(i, sample)] = states[_layout.Index(i, sample)];
    }

    private void Locate(int sample, int round, double theta)
    {
        int index = _grid.Index(sample, _reached[sample]++);
        _rounds[index] = round;
        _thetas[index] = theta;
    }
}
