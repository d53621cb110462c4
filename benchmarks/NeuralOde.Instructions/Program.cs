// Does the named work a number of times, always the same work: benchmarks/instructions.sh counts the instructions.
using System.Globalization;
using System.Runtime.Intrinsics;
using NeuralOde;

if (args is not [string name, string count] || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int repetitions))
{
    Console.Error.WriteLine("NeuralOde.Instructions NAME COUNT");
    return 2;
}

Action? work = name switch
{
    "solve" => Solve(),
    "lanes" => SolveInLanes(),
    "discrete" => Train(GradientMethod.DiscreteAdjoint()),
    "continuous" => Train(GradientMethod.ContinuousAdjoint()),
    "gradient" => LargeGradient(controlsError: false),
    "measured" => LargeGradient(controlsError: true),
    _ => null,
};
if (work is null)
{
    Console.Error.WriteLine($"no work is called {name}");
    return 2;
}

for (int i = 0; i < repetitions; i++)
    work();
return 0;

// Hares and lynxes to t = 15, as in the work-precision diagrams.
static Action Solve()
{
    VectorField field = VectorField.FromFunction(2, static (t, y, dydt) =>
    {
        dydt[0] = 1.5 * y[0] - y[0] * y[1];
        dydt[1] = y[0] * y[1] - 3 * y[1];
    });
    double[] start = [10, 5], times = [0, 15];
    var options = new OdeSolverOptions { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9 };
    return () => OdeSolver.Solve(field, start, times, options).EnsureSuccess();
}

// 64 of them, each from its own start with its own parameters.
static Action SolveInLanes()
{
    double[][] parameters = [.. Enumerable.Range(0, 64).Select(i => new[] { 1.5 + 0.005 * i, 1.0, 1.0, 3.0 - 0.01 * i })];
    double[][] starts = [.. Enumerable.Range(0, 64).Select(i => new[] { 10 - 0.05 * i, 5 + 0.03 * i })];
    VectorField field = VectorField.FromLanes(2, parameters, static (t, y, p, dydt) =>
    {
        Vector512<double> meetings = y[0] * y[1];
        dydt[0] = p[0] * y[0] - p[1] * meetings;
        dydt[1] = p[2] * meetings - p[3] * y[1];
    }, isAutonomous: true);
    double[] times = [0, 10];
    var options = new OdeSolverOptions { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9, Output = OdeOutput.End };
    return () => OdeSolver.SolveBatch(field, starts, times, options).EnsureSuccess();
}

// W1: a spiral, 2-50-2 tanh, minibatches of 20 windows of 10 points.
static Action Train(GradientMethod gradient)
{
    double[] times = [.. Enumerable.Range(0, 1000).Select(i => 25.0 * i / 999)];
    double[,] states = new double[times.Length, 2];
    for (int i = 0; i < times.Length; i++)
    {
        states[i, 0] = 2 * Math.Exp(-0.1 * times[i]) * Math.Cos(times[i]);
        states[i, 1] = 2 * Math.Exp(-0.1 * times[i]) * Math.Sin(times[i]);
    }

    var model = new NeuralOdeModel(new MultilayerPerceptron(inputs: 2, hidden: [50], outputs: 2, Activation.Tanh, seed: 7))
    {
        Gradient = gradient,
        Solver = new OdeSolverOptions { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 },
    };
    var trainer = new Trainer(model, new TrainingOptions { Iterations = int.MaxValue, BatchSize = 20, SegmentLength = 10, Seed = 7, Optimizer = Optimizer.Adam(learningRate: 1e-3) });
    IEnumerator<TrainingProgress> iterations = trainer.Run(TrajectoryDataset.FromTrajectory(times, states)).GetEnumerator();
    return () =>
    {
        if (!iterations.MoveNext() || iterations.Current.IsSkipped)
            throw new InvalidOperationException("An iteration failed.");
    };
}

// W3's network, 64-256-64, with 32 samples over [0, 1]: the mean of the squares of the end states.
static Action LargeGradient(bool controlsError)
{
    const int Samples = 32, Dimension = 64;
    var model = new NeuralOdeModel(new MultilayerPerceptron(Dimension, [256], Dimension, Activation.Tanh, seed: 3))
    {
        Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 },
        Gradient = GradientMethod.DiscreteAdjoint() with { ControlsError = controlsError },
    };
    double[][] starts = [.. Enumerable.Range(0, Samples).Select(i => Enumerable.Range(0, Dimension).Select(k => Math.Sin(1 + 3 * i + 7 * k)).ToArray())];
    double[][] times = [.. Enumerable.Repeat(new[] { 0.0, 1.0 }, Samples)];
    return () => model.ComputeBatchGradient(starts, times, static (_, prediction, cotangent) =>
    {
        double loss = 0;
        for (int i = Dimension; i < prediction.Length; i++)
        {
            loss += prediction[i] * prediction[i] / (Samples * Dimension);
            cotangent[i] = 2 * prediction[i] / (Samples * Dimension);
        }

        return loss;
    }).EnsureSuccess();
}
