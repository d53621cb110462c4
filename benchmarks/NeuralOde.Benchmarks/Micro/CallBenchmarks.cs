using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>Single calls as users make them.</summary>
public class CallBenchmarks
{
    private readonly InitialValueProblem _lotkaVolterra = InitialValueProblems.All.First(problem => problem.Name == "lotka-volterra");
    private readonly OdeSolverOptions _options = new() { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9 };
    private readonly SpiralTraining _discrete = new(isCube: false, isContinuous: false);
    private readonly SpiralTraining _continuous = new(isCube: false, isContinuous: true);
    private readonly NeuralOdeModel _sciMl = new(new Sequential(seed: 1, new ElementwisePower(2, 3), new Dense(2, 50), new ActivationLayer(50, Activation.Tanh), new Dense(50, 2)))
    {
        Solver = new OdeSolverOptions { Method = OdeMethod.Tsitouras5, RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-6 },
    };
    private readonly double[] _sciMlTimes = [.. Enumerable.Range(0, 30).Select(i => 1.5 * i / 29)];
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

    /// <summary>What SciML's documentation times: the cubic spiral, 2-50-2 tanh fed u³, 30 points on [0, 1.5], Tsit5, its default tolerances.</summary>
    [Benchmark(Description = "Gradient of SciML's benchmark")]
    public double SciMlGradient() => _sciMl.ComputeGradient([2, 0], _sciMlTimes, static (prediction, cotangent) =>
    {
        double loss = 0;
        for (int i = 0; i < prediction.Length; i++)
        {
            double miss = prediction[i] - (i % 2 == 0 ? 1 : -1);
            loss += miss * miss;
            cotangent[i] = 2 * miss;
        }

        return loss;
    }).Loss;

    [Benchmark(Description = "W1 iteration, linear, discrete adjoint")]
    public double Discrete() => _discrete.Iterate();

    [Benchmark(Description = "W1 iteration, linear, continuous adjoint")]
    public double Continuous() => _continuous.Iterate();
}
