using System.Globalization;

namespace NeuralOde;

/// <summary>Lengths of arrays that a caller or a file chooses: products in 64 bits or more, refused before memory is asked for.</summary>
/// <remarks>
/// An index into an array whose length was computed here is a product of no more than its factors, so that it fits into 32 bits: this is what kernels
/// rest on (docs/architecture.md).
/// </remarks>
internal static class ArrayLength
{
    /// <summary>The longest array. Up to 2³¹ that leaves room for aligning it to a cache line, and for indices of loops that look a few vectors ahead.</summary>
    public const int Max = 0x7FFF_FF80;

    /// <summary>The product of counts, each with what it counts.</summary>
    /// <exception cref="ArgumentException">The product is more than an array can hold; the message names the factors.</exception>
    public static int Of(params ReadOnlySpan<(int Count, string Counted)> factors)
    {
        Int128 length = 1;
        foreach ((int count, _) in factors)
            length *= count;
        if (length <= Max)
            return (int)length;
        string text = "";
        foreach ((int count, string counted) in factors)
            text += string.Create(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : " × ")}{count} {counted}");
        throw TooLong(length, text);
    }

    /// <summary>Says that an array would be too long.</summary>
    /// <param name="length">How long it would be.</param>
    /// <param name="factors">What this is the product or the sum of.</param>
    public static ArgumentException TooLong(Int128 length, string factors) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{length} numbers are too many for one array, which holds {Max} at most: {factors}."));
}
