namespace NeuralOde;

/// <summary>Evaluates the inputs of a batch; remembers for every sample where in its signal it was last. Owned by one run; not thread-safe.</summary>
internal sealed class InputEvaluator(SampleInputs inputs, BatchLayout layout)
{
    private readonly double[] _value = new double[inputs.Dimension];
    private int[] _hints = Hints(layout, inputs.MostParts);
    private int _parts = inputs.MostParts;

    /// <summary>Changes whenever the inputs do.</summary>
    public int Version => inputs.Version;

    /// <summary>The times at which the input of one sample jumps or has a kink, ascending. At such a time it has its value from the right.</summary>
    public ReadOnlyMemory<double> Breakpoints(int sample) => inputs[sample].BreakpointMemory;

    /// <summary>Takes over inputs that have changed since the last solve.</summary>
    public void Refresh()
    {
        if (inputs.MostParts <= _parts)
            return;
        _parts = inputs.MostParts;
        _hints = Hints(layout, _parts);
    }

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

    private static int[] Hints(BatchLayout layout, int parts) => new int[ArrayLength.Of((layout.Samples, "samples"), (parts, "signals of an input"))];
}
