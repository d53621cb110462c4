using System.Numerics;

namespace NeuralOde;

/// <summary>What <see cref="ActivationLayer"/> computes.</summary>
internal sealed class ActivationOperator<T>(ActivationLayer layer) : LayerOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _size = layer.Inputs;

    public Activation Activation { get; } = layer.Activation;

    public override void Forward(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> outputs) =>
        Kernels.Apply(Activation, inputs[..layout.Length(_size)], outputs);

    public override void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) =>
        Kernels.Backpropagate(Activation, inputs[..layout.Length(_size)], outputs, outputCotangents, inputCotangents);

    /// <inheritdoc/>
    /// <remarks>The Jacobian is diagonal, its own transpose.</remarks>
    public override void PropagateTangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> inputTangents, Span<T> outputTangents) =>
        Kernels.Backpropagate(Activation, inputs[..layout.Length(_size)], outputs, inputTangents, outputTangents);
}
