using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>A gradient through a 2-50-2 network over [0, 1] at 1e-6 and 1e-9 for batches of different size: how many samples a second.</summary>
public class BatchBenchmarks : ICountedWork
{
    private GradientRun? _run;

    [Params(1, 8, 20, 64, 512)]
    public int Samples { get; set; }

    static (double Count, string Unit) ICountedWork.Work(string method, object parameter) => Work(method, parameter);

    internal static (double Count, string Unit) Work(string method, object parameter) => (1e6 * (int)parameter, "k samples/s");

    [GlobalSetup]
    public void Setup()
    {
        var random = new Lcg(1);
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [50], 2, seed: 1)) { Solver = new OdeSolverOptions { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9 } };
        _run = new GradientRun(model, [.. Enumerable.Range(0, Samples).Select(_ => new[] { random.Uniform(-2, 2), random.Uniform(-2, 2) })], [0, 1]);
    }

    [Benchmark]
    public double Gradient()
    {
        _run!.Run();
        return _run.Loss;
    }
}
