using NeuralOde.Benchmarks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NeuralOde.Peers;

/// <summary>Linear, tanh, linear; fed with the cubes of its inputs if asked. It counts its evaluations.</summary>
internal sealed class Perceptron : nn.Module<Tensor, Tensor>
{
    private readonly Linear _first;
    private readonly Linear _second;
    private readonly bool _isFedCubes;

    public Perceptron(int dimension, int hidden, bool isFedCubes, ScalarType type)
        : base(nameof(Perceptron))
    {
        _isFedCubes = isFedCubes;
        _first = nn.Linear(dimension, hidden, dtype: type);
        _second = nn.Linear(hidden, dimension, dtype: type);
        RegisterComponents();
    }

    public int Evaluations { get; set; }

    public override Tensor forward(Tensor state)
    {
        Evaluations++;
        return _second.forward(_first.forward(_isFedCubes ? state.pow(3) : state).tanh());
    }

    /// <summary>Draws weights, and biases unless they shall be 0, layer after layer.</summary>
    public void Draw(Lcg random, Func<long, double> limit, bool drawsBiases)
    {
        using var noGradient = no_grad();
        foreach (Linear layer in (Linear[])[_first, _second])
        {
            double bound = limit(layer.in_features);
            Fill(layer.weight!, random, bound);
            if (drawsBiases)
                Fill(layer.bias!, random, bound);
            else
                layer.bias!.zero_();
        }
    }

    /// <summary>The parameters' gradient, one after another, each row by row.</summary>
    public double[] Gradient()
    {
        using var scope = NewDisposeScope();
        return Flat(cat([.. parameters().Select(parameter => parameter.grad!.flatten())]));
    }

    public static double[] Flat(Tensor values) => values.detach().to(ScalarType.Float64).flatten().data<double>().ToArray();

    public static double[] Draw(Lcg random, double low, double high, long count) => [.. Enumerable.Range(0, (int)count).Select(_ => random.Uniform(low, high))];

    private static void Fill(Tensor values, Lcg random, double limit)
    {
        using Tensor drawn = tensor(Draw(random, -limit, limit, values.numel())).reshape(values.shape);
        values.copy_(drawn);
    }
}
