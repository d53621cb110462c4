using System.Globalization;

namespace NeuralOde.Plots;

/// <summary>Numbers as figures show them: −0.5, 12,000, 2.5×10⁻⁷.</summary>
internal static class NumberText
{
    private const int LargestPlainExponent = 5;
    private const int SmallestPlainExponent = -4;
    private const int MostMantissaDigits = 3;
    private const int MostPlainExponent = 14;

    /// <summary>The labels of numbers that lie a step apart: as many digits as tell them apart, all with the same power of ten.</summary>
    public static string[] Labels(IReadOnlyList<double> values, double step)
    {
        double largest = values.Max(Math.Abs);
        if (largest == 0)
            return [.. values.Select(_ => "0")];
        int exponent = Exponent(largest), stepExponent = Exponent(step), digits = Math.Clamp(exponent - stepExponent, 0, 15);
        bool isScientific = exponent > MostPlainExponent || exponent < SmallestPlainExponent || (exponent > LargestPlainExponent && digits <= MostMantissaDigits);
        return isScientific
            ? [.. values.Select(value => Scientific(value, exponent, digits))]
            : [.. values.Select(value => Plain(value, Math.Max(0, -stepExponent), largest >= 1e4))];
    }

    /// <summary>A power of ten: 10⁻³.</summary>
    public static string PowerOfTen(int exponent) => "10" + Superscript(exponent);

    /// <summary>A number by itself, with three significant digits.</summary>
    public static string Short(double value)
    {
        if (value == 0 || !double.IsFinite(value))
            return value.ToString(CultureInfo.InvariantCulture);
        // Rounded first: 0.99996 is 1.00, which has another exponent.
        double rounded = double.Parse(value.ToString("e2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        int exponent = Exponent(Math.Abs(rounded));
        return exponent is > LargestPlainExponent or < SmallestPlainExponent
            ? Scientific(rounded, exponent, 2)
            : Plain(rounded, Math.Max(0, 2 - exponent), Math.Abs(rounded) >= 1e4);
    }

    public static int Exponent(double positive) => (int)Math.Floor(Math.Log10(positive) + 1e-9);

    private static string Plain(double value, int decimals, bool isGrouped) => Sign(value.ToString((isGrouped ? "N" : "F") + decimals, CultureInfo.InvariantCulture));

    private static string Scientific(double value, int exponent, int digits)
    {
        if (value == 0)
            return "0";
        // In two factors, because 10^−320 has no digits left.
        double mantissa = value / Math.Pow(10, exponent / 2) / Math.Pow(10, exponent - exponent / 2);
        return $"{Sign(mantissa.ToString("F" + digits, CultureInfo.InvariantCulture))}×{PowerOfTen(exponent)}";
    }

    private static string Sign(string number) => !number.StartsWith('-') ? number : number.AsSpan(1).ContainsAnyInRange('1', '9') ? "−" + number[1..] : number[1..];

    private static string Superscript(int number) =>
        string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
}
