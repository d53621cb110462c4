using System.Globalization;
using System.Text;

namespace NeuralOde;

/// <summary>Text from a file as messages show it: cut, and without the characters that steer a terminal or hide what is there.</summary>
internal static class QuotedText
{
    /// <summary>The first characters of a text, with an ellipsis where it is longer; what does not print is U+FFFD.</summary>
    public static string Clean(ReadOnlySpan<char> text, int longest)
    {
        var shown = new StringBuilder();
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (count++ == longest)
                return shown.Append('…').ToString();
            shown.Append(Prints(rune) ? rune.ToString() : "\uFFFD");
        }

        return shown.ToString();
    }

    private static bool Prints(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
