using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>Components and samples of a batch of states.</summary>
public sealed record StateShape(int Components, int Samples)
{
    public override string ToString() => $"{Components} x {Samples}";
}

/// <summary>The combination of six stages: y + h Σ a k.</summary>
public class StageBenchmarks : ICountedWork
{
    private static readonly int[] Indices = [0, 1, 2, 3, 4, 5];
    private static readonly double[] Coefficients = [0.1, 0.2, 0.3, -0.1, 0.2, 0.3];
    private BatchLayout _layout;
    private double[] _states = [];
    private double[] _steps = [];
    private double[] _derivatives = [];
    private double[] _result = [];

    public static IEnumerable<StateShape> Shapes => [new(2, 1), new(28, 1), new(2, 20), new(64, 256), new(2, 4096)];

    [ParamsSource(nameof(Shapes))]
    public StateShape Shape { get; set; } = new(1, 1);

    static (double Count, string Unit) ICountedWork.Work(string method, object parameter) => Work(method, parameter);

    internal static (double Count, string Unit) Work(string method, object parameter)
    {
        var shape = (StateShape)parameter;
        return (2.0 * (Indices.Length + 1) * shape.Components * shape.Samples, "GFLOP/s");
    }

    [GlobalSetup]
    public void Setup()
    {
        _layout = new BatchLayout(Shape.Samples);
        int length = _layout.Length(Shape.Components);
        _states = new double[length];
        _result = new double[length];
        _derivatives = new double[Indices.Length * length];
        _steps = new double[_layout.RowLength];
        _steps.AsSpan().Fill(0.1);
        _derivatives.AsSpan().Fill(1.0);
    }

    [Benchmark]
    public void Combine() => StageKernels.Widest.Combine(_layout, Shape.Components, _states, _steps, _derivatives, Indices, Coefficients, _result);
}
