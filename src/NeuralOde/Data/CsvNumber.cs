using System.Globalization;
using System.Text;

namespace NeuralOde;

/// <summary>
/// What a cell is taken for: a number, text, or a number that is written in a way that is not read, and how to write it so that it is.
/// </summary>
internal static class CsvNumber
{
    private const int LongestExplained = 64;
    private const int LongestOnStack = 256;

    private static readonly string[] DayFirst = [.. from day in (string[])["d.M.yyyy", "d.M.yy", "d/M/yyyy", "d-M-yyyy"] from time in (string[])["", " H:mm", " H:mm:ss"] select day + time];

    /// <summary>Reads a number in the invariant culture: digits with a decimal point and an exponent, NaN or Infinity.</summary>
    public static bool TryParse(ReadOnlySpan<char> cell, out double value)
    {
        // The framework overlooks null characters at the end.
        if (!cell.IsEmpty && cell[^1] == '\0')
        {
            value = double.NaN;
            return false;
        }

        return double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Reads a number with a decimal comma, or a point.</summary>
    public static bool TryParse(ReadOnlySpan<char> cell, bool decimalComma, out double value)
    {
        if (!decimalComma)
            return TryParse(cell, out value);
        value = double.NaN;
        if (cell.Contains('.'))
            return false;
        if (!cell.Contains(','))
            return TryParse(cell, out value);
        Span<char> pointed = cell.Length <= LongestOnStack ? stackalloc char[cell.Length] : new char[cell.Length];
        cell.Replace(pointed, ',', '.');
        return TryParse(pointed, out value);
    }

    /// <summary>Whether a cell is a number, in whatever way it is written.</summary>
    public static bool IsNumber(ReadOnlySpan<char> cell) => TryParse(cell, out _) || Rewrite(cell).IsNumber;

    /// <summary>Whether a cell that does not parse may be a number to someone: it has a digit of any script, or stands for infinity.</summary>
    public static bool MayBeNumber(ReadOnlySpan<char> cell)
    {
        foreach (Rune rune in cell.EnumerateRunes())
        {
            if (Rune.IsNumber(rune))
                return true;
        }

        ReadOnlySpan<char> unsigned = cell.Trim().TrimStart("+-\u2212");
        return unsigned is "\u221E" || unsigned.Equals("inf", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>What to change in a cell so that it is read as a number; null if that is not known.</summary>
    public static string? Explain(ReadOnlySpan<char> cell, bool decimalComma, bool isTime = false)
    {
        if (decimalComma && cell.Contains('.') && (TryParse(cell, out _) || Rewrite(cell).IsNumber))
        {
            return cell.Contains(',') ? "write one comma, before the decimals, and nothing between groups of digits"
                : "CsvOptions.DecimalComma is set, but the number has a point; write a comma, or leave the point out where it separates groups of digits";
        }

        (bool isNumber, string? remedy) = Rewrite(cell);
        string dates = isTime ? "CsvOptions.TimeFormat reads dates and times of day" : "dates and times of day are read in the time column (CsvOptions.TimeColumn) alone";
        return ExplainSeparator(cell) is { } separator ? separator
            : IsDayFirst(cell) ? dates
            : isNumber ? remedy
            : IsDateOrTime(cell) ? dates
            : IsWithUnit(cell) ? "write the number alone, without a unit"
            : null;
    }

    /// <summary>
    /// What to set where a text may be several cells: it holds a character that separates cells in other files; null if it holds none.
    /// </summary>
    public static string? ExplainSeparator(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAny(";\t|");
        return at < 0 ? null : $"if {(text[at] == '\t' ? "a tab" : $"'{text[at]}'")} separates cells, set CsvOptions.Separator";
    }

    /// <summary>Rewrites whatever is known of other ways to write numbers, and looks whether a number comes out.</summary>
    private static (bool IsNumber, string? Remedy) Rewrite(ReadOnlySpan<char> cell)
    {
        if (cell.Length > LongestExplained || !MayBeNumber(cell))
            return (false, null);
        var remedies = new List<string>();
        string text = cell.Trim().ToString();
        text = RewriteCharacters(text, remedies);
        text = RemovePercent(text, remedies);
        text = RemoveGroups(text, remedies);
        text = RewriteSeparators(text, remedies);
        text = RewriteExponent(text, remedies);
        return (TryParse(text, out _), remedies.Count == 0 ? null : string.Join("; ", remedies));
    }

    private static string RewriteCharacters(string text, List<string> remedies)
    {
        var rewritten = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            rewritten.Append(c switch
            {
                '\u2212' or '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\uFE63' or '\uFF0D' => '-',
                '\uFF0B' => '+',
                '\uFF0E' => '.',
                '\u066B' or '\uFF0C' => ',',
                _ when char.IsDigit(c) => (char)('0' + (int)char.GetNumericValue(c)),
                _ => c,
            });
        }

        string result = rewritten.ToString();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != result[i])
                AddOnce(remedies, result[i] == '-' ? $"write the minus sign U+{(int)text[i]:X4} as '-'" : $"write U+{(int)text[i]:X4} as '{result[i]}'");
        }

        return result;
    }

    private static string RemovePercent(string text, List<string> remedies)
    {
        if (text.Length < 2 || text[^1] is not ('%' or '\u2030'))
            return text;
        remedies.Add(text[^1] == '%' ? "divide by 100 and leave out '%'" : "divide by 1000 and leave out '\u2030'");
        return text[..^1].TrimEnd();
    }

    /// <summary>Leaves out spaces, apostrophes and underlines between digits.</summary>
    private static string RemoveGroups(string text, List<string> remedies)
    {
        var rewritten = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool separates = i > 0 && i + 1 < text.Length && (char.IsWhiteSpace(text[i]) || text[i] is '\'' or '\u2019' or '_' or '\u066C')
                && char.IsAsciiDigit(text[i - 1]) && char.IsAsciiDigit(text[i + 1]);
            if (separates)
                AddOnce(remedies, char.IsWhiteSpace(text[i]) ? $"leave out U+{(int)text[i]:X4} between groups of digits" : $"leave out '{text[i]}' between groups of digits");
            else
                rewritten.Append(text[i]);
        }

        return rewritten.ToString();
    }

    /// <summary>The last of commas and points may be the decimal separator; those before it separate groups.</summary>
    private static string RewriteSeparators(string text, List<string> remedies)
    {
        int commas = text.Count(c => c == ',');
        int points = text.Count(c => c == '.');
        if (commas == 0 && points <= 1)
            return text;
        char last = text[text.LastIndexOfAny([',', '.'])];
        bool lastIsGroup = (last == ',' ? commas : points) > 1;
        if (commas == 1 && points == 0 && IsThousand(text))
        {
            remedies.Add($"the comma may be a decimal comma or separate thousands; set CsvOptions.DecimalComma, or write '{text.Replace(",", "", StringComparison.Ordinal)}'");
            return text.Replace(',', '.');
        }

        char group = last == ',' ? '.' : ',';
        if (lastIsGroup || (group == ',' ? commas : points) > 0)
            remedies.Add($"leave out '{(lastIsGroup ? last : group)}' between groups of digits");
        if (last == ',' && !lastIsGroup)
            remedies.Add("set CsvOptions.DecimalComma");
        var rewritten = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is not (',' or '.'))
                rewritten.Append(c);
            else if (c == last && !lastIsGroup)
                rewritten.Append('.');
        }

        return rewritten.ToString();
    }

    /// <summary>Up to three digits, a comma, and three digits.</summary>
    private static bool IsThousand(string text)
    {
        ReadOnlySpan<char> digits = text.AsSpan().TrimStart("+-");
        int comma = digits.IndexOf(',');
        return comma is >= 1 and <= 3 && digits.Length == comma + 4 && digits[0] != '0' && !digits[..comma].ContainsAnyExceptInRange('0', '9')
            && !digits[(comma + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>Fortran writes the exponent of double precision with D, and that of quadruple precision with Q.</summary>
    private static string RewriteExponent(string text, List<string> remedies)
    {
        int letter = text.AsSpan().IndexOfAny("DdQq");
        if (letter < 1 || letter + 1 >= text.Length || text[letter + 1] is not ('+' or '-' or (>= '0' and <= '9')))
            return text;
        remedies.Add($"write the exponent with 'E', not '{text[letter]}'");
        return string.Concat(text.AsSpan(0, letter), "E", text.AsSpan(letter + 1));
    }

    /// <summary>A date such as 31.12.2020, whose points may look like separators of groups.</summary>
    private static bool IsDayFirst(ReadOnlySpan<char> cell) => DateTime.TryParseExact(cell, DayFirst, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out _);

    private static bool IsDateOrTime(ReadOnlySpan<char> cell) =>
        DateTime.TryParse(cell, CultureInfo.InvariantCulture, out _) || TimeSpan.TryParse(cell, CultureInfo.InvariantCulture, out _);

    /// <summary>A number with a unit after it, or a currency before it.</summary>
    private static bool IsWithUnit(ReadOnlySpan<char> cell)
    {
        ReadOnlySpan<char> text = cell.Trim();
        if (text.Length > 1 && char.GetUnicodeCategory(text[0]) == UnicodeCategory.CurrencySymbol)
            text = text[1..];
        int end = text.LastIndexOfAnyInRange('0', '9') + 1;
        return end is > 0 and <= LongestExplained && TryParse(text[..end], out _);
    }

    private static void AddOnce(List<string> remedies, string remedy)
    {
        if (!remedies.Contains(remedy))
            remedies.Add(remedy);
    }
}
