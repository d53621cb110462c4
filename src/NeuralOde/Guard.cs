using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>Checks of arguments: every message names the argument, the index and the number.</summary>
internal static class Guard
{
    /// <param name="values">The numbers.</param>
    /// <param name="expected">How many there must be.</param>
    /// <param name="name">The argument.</param>
    /// <param name="element">Which element of the argument they are, or −1; the name of an element is put together only where something is wrong.</param>
    public static void Length(ReadOnlySpan<double> values, int expected, [CallerArgumentExpression(nameof(values))] string name = "", int element = -1)
    {
        if (values.Length != expected)
            throw new ArgumentException($"{Name(name, element)} has {values.Length} numbers; {expected} are needed.", Name(name, element));
    }

    /// <inheritdoc cref="Length"/>
    public static void Finite(ReadOnlySpan<double> values, [CallerArgumentExpression(nameof(values))] string name = "", int element = -1)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{Name(name, element)}[{i}] = {values[i]} is not finite."), Name(name, element));
        }
    }

    /// <summary>Whether all numbers are finite.</summary>
    public static bool IsFinite(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
                return false;
        }

        return true;
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
    /// <inheritdoc cref="Length" path="/param"/>
    public static void Times(ReadOnlySpan<double> times, [CallerArgumentExpression(nameof(times))] string name = "", int element = -1)
    {
        if (times.IsEmpty)
            throw new ArgumentException($"{Name(name, element)} is empty; at least the initial time is needed.", Name(name, element));
        Finite(times, name, element);
        double direction = times[^1] - times[0];
        for (int i = 1; i < times.Length; i++)
        {
            double step = times[i] - times[i - 1];
            if (direction == 0.0 ? step != 0.0 : step * Math.Sign(direction) < 0.0)
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"{Name(name, element)}[{i}] = {times[i]:R} goes back behind {Name(name, element)}[{i - 1}] = {times[i - 1]:R}; times must all increase or all decrease."), Name(name, element));
            }
        }
    }

    private static string Name(string name, int element) => element < 0 ? name : $"{name}[{element}]";
}
