namespace NeuralOde;

/// <summary>A network of any layers, applied one after the other.</summary>
/// <example>
/// <code>
/// var network = new Sequential(seed: 7, new ElementwisePower(2, 3), new Dense(2, 50), new ActivationLayer(50, Activation.Tanh), new Dense(50, 2));
/// </code>
/// </example>
public sealed class Sequential : Network
{
    /// <summary>Connects layers and draws their parameters.</summary>
    /// <param name="seed">Seed of the random weights: the same seed gives the same network.</param>
    /// <param name="layers">At least one layer; each takes as many numbers as the one before gives.</param>
    /// <exception cref="ArgumentException">There is no layer, two neighbours do not fit, or there are more parameters than an array can hold.</exception>
    public Sequential(int seed, params Layer[] layers)
        : base(seed, layers)
    {
    }
}
