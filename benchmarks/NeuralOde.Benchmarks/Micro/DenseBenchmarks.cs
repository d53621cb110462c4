using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>Inputs, outputs and samples of a dense layer.</summary>
public sealed record DenseShape(int Inputs, int Outputs, int Samples)
{
    public override string ToString() => $"{Inputs} to {Outputs}, batch {Samples}";
}

/// <summary>The kernels of a dense layer at the shapes of W1 (2-50-2, batch 20) and W3 (64-256-64, batch 256), and for single samples.</summary>
public class DenseBenchmarks : ICountedWork
{
    private BatchLayout _layout;
    private double[] _weights = [];
    private double[] _biases = [];
    private double[] _inputs = [];
    private double[] _outputs = [];
    private double[] _weightGradients = [];
    private double[] _biasGradients = [];
    private double[] _weightSums = [];
    private double[] _biasSums = [];

    public static IEnumerable<DenseShape> Shapes =>
        [new(2, 50, 20), new(50, 2, 20), new(64, 256, 256), new(256, 64, 256), new(2, 50, 1), new(50, 2, 1), new(64, 256, 1), new(256, 64, 1)];

    [ParamsSource(nameof(Shapes))]
    public DenseShape Shape { get; set; } = new(1, 1, 1);

    static (double Count, string Unit) ICountedWork.Work(string method, object parameter) => Work(method, parameter);

    internal static (double Count, string Unit) Work(string method, object parameter)
    {
        var shape = (DenseShape)parameter;
        return (2.0 * shape.Inputs * shape.Outputs * shape.Samples, "GFLOP/s");
    }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Lcg(1);
        _layout = new BatchLayout(Shape.Samples);
        _weights = Draw(Shape.Inputs * Shape.Outputs);
        _biases = Draw(Shape.Outputs);
        _inputs = Draw(_layout.Length(Shape.Inputs));
        _outputs = Draw(_layout.Length(Shape.Outputs));
        _weightGradients = new double[_weights.Length];
        _biasGradients = new double[_biases.Length];
        _weightSums = new double[_weights.Length * BatchLayout.Lanes];
        _biasSums = new double[_biases.Length * BatchLayout.Lanes];

        double[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Uniform(-1, 1))];
    }

    [Benchmark]
    public void Forward() => NetworkKernels<double>.Widest.Forward(_layout, _weights, _biases, _inputs, _outputs, Shape.Inputs, Shape.Outputs);

    [Benchmark]
    public void VectorJacobianProduct() => NetworkKernels<double>.Widest.PropagateCotangent(_layout, _weights, _outputs, _inputs, Shape.Inputs, Shape.Outputs);

    [Benchmark]
    public void Gradient() => NetworkKernels<double>.Widest.AccumulateGradient(_layout, _inputs, _outputs, _weightGradients, _biasGradients, Shape.Inputs, Shape.Outputs);

    /// <summary>The gradient of a small network, in partial sums that are added up once for many calls.</summary>
    [Benchmark]
    public void GradientInLaneSums()
    {
        if (!_layout.IsSingle)
            NetworkKernels<double>.Widest.AccumulateLaneSums(_layout, _inputs, _outputs, _weightSums, _biasSums, Shape.Inputs, Shape.Outputs);
    }
}
