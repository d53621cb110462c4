using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>A network in single precision between states, cotangents and gradients in double precision.</summary>
/// <remarks>
/// Keeps the parameters in single precision, taken over by <see cref="Refresh"/>, and what goes in and out. Records are the
/// caller's numbers, each of which holds two of single precision.
/// </remarks>
internal sealed class SingleNetworkEvaluator : NetworkEvaluator
{
    private readonly Network _network;
    private readonly BatchLayout _layout;
    private readonly BatchLayout _singleLayout;
    private readonly LayerChain<float> _chain;
    private readonly float[] _parameters;
    private readonly float[] _inputs;
    private readonly float[] _results;
    private readonly float[] _cotangents;
    private readonly float[] _weights;

    public SingleNetworkEvaluator(Network network, BatchLayout layout)
    {
        _network = network;
        _layout = layout;
        _singleLayout = layout.ForSingles();
        _chain = new LayerChain<float>(network, _singleLayout);
        _parameters = new float[network.ParameterCount];
        _inputs = new float[_singleLayout.Length(network.Inputs)];
        _results = new float[_singleLayout.Length(Math.Max(network.Inputs, network.Outputs))];
        _cotangents = new float[_results.Length];
        _weights = new float[_singleLayout.RowLength];
        Refresh();
    }

    public override int RecordLength => _chain.RecordLength / 2;

    public override int GradientSumLength => _network.ParameterCount * _chain.LanesOfSums;

    public override void Refresh() => ConversionKernels.Narrow(_network.Parameters, _parameters);

    public override void Forward(ReadOnlySpan<double> inputs, Span<double> outputs, Span<double> record)
    {
        Narrow(_network.Inputs, inputs, _inputs);
        _chain.Forward(_parameters, _inputs, _results, Singles(record));
        Widen(_network.Outputs, _results, outputs);
    }

    public override void PropagateCotangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, Span<double> cotangentRecord)
    {
        Narrow(_network.Inputs, inputs, _inputs);
        Narrow(_network.Outputs, outputCotangents, _cotangents);
        _chain.PropagateCotangent(_parameters, _inputs, Singles(record), _cotangents, _results, Singles(cotangentRecord));
        Widen(_network.Inputs, _results, inputCotangents);
    }

    public override void PropagateTangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> inputTangents, Span<double> outputTangents, Span<double> tangentRecord)
    {
        Narrow(_network.Inputs, inputs, _inputs);
        Narrow(_network.Inputs, inputTangents, _cotangents);
        _chain.PropagateTangent(_parameters, _inputs, Singles(record), _cotangents, _results, Singles(tangentRecord));
        Widen(_network.Outputs, _results, outputTangents);
    }

    public override void AccumulateGradient(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums)
    {
        Narrow(_network.Inputs, inputs, _inputs);
        Narrow(_network.Outputs, outputCotangents, _cotangents);
        ReadOnlySpan<float> singleWeights = default;
        if (!weights.IsEmpty)
        {
            ConversionKernels.Narrow(weights[.._layout.RowLength], _weights);
            singleWeights = _weights;
        }

        _chain.AccumulateGradient(_inputs, Singles(record), _cotangents, Singles(cotangentRecord), singleWeights, sums);
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

    private void Narrow(int rows, ReadOnlySpan<double> values, Span<float> singles) => ConversionKernels.Narrow(_layout, values, _singleLayout, singles, rows);

    private void Widen(int rows, ReadOnlySpan<float> singles, Span<double> values) => ConversionKernels.Widen(_singleLayout, singles, _layout, values, rows);

    private static Span<float> Singles(Span<double> record) => MemoryMarshal.Cast<double, float>(record);

    private static ReadOnlySpan<float> Singles(ReadOnlySpan<double> record) => MemoryMarshal.Cast<double, float>(record);
}
