namespace NeuralOde;

/// <summary>A minibatch with its solve, its loss and its gradient: all memory of a training iteration, made once.</summary>
internal sealed class Minibatch
{
    /// <summary>Iterations from one whose gradient's error is measured to the next.</summary>
    private const int MeasuringInterval = 256;

    private readonly GradientEngine _engine;
    private readonly SampleInputs? _inputs;
    private readonly SegmentSampler _sampler;
    private readonly Loss _loss;
    private readonly OutputGrid _grid;
    private readonly double[] _initialStates;
    private readonly RefinementLoop _refinement;
    private readonly bool _controlsError;
    private readonly bool _isWeighted;
    private readonly StartGradient? _starts;
    private readonly int[]? _measured;
    private readonly int _dataDimension;
    private readonly double[] _state;
    private double[] _predictions = [];
    private double[] _targets = [];
    private double[] _weights = [];
    private double[] _cotangents = [];
    private double[] _outputCotangents = [];

    /// <param name="model">The model.</param>
    /// <param name="sampler">Says which segments it is of.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="starts">Learned starts of the segments; null where they start at their first observation.</param>
    /// <param name="measured">Components of the state that the data are of; null where these are all, in order.</param>
    /// <param name="solver">How to solve, in standardized time; null for the model's.</param>
    public Minibatch(NeuralOdeModel model, SegmentSampler sampler, Loss loss, StartGradient? starts = null, int[]? measured = null, OdeSolverOptions? solver = null)
    {
        _starts = starts;
        _measured = measured;
        _dataDimension = measured?.Length ?? model.Dimension;
        _state = new double[model.Dimension];
        _inputs = model.InputDimension == 0 ? null : SampleInputs.Slots(model.InputDimension, sampler.BatchSize);
        _engine = model.CreateEngine(sampler.BatchSize, _inputs, solver);
        _sampler = sampler;
        _loss = loss;
        _isWeighted = sampler.IsWeighted || loss.NeedsWeights;
        _grid = new OutputGrid(sampler.BatchSize);
        _initialStates = new double[_engine.StateLength];
        StepRefinement refinement = model.Gradient.CreateRefinement(solver ?? model.StandardSolver);
        _refinement = new RefinementLoop(refinement, isShared: true);
        _controlsError = model.Gradient.ControlsError && refinement.IsPossible;
    }

    /// <summary>The learned starts of the segments, or null.</summary>
    public StartGradient? Starts => _starts;

    public OdeStatistics ForwardStatistics => _engine.ForwardStatistics;

    public OdeStatistics BackwardStatistics { get; private set; }

    /// <summary>Solves the sampler's present minibatch and evaluates the loss; NaN after a failed solve. A loss that is not finite is a failure too.</summary>
    public OdeFailure? Forward(out double loss, CancellationToken cancellationToken)
    {
        BackwardStatistics = default;
        LoadSegments();
        loss = double.NaN;
        if (_engine.Solve(_grid, _initialStates, out _, cancellationToken) is { } failure)
            return failure;
        int count = GatherOutputs();
        loss = _isWeighted
            ? _loss.EvaluateWeighted(_predictions.AsSpan(0, count), _targets.AsSpan(0, count), _weights.AsSpan(0, count), _cotangents.AsSpan(0, count))
            : _loss.Evaluate(_predictions.AsSpan(0, count), _targets.AsSpan(0, count), _cotangents.AsSpan(0, count));
        if (_starts is not null)
            loss += _starts.MeasureContinuity(_engine);
        return double.IsFinite(loss) ? null : new OdeFailure { Status = OdeStatus.NonFiniteLoss, Time = double.NaN };
    }

    /// <summary>Solves the present minibatch, evaluates the loss and fills in dL/dθ; now and then sees whether the steps are short enough for it, and shortens them until they are.</summary>
    /// <param name="gradient">Receives dL/dθ.</param>
    /// <param name="state">Says which iteration it is, and how long steps may be; is told of shorter ones.</param>
    /// <param name="loss">The loss; NaN after a failed solve.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    public OdeFailure? Differentiate(Span<double> gradient, TrainingState state, out double loss, CancellationToken cancellationToken)
    {
        _engine.MeasuresErrors = _controlsError && state.Iteration % MeasuringInterval == 0;
        _refinement.Begin(_engine, state.StepLimit);
        OdeFailure? failure;
        int failedSample = 0;
        do
        {
            failure = Forward(out loss, cancellationToken) ?? Backward(gradient, cancellationToken);
        }
        while (_refinement.GoesOn(_engine, ref failure, ref failedSample));
        if (failure is null)
        {
            state.Refinements += _refinement.Refinements;
            state.StepLimit = _refinement.Limit;
        }

        return failure;
    }

    /// <summary>Fills in dL/dθ after <see cref="Forward"/>.</summary>
    public OdeFailure? Backward(Span<double> gradient, CancellationToken cancellationToken)
    {
        int length = _engine.Outputs.Length;
        if (_outputCotangents.Length < length)
            _outputCotangents = new double[length];
        _outputCotangents.AsSpan().Clear();
        int at = 0;
        for (int sample = 0; sample < _sampler.BatchSize; sample++)
        {
            for (int output = 0; output < _grid.Count(sample); output++, at += _dataDimension)
                ScatterMeasured(_cotangents.AsSpan(at, _dataDimension), sample, _outputCotangents.AsSpan(output * _engine.StateLength, _engine.StateLength));
        }

        _starts?.AddCotangents(_engine, _outputCotangents);
        OdeFailure? failure = _engine.Backward(_outputCotangents.AsSpan(0, length), gradient, withTimes: false, out _, cancellationToken);
        BackwardStatistics = _engine.BackwardStatistics;
        _starts?.Collect(_engine);
        return failure;
    }

    private void LoadSegments()
    {
        _grid.Clear();
        for (int sample = 0; sample < _sampler.BatchSize; sample++)
        {
            Trajectory trajectory = _sampler.Trajectory(sample);
            _grid.Set(sample, trajectory.Times.Slice(_sampler.Start(sample), _sampler.Length(sample)));
            if (_starts is not null)
                _engine.Layout.Scatter(_starts.Starts.Start(_sampler.Segment(sample)), sample, _initialStates);
            else
                ScatterMeasured(trajectory.StateAt(_sampler.Start(sample)), sample, _initialStates);
            _inputs?.Set(sample, trajectory.Input!);
        }
    }

    /// <summary>Lays predictions and targets out alike, segment after segment, for the loss.</summary>
    private int GatherOutputs()
    {
        long observations = 0;
        for (int sample = 0; sample < _sampler.BatchSize; sample++)
            observations += _sampler.Length(sample);
        if (observations * _dataDimension > ArrayLength.Max)
            throw ArrayLength.TooLong(observations * _dataDimension, $"{observations} observations of a minibatch × {_dataDimension} components");
        int needed = (int)observations * _dataDimension;
        if (_predictions.Length < needed)
        {
            _predictions = new double[needed];
            _targets = new double[needed];
            _cotangents = new double[needed];
            _weights = new double[_isWeighted ? needed : 0];
        }

        int at = 0;
        for (int sample = 0; sample < _sampler.BatchSize; sample++)
        {
            int dimension = _dataDimension, count = _sampler.Length(sample);
            _sampler.Trajectory(sample).States.Slice(_sampler.Start(sample) * dimension, count * dimension).CopyTo(_targets.AsSpan(at));
            for (int output = 0; output < count; output++, at += dimension)
                GatherMeasured(_engine.Outputs.Slice(output * _engine.StateLength, _engine.StateLength), sample, _predictions.AsSpan(at, dimension));
        }

        if (_isWeighted)
            FillWeights();
        return needed;
    }

    private void ScatterMeasured(ReadOnlySpan<double> values, int sample, Span<double> states)
    {
        if (_measured is null)
        {
            _engine.Layout.Scatter(values, sample, states);
            return;
        }

        for (int i = 0; i < values.Length; i++)
            states[_engine.Layout.Index(_measured[i], sample)] = values[i];
    }

    private void GatherMeasured(ReadOnlySpan<double> states, int sample, Span<double> values)
    {
        if (_measured is null)
        {
            _engine.Layout.Gather(states, sample, values);
            return;
        }

        _engine.Layout.Gather(states, sample, _state);
        for (int i = 0; i < values.Length; i++)
            values[i] = _state[_measured[i]];
    }

    /// <summary>Lays the weights out like the targets, 0 where nothing was observed; there the target becomes the prediction, so that no NaN spreads.</summary>
    private void FillWeights()
    {
        int at = 0;
        for (int sample = 0; sample < _sampler.BatchSize; sample++)
        {
            int first = _sampler.Start(sample) * _dataDimension, count = _sampler.Length(sample) * _dataDimension;
            ReadOnlySpan<double> weights = _sampler.Trajectory(sample).Weights;
            for (int i = 0; i < count; i++, at++)
            {
                bool isObserved = !double.IsNaN(_targets[at]);
                _weights[at] = !isObserved ? 0.0 : weights.IsEmpty ? 1.0 : weights[first + i];
                if (!isObserved)
                    _targets[at] = _predictions[at];
            }
        }
    }
}
