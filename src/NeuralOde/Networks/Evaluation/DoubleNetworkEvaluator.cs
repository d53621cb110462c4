namespace NeuralOde;

/// <summary>A network in double precision: works on the caller's buffers and on the network's own parameters.</summary>
internal sealed class DoubleNetworkEvaluator(Network network, BatchLayout layout) : NetworkEvaluator
{
    private readonly LayerChain<double> _chain = new(network, layout);

    public override int RecordLength => _chain.RecordLength;

    public override int CotangentRecordLength => _chain.RecordLength;

    public override int GradientSumLength => network.ParameterCount * _chain.LanesOfSums;

    public override void Refresh()
    {
    }

    public override void Forward(ReadOnlySpan<double> inputs, Span<double> outputs, Span<double> record) =>
        _chain.Forward(network.Parameters, inputs, outputs, record);

    public override void PropagateCotangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, Span<double> cotangentRecord) =>
        _chain.PropagateCotangent(network.Parameters, inputs, record, outputCotangents, inputCotangents, cotangentRecord);

    public override void PropagateTangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> inputTangents, Span<double> outputTangents, Span<double> tangentRecord) =>
        _chain.PropagateTangent(network.Parameters, inputs, record, inputTangents, outputTangents, tangentRecord);

    public override void AccumulateGradient(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums) =>
        _chain.AccumulateGradient(inputs, record, outputCotangents, cotangentRecord, weights, sums);

    public override int SampleSumCount => _chain.SampleSumCount;

    public override int SampleSumStride => _chain.SampleSumStride;

    public override double UnitRoundoff => DifferentiableEvaluator.DoubleRoundoff;

    public override void AccumulateSampleSums(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums, Span<double> magnitudes) =>
        _chain.AccumulateSampleSums(inputs, record, outputCotangents, cotangentRecord, weights, sums, magnitudes);

    public override void AddSums(ReadOnlySpan<double> sums, Span<double> gradient) => _chain.AddSums(sums, gradient);

    public override void SelectRecord(ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination) =>
        StageKernels.Widest.Select(layout, layout.Rows(source), mask, source, destination);
}
