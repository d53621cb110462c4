using System.Numerics;

namespace NeuralOde;

/// <summary>What <see cref="ElementwisePower"/> computes.</summary>
internal sealed class PowerOperator<T>(ElementwisePower layer) : LayerOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _exponent = layer.Exponent;
    private readonly int _size = layer.Inputs;

    public override void Forward(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> outputs) =>
        Kernels.Power(inputs[..layout.Length(_size)], _exponent, outputs);

    public override void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) =>
        Kernels.BackpropagatePower(inputs[..layout.Length(_size)], _exponent, outputCotangents, inputCotangents);

    /// <inheritdoc/>
    /// <remarks>The Jacobian is diagonal, its own transpose.</remarks>
    public override void PropagateTangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> inputTangents, Span<T> outputTangents) =>
        Kernels.BackpropagatePower(inputs[..layout.Length(_size)], _exponent, inputTangents, outputTangents);
}
