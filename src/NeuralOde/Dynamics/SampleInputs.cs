namespace NeuralOde;

/// <summary>The input signals of a batch: one for all samples, or one for each. Immutable.</summary>
internal sealed class SampleInputs
{
    private readonly InputSignal[] _signals;
    private readonly bool _isShared;
    private readonly int _first;
    private readonly int _count;

    public SampleInputs(InputSignal input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _signals = [input];
        _isShared = true;
        _count = 1;
    }

    public SampleInputs(IReadOnlyList<InputSignal> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        _signals = [.. inputs];
        _count = _signals.Length;
        if (_signals.Length == 0)
            throw new ArgumentException("inputs is empty; at least one signal is needed.", nameof(inputs));
        for (int sample = 0; sample < _signals.Length; sample++)
        {
            if (_signals[sample] is null)
                throw new ArgumentException($"inputs[{sample}] is null.", nameof(inputs));
            if (_signals[sample].Dimension != Dimension)
                throw new ArgumentException($"inputs[{sample}] has {_signals[sample].Dimension} components, but inputs[0] has {Dimension}.", nameof(inputs));
        }
    }

    private SampleInputs(SampleInputs all, int first, int count)
    {
        _signals = all._signals;
        _isShared = all._isShared;
        _first = all._first + first;
        _count = count;
    }

    /// <summary>Parts of the signal that has most of them.</summary>
    public int MostParts => _signals.Max(signal => signal.Parts);

    /// <summary>Components of every signal.</summary>
    public int Dimension => _signals[0].Dimension;

    public IReadOnlyList<InputSignal> Signals => _signals;

    /// <summary>The number of samples that have an input of their own, or null when all share one.</summary>
    public int? RequiredSamples => _isShared ? null : _count;

    /// <summary>The input of one sample.</summary>
    public InputSignal this[int sample] => _signals[_isShared ? 0 : _first + sample];

    /// <summary>The inputs of some of the samples.</summary>
    public SampleInputs ForSamples(int first, int count) => _isShared ? this : new SampleInputs(this, first, count);

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
