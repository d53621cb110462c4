namespace NeuralOde.Tests.Training;

/// <summary>Textbook systems with their truth to 10 digits over the time that is seen and as much again.</summary>
internal sealed class PlanProblem
{
    private readonly double[] _times;
    private readonly int _seen;
    private readonly OdeSolution _truth;
    private readonly InputSignal? _input;

    public PlanProblem(VectorField field, double[] start, double end, int observations, double noise = 0.0, InputSignal? input = null, int noiseSeed = 1)
    {
        _seen = observations;
        _input = input;
        _times = [.. Enumerable.Range(0, 2 * observations - 1).Select(i => end * i / (observations - 1))];
        _truth = OdeSolver.Solve(field, start, _times, new OdeSolverOptions { Method = OdeMethod.Verner7, RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 }).EnsureSuccess();
        var random = new Random(noiseSeed);
        var states = new double[observations, start.Length];
        for (int c = 0; c < start.Length; c++)
        {
            double deviation = noise * Math.Sqrt(Variance(c, 0, observations));
            for (int i = 0; i < observations; i++)
                states[i, c] = _truth[i, c] + deviation * Math.Sqrt(-2.0 * Math.Log(1.0 - random.NextDouble())) * Math.Cos(2.0 * Math.PI * random.NextDouble());
        }

        var trajectory = new Trajectory(_times.AsSpan(0, observations), states);
        Data = TrajectoryDataset.FromTrajectories([input is null ? trajectory : trajectory.WithInput(input)]);
    }

    public TrajectoryDataset Data { get; }

    public static PlanProblem LotkaVolterra => new(VectorField.FromFunction(2, (_, y, d) => (d[0], d[1]) = (1.5 * y[0] - y[0] * y[1], y[0] * y[1] - 3.0 * y[1])), [1.0, 1.0], 10.0, 300);

    public static PlanProblem VanDerPol => new(VectorField.FromFunction(2, (_, y, d) => (d[0], d[1]) = (y[1], (1.0 - y[0] * y[0]) * y[1] - y[0])), [2.0, 0.0], 20.0, 300);

    public static PlanProblem Pendulum => new(VectorField.FromFunction(2, (_, y, d) => (d[0], d[1]) = (y[1], -0.1 * y[1] - Math.Sin(y[0]))), [2.0, 0.0], 20.0, 300);

    public static PlanProblem NoisySpiral(int noiseSeed) => new(VectorField.FromFunction(2, (_, y, d) => (d[0], d[1]) = (-0.1 * y[0] - y[1], y[0] - 0.1 * y[1])), [2.0, 0.0], 20.0, 300, noise: 0.05, noiseSeed: noiseSeed);

    public static PlanProblem ForcedOscillator
    {
        get
        {
            double[] times = [.. Enumerable.Range(0, 1001).Select(i => 0.05 * i)];
            var input = InputSignal.CubicSpline(times, times.Select(t => Math.Sin(0.7 * t) + 0.5 * Math.Cos(1.9 * t)).ToArray());
            var oscillator = VectorField.FromFunction(2, input, (_, y, u, d) => (d[0], d[1]) = (y[1], u[0] - 0.3 * y[1] - 2.0 * y[0]));
            return new PlanProblem(oscillator, [1.0, 0.0], 20.0, 300, input: input);
        }
    }

    public NeuralOdeModel Model(int seed)
    {
        int inputs = _input?.Dimension ?? 0;
        var network = new MultilayerPerceptron(Data.Dimension + inputs, [32, 32], Data.Dimension, Activation.Tanh, seed);
        return inputs == 0 ? new NeuralOdeModel(network) : new NeuralOdeModel(new NeuralVectorField(network, inputs));
    }

    /// <summary>Relative errors of one prediction from the true first state, over the time that was seen and as much unseen time.</summary>
    public (double Seen, double Unseen) Errors(NeuralOdeModel model)
    {
        double[] start = _truth.State(0).ToArray();
        OdeSolution prediction = (_input is null ? model.Predict(start, _times) : model.Predict(start, _times, _input)).EnsureSuccess();
        return (Error(prediction, 0, _seen), Error(prediction, _seen, _times.Length));
    }

    private double Error(OdeSolution prediction, int from, int to)
    {
        double squares = 0.0, variance = 0.0;
        for (int c = 0; c < Data.Dimension; c++)
        {
            variance += Variance(c, from, to);
            for (int i = from; i < to; i++)
                squares += Math.Pow(prediction[i, c] - _truth[i, c], 2) / (to - from);
        }

        return Math.Sqrt(squares / variance);
    }

    private double Variance(int component, int from, int to)
    {
        double[] values = [.. Enumerable.Range(from, to - from).Select(i => _truth[i, component])];
        return values.Average(value => Math.Pow(value - values.Average(), 2));
    }
}
