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

    internal override bool MayOverwriteInput => !ActivationKernels.DerivativeNeedsInput(Activation);

    internal override void Forward(BatchLayout layout, ReadOnlySpan<double> parameters, ReadOnlySpan<double> inputs, Span<double> outputs) =>
        ActivationKernels.Apply(Activation, inputs[..layout.Length(Inputs)], outputs);

    internal override void PropagateCotangent(BatchLayout layout, ReadOnlySpan<double> parameters, ReadOnlySpan<double> inputs,
        ReadOnlySpan<double> outputs, ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents) =>
        ActivationKernels.Backpropagate(Activation, inputs[..layout.Length(Inputs)], outputs, outputCotangents, inputCotangents);

    /// <inheritdoc/>
    /// <remarks>The Jacobian is diagonal, its own transpose.</remarks>
    internal override void PropagateTangent(BatchLayout layout, ReadOnlySpan<double> parameters, ReadOnlySpan<double> inputs,
        ReadOnlySpan<double> outputs, ReadOnlySpan<double> inputTangents, Span<double> outputTangents) =>
        ActivationKernels.Backpropagate(Activation, inputs[..layout.Length(Inputs)], outputs, inputTangents, outputTangents);
}
