namespace NeuralOde;

/// <summary>The input signals of a batch: one for all samples, or one for each. Immutable, but for slots that are made to be filled anew before every solve.</summary>
internal sealed class SampleInputs
{
    private readonly InputSignal?[] _signals;
    private readonly bool _isShared;
    private readonly int _first;
    private readonly int _count;
    private readonly SampleInputs _whole;
    private int _version;

    public SampleInputs(InputSignal input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _signals = [input];
        _isShared = true;
        _count = 1;
        _whole = this;
        Dimension = input.Dimension;
    }

    public SampleInputs(IReadOnlyList<InputSignal> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        _signals = [.. inputs];
        _count = _signals.Length;
        _whole = this;
        if (inputs.Count == 0)
            throw new ArgumentException("inputs is empty; at least one signal is needed.", nameof(inputs));
        for (int sample = 0; sample < _signals.Length; sample++)
        {
            if (_signals[sample] is not { } signal)
                throw new ArgumentException($"inputs[{sample}] is null.", nameof(inputs));
            if (sample == 0)
                Dimension = signal.Dimension;
            if (signal.Dimension != Dimension)
                throw new ArgumentException($"inputs[{sample}] has {signal.Dimension} components, but inputs[0] has {Dimension}.", nameof(inputs));
        }
    }

    private SampleInputs(InputSignal?[] slots, int dimension)
    {
        _signals = slots;
        _count = slots.Length;
        _whole = this;
        Dimension = dimension;
    }

    private SampleInputs(SampleInputs all, int first, int count)
    {
        _signals = all._signals;
        _isShared = all._isShared;
        _first = all._first + first;
        _count = count;
        _whole = all._whole;
        Dimension = all.Dimension;
    }

    /// <summary>Parts of the signal that has most of them.</summary>
    public int MostParts
    {
        get
        {
            int most = 0;
            foreach (InputSignal? signal in _signals.AsSpan(_first, _count))
                most = Math.Max(most, signal?.Parts ?? 0);
            return most;
        }
    }

    /// <summary>Components of every signal.</summary>
    public int Dimension { get; }

    public IReadOnlyList<InputSignal> Signals => Array.AsReadOnly(_signals)!;

    /// <summary>The number of samples that have an input of their own, or null when all share one.</summary>
    public int? RequiredSamples => _isShared ? null : _count;

    /// <summary>How often a slot was filled: what evaluates the inputs knows by it that they have changed.</summary>
    public int Version => _whole._version;

    /// <summary>The input of one sample.</summary>
    public InputSignal this[int sample] => _signals[_isShared ? 0 : _first + sample]!;

    /// <summary>Inputs to be filled with <see cref="Set"/> before every solve, so that one engine serves minibatches of changing trajectories.</summary>
    public static SampleInputs Slots(int dimension, int samples) => new(new InputSignal?[samples], dimension);

    /// <summary>Fills a slot; parts of the batch see it too.</summary>
    public void Set(int sample, InputSignal signal)
    {
        if (ReferenceEquals(_signals[sample], signal))
            return;
        _signals[sample] = signal;
        _version++;
    }

    /// <summary>The inputs of some of the samples.</summary>
    public SampleInputs ForSamples(int first, int count) => _isShared ? this : new SampleInputs(this, first, count);

    /// <summary>The same inputs in standardized time and values.</summary>
    public SampleInputs InUnits(Standardization standardization) =>
        _isShared ? new SampleInputs(this[0].InUnits(standardization)) : new SampleInputs([.. Enumerable.Range(0, _count).Select(sample => this[sample].InUnits(standardization))]);

    /// <summary>Makes what evaluates them in a batch.</summary>
    /// <exception cref="ArgumentException">Every sample has its own input, but the batch has more or fewer samples.</exception>
    public InputEvaluator CreateEvaluator(BatchLayout layout)
    {
        if (RequiredSamples is { } required && required != layout.Samples)
        {
            throw new ArgumentException(
                $"The vector field has {required} inputs, one per sample, but is asked for {layout.Samples} {(layout.Samples == 1 ? "sample" : "samples")}. Give it as many inputs as samples, or one for all.");
        }

        return new InputEvaluator(this, layout);
    }
}
