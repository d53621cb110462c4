namespace NeuralOde;

/// <summary>Evaluates a batch one sample after the other, those only that still count.</summary>
internal abstract class PerSampleEvaluator : VectorFieldEvaluator
{
    private readonly double[] _state;
    private readonly double[] _derivative;
    private readonly bool[] _active;

    protected PerSampleEvaluator(int dimension, BatchLayout layout)
        : base(dimension, layout)
    {
        _state = new double[dimension];
        _derivative = new double[dimension];
        _active = new bool[layout.Samples];
        _active.AsSpan().Fill(true);
    }

    public sealed override void SetActive(ReadOnlySpan<bool> active) => active[.._active.Length].CopyTo(_active);

    public sealed override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
    {
        derivatives.Clear();
        if (Layout.IsSingle)
        {
            Evaluate(sample: 0, times[0], states[..Dimension], derivatives[..Dimension]);
            return;
        }

        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            if (!_active[sample])
                continue;
            Layout.Gather(states, sample, _state);
            _derivative.AsSpan().Clear();
            Evaluate(sample, times[sample], _state, _derivative);
            Layout.Scatter(_derivative, sample, derivatives);
        }
    }

    /// <summary>The derivative of one sample; zero on entry.</summary>
    protected abstract void Evaluate(int sample, double time, ReadOnlySpan<double> state, Span<double> derivative);
}
