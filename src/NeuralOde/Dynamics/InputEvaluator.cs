namespace NeuralOde;

/// <summary>Evaluates the inputs of a batch; remembers for every sample where in its signal it was last. Owned by one run; not thread-safe.</summary>
internal sealed class InputEvaluator(SampleInputs inputs, BatchLayout layout)
{
    private readonly int _parts = inputs.MostParts;
    private readonly int[] _hints = new int[ArrayLength.Of((layout.Samples, "samples"), (inputs.MostParts, "signals of an input"))];
    private readonly double[] _value = new double[inputs.Dimension];

    /// <summary>The times at which the input of one sample jumps or has a kink. At such a time it has its value from the right.</summary>
    public ReadOnlySpan<double> Breakpoints(int sample) => inputs[sample].Breakpoints;

    /// <summary>The input of one sample. Valid until the next call.</summary>
    public ReadOnlySpan<double> Evaluate(int sample, double time)
    {
        inputs[sample].Evaluate(time, _hints.AsSpan(sample * _parts, inputs[sample].Parts), _value);
        return _value;
    }

    /// <summary>Writes the inputs of all samples as component-major rows, the padding lanes a copy of the last sample.</summary>
    public void EvaluateRows(ReadOnlySpan<double> times, Span<double> rows)
    {
        for (int sample = 0; sample < layout.Samples; sample++)
            layout.Scatter(Evaluate(sample, times[sample]), sample, rows);
        layout.FillPadding(rows, _value.Length);
    }
}
