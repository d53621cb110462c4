using System.Numerics;
using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>Inputs, outputs and samples of a dense layer.</summary>
public sealed record DenseShape(int Inputs, int Outputs, int Samples)
{
    public override string ToString() => $"{Inputs} to {Outputs}, batch {Samples}";
}

/// <summary>The kernels of a dense layer in double precision, at the shapes of W1 (2-50-2, batch 20) and W3 (64-256-64, batch 256), and for single samples.</summary>
public class DenseBenchmarks : DenseBenchmarks<double>
{
    private double[] _weightSums = [];
    private double[] _biasSums = [];

    public override void Setup()
    {
        base.Setup();
        _weightSums = new double[Shape.Inputs * Shape.Outputs * BatchLayout.Lanes];
        _biasSums = new double[Shape.Outputs * BatchLayout.Lanes];
    }

    /// <summary>The gradient of a small network in a batch, in partial sums that are added up once for many calls; for a single sample there are none.</summary>
    [Benchmark]
    public void GradientInLaneSums()
    {
        if (Layout.IsSingle)
            Gradient();
        else
            NetworkKernels<double>.Widest.AccumulateLaneSums(Layout, Inputs, Outputs, _weightSums, _biasSums, Shape.Inputs, Shape.Outputs);
    }
}

/// <summary>The same kernels in single precision.</summary>
public class SingleDenseBenchmarks : DenseBenchmarks<float>;

/// <summary>The kernels of a dense layer in one precision.</summary>
public abstract class DenseBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _weights = [];
    private T[] _biases = [];
    private double[] _weightGradients = [];
    private double[] _biasGradients = [];

    public static IEnumerable<DenseShape> Shapes =>
        [new(2, 50, 20), new(50, 2, 20), new(64, 256, 256), new(256, 64, 256), new(2, 50, 1), new(50, 2, 1), new(64, 256, 1), new(256, 64, 1)];

    [ParamsSource(nameof(Shapes))]
    public DenseShape Shape { get; set; } = new(1, 1, 1);

    private protected BatchLayout Layout { get; private set; }

    private protected ArraySegment<T> Inputs { get; private set; }

    private protected ArraySegment<T> Outputs { get; private set; }

    [GlobalSetup]
    public virtual void Setup()
    {
        var random = new Lcg(1);
        Layout = typeof(T) == typeof(double) ? new BatchLayout(Shape.Samples) : new BatchLayout(Shape.Samples).ForSingles();
        _weights = new T[Shape.Inputs * Shape.Outputs];
        _biases = new T[Shape.Outputs];
        // As what they are in a solve.
        Inputs = AlignedMemory.Allocate<T>(Layout.Length(Shape.Inputs), isPinned: true);
        Outputs = AlignedMemory.Allocate<T>(Layout.Length(Shape.Outputs), isPinned: true);
        foreach (ArraySegment<T> numbers in (ArraySegment<T>[])[_weights, _biases, Inputs, Outputs])
        {
            for (int i = 0; i < numbers.Count; i++)
                numbers.AsSpan()[i] = T.CreateTruncating(random.Uniform(-1, 1));
        }

        _weightGradients = new double[_weights.Length];
        _biasGradients = new double[_biases.Length];
    }

    [Benchmark]
    public void Forward() => NetworkKernels<T>.Widest.Forward(Layout, _weights, _biases, Inputs, Outputs, Shape.Inputs, Shape.Outputs);

    [Benchmark]
    public void VectorJacobianProduct() => NetworkKernels<T>.Widest.PropagateCotangent(Layout, _weights, Outputs, Inputs, Shape.Inputs, Shape.Outputs);

    [Benchmark]
    public void Gradient() => NetworkKernels<T>.Widest.AccumulateGradient(Layout, Inputs, Outputs, _weightGradients, _biasGradients, Shape.Inputs, Shape.Outputs);

    internal static (double Count, string Unit) Work(object parameter)
    {
        var shape = (DenseShape)parameter;
        return (2.0 * shape.Inputs * shape.Outputs * shape.Samples, "GFLOP/s");
    }
}
