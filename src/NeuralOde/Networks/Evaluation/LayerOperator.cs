using System.Numerics;

namespace NeuralOde;

/// <summary>What a layer computes for whole batches in one precision. Holds no state and no parameters.</summary>
/// <typeparam name="T">double or float.</typeparam>
internal abstract class LayerOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected static NetworkKernels<T> Kernels => NetworkKernels<T>.Widest;

    /// <summary>outputs = layer(inputs), for every lane of the batch.</summary>
    public abstract void Forward(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> outputs);

    /// <summary>
    /// inputCotangents = Jᵀ · outputCotangents. When the layer ran in place, <paramref name="inputs"/> and
    /// <paramref name="outputs"/> are the same buffer, and so are the cotangents.
    /// </summary>
    public abstract void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents);

    /// <summary>outputTangents = J · inputTangents, under the same conditions. Adds in the order of <see cref="Forward"/>.</summary>
    public abstract void PropagateTangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> inputTangents, Span<T> outputTangents);

    /// <summary>Adds the gradient of ⟨outputCotangents, layer(inputs)⟩ with respect to the parameters, summed over the batch.</summary>
    public virtual void AccumulateGradient(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<double> gradient) =>
        throw new NotSupportedException($"{GetType().Name} has no parameters.");

    /// <summary>Rows of <see cref="AccumulateSampleSums"/>: of all parameters, or of as many that all inputs and all outputs are among them.</summary>
    public virtual long SampleSumCount => 0;

    /// <summary>
    /// As <see cref="AccumulateGradient"/>, but for every sample by itself: a row of the batch's stride for each of <see cref="SampleSumCount"/>
    /// parameters; and adds what was added without its sign to <paramref name="magnitudes"/>, unless these are empty.
    /// </summary>
    public virtual void AccumulateSampleSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<double> sums, Span<double> magnitudes) =>
        throw new NotSupportedException($"{GetType().Name} has no parameters.");

    /// <summary>As <see cref="AccumulateGradient"/>, but adds to eight partial sums of every parameter (<see cref="DenseLaneSums{T, TVector}"/>).</summary>
    public virtual void AccumulateLaneSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<T> sums) =>
        throw new NotSupportedException($"{GetType().Name} has no parameters.");
}
