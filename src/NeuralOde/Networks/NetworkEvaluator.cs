namespace NeuralOde;

/// <summary>A network with the scratch memory to run it on one batch after the other. Owned by one run; not thread-safe.</summary>
/// <remarks>
/// A forward call may leave what the backward pass needs in a <em>record</em>, memory that the caller keeps per evaluation.
/// The backward pass comes in two parts, so that a caller may decide between them which samples count: first the cotangents,
/// kept in a <em>cotangent record</em>, then the parameter gradient, weighted per sample.
/// Both records are component-major, whole rows of the layout's stride: column s belongs to sample s alone.
///
/// The values between layers are numbered buffers: 0 is the input, the last is the output, and each layer writes a new one,
/// except that an activation behind a linear layer overwrites that layer's buffer where its derivative allows. Buffers that
/// the backward pass reads lie one after the other in the record.
/// </remarks>
internal sealed class NetworkEvaluator
{
    private readonly Network _network;
    private readonly BatchLayout _layout;
    private readonly Step[] _steps;
    private readonly int[] _offsets;
    private readonly int[] _lengths;
    private readonly int _lastBuffer;
    private readonly bool _outputIsRecorded;
    private readonly double[] _ownRecord;
    private readonly double[] _weighted;

    public NetworkEvaluator(Network network, BatchLayout layout)
    {
        _network = network;
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
            _steps[i] = new Step(layer, rows.Count - (inPlace ? 1 : 2), rows.Count - 1, parameterOffset);
            parameterOffset += layer.ParameterCount;
        }

        _lastBuffer = rows.Count - 1;
        // The derivative of an activation may need its output; any other last layer writes straight to the caller's buffer.
        _outputIsRecorded = layers[^1] is ActivationLayer;
        _lengths = [.. rows.Select(layout.Length)];
        _offsets = new int[rows.Count];
        int offset = 0;
        for (int buffer = 1; buffer < rows.Count; buffer++)
        {
            _offsets[buffer] = offset;
            if (buffer < _lastBuffer || _outputIsRecorded)
                offset += _lengths[buffer];
        }

        RecordLength = offset;
        _ownRecord = new double[offset];
        _weighted = new double[_lengths.Max()];
    }

    /// <summary>Numbers in a record.</summary>
    public int RecordLength { get; }

    /// <summary>Numbers in a cotangent record.</summary>
    public int CotangentRecordLength => RecordLength;

    /// <summary>outputs = network(inputs). An empty <paramref name="record"/> records nothing.</summary>
    public void Forward(ReadOnlySpan<double> inputs, Span<double> outputs, Span<double> record)
    {
        if (record.IsEmpty)
            record = _ownRecord;
        foreach (Step step in _steps)
        {
            Span<double> destination = IsExternal(step.Output) ? outputs : Buffer(record, step.Output);
            ReadOnlySpan<double> source = step.Input == 0 ? inputs : Buffer(record, step.Input);
            step.Layer.Forward(_layout, Parameters(step), source, destination);
        }

        if (_outputIsRecorded)
            Buffer(record, _lastBuffer).CopyTo(outputs);
    }

    /// <summary>inputCotangents = Jᵀ · outputCotangents at the recorded point.</summary>
    public void PropagateCotangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, Span<double> cotangentRecord)
    {
        if (_outputIsRecorded)
            outputCotangents[.._lengths[_lastBuffer]].CopyTo(Buffer(cotangentRecord, _lastBuffer));
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            Step step = _steps[i];
            ReadOnlySpan<double> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<double> results = IsExternal(step.Output) ? default : Buffer(record, step.Output);
            ReadOnlySpan<double> from = IsExternal(step.Output) ? outputCotangents : Buffer(cotangentRecord, step.Output);
            Span<double> to = step.Input == 0 ? inputCotangents : Buffer(cotangentRecord, step.Input);
            step.Layer.PropagateCotangent(_layout, Parameters(step), values, results, from, to);
        }
    }

    /// <summary>
    /// outputTangents = J · inputTangents at the recorded point, with the same bits for a sample alone and in any batch.
    /// <paramref name="tangentRecord"/> is scratch memory as long as a cotangent record.
    /// </summary>
    public void PropagateTangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> inputTangents, Span<double> outputTangents, Span<double> tangentRecord)
    {
        foreach (Step step in _steps)
        {
            ReadOnlySpan<double> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<double> results = IsExternal(step.Output) ? default : Buffer(record, step.Output);
            ReadOnlySpan<double> from = step.Input == 0 ? inputTangents : Buffer(tangentRecord, step.Input);
            Span<double> to = IsExternal(step.Output) ? outputTangents : Buffer(tangentRecord, step.Output);
            step.Layer.PropagateTangent(_layout, Parameters(step), values, results, from, to);
        }

        if (_outputIsRecorded)
            Buffer(tangentRecord, _lastBuffer).CopyTo(outputTangents);
    }

    /// <summary>
    /// gradient += Σ over samples of weight · ∂⟨outputCotangents, network(inputs)⟩/∂θ, after
    /// <see cref="PropagateCotangent"/> with the same arguments. Empty <paramref name="weights"/> count every sample once.
    /// </summary>
    public void AccumulateGradient(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> gradient)
    {
        foreach (Step step in _steps)
        {
            if (step.Layer.ParameterCount == 0)
                continue;
            ReadOnlySpan<double> values = step.Input == 0 ? inputs : Buffer(record, step.Input);
            ReadOnlySpan<double> cotangents = IsExternal(step.Output) ? outputCotangents : Buffer(cotangentRecord, step.Output);
            if (!weights.IsEmpty)
            {
                StageKernels.Scale(_layout, step.Layer.Outputs, weights, cotangents, _weighted);
                cotangents = _weighted;
            }

            step.Layer.AccumulateGradient(_layout, values, cotangents, gradient.Slice(step.ParameterOffset, step.Layer.ParameterCount));
        }
    }

    private bool IsExternal(int buffer) => buffer == _lastBuffer && !_outputIsRecorded;

    private Span<double> Buffer(Span<double> record, int buffer) => record.Slice(_offsets[buffer], _lengths[buffer]);

    private ReadOnlySpan<double> Buffer(ReadOnlySpan<double> record, int buffer) => record.Slice(_offsets[buffer], _lengths[buffer]);

    private ReadOnlySpan<double> Parameters(Step step) => _network.Parameters.Slice(step.ParameterOffset, step.Layer.ParameterCount);

    /// <summary>A layer with the numbers of the buffers it reads and writes.</summary>
    private readonly record struct Step(Layer Layer, int Input, int Output, int ParameterOffset);
}
