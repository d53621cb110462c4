using System.Diagnostics;

namespace NeuralOde.Benchmarks;

/// <summary>
/// W1: seconds per training iteration of Linear(2, 50) → tanh → Linear(50, 2) on a spiral, the work of the torchdiffeq demo.
/// <list type="bullet">
/// <item>cube: dz/dt = z³A, A = [[−0.1, 2], [−2, −0.1]], the network is fed z³; mean absolute error, RMSprop 1e-3.</item>
/// <item>linear: dz/dt = zA, A = [[−0.1, −1], [1, −0.1]]; mean squared error, Adam 1e-3.</item>
/// </list>
/// Both: z0 = (2, 0), 1000 times on [0, 25], minibatches of 20 windows of 10, weights uniform with standard deviation 0.1 and
/// biases 0 from <see cref="Lcg"/>, relative tolerance 1e-7, absolute 1e-9.
/// </summary>
internal sealed class SpiralTraining
{
    private const int BatchSize = 20;
    private const int WindowLength = 10;
    private const int ObservationCount = 1000;

    private readonly Lcg _random = new(1);
    private readonly NeuralOdeModel _model;
    private readonly Trajectory _truth;
    private readonly Loss _loss;
    private readonly Optimizer _optimizer;
    private readonly Minibatch _minibatch;
    private readonly WindowSampler _sampler;
    private readonly OptimizerState _optimizerState;
    private readonly double[] _gradient;

    public SpiralTraining(bool isCube, bool isContinuous)
    {
        _truth = Solve(isCube, [.. Enumerable.Range(0, ObservationCount).Select(i => 25.0 * i / (ObservationCount - 1))]);
        _loss = isCube ? Loss.MeanAbsoluteError : Loss.MeanSquaredError;
        _optimizer = isCube ? Optimizer.RmsProp(learningRate: 1e-3) : Optimizer.Adam(learningRate: 1e-3);
        _model = new NeuralOdeModel(CreateNetwork(isCube, _random, limit: 0.1 * Math.Sqrt(3.0)))
        {
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 },
            Gradient = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(),
        };
        Name = $"W1 NeuralOde {(isCube ? "cube" : "linear")} {(isContinuous ? "adjoint" : "backprop")} float64 rtol=1e-07 atol=1e-09 {(isCube ? "rmsprop" : "adam")}";
        _sampler = new WindowSampler(TrajectoryDataset.FromTrajectories([_truth]), _random);
        _minibatch = new Minibatch(_model, _sampler, _loss);
        _gradient = new double[_model.Parameters.Length];
        _optimizerState = _optimizer.CreateState(_gradient.Length);
    }

    public string Name { get; }

    public NeuralOdeModel Model => _model;

    /// <summary>Of the last iteration, in the library's order.</summary>
    public ReadOnlySpan<double> Gradient => _gradient;

    public OdeStatistics ForwardStatistics => _minibatch.ForwardStatistics;

    public OdeStatistics BackwardStatistics => _minibatch.BackwardStatistics;

    /// <summary>One iteration. Returns the loss before it.</summary>
    public double Iterate()
    {
        _sampler.Next();
        Check(_minibatch.Forward(out double loss, CancellationToken.None));
        Check(_minibatch.Backward(_gradient, CancellationToken.None));
        _optimizerState.Step(_model.Parameters, _gradient, _optimizer.LearningRate);
        return loss;
    }

    /// <summary>Trains, timing every iteration after the first <paramref name="warmUp"/>.</summary>
    public SpiralTimes Train(int iterations, int warmUp)
    {
        var times = new SpiralTimes(Name, iterations, warmUp);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < iterations + warmUp; i++)
        {
            long t0 = Stopwatch.GetTimestamp();
            _sampler.Next();
            long t1 = Stopwatch.GetTimestamp();
            Check(_minibatch.Forward(out double loss, CancellationToken.None));
            long t2 = Stopwatch.GetTimestamp();
            Check(_minibatch.Backward(_gradient, CancellationToken.None));
            long t3 = Stopwatch.GetTimestamp();
            _optimizerState.Step(_model.Parameters, _gradient, _optimizer.LearningRate);
            long t4 = Stopwatch.GetTimestamp();
            times.Add(i, loss, t4 - t0, t2 - t1, t3 - t2, _minibatch.ForwardStatistics, _minibatch.BackwardStatistics);
        }

        times.WallSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        times.FullTrajectoryLoss = FullTrajectoryLoss();
        return times;
    }

    private static void Check(OdeFailure? failure)
    {
        if (failure is not null)
            throw new OdeSolverException(failure);
    }

    private double FullTrajectoryLoss()
    {
        OdeSolution prediction = _model.Predict(_truth.StateAt(0), _truth.Times).EnsureSuccess();
        return _loss.Evaluate(prediction.States, _truth.States, new double[_truth.States.Length]);
    }

    /// <summary>The true spiral.</summary>
    public static Trajectory Solve(bool isCube, double[] times)
    {
        VectorField field = VectorField.FromFunction(dimension: 2, (t, z, dzdt) =>
        {
            double x = isCube ? z[0] * z[0] * z[0] : z[0], y = isCube ? z[1] * z[1] * z[1] : z[1];
            dzdt[0] = isCube ? -0.1 * x - 2.0 * y : -0.1 * x + y;
            dzdt[1] = isCube ? 2.0 * x - 0.1 * y : -x - 0.1 * y;
        });
        OdeSolution solution = OdeSolver.Solve(field, [2.0, 0.0], times, new OdeSolverOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 });
        return new Trajectory(times, solution.EnsureSuccess().States, dimension: 2);
    }

    /// <summary>2-50-2, weights uniform up to <paramref name="limit"/>, biases 0.</summary>
    public static Sequential CreateNetwork(bool isCube, Lcg random, double limit, Precision precision = Precision.Double)
    {
        Layer[] layers = [new Dense(2, 50), new ActivationLayer(50, Activation.Tanh), new Dense(50, 2)];
        var network = new Sequential(seed: 0, isCube ? [new ElementwisePower(2, 3), .. layers] : layers) { Precision = precision };
        network.Parameters.Clear();
        // The generator is read in PyTorch's order, outputs × inputs row by row; ours has the outputs contiguous.
        Span<double> parameters = network.Parameters;
        foreach ((int inputs, int outputs, int offset) in ((int, int, int)[])[(2, 50, 0), (50, 2, 150)])
        {
            for (int output = 0; output < outputs; output++)
            {
                for (int input = 0; input < inputs; input++)
                    parameters[offset + input * outputs + output] = random.Uniform(-limit, limit);
            }
        }

        return network;
    }

    /// <summary>Chooses windows as the peers do.</summary>
    private sealed class WindowSampler(TrajectoryDataset data, Lcg random) : SegmentSampler(data, WindowLength, SpiralTraining.BatchSize, seed: 0)
    {
        private readonly int[] _starts = new int[SpiralTraining.BatchSize];
        private readonly int[] _scratch = new int[ObservationCount];

        public void Next()
        {
            random.Choose(ObservationCount - WindowLength, _starts, _scratch);
            for (int i = 0; i < _starts.Length; i++)
                Place(i, trajectory: 0, _starts[i], WindowLength);
        }
    }
}
