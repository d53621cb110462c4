using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>The argument checks that the training descriptions share. A NaN fails every one of them.</summary>
internal static class TrainingArguments
{
    /// <summary>Returns <paramref name="value"/> when it is finite and greater than 0.</summary>
    public static double Positive(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value > 0 && double.IsFinite(value) ? value : throw OutOfRange(name, value, "must be finite and greater than 0");

    /// <summary>Returns <paramref name="value"/> when it is finite and at least 0.</summary>
    public static double NonNegative(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= 0 && double.IsFinite(value) ? value : throw OutOfRange(name, value, "must be finite and at least 0");

    /// <summary>Returns <paramref name="value"/> when it lies in [0, 1).</summary>
    public static double DecayRate(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is >= 0 and < 1 ? value : throw OutOfRange(name, value, "must be at least 0 and less than 1");

    /// <summary>Returns <paramref name="value"/> when it lies in [0, 1].</summary>
    public static double Fraction(double value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is >= 0 and <= 1 ? value : throw OutOfRange(name, value, "must be between 0 and 1");

    /// <summary>Returns <paramref name="value"/> when it is at least <paramref name="least"/>.</summary>
    public static int AtLeast(int least, int value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value >= least ? value : throw OutOfRange(name, value, $"must be at least {least}");

    private static ArgumentOutOfRangeException OutOfRange(string? name, object value, string requirement) =>
        new(name, value, FormattableString.Invariant($"{name} {requirement}, but it is {value}."));
}
