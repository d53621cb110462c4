using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>Single calls as users make them.</summary>
public class CallBenchmarks
{
    private readonly InitialValueProblem _lotkaVolterra = InitialValueProblems.All.First(problem => problem.Name == "lotka-volterra");
    private readonly OdeSolverOptions _options = new() { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9 };
    private readonly SpiralTraining _discrete = new(isCube: false, isContinuous: false);
    private readonly SpiralTraining _continuous = new(isCube: false, isContinuous: true);
    private double[] _times = [];
    private VectorField? _field;
    private OdeSolution? _dense;
    private readonly double[] _state = new double[2];

    [GlobalSetup]
    public void Setup()
    {
        _times = [0, _lotkaVolterra.EndTime];
        _field = VectorField.FromFunction(2, _lotkaVolterra.Field);
        _dense = OdeSolver.Solve(_field, _lotkaVolterra.InitialState, 0, _lotkaVolterra.EndTime, _options);
    }

    [Benchmark(Description = "Solve Lotka-Volterra, 1e-6")]
    public OdeSolution Solve() => OdeSolver.Solve(_field!, _lotkaVolterra.InitialState, _times, _options);

    [Benchmark(Description = "Evaluate a dense solution")]
    public void Evaluate() => _dense!.Evaluate(7.3, _state);

    [Benchmark(Description = "W1 iteration, linear, discrete adjoint")]
    public double Discrete() => _discrete.Iterate();

    [Benchmark(Description = "W1 iteration, linear, continuous adjoint")]
    public double Continuous() => _continuous.Iterate();
}
