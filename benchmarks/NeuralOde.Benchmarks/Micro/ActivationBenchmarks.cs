using BenchmarkDotNet.Attributes;

namespace NeuralOde.Benchmarks;

/// <summary>Activations and their derivatives on 8192 numbers, which stay in the second cache.</summary>
public class ActivationBenchmarks : ICountedWork
{
    private const int Count = 8192;
    private readonly double[] _inputs = new double[Count];
    private readonly double[] _outputs = new double[Count];
    private readonly double[] _cotangents = new double[Count];
    private readonly double[] _inputCotangents = new double[Count];

    public static IEnumerable<Activation> Activations => Enum.GetValues<Activation>().Where(activation => activation != Activation.Identity);

    [ParamsSource(nameof(Activations))]
    public Activation Activation { get; set; }

    static (double Count, string Unit) ICountedWork.Work(string method, object parameter) => Work(method, parameter);

    internal static (double Count, string Unit) Work(string method, object parameter) => (Count, "G/s");

    [GlobalSetup]
    public void Setup()
    {
        var random = new Lcg(1);
        foreach (ref double input in _inputs.AsSpan())
            input = random.Uniform(-3, 3);
        _cotangents.AsSpan().Fill(1.0);
        Forward();
    }

    [Benchmark]
    public void Forward() => NetworkKernels<double>.Widest.Apply(Activation, _inputs, _outputs);

    [Benchmark]
    public void Backward() => NetworkKernels<double>.Widest.Backpropagate(Activation, _inputs, _outputs, _cotangents, _inputCotangents);
}
