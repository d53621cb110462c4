namespace NeuralOde;

/// <summary>The mean squared difference between the vector field and the derivatives of local polynomials through the data, at all observations at once.</summary>
internal sealed class CollocationObjective : IPlanObjective
{
    private readonly TrainableVectorField _field;
    private readonly DifferentiableEvaluator _evaluator;
    private readonly BatchLayout _layout;
    private readonly double[] _times, _states, _targets, _weights, _derivatives, _cotangents, _products, _record, _cotangentRecord, _sums;
    private readonly double _prior;

    private CollocationObjective(NeuralOdeModel model, TrajectoryDataset data, CollocationSmoothing smoothing, List<(int Trajectory, int Observation)> points, TrainingStage stage, double prior)
    {
        _field = model.Field;
        _prior = prior;
        _layout = new BatchLayout(points.Count);
        SampleInputs? inputs = model.InputDimension == 0 ? null : SampleInputs.Slots(model.InputDimension, points.Count);
        for (int i = 0; i < points.Count; i++)
            inputs?.Set(i, data[points[i].Trajectory].Input!);
        TrainableVectorField inUnits = inputs is not null ? _field.Bind(inputs) : model.Standardization is { } standardization ? _field.InUnits(standardization) : _field;
        _evaluator = inUnits.CreateEvaluator(_layout);
        int length = _layout.Length(model.Dimension);
        _times = new double[_layout.RowLength];
        (_states, _targets, _weights) = (new double[length], new double[length], new double[length]);
        (_derivatives, _cotangents, _products) = (new double[length], new double[length], new double[length]);
        (_record, _cotangentRecord, _sums) = (new double[_evaluator.RecordLength], new double[_evaluator.CotangentRecordLength], new double[_evaluator.GradientSumLength]);
        Load(data, smoothing, points, stage);
    }

    public int Length => _field.ParameterCount;

    public OdeFailure? Failure { get; private set; }

    /// <summary>The part of the last value that measures derivatives.</summary>
    public double DataLoss { get; private set; }

    /// <summary>The objective, or why there is none.</summary>
    public static CollocationObjective? Create(NeuralOdeModel model, TrajectoryDataset data, CollocationSmoothing smoothing, TrainingStage stage, out string? reason)
    {
        reason = null;
        var points = new List<(int, int)>();
        for (int trajectory = 0; trajectory < data.Count; trajectory++)
        {
            for (int n = 0; n < data[trajectory].Length; n++)
            {
                if (Guard.IsFinite(smoothing.Slopes(trajectory).Slice(n * data.Dimension, data.Dimension)))
                    points.Add((trajectory, n));
            }
        }

        if (points.Count == 0)
            reason = $"no trajectory has {CollocationSmoothing.FewestObservations} observations of every component, so there are no derivatives to fit";
        else if (smoothing.DerivativeNoise > 0.5)
            reason = "the noise hides the derivatives";
        if (reason is not null)
            return null;
        double observations = (double)points.Count * data.Dimension;
        return new CollocationObjective(model, data, smoothing, points, stage, stage.Prior * smoothing.PriorVariance / observations);
    }

    public double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        point.CopyTo(_field.Parameters);
        _evaluator.Refresh();
        _evaluator.Evaluate(_times, _states, _derivatives, _record);
        double value = 0.0;
        for (int i = 0; i < _cotangents.Length; i++)
        {
            double difference = _weights[i] == 0.0 ? 0.0 : _derivatives[i] - _targets[i];
            value += _weights[i] * difference * difference;
            _cotangents[i] = 2.0 * _weights[i] * difference;
        }

        gradient.Clear();
        DataLoss = value;
        if (!double.IsFinite(value))
        {
            Failure = new OdeFailure { Status = OdeStatus.NonFiniteLoss, Time = double.NaN };
            return double.NaN;
        }

        Failure = null;
        _sums.AsSpan().Clear();
        _evaluator.PropagateCotangent(_times, _states, _record, _cotangents, _products, _cotangentRecord);
        _evaluator.AccumulateGradient(_times, _states, _record, _cotangents, _cotangentRecord, default, _sums);
        _evaluator.AddSums(_sums, gradient);
        return value + PlanPrior.Add(_prior, point, gradient);
    }

    /// <summary>Every number weighs as its component and its observation do; together they weigh 1.</summary>
    private void Load(TrajectoryDataset data, CollocationSmoothing smoothing, List<(int Trajectory, int Observation)> points, TrainingStage stage)
    {
        int dimension = data.Dimension;
        double total = 0.0;
        for (int i = 0; i < points.Count; i++)
        {
            (int trajectory, int n) = points[i];
            _times[i] = data[trajectory].Times[n];
            _layout.Scatter(smoothing.States(trajectory).Slice(n * dimension, dimension), i, _states);
            _layout.Scatter(smoothing.Slopes(trajectory).Slice(n * dimension, dimension), i, _targets);
            for (int c = 0; c < dimension; c++)
            {
                double weight = stage.ComponentWeights.Count == 0 ? 1.0 : stage.ComponentWeights[c];
                if (!data[trajectory].Weights.IsEmpty)
                    weight *= data[trajectory].Weights[n * dimension + c];
                _weights[_layout.Index(c, i)] = weight;
                total += weight;
            }
        }

        for (int i = 0; i < _weights.Length && total > 0.0; i++)
            _weights[i] /= total;
        _times.AsSpan(points.Count).Fill(_times[points.Count - 1]);
        _layout.FillPadding(_states, dimension);
    }
}
