using System.Numerics;

namespace NeuralOde;

/// <summary>What layers do with whole batches, in one precision; compiled for every vector width, of which the machine's widest is used.</summary>
/// <typeparam name="T">double or float.</typeparam>
internal abstract class NetworkKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static NetworkKernels<T> Widest { get; } = VectorWidth.Widest<T, NetworkKernels<T>, Maker>(default);

    /// <inheritdoc cref="DenseKernels{T, TVector}.Forward"/>
    public abstract void Forward(BatchLayout layout, ReadOnlySpan<T> weights, ReadOnlySpan<T> biases,
        ReadOnlySpan<T> inputs, Span<T> sums, Activation activation, Span<T> outputs, int inputCount, int outputCount);

    /// <summary>The layer without an activation.</summary>
    public void Forward(BatchLayout layout, ReadOnlySpan<T> weights, ReadOnlySpan<T> biases,
        ReadOnlySpan<T> inputs, Span<T> outputs, int inputCount, int outputCount) =>
        Forward(layout, weights, biases, inputs, outputs, Activation.Identity, outputs: default, inputCount, outputCount);

    /// <inheritdoc cref="DenseKernels{T, TVector}.PropagateCotangent"/>
    public abstract void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> weights,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents, int inputCount, int outputCount);

    /// <inheritdoc cref="DenseKernels{T, TVector}.AccumulateGradient"/>
    public abstract void AccumulateGradient(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount);

    /// <inheritdoc cref="DenseLaneSums{T, TVector}.Accumulate"/>
    public abstract void AccumulateLaneSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        Span<T> weightSums, Span<T> biasSums, int inputCount, int outputCount);

    /// <inheritdoc cref="SampleSums{T, TVector}.Accumulate(ReadOnlySpan{T}, ReadOnlySpan{T}, ReadOnlySpan{int}, ReadOnlySpan{int}, Span{double}, Span{double}, int)"/>
    public abstract void AccumulateSampleSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        ReadOnlySpan<int> inputRows, ReadOnlySpan<int> outputRows, Span<double> sums, Span<double> magnitudes);

    /// <inheritdoc cref="SampleSums{T, TVector}.Accumulate(ReadOnlySpan{T}, int, Span{double}, Span{double}, int)"/>
    public abstract void AccumulateSampleSums(BatchLayout layout, ReadOnlySpan<T> values, int rows, Span<double> sums, Span<double> magnitudes);

    /// <inheritdoc cref="ActivationKernels{T, TVector}.Apply(Activation, ReadOnlySpan{T}, Span{T})"/>
    public abstract void Apply(Activation activation, ReadOnlySpan<T> inputs, Span<T> outputs);

    /// <inheritdoc cref="ActivationKernels{T, TVector}.Backpropagate(Activation, ReadOnlySpan{T}, ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public abstract void Backpropagate(Activation activation, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputs,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents);

    /// <inheritdoc cref="ScaleKernels{T, TVector}.Scale"/>
    public abstract void Scale(BatchLayout layout, int rows, ReadOnlySpan<T> factors, ReadOnlySpan<T> values, Span<T> result);

    /// <inheritdoc cref="PowerKernels{T, TVector}.Power"/>
    public abstract void Power(ReadOnlySpan<T> inputs, int exponent, Span<T> outputs);

    /// <inheritdoc cref="PowerKernels{T, TVector}.Backpropagate"/>
    public abstract void BackpropagatePower(ReadOnlySpan<T> inputs, int exponent, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents);

    private readonly struct Maker : VectorWidth.IMaker<T, NetworkKernels<T>>
    {
        public NetworkKernels<T> Make<TVector>()
            where TVector : unmanaged, IVector<T, TVector> => new NetworkKernels<T, TVector>();
    }
}

/// <inheritdoc cref="NetworkKernels{T}"/>
/// <typeparam name="T">double or float.</typeparam>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class NetworkKernels<T, TVector> : NetworkKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged, IVector<T, TVector>
{
    public override void Forward(BatchLayout layout, ReadOnlySpan<T> weights, ReadOnlySpan<T> biases,
        ReadOnlySpan<T> inputs, Span<T> sums, Activation activation, Span<T> outputs, int inputCount, int outputCount) =>
        DenseKernels<T, TVector>.Forward(layout, weights, biases, inputs, sums, activation, outputs, inputCount, outputCount);

    public override void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> weights,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents, int inputCount, int outputCount) =>
        DenseKernels<T, TVector>.PropagateCotangent(layout, weights, outputCotangents, inputCotangents, inputCount, outputCount);

    public override void AccumulateGradient(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        Span<double> weightGradients, Span<double> biasGradients, int inputCount, int outputCount) =>
        DenseKernels<T, TVector>.AccumulateGradient(layout, inputs, outputCotangents, weightGradients, biasGradients, inputCount, outputCount);

    public override void AccumulateLaneSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        Span<T> weightSums, Span<T> biasSums, int inputCount, int outputCount) =>
        DenseLaneSums<T, TVector>.Accumulate(inputs, outputCotangents, weightSums, biasSums, inputCount, outputCount, layout.Stride);

    public override void AccumulateSampleSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents,
        ReadOnlySpan<int> inputRows, ReadOnlySpan<int> outputRows, Span<double> sums, Span<double> magnitudes) =>
        SampleSums<T, TVector>.Accumulate(inputs, outputCotangents, inputRows, outputRows, sums, magnitudes, layout.Stride);

    public override void AccumulateSampleSums(BatchLayout layout, ReadOnlySpan<T> values, int rows, Span<double> sums, Span<double> magnitudes) =>
        SampleSums<T, TVector>.Accumulate(values, rows, sums, magnitudes, layout.Stride);

    public override void Apply(Activation activation, ReadOnlySpan<T> inputs, Span<T> outputs) =>
        ActivationKernels<T, TVector>.Apply(activation, inputs, outputs);

    public override void Backpropagate(Activation activation, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputs,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) =>
        ActivationKernels<T, TVector>.Backpropagate(activation, inputs, outputs, outputCotangents, inputCotangents);

    public override void Scale(BatchLayout layout, int rows, ReadOnlySpan<T> factors, ReadOnlySpan<T> values, Span<T> result) =>
        ScaleKernels<T, TVector>.Scale(layout, rows, factors, values, result);

    public override void Power(ReadOnlySpan<T> inputs, int exponent, Span<T> outputs) => PowerKernels<T, TVector>.Power(inputs, exponent, outputs);

    public override void BackpropagatePower(ReadOnlySpan<T> inputs, int exponent, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) =>
        PowerKernels<T, TVector>.Backpropagate(inputs, exponent, outputCotangents, inputCotangents);
}
