using System.Runtime.CompilerServices;
using MathNet.Numerics.Random;

namespace NeuralOde;

/// <summary>A differentiable map from <see cref="Inputs"/> to <see cref="Outputs"/> numbers: layers one after the other, with their parameters.</summary>
/// <remarks>
/// Evaluating does not change a network, so any number of threads may use one at once as long as none writes to
/// <see cref="Parameters"/>.
/// </remarks>
public abstract class Network
{
    private readonly Layer[] _layers;
    private readonly int[] _offsets;
    private readonly double[] _parameters;
    private readonly Precision _precision;

    private protected Network(int seed, Layer[] layers)
    {
        _layers = Checked(layers);
        _parameters = new double[CountParameters(_layers)];
        _offsets = new int[_layers.Length + 1];
        for (int i = 0; i < _layers.Length; i++)
            _offsets[i + 1] = _offsets[i] + _layers[i].ParameterCount;
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        for (int i = 0; i < _layers.Length; i++)
            _layers[i].Initialize(LayerParameters(i), random);
    }

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<Layer> Layers => _layers;

    /// <summary>Numbers taken per sample.</summary>
    public int Inputs => _layers[0].Inputs;

    /// <summary>Numbers given per sample.</summary>
    public int Outputs => _layers[^1].Outputs;

    /// <summary>Length of <see cref="Parameters"/>.</summary>
    public int ParameterCount => _parameters.Length;

    /// <summary>All trainable parameters θ in one vector, layer by layer: the order of every gradient this library returns.</summary>
    public Span<double> Parameters => _parameters;

    /// <summary>The precision in which the network computes inside; everything outside is double precision either way.</summary>
    /// <remarks>
    /// <see cref="Precision.Single"/> rounds every number between the layers to 24 bits, so that an evaluation has an error of about 1e-7 of its size.
    /// Solves with relative tolerances down to 1e-6 give what double precision gives; below, the step-size control takes the rounding for an error of the
    /// method, and steps get shorter without the solution getting better. Magnitudes beyond 3e38 become infinite, and those below 1e-38, cotangents
    /// too, lose digits or vanish.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a precision.</exception>
    /// <example>
    /// <code>
    /// var network = new MultilayerPerceptron(inputs: 64, hidden: [256], outputs: 64, seed: 7) { Precision = Precision.Single };
    /// </code>
    /// </example>
    public Precision Precision
    {
        get => _precision;
        init
        {
            if (!Enum.IsDefined(value))
                throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown precision.");
            _precision = value;
        }
    }

    /// <summary>Evaluates the network for one sample.</summary>
    /// <param name="input"><see cref="Inputs"/> numbers.</param>
    /// <param name="output">Receives <see cref="Outputs"/> numbers.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Evaluate(ReadOnlySpan<double> input, Span<double> output)
    {
        Guard.Length(input, Inputs);
        Guard.Length(output, Outputs);
        var layout = new BatchLayout(1);
        var inputs = new double[layout.Length(Inputs)];
        var outputs = new double[layout.Length(Outputs)];
        input.CopyTo(inputs);
        NetworkEvaluator.Create(this, layout).Forward(inputs, outputs, record: default);
        outputs.AsSpan(0, Outputs).CopyTo(output);
    }

    /// <inheritdoc cref="Evaluate(ReadOnlySpan{double}, Span{double})"/>
    [OverloadResolutionPriority(-1)]
    public void Evaluate(double[] input, double[] output) => Evaluate(input.AsSpan(), output.AsSpan());

    /// <summary>What has how many parameters, for messages.</summary>
    internal static string DescribeParameters(IEnumerable<Layer> layers) =>
        "the parameters of layers of " + string.Join(", ", layers.Where(layer => layer.ParameterCount > 0).Take(8).Select(layer => $"{layer.Inputs} × {layer.Outputs}"));

    /// <summary>The part of <see cref="Parameters"/> that belongs to one layer.</summary>
    internal Span<double> LayerParameters(int layer) => _parameters.AsSpan(_offsets[layer].._offsets[layer + 1]);

    private static int CountParameters(Layer[] layers)
    {
        long count = layers.Sum(layer => (long)layer.ParameterCount);
        return count <= ArrayLength.Max ? (int)count : throw ArrayLength.TooLong(count, DescribeParameters(layers));
    }

    private static Layer[] Checked(Layer[] layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Length == 0)
            throw new ArgumentException("A network needs at least one layer.", nameof(layers));
        for (int i = 0; i < layers.Length; i++)
        {
            if (layers[i] is null)
                throw new ArgumentException($"layers[{i}] is null.", nameof(layers));
            if (i > 0 && layers[i].Inputs != layers[i - 1].Outputs)
                throw new ArgumentException($"layers[{i}] takes {layers[i].Inputs} numbers, but layers[{i - 1}] gives {layers[i - 1].Outputs}.", nameof(layers));
        }

        return [.. layers];
    }
}
