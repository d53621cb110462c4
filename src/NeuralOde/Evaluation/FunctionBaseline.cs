using static System.FormattableString;

namespace NeuralOde;

/// <summary>A forecaster that the caller wrote.</summary>
internal sealed class FunctionBaseline(string name, Func<Trajectory, double[], double[,]> forecast) : Baseline(name)
{
    internal override void Forecast(Trajectory history, ReadOnlySpan<double> times, Span<double> states)
    {
        double[,] table = forecast(history, times.ToArray())
            ?? throw new InvalidOperationException($"The function of the baseline '{Name}' returned null.");
        if (table.GetLength(0) != times.Length || table.GetLength(1) != history.Dimension)
        {
            throw new InvalidOperationException(
                Invariant($"The function of the baseline '{Name}' returned {table.GetLength(0)} × {table.GetLength(1)} numbers for {times.Length} times of {history.Dimension} components."));
        }

        for (int n = 0; n < states.Length; n++)
            states[n] = table[n / history.Dimension, n % history.Dimension];
    }
}
