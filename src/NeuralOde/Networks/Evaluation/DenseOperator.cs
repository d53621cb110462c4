using System.Numerics;

namespace NeuralOde;

/// <summary>What <see cref="Dense"/> computes.</summary>
internal sealed class DenseOperator<T>(Dense layer) : LayerOperator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _inputs = layer.Inputs;
    private readonly int _outputs = layer.Outputs;
    private readonly int _weights = layer.WeightCount;
    private readonly int _biases = layer.HasBias ? layer.Outputs : 0;
    private SampledWeights? _sampled;

    public override long SampleSumCount => SampledWeights.CountOf(_inputs, _outputs) + _biases;

    public override void Forward(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> outputs) =>
        Kernels.Forward(layout, parameters[.._weights], parameters[_weights..], inputs, outputs, _inputs, _outputs);

    /// <summary>sums = layer(inputs) and outputs = σ(sums), which are the same buffer where the activation runs in place.</summary>
    public void Forward(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> sums, Activation activation, Span<T> outputs) =>
        Kernels.Forward(layout, parameters[.._weights], parameters[_weights..], inputs, sums, activation, outputs, _inputs, _outputs);

    public override void PropagateCotangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents) =>
        Kernels.PropagateCotangent(layout, parameters[.._weights], outputCotangents, inputCotangents, _inputs, _outputs);

    public override void PropagateTangent(BatchLayout layout, ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs,
        ReadOnlySpan<T> outputs, ReadOnlySpan<T> inputTangents, Span<T> outputTangents) =>
        Kernels.Forward(layout, parameters[.._weights], biases: default, inputTangents, outputTangents, _inputs, _outputs);

    public override void AccumulateGradient(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<double> gradient) =>
        Kernels.AccumulateGradient(layout, inputs, outputCotangents, gradient[.._weights], gradient[_weights..], _inputs, _outputs);

    public override void AccumulateLaneSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<T> sums) =>
        Kernels.AccumulateLaneSums(layout, inputs, outputCotangents, sums[..(_weights * BatchLayout.Lanes)], sums[(_weights * BatchLayout.Lanes)..], _inputs, _outputs);

    public override void AccumulateSampleSums(BatchLayout layout, ReadOnlySpan<T> inputs, ReadOnlySpan<T> outputCotangents, Span<double> sums, Span<double> magnitudes)
    {
        SampledWeights sampled = _sampled ??= SampledWeights.Of(_inputs, _outputs);
        Kernels.AccumulateSampleSums(layout, inputs, outputCotangents, sampled.Inputs, sampled.Outputs, sums, magnitudes);
        int weights = sampled.Count * layout.Stride;
        Kernels.AccumulateSampleSums(layout, outputCotangents, _biases, sums[weights..], magnitudes.IsEmpty ? magnitudes : magnitudes[weights..]);
    }
}
