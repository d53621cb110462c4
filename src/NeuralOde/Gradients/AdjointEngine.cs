namespace NeuralOde;

/// <summary>A gradient whose samples are solved together, in one batch.</summary>
internal abstract class AdjointEngine : GradientEngine
{
    private readonly DifferentiableEvaluator _evaluator;
    private readonly double[] _times;
    private readonly double[] _slopes;
    private readonly bool[] _hasOutput;
    private readonly bool[] _all;
    private SampleGradients? _sampleGradients;

    protected AdjointEngine(DifferentiableEvaluator evaluator, BatchSolve forward)
        : base(evaluator.Layout, evaluator.Dimension)
    {
        _evaluator = evaluator;
        Forward = forward;
        _times = new double[Layout.RowLength];
        _slopes = new double[StateLength];
        _hasOutput = new bool[Layout.Samples];
        _all = new bool[Layout.Samples];
        _all.AsSpan().Fill(true);
    }

    public override OutputGrid Grid => Forward.Recorder.Grid;

    public override ReadOnlySpan<double> Outputs => Forward.Recorder.Outputs;

    public override OdeStatistics ForwardStatistics => Forward.Integrator.Statistics;

    public sealed override bool MeasuresErrors { get; set; }

    /// <summary>The forward solve.</summary>
    public BatchSolve Forward { get; }

    /// <summary>Where the last backward pass has added up the gradients of the samples, or null.</summary>
    public SampleGradients? SampleGradients { get; private set; }

    /// <summary>Whether nothing but the samples' gradients is wanted, each by itself: the parameter gradient is then not summed, and empty.</summary>
    protected bool SumsSamples { get; init; }

    public override OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken)
    {
        Forward.Run(grid, initialStates, cancellationToken);
        return Forward.FindFailure(out failedSample);
    }

    public override bool IsAtStart(int sample, int output) => Forward.Recorder.Round(sample, output) == OutputRecorder.AtStart;

    public sealed override OdeFailure? Propagate(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken)
    {
        BackwardStatistics = default;
        // A solve ends with only its slowest samples active.
        _evaluator.SetActive(_all);
        SampleGradients = MeasuresErrors || SumsSamples ? _sampleGradients ??= new SampleGradients(_evaluator) : null;
        SampleGradients?.Clear();
        OdeFailure? failure = PropagateCore(cotangents, parameterGradient, out failedSample, cancellationToken);
        if (MeasuresErrors && failure is null)
            Measure(cotangents, cancellationToken);
        return failure;
    }

    /// <summary>
    /// dL/dt_i = ⟨∂L/∂z_i, f(z_i, t_i)⟩, and for the initial time −⟨a(t0), f(z0, t0)⟩ with the adjoint just after it: an
    /// observation at the initial time itself is z0 whatever t0 is.
    /// </summary>
    public sealed override void DifferentiateTimes(ReadOnlySpan<double> cotangents, Span<double> timeGradient)
    {
        for (int output = 0; output < Grid.MaxCount; output++)
        {
            for (int sample = 0; sample < Layout.Samples; sample++)
            {
                _hasOutput[sample] = output < Grid.Count(sample);
                _times[sample] = OwnSide(sample, Grid.Time(sample, Math.Min(output, Grid.Count(sample) - 1)));
            }

            _evaluator.SetActive(_hasOutput);
            _evaluator.Evaluate(_times, Outputs.Slice(output * StateLength, StateLength), _slopes, record: default);
            for (int sample = 0; sample < Layout.Samples; sample++)
            {
                if (!_hasOutput[sample])
                    continue;
                ReadOnlySpan<double> weights = output == 0 ? InitialStateGradient : cotangents.Slice(output * StateLength, StateLength);
                double product = Product(weights, sample);
                if (output == 0)
                    product = -product - StartProduct(cotangents, sample);
                timeGradient[Grid.Index(sample, output)] = product;
            }
        }

        BackwardStatistics += new OdeStatistics { Evaluations = Grid.MaxCount };
    }

    /// <summary>After <see cref="PropagateCore"/>, finds out what shorter steps would change.</summary>
    protected abstract void Measure(ReadOnlySpan<double> cotangents, CancellationToken cancellationToken);

    /// <summary>What <see cref="Propagate"/> does, all samples active.</summary>
    protected abstract OdeFailure? PropagateCore(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken);

    /// <summary>Where the vector field jumps, the time on the side that the solution comes from; at the initial time, the side that it goes to.</summary>
    private double OwnSide(int sample, double time)
    {
        double direction = Grid.Last(sample) - Grid.First(sample);
        if (direction == 0.0 || !Forward.Integrator.IsJump(sample, time))
            return time;
        return time == Grid.First(sample) ? StepControl.JustBehind(time, direction) : StepControl.JustBefore(time, direction);
    }

    private double Product(ReadOnlySpan<double> weights, int sample)
    {
        double sum = 0.0;
        for (int i = 0; i < Dimension; i++)
            sum += weights[Layout.Index(i, sample)] * _slopes[Layout.Index(i, sample)];
        return sum;
    }

    /// <summary>What outputs that repeat the initial time contribute to the adjoint just after it.</summary>
    private double StartProduct(ReadOnlySpan<double> cotangents, int sample)
    {
        double sum = 0.0;
        for (int output = 1; output < Grid.Count(sample) && IsAtStart(sample, output); output++)
            sum += Product(cotangents.Slice(output * StateLength, StateLength), sample);
        return sum;
    }
}
