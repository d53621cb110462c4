using System.Globalization;

namespace NeuralOde;

/// <summary>A date as a file has it: a clock's time, and the offset from UTC if the file names one.</summary>
internal readonly record struct CsvDate(DateTime Clock, TimeSpan? Offset)
{
    private const int DigitsOfTick = 7;

    /// <summary>
    /// Reads ISO 8601: a month, a day, or a day and a time to minutes, seconds or fractions (rounded to 100 ns), perhaps with Z or an offset.
    /// </summary>
    public static bool TryParseIso(ReadOnlySpan<char> cell, out CsvDate date)
    {
        date = default;
        if (!TakeNumber(ref cell, 4, out int year) || !Take(ref cell, '-') || !TakeNumber(ref cell, 2, out int month) || year == 0 || month is < 1 or > 12)
            return false;
        int day = 1;
        if (!cell.IsEmpty && (!Take(ref cell, '-') || !TakeNumber(ref cell, 2, out day) || day < 1 || day > DateTime.DaysInMonth(year, month)))
            return false;
        var midnight = new DateTime(year, month, day);
        date = new CsvDate(midnight, null);
        if (cell.IsEmpty)
            return true;
        if (!(Take(ref cell, 'T') || Take(ref cell, 't') || Take(ref cell, ' ')) || !TakeTimeOfDay(ref cell, out long ticks) || !TakeOffset(cell, out TimeSpan? offset))
            return false;
        if (ticks > DateTime.MaxValue.Ticks - midnight.Ticks)
            return false;
        date = new CsvDate(midnight.AddTicks(ticks), offset);
        return true;
    }

    /// <summary>Reads a date in a format of the caller's.</summary>
    public static bool TryParse(ReadOnlySpan<char> cell, string format, out CsvDate date)
    {
        date = default;
        if (!DateTime.TryParseExact(cell, format, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind | DateTimeStyles.NoCurrentDateDefault, out DateTime clock))
            return false;
        if (clock.Kind == DateTimeKind.Unspecified)
            date = new CsvDate(clock, null);
        else if (DateTimeOffset.TryParseExact(cell, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset exact))
            date = new CsvDate(exact.DateTime, exact.Offset);
        else
            return false;
        return true;
    }

    /// <summary>Whether a text is a format that writes something of a date or a time of day.</summary>
    public static bool IsFormat(string format)
    {
        try
        {
            return format.Length > 0 && DateTime.UnixEpoch.ToString(format, CultureInfo.InvariantCulture).Length > 0 && Specifies(format, "dfFghHKmMOorRstTuUyDGYzR");
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Whether a format has more than the time of day.</summary>
    public static bool HasDate(string format) => format.Length == 1 ? format is not ("t" or "T") : Specifies(format, "dMy");

    /// <summary>The format of a number of eight, twelve or fourteen digits that may be a date; null if it is none.</summary>
    public static string? FormatOfDigits(ReadOnlySpan<char> cell)
    {
        string? format = cell.Length switch
        {
            8 => "yyyyMMdd",
            12 => "yyyyMMddHHmm",
            14 => "yyyyMMddHHmmss",
            _ => null,
        };
        return format is not null && !cell.ContainsAnyExceptInRange('0', '9')
            && DateTime.TryParseExact(cell, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date) && date.Year is >= 1600 and < 2400
            ? format
            : null;
    }

    /// <summary>Whether a format has one of some specifiers outside of quotes and escapes.</summary>
    private static bool Specifies(string format, string specifiers)
    {
        char quote = '\0';
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            if (c == '\\')
                i++;
            else if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c is '\'' or '"')
                quote = c;
            else if (specifiers.Contains(c, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private static bool TakeTimeOfDay(ref ReadOnlySpan<char> cell, out long ticks)
    {
        ticks = 0;
        int second = 0;
        if (!TakeNumber(ref cell, 2, out int hour) || !Take(ref cell, ':') || !TakeNumber(ref cell, 2, out int minute))
            return false;
        if (Take(ref cell, ':') && (!TakeNumber(ref cell, 2, out second) || !TakeFraction(ref cell, out ticks)))
            return false;
        ticks += ((((hour * 60L) + minute) * 60) + second) * TimeSpan.TicksPerSecond;
        return hour < 24 && minute < 60 && second < 60;
    }

    private static bool TakeFraction(ref ReadOnlySpan<char> cell, out long ticks)
    {
        ticks = 0;
        if (!Take(ref cell, '.') && !Take(ref cell, ','))
            return true;
        int end = cell.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = end < 0 ? cell : cell[..end];
        cell = cell[digits.Length..];
        for (int i = 0; i < DigitsOfTick; i++)
            ticks = (ticks * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        if (digits.Length > DigitsOfTick && digits[DigitsOfTick] >= '5')
            ticks++;
        return !digits.IsEmpty;
    }

    private static bool TakeOffset(ReadOnlySpan<char> cell, out TimeSpan? offset)
    {
        offset = null;
        if (cell.IsEmpty)
            return true;
        if (cell is "Z" or "z")
        {
            offset = TimeSpan.Zero;
            return true;
        }

        bool isNegative = cell[0] == '-';
        int minute = 0;
        if ((!Take(ref cell, '+') && !Take(ref cell, '-')) || !TakeNumber(ref cell, 2, out int hour))
            return false;
        if (!cell.IsEmpty)
        {
            Take(ref cell, ':');
            if (!TakeNumber(ref cell, 2, out minute) || !cell.IsEmpty)
                return false;
        }

        offset = new TimeSpan(isNegative ? -hour : hour, isNegative ? -minute : minute, 0);
        return hour < 24 && minute < 60;
    }

    private static bool Take(ref ReadOnlySpan<char> cell, char c)
    {
        if (cell.IsEmpty || cell[0] != c)
            return false;
        cell = cell[1..];
        return true;
    }

    private static bool TakeNumber(ref ReadOnlySpan<char> cell, int digits, out int number)
    {
        number = 0;
        if (cell.Length < digits || cell[..digits].ContainsAnyExceptInRange('0', '9'))
            return false;
        number = int.Parse(cell[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        cell = cell[digits..];
        return true;
    }
}
