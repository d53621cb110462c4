using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>A network in single precision between states, cotangents and gradients in double precision.</summary>
/// <remarks>
/// Keeps the parameters in single precision, taken over by <see cref="Refresh"/>. What goes in is rounded once: a record begins with the
/// inputs, a cotangent record with the outputs' cotangents. Records are the caller's numbers, each of which holds two of single precision.
/// </remarks>
internal sealed class SingleNetworkEvaluator : NetworkEvaluator
{
    private readonly Network _network;
    private readonly BatchLayout _layout;
    private readonly BatchLayout _singleLayout;
    private readonly LayerChain<float> _chain;
    private readonly float[] _parameters;
    private readonly ArraySegment<float> _inputs;
    private readonly ArraySegment<float> _inputTangents;
    private readonly ArraySegment<float> _results;
    private readonly float[] _weights;
    private readonly int _inputLength;
    private readonly int _outputLength;

    public SingleNetworkEvaluator(Network network, BatchLayout layout)
    {
        _network = network;
        _layout = layout;
        _singleLayout = layout.ForSingles();
        _chain = new LayerChain<float>(network, _singleLayout);
        _inputLength = _singleLayout.Length(network.Inputs);
        _outputLength = _singleLayout.Length(network.Outputs);
        long longest = (long)Math.Max(_inputLength, _outputLength) + _chain.RecordLength;
        if (longest > ArrayLength.Max)
            throw ArrayLength.TooLong(longest, $"{longest / _singleLayout.Stride} numbers of the layers × {layout.Samples} samples");
        _parameters = new float[network.ParameterCount];
        _inputs = AlignedMemory.Allocate<float>(_inputLength, isPinned: false);
        _inputTangents = AlignedMemory.Allocate<float>(_inputLength, isPinned: false);
        _results = AlignedMemory.Allocate<float>(Math.Max(_inputLength, _outputLength), isPinned: false);
        _weights = new float[_singleLayout.RowLength];
        Refresh();
    }

    public override int RecordLength => (_inputLength + _chain.RecordLength) / 2;

    public override int CotangentRecordLength => (_outputLength + _chain.RecordLength) / 2;

    public override int GradientSumLength => _network.ParameterCount * _chain.LanesOfSums;

    public override void Refresh() => ConversionKernels.Widest.Narrow(_network.Parameters, _parameters);

    public override void Forward(ReadOnlySpan<double> inputs, Span<double> outputs, Span<double> record)
    {
        Span<float> singles = record.IsEmpty ? _inputs : Singles(record);
        Span<float> singleInputs = singles[.._inputLength];
        Narrow(_network.Inputs, inputs, singleInputs);
        _chain.Forward(_parameters, singleInputs, _results, singles[_inputLength..]);
        Widen(_network.Outputs, _results, outputs);
    }

    public override void PropagateCotangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, Span<double> cotangentRecord)
    {
        ReadOnlySpan<float> singles = Singles(record);
        Span<float> cotangents = Singles(cotangentRecord);
        Narrow(_network.Outputs, outputCotangents, cotangents[.._outputLength]);
        _chain.PropagateCotangent(_parameters, singles[.._inputLength], singles[_inputLength..], cotangents[.._outputLength], _results, cotangents[_outputLength..]);
        Widen(_network.Inputs, _results, inputCotangents);
    }

    public override void PropagateTangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> inputTangents, Span<double> outputTangents, Span<double> tangentRecord)
    {
        ReadOnlySpan<float> singles = Singles(record);
        Narrow(_network.Inputs, inputTangents, _inputTangents);
        _chain.PropagateTangent(_parameters, singles[.._inputLength], singles[_inputLength..], _inputTangents, _results, Singles(tangentRecord));
        Widen(_network.Outputs, _results, outputTangents);
    }

    public override void AccumulateGradient(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums)
    {
        ReadOnlySpan<float> singles = Singles(record);
        ReadOnlySpan<float> cotangents = Singles(cotangentRecord);
        _chain.AccumulateGradient(singles[.._inputLength], singles[_inputLength..], cotangents[.._outputLength], cotangents[_outputLength..], Weights(weights), sums);
    }

    public override int SampleSumCount => _chain.SampleSumCount;

    public override int SampleSumStride => _chain.SampleSumStride;

    public override double UnitRoundoff => 5.9604644775390625e-8;

    public override void AccumulateSampleSums(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums, Span<double> magnitudes)
    {
        ReadOnlySpan<float> singles = Singles(record);
        ReadOnlySpan<float> cotangents = Singles(cotangentRecord);
        _chain.AccumulateSampleSums(singles[.._inputLength], singles[_inputLength..], cotangents[.._outputLength], cotangents[_outputLength..], Weights(weights), sums, magnitudes);
    }

    public override void AddSums(ReadOnlySpan<double> sums, Span<double> gradient) => _chain.AddSums(sums, gradient);

    public override void SelectRecord(ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination)
    {
        if (_layout.IsSingle)
        {
            if (mask[0] != 0.0)
                source.CopyTo(destination);
            return;
        }

        ReadOnlySpan<float> from = Singles(source);
        Span<float> to = Singles(destination);
        for (int row = 0; row < from.Length; row += _singleLayout.Stride)
        {
            for (int sample = 0; sample < _layout.Samples; sample++)
            {
                if (mask[sample] != 0.0)
                    to[row + sample] = from[row + sample];
            }
        }
    }

    private ReadOnlySpan<float> Weights(ReadOnlySpan<double> weights)
    {
        if (weights.IsEmpty)
            return default;
        ConversionKernels.Widest.Narrow(weights[.._layout.RowLength], _weights);
        return _weights;
    }

    private void Narrow(int rows, ReadOnlySpan<double> values, Span<float> singles) => ConversionKernels.Widest.Narrow(_layout, values, _singleLayout, singles, rows);

    private void Widen(int rows, ReadOnlySpan<float> singles, Span<double> values) => ConversionKernels.Widest.Widen(_singleLayout, singles, _layout, values, rows);

    private static Span<float> Singles(Span<double> record) => MemoryMarshal.Cast<double, float>(record);

    private static ReadOnlySpan<float> Singles(ReadOnlySpan<double> record) => MemoryMarshal.Cast<double, float>(record);
}
