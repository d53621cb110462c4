namespace NeuralOde;

/// <summary>The loss of solutions over all segments of the data at once, over the parameters and, where a stage learns them, the states at the segments' starts.</summary>
/// <remarks>Starts that are learned make this multiple shooting: H. G. Bock, in Modelling of Chemical Reaction Systems (1981), doi:10.1007/978-3-642-68220-9_8, with joints as a penalty.</remarks>
internal sealed class PlanSegmentObjective : IPlanObjective
{
    private readonly TrainableVectorField _field;
    private readonly GradientEngine _engine;
    private readonly SampleInputs? _inputs;
    private readonly TrajectoryDataset _data;
    private readonly (int Trajectory, int Start, int Length)[] _segments;
    private readonly Loss _loss;
    private readonly OutputGrid _grid;
    private readonly double[] _initialStates, _predictions, _targets, _weights, _cotangents;
    private readonly bool _learnsStarts;
    private readonly double _prior, _joint;
    private double[] _outputCotangents = [];

    /// <param name="model">The model.</param>
    /// <param name="solver">How to solve, in standardized time.</param>
    /// <param name="data">Standardized data.</param>
    /// <param name="stage">Windows, weights and what is learned.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="priorVariance">What a prior of precision 1 weighs.</param>
    public PlanSegmentObjective(NeuralOdeModel model, OdeSolverOptions solver, TrajectoryDataset data, TrainingStage stage, Loss loss, double priorVariance)
    {
        _segments = TrainingSegments.Find(data, stage.SegmentLength, overlapping: false);
        int count = _segments.Length, dimension = model.Dimension;
        _field = model.Field;
        _inputs = model.InputDimension == 0 ? null : SampleInputs.Slots(model.InputDimension, count);
        _engine = model.CreateEngine(count, _inputs, solver);
        _engine.MeasuresErrors = false;
        (_data, _loss, _learnsStarts) = (data, loss, stage.LearnsStarts);
        _grid = new OutputGrid(count);
        _initialStates = new double[_engine.StateLength];
        long observations = _segments.Sum(segment => (long)segment.Length);
        int length = observations * dimension <= ArrayLength.Max ? (int)observations * dimension
            : throw ArrayLength.TooLong(observations * dimension, $"{observations} observations × {dimension} components");
        (_predictions, _targets, _cotangents) = (new double[length], new double[length], new double[length]);
        _weights = new double[TrainingSegments.IsWeighted(data) || loss.NeedsWeights || stage.ComponentWeights.Count > 0 ? length : 0];
        _prior = stage.Prior * priorVariance / length;
        _joint = stage.Continuity / length;
        for (int segment = 0; segment < count; segment++)
        {
            _inputs?.Set(segment, data[_segments[segment].Trajectory].Input!);
        }

        FillWeights(stage);
    }

    public int Length => _field.ParameterCount + (_learnsStarts ? _segments.Length * _engine.Dimension : 0);

    public OdeFailure? Failure { get; private set; }

    /// <summary>The part of the last value that compares with the data.</summary>
    public double DataLoss { get; private set; }

    public OdeStatistics ForwardStatistics => _engine.ForwardStatistics;

    public OdeStatistics BackwardStatistics => _engine.BackwardStatistics;

    public IReadOnlyList<(int Trajectory, int Start, int Length)> Segments => _segments;

    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, CancellationToken cancellationToken)
    {
        int parameters = _field.ParameterCount;
        point[..parameters].CopyTo(_field.Parameters);
        gradient.Clear();
        DataLoss = double.NaN;
        Load(point[parameters..]);
        Failure = _engine.Solve(_grid, _initialStates, out _, cancellationToken);
        if (Failure is not null)
            return double.NaN;
        GatherOutputs();
        double value = _weights.Length == 0
            ? _loss.Evaluate(_predictions, _targets, _cotangents)
            : _loss.EvaluateWeighted(_predictions, _targets, _weights, _cotangents);
        DataLoss = value;
        ScatterCotangents();
        if (_joint > 0.0)
            value += AddJoints(point[parameters..], gradient[parameters..]);
        if (!double.IsFinite(value))
        {
            Failure = new OdeFailure { Status = OdeStatus.NonFiniteLoss, Time = double.NaN };
            return double.NaN;
        }

        Failure = _engine.Backward(_outputCotangents.AsSpan(0, _engine.Outputs.Length), gradient[..parameters], withTimes: false, out _, cancellationToken);
        if (Failure is not null)
            return double.NaN;
        if (_learnsStarts)
            AddStartGradient(gradient[parameters..]);
        return value + PlanPrior.Add(_prior, point[..parameters], gradient[..parameters]);
    }

    private void FillWeights(TrainingStage stage)
    {
        for (int at = 0, segment = 0; _weights.Length > 0 && segment < _segments.Length; segment++)
        {
            (int index, int start, int count) = _segments[segment];
            Trajectory trajectory = _data[index];
            for (int i = start * _engine.Dimension; i < (start + count) * _engine.Dimension; i++, at++)
            {
                double component = stage.ComponentWeights.Count == 0 ? 1.0 : stage.ComponentWeights[i % _engine.Dimension];
                _weights[at] = double.IsNaN(trajectory.States[i]) ? 0.0 : component * (trajectory.Weights.IsEmpty ? 1.0 : trajectory.Weights[i]);
            }
        }
    }

    private void Load(ReadOnlySpan<double> starts)
    {
        _grid.Clear();
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            (int index, int start, int count) = _segments[segment];
            _grid.Set(segment, _data[index].Times.Slice(start, count));
            ReadOnlySpan<double> state = _learnsStarts ? starts.Slice(segment * _engine.Dimension, _engine.Dimension) : _data[index].StateAt(start);
            _engine.Layout.Scatter(state, segment, _initialStates);
        }
    }

    /// <summary>Lays predictions and targets out alike; where nothing was observed the target is the prediction, so that no NaN spreads.</summary>
    private void GatherOutputs()
    {
        int at = 0, dimension = _engine.Dimension;
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            (int index, int start, int count) = _segments[segment];
            _data[index].States.Slice(start * dimension, count * dimension).CopyTo(_targets.AsSpan(at));
            for (int output = 0; output < count; output++, at += dimension)
                _engine.Layout.Gather(_engine.Outputs.Slice(output * _engine.StateLength, _engine.StateLength), segment, _predictions.AsSpan(at, dimension));
        }

        for (int i = 0; i < _weights.Length; i++)
        {
            if (double.IsNaN(_targets[i]))
                _targets[i] = _predictions[i];
        }
    }

    private void ScatterCotangents()
    {
        int length = _engine.Outputs.Length;
        if (_outputCotangents.Length < length)
            _outputCotangents = new double[length];
        _outputCotangents.AsSpan().Clear();
        int at = 0;
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            for (int output = 0; output < _segments[segment].Length; output++, at += _engine.Dimension)
                _engine.Layout.Scatter(_cotangents.AsSpan(at, _engine.Dimension), segment, _outputCotangents.AsSpan(output * _engine.StateLength, _engine.StateLength));
        }
    }

    /// <summary>Adds the squared jumps where one segment ends and the next starts.</summary>
    private double AddJoints(ReadOnlySpan<double> starts, Span<double> startGradient)
    {
        double value = 0.0;
        for (int segment = 0; segment + 1 < _segments.Length; segment++)
        {
            if (!IsJoined(segment))
                continue;
            int output = (_segments[segment].Length - 1) * _engine.StateLength;
            for (int c = 0; c < _engine.Dimension; c++)
            {
                int end = output + _engine.Layout.Index(c, segment), next = (segment + 1) * _engine.Dimension + c;
                double jump = _engine.Outputs[end] - starts[next];
                value += _joint * jump * jump;
                _outputCotangents[end] += 2.0 * _joint * jump;
                startGradient[next] -= 2.0 * _joint * jump;
            }
        }

        return value;
    }

    private bool IsJoined(int segment)
    {
        (int trajectory, int start, int length) = _segments[segment];
        return _segments[segment + 1].Trajectory == trajectory && _segments[segment + 1].Start == start + length - 1;
    }

    private void AddStartGradient(Span<double> startGradient)
    {
        for (int segment = 0; segment < _segments.Length; segment++)
        {
            for (int c = 0; c < _engine.Dimension; c++)
                startGradient[segment * _engine.Dimension + c] += _engine.InitialStateGradient[_engine.Layout.Index(c, segment)];
        }
    }
}
