namespace NeuralOde;

/// <summary>Applies an <see cref="NeuralOde.Activation"/> to every component.</summary>
public sealed class ActivationLayer : Layer
{
    /// <summary>Describes an elementwise activation of <paramref name="size"/> numbers per sample.</summary>
    /// <param name="size">Numbers taken and given per sample, at least 1.</param>
    /// <param name="activation">The function.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive or the activation unknown.</exception>
    public ActivationLayer(int size, Activation activation)
        : base(size, size)
    {
        if (!Enum.IsDefined(activation))
            throw new ArgumentOutOfRangeException(nameof(activation), activation, "Unknown activation.");
        Activation = activation;
    }

    /// <summary>The function applied.</summary>
    public Activation Activation { get; }

    internal override bool MayOverwriteInput => Activation is not (Activation.Gelu or Activation.Silu or Activation.Sin);

    internal override LayerOperator<T> CreateOperator<T>() => new ActivationOperator<T>(this);
}
