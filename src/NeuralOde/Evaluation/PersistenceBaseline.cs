namespace NeuralOde;

/// <summary>Every component stays as it was last observed.</summary>
internal sealed class PersistenceBaseline() : Baseline("persistence")
{
    internal override void Forecast(Trajectory history, ReadOnlySpan<double> times, Span<double> states)
    {
        int dimension = history.Dimension;
        for (int i = 0; i < dimension; i++)
        {
            double last = double.NaN;
            for (int n = history.Length - 1; n >= 0 && double.IsNaN(last); n--)
                last = history.StateAt(n)[i];
            for (int n = 0; n < times.Length; n++)
                states[(n * dimension) + i] = last;
        }
    }
}
