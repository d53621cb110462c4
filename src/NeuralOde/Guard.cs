using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Checks of arguments: every message names the argument, the index and the number.</summary>
internal static class Guard
{
    public static void Length(ReadOnlySpan<double> values, int expected, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        if (values.Length != expected)
            throw new ArgumentException($"{name} has {values.Length} numbers; {expected} are needed.", name);
    }

    public static void Finite(ReadOnlySpan<double> values, [CallerArgumentExpression(nameof(values))] string name = "")
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] = {values[i]} is not finite."), name);
        }
    }

    public static void Finite(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!double.IsFinite(value))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} = {value} is not finite."), name);
    }

    public static void Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0.0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive and finite.");
    }

    public static void NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0.0) || !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite and not negative.");
    }

    /// <summary>Output times: at least one, finite, and monotone in either direction; repeated times are legal.</summary>
    public static void Times(ReadOnlySpan<double> times, [CallerArgumentExpression(nameof(times))] string name = "")
    {
        if (times.IsEmpty)
            throw new ArgumentException($"{name} is empty; at least the initial time is needed.", name);
        Finite(times, name);
        double direction = times[^1] - times[0];
        for (int i = 1; i < times.Length; i++)
        {
            double step = times[i] - times[i - 1];
            if (direction == 0.0 ? step != 0.0 : step * Math.Sign(direction) < 0.0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"{name}[{i}] = {times[i]:R} goes back behind {name}[{i - 1}] = {times[i - 1]:R}; times must all increase or all decrease."), name);
            }
        }
    }
}
