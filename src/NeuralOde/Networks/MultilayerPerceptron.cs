using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Linear layers with an activation between them: Linear → σ → Linear → … → Linear.</summary>
/// <example>
/// The dynamics network of the neural-ODE literature, and its purely linear variant:
/// <code>
/// var network = new MultilayerPerceptron(inputs: 2, hidden: [50], outputs: 2, Activation.Tanh, seed: 7);
/// var linear = new MultilayerPerceptron(inputs: 2, hidden: [50], outputs: 2, Activation.Identity, seed: 7);
/// </code>
/// </example>
public sealed class MultilayerPerceptron : Network
{
    /// <summary>Builds the network and draws its weights; biases start at 0.</summary>
    /// <param name="inputs">Numbers taken per sample: the state's dimension, plus 1 if the network takes time.</param>
    /// <param name="hidden">Widths of the hidden layers, first to last; empty for a single linear layer.</param>
    /// <param name="outputs">Numbers given per sample: the state's dimension.</param>
    /// <param name="activation">Applied after every hidden layer; <see cref="Activation.Identity"/> for Linear → Linear.</param>
    /// <param name="seed">Seed of the random weights.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="ArgumentException">There are more parameters than an array can hold.</exception>
    public MultilayerPerceptron(int inputs, ReadOnlySpan<int> hidden, int outputs, Activation activation = Activation.Tanh, int seed = 0,
        WeightInitialization initialization = WeightInitialization.XavierUniform)
        : base(seed, CreateLayers(inputs, hidden, outputs, activation, initialization))
    {
    }

    /// <inheritdoc cref="MultilayerPerceptron(int, ReadOnlySpan{int}, int, Activation, int, WeightInitialization)"/>
    [OverloadResolutionPriority(-1)]
    public MultilayerPerceptron(int inputs, int[] hidden, int outputs, Activation activation = Activation.Tanh, int seed = 0,
        WeightInitialization initialization = WeightInitialization.XavierUniform)
        : this(inputs, hidden.AsSpan(), outputs, activation, seed, initialization)
    {
    }

    private static Layer[] CreateLayers(int inputs, ReadOnlySpan<int> hidden, int outputs, Activation activation, WeightInitialization initialization)
    {
        var layers = new List<Layer>();
        int width = inputs;
        for (int i = 0; i < hidden.Length; i++)
        {
            int next = hidden[i];
            if (next < 1)
                throw new ArgumentOutOfRangeException(nameof(hidden), next, $"hidden[{i}] = {next} is not the width of a layer: it must be at least 1.");
            layers.Add(new Dense(width, next, initialization));
            if (activation != Activation.Identity)
                layers.Add(new ActivationLayer(next, activation));
            width = next;
        }

        layers.Add(new Dense(width, outputs, initialization));
        return [.. layers];
    }
}
