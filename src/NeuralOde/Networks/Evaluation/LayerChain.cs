using System.Numerics;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>The layers of a network in one precision, with scratch memory: what <see cref="NetworkEvaluator"/> is made of.</summary>
/// <remarks>
/// The values between layers are numbered buffers: 0 is the input, the last is the output, and each layer writes a new one,
/// except that an activation behind a linear layer, computed in one pass with it, overwrites that layer's buffer where its derivative allows. Buffers that
/// the backward pass reads lie one after the other in the record.
/// Both records are component-major, whole rows of the layout's stride: column s belongs to sample s alone.
/// </remarks>
/// <typeparam name="T">double or float.</typeparam>
internal sealed class LayerChain<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly BatchLayout _layout;
    private readonly Step[] _steps;
    private readonly int[] _offsets;
    private readonly int[] _lengths;
    private readonly int _lastBuffer;
    private readonly bool _outputIsRecorded;
    private readonly ArraySegment<T> _ownRecord;
    private readonly ArraySegment<T> _weighted;

    public LayerChain(Network network, BatchLayout layout)
    {
        _layout = layout;
        IReadOnlyList<Layer> layers = network.Layers;
        _steps = new Step[layers.Count];
        var rows = new List<int> { layers[0].Inputs };
        int parameterOffset = 0;
        for (int i = 0; i < layers.Count; i++)
        {
            Layer layer = layers[i];
            bool inPlace = i > 0 && layers[i - 1] is Dense && layer.MayOverwriteInput;
            if (!inPlace)
                rows.Add(layer.Outputs);
            _steps[i] = new Step(layer.CreateOperator<T>(), rows.Count - (inPlace ? 1 : 2), rows.Count - 1, layer.Outputs, parameterOffset, layer.ParameterCount);
            parameterOffset += layer.ParameterCount;
        }

        _lastBuffer = rows.Count - 1;
        // The derivative of an activation may need its output; any other last layer writes straight to the caller's buffer.
        _outputIsRecorded = layers[^1] is ActivationLayer;
        _lengths = [.. rows.Select(count => layout.Length(count, "numbers of a layer"))];
        _offsets = new int[rows.Count];
        long offset = 0;
        for (int buffer = 1; buffer < rows.Count; buffer++)
        {
            _offsets[buffer] = (int)offset;
            if (buffer < _lastBuffer || _outputIsRecorded)
                offset += _lengths[buffer];
        }

        RecordLength = offset <= ArrayLength.Max ? (int)offset : throw ArrayLength.TooLong(offset, $"{offset / layout.Stride} numbers between layers × {layout.Samples} samples");
        LanesOfSums = !layout.IsSingle && typeof(T) == typeof(double) && network.ParameterCount <= EightSums.MostParameters ? BatchLayout.Lanes : 1;
        _ownRecord = AlignedMemory.Allocate<T>(RecordLength, isPinned: false);
        _weighted = AlignedMemory.Allocate<T>(_lengths.Max(), isPinned: false);
    }

    /// <summary>Numbers in a record and in a cotangent record.</summary>
    public int RecordLength { get; }

    /// <summary>Partial sums of every parameter that <see cref="AccumulateGradient"/> adds to.</summary>
    public int LanesOfSums { get; }

    /// <summary>Parameters that <see cref="AccumulateSampleSums"/> looks at.</summary>
    /// <exception cref="ArgumentException">They are more than an array can hold.</exception>
    public int SampleSumCount
    {
        get
        {
            long count = _steps.Sum(step => step.Operator.SampleSumCount);
            return count <= ArrayLength.Max ? (int)count : throw ArrayLength.TooLong(count, $"{count} parameters");
        }
    }

    /// <summary>Numbers in a row of <see cref="AccumulateSampleSums"/>.</summary>
    public int SampleSumStride => _layout.Stride;

    /// <summary>outputs = network(inputs). An empty <paramref name="record"/> records nothing.</summary>
    public void Forward(ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, Span<T> outputs, Span<T> record)
    {
        if (record.IsEmpty)
            record = _ownRecord;
        for (int i = 0; i < _steps.Length; i++)
        {
            Step step = _steps[i];
            Span<T> destination = IsExternal(step.Output) ? outputs : Buffer(record, step.Output);
            ReadOnlySpan<T> source = step.Input == 0 ? inputs : Buffer(record, step.Input);
            if (step.Operator is DenseOperator<T> dense && i + 1 < _steps.Length && _steps[i + 1].Operator is ActivationOperator<T> next)
            {
                // Both layers in one pass.
                i++;
                dense.Forward(_layout, Parameters(parameters, step), source, destination, next.Activation, Buffer(record, _steps[i].Output));
            }
            else
            {
                step.Operator.Forward(_layout, Parameters(parameters, step), source, destination);
            }
        }

        if (_outputIsRecorded)
            Buffer(record, _lastBuffer).CopyTo(outputs);
    }

    /// <summary>inputCotangents = Jᵀ · outputCotangents at the recorded point.</summary>
    public void PropagateCotangent(ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, ReadOnlySpan<T> record,
        ReadOnlySpan<T> outputCotangents, Span<T> inputCotangents, Span<T> cotangentRecord)
    {
        if (_outputIsRecorded)
            outputCotangents[.._lengths[_lastBuffer]].CopyTo(Buffer(cotangentRecord, _lastBuffer));
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            Step step = _steps[i];
            ReadOnlySpan<T> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<T> results = IsExternal(step.Output) ? default : Buffer(record, step.Output);
            ReadOnlySpan<T> from = IsExternal(step.Output) ? outputCotangents : Buffer(cotangentRecord, step.Output);
            Span<T> to = step.Input == 0 ? inputCotangents : Buffer(cotangentRecord, step.Input);
            step.Operator.PropagateCotangent(_layout, Parameters(parameters, step), values, results, from, to);
        }
    }

    /// <summary>
    /// outputTangents = J · inputTangents at the recorded point, with the same bits for a sample alone and in any batch.
    /// <paramref name="tangentRecord"/> is scratch memory as long as a cotangent record.
    /// </summary>
    public void PropagateTangent(ReadOnlySpan<T> parameters, ReadOnlySpan<T> inputs, ReadOnlySpan<T> record,
        ReadOnlySpan<T> inputTangents, Span<T> outputTangents, Span<T> tangentRecord)
    {
        foreach (Step step in _steps)
        {
            ReadOnlySpan<T> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<T> results = IsExternal(step.Output) ? default : Buffer(record, step.Output);
            ReadOnlySpan<T> from = step.Input == 0 ? inputTangents : Buffer(tangentRecord, step.Input);
            Span<T> to = IsExternal(step.Output) ? outputTangents : Buffer(tangentRecord, step.Output);
            step.Operator.PropagateTangent(_layout, Parameters(parameters, step), values, results, from, to);
        }

        if (_outputIsRecorded)
            Buffer(tangentRecord, _lastBuffer).CopyTo(outputTangents);
    }

    /// <summary>
    /// Adds to the partial sums of the gradient: Σ over samples of weight · ∂⟨outputCotangents, network(inputs)⟩/∂θ, after
    /// <see cref="PropagateCotangent"/> with the same arguments. Empty <paramref name="weights"/> count every sample once.
    /// </summary>
    public void AccumulateGradient(ReadOnlySpan<T> inputs, ReadOnlySpan<T> record,
        ReadOnlySpan<T> outputCotangents, ReadOnlySpan<T> cotangentRecord, ReadOnlySpan<T> weights, Span<double> sums)
    {
        foreach (Step step in _steps)
        {
            if (step.ParameterCount == 0)
                continue;
            ReadOnlySpan<T> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<T> cotangents = IsExternal(step.Output) ? outputCotangents : Buffer(cotangentRecord, step.Output);
            if (!weights.IsEmpty)
            {
                NetworkKernels<T>.Widest.Scale(_layout, step.Outputs, weights, cotangents, _weighted);
                cotangents = _weighted;
            }

            Span<double> sumsOfStep = sums.Slice(step.ParameterOffset * LanesOfSums, step.ParameterCount * LanesOfSums);
            if (LanesOfSums == 1)
                step.Operator.AccumulateGradient(_layout, values, cotangents, sumsOfStep);
            else
                step.Operator.AccumulateLaneSums(_layout, values, cotangents, MemoryMarshal.Cast<double, T>(sumsOfStep));
        }
    }

    /// <summary>
    /// As <see cref="AccumulateGradient"/>, but for every sample by itself and some of the parameters, or all: a row of <see cref="SampleSumStride"/> for each; what was
    /// added without its sign is added to <paramref name="magnitudes"/>, unless these are empty.
    /// </summary>
    public void AccumulateSampleSums(ReadOnlySpan<T> inputs, ReadOnlySpan<T> record,
        ReadOnlySpan<T> outputCotangents, ReadOnlySpan<T> cotangentRecord, ReadOnlySpan<T> weights, Span<double> sums, Span<double> magnitudes)
    {
        int offset = 0;
        foreach (Step step in _steps)
        {
            if (step.ParameterCount == 0)
                continue;
            ReadOnlySpan<T> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<T> cotangents = IsExternal(step.Output) ? outputCotangents : Buffer(cotangentRecord, step.Output);
            if (!weights.IsEmpty)
            {
                NetworkKernels<T>.Widest.Scale(_layout, step.Outputs, weights, cotangents, _weighted);
                cotangents = _weighted;
            }

            step.Operator.AccumulateSampleSums(_layout, values, cotangents, sums[offset..], magnitudes.IsEmpty ? magnitudes : magnitudes[offset..]);
            offset += (int)step.Operator.SampleSumCount * _layout.Stride;
        }
    }

    /// <summary>gradient += what the partial sums add up to.</summary>
    public void AddSums(ReadOnlySpan<double> sums, Span<double> gradient)
    {
        for (int parameter = 0; parameter < gradient.Length; parameter++)
        {
            ReadOnlySpan<double> s = sums.Slice(parameter * LanesOfSums, LanesOfSums);
            gradient[parameter] += s.Length == 1 ? s[0] : EightSums.Total(s);
        }
    }

    private bool IsExternal(int buffer) => buffer == _lastBuffer && !_outputIsRecorded;

    private Span<T> Buffer(Span<T> record, int buffer) => record.Slice(_offsets[buffer], _lengths[buffer]);

    private ReadOnlySpan<T> Buffer(ReadOnlySpan<T> record, int buffer) => record.Slice(_offsets[buffer], _lengths[buffer]);

    private static ReadOnlySpan<T> Parameters(ReadOnlySpan<T> parameters, Step step) => parameters.Slice(step.ParameterOffset, step.ParameterCount);

    /// <summary>A layer with the numbers of the buffers it reads and writes.</summary>
    private readonly record struct Step(LayerOperator<T> Operator, int Input, int Output, int Outputs, int ParameterOffset, int ParameterCount);
}
