namespace NeuralOde.Tests.Gradients;

/// <summary>What one observation adds to the loss; fills its cotangent.</summary>
internal delegate double PointLoss(int sample, int output, ReadOnlySpan<double> state, Span<double> cotangent);

/// <summary>A loss on the trajectories of a field: per sample its output times, its initial state, and what each output adds.</summary>
internal sealed record GradientProblem(TrainableVectorField Field, double[][] Times, double[][] InitialStates, PointLoss Loss)
{
    public int Samples => Times.Length;

    public int Dimension => Field.Dimension;

    public GradientProblem OnlySample(int sample) => new(Field, [Times[sample]], [InitialStates[sample]],
        (_, output, state, cotangent) => Loss(sample, output, state, cotangent));
}

/// <summary>A loss with its gradients in plain arrays: one row per sample where they belong to samples.</summary>
internal sealed record LossGradient(double Loss, double[] Parameters, double[][] InitialStates, double[][] Times)
{
    public void ShouldAgreeWith(LossGradient expected, double relative, string because = "")
    {
        RelativeDifference(Parameters, expected.Parameters).Should().BeLessThan(relative, "of dL/dθ {0}", because);
        RelativeDifference(Flat(InitialStates), Flat(expected.InitialStates)).Should().BeLessThan(relative, "of dL/dz0 {0}", because);
        RelativeDifference(Flat(Times), Flat(expected.Times)).Should().BeLessThan(relative, "of dL/dt {0}", because);
    }

    /// <summary>
    /// The largest difference over the largest number expected, the latter at least 1e-3 so that rounding about zero is no
    /// difference; NaN where anything is NaN.
    /// </summary>
    public static double RelativeDifference(double[] actual, double[] expected)
    {
        actual.Length.Should().Be(expected.Length);
        double difference = 0.0, size = 1e-3;
        for (int i = 0; i < actual.Length; i++)
        {
            difference = Math.Max(difference, Math.Abs(actual[i] - expected[i]));
            size = Math.Max(size, Math.Abs(expected[i]));
        }

        return difference / size;
    }

    public static double[] Flat(double[][] rows) => [.. rows.SelectMany(row => row)];
}

/// <summary>Runs an engine on a problem given in plain arrays.</summary>
internal sealed class GradientHarness
{
    private readonly GradientProblem _problem;
    private readonly OutputGrid _grid;
    private readonly double[] _initialStates;
    private readonly double[] _cotangents;
    private readonly double[] _state;
    private readonly double[] _cotangent;

    public GradientHarness(GradientProblem problem, GradientEngine engine)
    {
        _problem = problem;
        Engine = engine;
        _grid = new OutputGrid(problem.Samples);
        _initialStates = new double[engine.StateLength];
        for (int sample = 0; sample < problem.Samples; sample++)
        {
            _grid.Set(sample, problem.Times[sample]);
            engine.Layout.Scatter(problem.InitialStates[sample], sample, _initialStates);
        }

        _cotangents = new double[_grid.MaxCount * engine.StateLength];
        _state = new double[problem.Dimension];
        _cotangent = new double[problem.Dimension];
        ParameterGradient = new double[problem.Field.ParameterCount];
    }

    public GradientEngine Engine { get; }

    public double[] ParameterGradient { get; }

    /// <summary>The sample that the last failure belongs to.</summary>
    public int FailedSample { get; private set; } = -1;

    public static LossGradient Compute(GradientMethod method, OdeSolverOptions options, GradientProblem problem) =>
        new GradientHarness(problem, method.CreateEngine(problem.Field, options, problem.Samples)).Compute();

    public OdeFailure? Solve()
    {
        OdeFailure? failure = Engine.Solve(_grid, _initialStates, out int failedSample, CancellationToken.None);
        FailedSample = failedSample;
        return failure;
    }

    public OdeFailure? Backward(bool withTimes = true)
    {
        OdeFailure? failure = Engine.Backward(_cotangents, ParameterGradient, withTimes, out int failedSample, CancellationToken.None);
        FailedSample = failedSample;
        return failure;
    }

    /// <summary>Fills the cotangents of one sample's outputs, and returns what they add to the loss.</summary>
    public double Observe(int sample)
    {
        double loss = 0.0;
        for (int output = 0; output < _problem.Times[sample].Length; output++)
        {
            Engine.Layout.Gather(Engine.Outputs.Slice(output * Engine.StateLength, Engine.StateLength), sample, _state);
            _cotangent.AsSpan().Clear();
            loss += _problem.Loss(sample, output, _state, _cotangent);
            Engine.Layout.Scatter(_cotangent, sample, _cotangents.AsSpan(output * Engine.StateLength, Engine.StateLength));
        }

        return loss;
    }

    public LossGradient Compute()
    {
        Solve().Should().BeNull();
        double loss = 0.0;
        for (int sample = 0; sample < _problem.Samples; sample++)
            loss += Observe(sample);
        Backward().Should().BeNull();
        return new LossGradient(loss, [.. ParameterGradient], PerSample(InitialStateGradient), PerSample(TimeGradient));
    }

    private double[][] PerSample(Func<int, double[]> row) => [.. Enumerable.Range(0, _problem.Samples).Select(row)];

    private double[] InitialStateGradient(int sample)
    {
        var gradient = new double[_problem.Dimension];
        Engine.Layout.Gather(Engine.InitialStateGradient, sample, gradient);
        return gradient;
    }

    private double[] TimeGradient(int sample) =>
        [.. Enumerable.Range(0, _grid.Count(sample)).Select(output => Engine.TimeGradient[_grid.Index(sample, output)])];
}
