namespace NeuralOde.Benchmarks;

/// <summary>
/// Solves a batch and differentiates the mean of the squares of its end states, as <see cref="Trainer"/> does: memory made once, no
/// gradients with respect to times.
/// </summary>
internal sealed class GradientRun
{
    private readonly NeuralOdeModel _model;
    private readonly GradientEngine _engine;
    private readonly OutputGrid _grid;
    private readonly double[] _start;
    private readonly double[] _cotangents;
    private readonly double[] _gradient;
    private readonly double _weight;

    public GradientRun(NeuralOdeModel model, double[][] states, double[] interval)
    {
        _model = model;
        _engine = model.CreateEngine(states.Length);
        _grid = new OutputGrid(states.Length);
        _start = new double[_engine.StateLength];
        for (int sample = 0; sample < states.Length; sample++)
        {
            _grid.Set(sample, interval);
            _engine.Layout.Scatter(states[sample], sample, _start);
        }

        _cotangents = new double[2 * _engine.StateLength];
        _gradient = new double[model.Parameters.Length];
        _weight = 1.0 / (states.Length * model.Dimension);
    }

    public double Loss { get; private set; }

    public double[] InPyTorchOrder() => NetworkFacts.InPyTorchOrder(((NeuralVectorField)_model.Field).Network, _gradient);

    /// <summary>Returns the evaluations of the forward solve and the vector–Jacobian products of the way back, each for the whole batch: the mean over its parts.</summary>
    public (double Forward, double Backward) Run()
    {
        Check(_engine.Solve(_grid, _start, out _, CancellationToken.None));
        ReadOnlySpan<double> ends = _engine.Outputs.Slice(_engine.StateLength, _engine.StateLength);
        Span<double> cotangents = _cotangents.AsSpan(_engine.StateLength);
        Loss = 0;
        for (int component = 0; component < _model.Dimension; component++)
        {
            for (int sample = 0; sample < _engine.Layout.Samples; sample++)
            {
                int i = _engine.Layout.Index(component, sample);
                Loss += _weight * ends[i] * ends[i];
                cotangents[i] = 2 * _weight * ends[i];
            }
        }

        Check(_engine.Backward(_cotangents, _gradient, withTimes: false, out _, CancellationToken.None));
        double parts = _engine.PartCount;
        return (_engine.ForwardStatistics.Evaluations / parts, _engine.BackwardStatistics.VectorJacobianProducts / parts);
    }

    private static void Check(OdeFailure? failure)
    {
        if (failure is not null)
            throw new OdeSolverException(failure);
    }
}
