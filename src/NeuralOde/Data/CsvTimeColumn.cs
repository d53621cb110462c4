using static System.FormattableString;

namespace NeuralOde;

/// <summary>The times of a file while it is read: numbers or dates, as the options say or the first of them shows.</summary>
internal sealed class CsvTimeColumn(CsvOptions options, CsvCells cells, string source, int index, string name)
{
    private readonly List<double> _values = [];
    private CsvClock? _clock;
    private bool _isFirst = true;

    /// <summary>The position of the column in a row, counting from 0.</summary>
    public int Index => index;

    /// <summary>The column's name.</summary>
    public string Name => name;

    /// <summary>One time per row.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>Whether the times were dates or times of day.</summary>
    public bool HasDates => _clock is not null;

    /// <exception cref="CsvFormatException">The cell is no time, or one that the options do not read.</exception>
    /// <exception cref="ArgumentException">The times are numbers, but an option is for dates.</exception>
    public void Add(ReadOnlySpan<char> cell, int line)
    {
        if (_isFirst)
            Begin(cell, line);
        _values.Add(_clock is null ? ReadNumber(cell, line) : ReadDate(cell, line, _clock));
    }

    private void Begin(ReadOnlySpan<char> cell, int line)
    {
        _isFirst = false;
        if (options.TimeFormat is not null || CsvDate.TryParseIso(cell, out _))
        {
            if (options.TimeIsNumber)
                throw Problem(line, $"{CsvFormatException.Quote(cell)} is a date, but CsvOptions.TimeIsNumber is set.");
            _clock = new CsvClock(options);
        }
        else if (!options.TimeIsNumber && CsvDate.FormatOfDigits(cell) is { } format)
            throw Problem(line,
                $"{CsvFormatException.Quote(cell)} may be a date: CsvOptions.TimeFormat = \"{format}\" reads it as one, CsvOptions.TimeIsNumber = true as a number.");
        else if (cells.Read(cell, out _) == CsvCellKind.Number && options.DateOption() is { } option)
            throw new ArgumentException($"CsvOptions.{option} is for dates, but the times of {source} are numbers.", "options");
    }

    private double ReadNumber(ReadOnlySpan<char> cell, int line) => cells.Read(cell, out double value) switch
    {
        CsvCellKind.Number => value,
        CsvCellKind.Gap => throw Problem(line, cell.IsEmpty ?
            "the cell is empty; the time is missing." : $"{CsvFormatException.Quote(cell)} is not a finite number; the time is missing."),
        CsvCellKind.Infinite => throw Problem(line, $"{CsvFormatException.Quote(cell)} is not a finite number."),
        _ => throw Problem(line, $"{CsvFormatException.Quote(cell)} is not a number{Remedy(cell)}."),
    };

    private string Remedy(ReadOnlySpan<char> cell)
    {
        if (CsvDate.TryParseIso(cell, out _))
            return " like the times before it, but a date";
        string? remedy = CsvNumber.Explain(cell, cells.DecimalComma, isTime: true);
        return remedy is not null ? ": " + remedy
            : _values.Count == 0 && !CsvNumber.MayBeNumber(cell) ? ". If the line holds units, set CsvOptions.HasUnitRow" : "";
    }

    private double ReadDate(ReadOnlySpan<char> cell, int line, CsvClock clock)
    {
        bool isDate = options.TimeFormat is { } format ? CsvDate.TryParse(cell, format, out CsvDate date) : CsvDate.TryParseIso(cell, out date);
        if (!isDate)
        {
            string problem = cell.IsEmpty ? "the cell is empty; the time is missing"
                : options.TimeFormat is null ? $"{CsvFormatException.Quote(cell)} is not an ISO date, as the times before it are; CsvOptions.TimeFormat reads other dates"
                : $"{CsvFormatException.Quote(cell)} is not of the form {CsvFormatException.Quote(options.TimeFormat)} (CsvOptions.TimeFormat)";
            throw Problem(line, problem + (_values.Count == 0 && !CsvNumber.MayBeNumber(cell) && !cell.IsEmpty ?
                ". If the line holds units, set CsvOptions.HasUnitRow." : "."));
        }

        return clock.Number(date) ?? throw Problem(line,
            Invariant($"{CsvFormatException.Quote(cell)} has no number: {clock.ExplainFailure(date.Clock)}."));
    }

    private CsvFormatException Problem(int line, string problem) => new(source, line, index + 1, name, problem);
}
