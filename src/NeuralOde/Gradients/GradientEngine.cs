namespace NeuralOde;

/// <summary>
/// A forward solve of a batch and the backward pass over it, with all their memory: made once, run many times without
/// allocating. Not thread-safe.
/// </summary>
internal abstract class GradientEngine
{
    private readonly DifferentiableEvaluator _evaluator;
    private readonly double[] _times;
    private readonly double[] _slopes;
    private readonly bool[] _hasOutput;
    private readonly bool[] _all;

    protected GradientEngine(DifferentiableEvaluator evaluator, BatchSolve forward)
    {
        _evaluator = evaluator;
        Forward = forward;
        Layout = evaluator.Layout;
        Dimension = evaluator.Dimension;
        StateLength = Layout.Length(Dimension);
        InitialStateGradient = new double[StateLength];
        _times = new double[Layout.RowLength];
        _slopes = new double[StateLength];
        _hasOutput = new bool[Layout.Samples];
        _all = new bool[Layout.Samples];
        _all.AsSpan().Fill(true);
    }

    public BatchLayout Layout { get; }

    public int Dimension { get; }

    /// <summary>Numbers in one component-major batch of states.</summary>
    public int StateLength { get; }

    /// <summary>The predictions at the output times, one component-major batch after the other.</summary>
    public ReadOnlySpan<double> Outputs => Forward.Recorder.Outputs;

    /// <summary>dL/dz0 of the last backward pass, component-major.</summary>
    public double[] InitialStateGradient { get; }

    /// <summary>dL/dt of every output of the last backward pass that asked for it, placed by <see cref="OutputGrid.Index"/>.</summary>
    public double[] TimeGradient { get; private set; } = [];

    public OdeStatistics ForwardStatistics => Forward.Integrator.Statistics;

    public OdeStatistics BackwardStatistics { get; protected set; }

    protected BatchSolve Forward { get; }

    protected OutputGrid Grid => Forward.Recorder.Grid;

    /// <summary>Solves forward. Returns the first failure, or null.</summary>
    public OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken)
    {
        Forward.Run(grid, initialStates, cancellationToken);
        return Forward.FindFailure(out failedSample);
    }

    /// <summary>After a solve without failure, carries cotangents on the outputs back to the parameters, the initial states and, if asked, the times.</summary>
    /// <param name="cotangents">∂L/∂output in the layout of <see cref="Outputs"/>; zero in padding lanes and behind a sample's last output.</param>
    /// <param name="parameterGradient">Receives dL/dθ, summed over the batch.</param>
    /// <param name="withTimes">Whether dL/dt is wanted: one more evaluation per output.</param>
    /// <param name="failedSample">The sample that failed, or −1.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    /// <returns>The first failure, or null.</returns>
    public OdeFailure? Backward(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, bool withTimes, out int failedSample, CancellationToken cancellationToken)
    {
        parameterGradient.Clear();
        BackwardStatistics = default;
        // A solve ends with only its slowest samples active.
        _evaluator.SetActive(_all);
        OdeFailure? failure = FindNonFinite(cotangents, out failedSample)
            ?? BackwardCore(cotangents, parameterGradient, out failedSample, cancellationToken)
            ?? FindNonFiniteGradient(parameterGradient, out failedSample);
        if (failure is null && withTimes)
            ComputeTimeGradient(cotangents);
        // Up to here the initial state's gradient lacked what the outputs at the initial time observe of it directly.
        AddStartCotangents(cotangents);
        return failure;
    }

    /// <summary>
    /// Fills the parameter gradient and <see cref="InitialStateGradient"/>, the latter without the cotangents of outputs at
    /// the initial time.
    /// </summary>
    protected abstract OdeFailure? BackwardCore(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken);

    /// <summary>Whether an output observes the initial state itself, so that its cotangent never enters the backward pass.</summary>
    protected bool IsAtStart(int sample, int output) => Forward.Recorder.Round(sample, output) == OutputRecorder.AtStart;

    private void AddStartCotangents(ReadOnlySpan<double> cotangents)
    {
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            for (int output = 0; output < Grid.Count(sample) && IsAtStart(sample, output); output++)
            {
                for (int i = 0; i < Dimension; i++)
                    InitialStateGradient[Layout.Index(i, sample)] += cotangents[output * StateLength + Layout.Index(i, sample)];
            }
        }
    }

    private OdeFailure? FindNonFinite(ReadOnlySpan<double> cotangents, out int failedSample)
    {
        for (failedSample = 0; failedSample < Layout.Samples; failedSample++)
        {
            for (int output = 0; output < Grid.Count(failedSample); output++)
            {
                int component = Layout.FindNonFinite(cotangents.Slice(output * StateLength, StateLength), Dimension, failedSample);
                if (component >= 0)
                    return new OdeFailure { Status = OdeStatus.NonFiniteCotangent, Time = Grid.Time(failedSample, output), Component = component };
            }
        }

        failedSample = -1;
        return null;
    }

    private OdeFailure? FindNonFiniteGradient(ReadOnlySpan<double> parameterGradient, out int failedSample)
    {
        for (failedSample = 0; failedSample < Layout.Samples; failedSample++)
        {
            int component = Layout.FindNonFinite(InitialStateGradient, Dimension, failedSample);
            if (component >= 0)
                return new OdeFailure { Status = OdeStatus.NonFiniteCotangent, Time = Grid.First(failedSample), Component = component };
        }

        // A sum over the batch: no sample and no component can be blamed.
        failedSample = -1;
        foreach (double element in parameterGradient)
        {
            if (!double.IsFinite(element))
                return new OdeFailure { Status = OdeStatus.NonFiniteCotangent, Time = Grid.First(0) };
        }

        return null;
    }

    /// <summary>
    /// dL/dt_i = ⟨∂L/∂z_i, f(z_i, t_i)⟩, and for the initial time −⟨a(t0), f(z0, t0)⟩ with the adjoint just after it: an
    /// observation at the initial time itself is z0 whatever t0 is.
    /// </summary>
    private void ComputeTimeGradient(ReadOnlySpan<double> cotangents)
    {
        if (TimeGradient.Length < Grid.MaxCount * Grid.Samples)
            TimeGradient = new double[Grid.MaxCount * Grid.Samples];
        TimeGradient.AsSpan().Clear();
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
                TimeGradient[Grid.Index(sample, output)] = product;
            }
        }

        BackwardStatistics += new OdeStatistics { Evaluations = Grid.MaxCount };
    }

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
