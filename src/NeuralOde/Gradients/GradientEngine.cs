namespace NeuralOde;

/// <summary>
/// A forward solve of a batch and the backward pass over it, with all their memory: made once, run many times without
/// allocating. Not thread-safe.
/// </summary>
internal abstract class GradientEngine
{
    protected GradientEngine(BatchLayout layout, int dimension)
    {
        Layout = layout;
        Dimension = dimension;
        StateLength = layout.Length(dimension);
        InitialStateGradient = new double[StateLength];
        ParameterErrors = new SampleParameterError[layout.Samples];
    }

    public BatchLayout Layout { get; }

    public int Dimension { get; }

    /// <summary>Numbers in one component-major batch of states.</summary>
    public int StateLength { get; }

    /// <summary>Parts that the batch is divided into; an evaluation of one of them counts once in the statistics.</summary>
    public virtual int PartCount => 1;

    /// <summary>The output times of the last solve.</summary>
    public abstract OutputGrid Grid { get; }

    /// <summary>The predictions at the output times, one component-major batch after the other.</summary>
    public abstract ReadOnlySpan<double> Outputs { get; }

    /// <summary>dL/dz0 of the last backward pass, component-major.</summary>
    public double[] InitialStateGradient { get; }

    /// <summary>dL/dt of every output of the last backward pass that asked for it, placed by <see cref="OutputGrid.Index"/>.</summary>
    public double[] TimeGradient { get; private set; } = [];

    /// <summary>Whether backward passes measure the error of the parameter gradient.</summary>
    public abstract bool MeasuresErrors { get; set; }

    /// <summary>What the last backward pass that <see cref="MeasuresErrors"/> found, per sample.</summary>
    public SampleParameterError[] ParameterErrors { get; }

    public abstract OdeStatistics ForwardStatistics { get; }

    public OdeStatistics BackwardStatistics { get; protected set; }

    /// <summary>The longest step of a sample from now on, where the gradient's error is the steps'.</summary>
    public abstract void LimitSteps(int sample, double length);

    /// <summary>Solves forward. Returns the first failure, or null.</summary>
    public abstract OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken);

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
        OdeFailure? failure = FindNonFinite(cotangents, out failedSample)
            ?? Propagate(cotangents, parameterGradient, out failedSample, cancellationToken)
            ?? FindNonFiniteGradient(parameterGradient, out failedSample);
        if (failure is null && withTimes)
        {
            if (TimeGradient.Length < Grid.Places)
                TimeGradient = new double[Grid.Places];
            TimeGradient.AsSpan().Clear();
            DifferentiateTimes(cotangents, TimeGradient);
        }

        // Up to here the initial state's gradient lacked what the outputs at the initial time observe of it directly.
        AddStartCotangents(cotangents);
        return failure;
    }

    /// <summary>Whether an output observes the initial state itself, so that its cotangent never enters the backward pass.</summary>
    public abstract bool IsAtStart(int sample, int output);

    /// <summary>
    /// Fills the parameter gradient, zero on entry, and <see cref="InitialStateGradient"/>, the latter without the cotangents of outputs at
    /// the initial time.
    /// </summary>
    public abstract OdeFailure? Propagate(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken);

    /// <summary>Fills in dL/dt after <see cref="Propagate"/>.</summary>
    public abstract void DifferentiateTimes(ReadOnlySpan<double> cotangents, Span<double> timeGradient);

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
}
