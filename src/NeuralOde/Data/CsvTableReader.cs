using static System.FormattableString;

namespace NeuralOde;

/// <summary>Reads one CSV text: header → columns → rows.</summary>
internal sealed class CsvTableReader
{
    private readonly CsvOptions _options;
    private readonly string _source;
    private readonly CsvTokenizer _rows;
    private readonly CsvCells _cells;
    private readonly string[] _header;
    private readonly CsvSchema _schema;
    private readonly CsvColumn[] _columns;
    private readonly CsvLongRows? _longRows;
    private readonly List<int> _lines = [];
    private readonly List<int> _trajectoryOfRow = [];
    private readonly Dictionary<string, int> _trajectoryIds = new(StringComparer.Ordinal);

    private CsvTableReader(TextReader reader, CsvOptions options, string source)
    {
        _options = options;
        _source = source;
        _cells = new CsvCells(options);
        _rows = new CsvTokenizer(reader, options, source);
        _header = ReadHeader();
        _schema = new CsvSchema(_header, options.Header == CsvHeader.None ? 0 : _rows.Line, options, source, _cells);
        _longRows = _schema.IsLong ? new CsvLongRows(options, source) : null;
        _columns = [.. _schema.States, .. _schema.Others, .. _schema.Inputs, .. _schema.Covariates, .. _schema.Weights];
        if (_schema.Interval is not null)
            _columns = [.. _columns, _schema.Interval];
    }

    /// <param name="reader">The text, read to its end.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="source">What messages call the text: a path, for instance.</param>
    public static CsvTable Read(TextReader reader, CsvOptions options, string source)
    {
        var csv = new CsvTableReader(reader, options, source);
        csv.SkipUnits();
        csv.ReadRows();
        return csv.Build();
    }

    private string[] ReadHeader()
    {
        if (_options.Header == CsvHeader.Comment)
        {
            return Checked(_rows.ReadCommentAsCells(_options)
                ?? throw Problem(0, "there is no header: CsvOptions.Header is CsvHeader.Comment, but no comment is before the first row."));
        }

        if (!_rows.ReadRow())
            throw Problem(0, _options.Header == CsvHeader.None ?
                "there are no observations." : "there is no header line; the text is empty or only comments.");
        var names = new string[_rows.Count];
        for (int i = 0; i < names.Length; i++)
            names[i] = _options.Header == CsvHeader.None ? Invariant($"column{i + 1}") : _rows[i].ToString();
        if (_options.Header == CsvHeader.None)
        {
            _rows.KeepRow();
            return names;
        }

        ThrowIfData(names);
        return Checked(names);
    }

    private string[] Checked(string[] names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            if (names[i].Length > 0 && !seen.Add(names[i]))
                throw new CsvFormatException(_source, _rows.Line, i + 1, names[i], "the header has this name twice.");
        }

        return names;
    }

    /// <summary>
    /// A row taken for the header would be lost. Where no option names a column, a time that is called by a number, or a date, gives it away.
    /// </summary>
    private void ThrowIfData(string[] names)
    {
        bool isNumber = CsvNumber.IsNumber(names[0]);
        if (_options is not { TimeColumn: null, StateColumns: null, TrajectoryColumn: null } || !(isNumber || CsvDate.TryParseIso(names[0], out _)))
            return;
        string found = names.All(name => CsvNumber.IsNumber(name)) ? "holds only numbers" : $"begins with {CsvFormatException.Quote(names[0])}, a {(isNumber ? "number" : "date")},";
        string hint = _rows.BeginsWithComment ? "if the comment before it holds them, set CsvOptions.Header to CsvHeader.Comment" : "if there is none, set CsvOptions.Header to CsvHeader.None";
        throw Problem(_rows.Line,
            $"the first line {found} where a header with column names is needed; {hint}; if they are names, set CsvOptions.TimeColumn.");
    }

    private void SkipUnits()
    {
        if (!_options.HasUnitRow || !_rows.ReadRow())
            return;
        ThrowIfUneven();
        int numbers = 0;
        for (int i = 0; i < _rows.Count; i++)
            numbers += CsvNumber.IsNumber(_rows[i]) || CsvDate.TryParseIso(_rows[i], out _) ? 1 : 0;
        if (numbers == _rows.Count)
            throw Problem(_rows.Line, "the line holds only numbers where units are expected (CsvOptions.HasUnitRow).");
    }

    private void ReadRows()
    {
        while (_rows.ReadRow())
        {
            ThrowIfUneven();
            if (_longRows is not null && !_longRows.Wants(_rows[_schema.VariableIndex], _rows.Line, _schema.VariableIndex))
                continue;
            int line = _rows.Line;
            _schema.Time?.Add(_rows[_schema.Time.Index], line);
            foreach (CsvColumn column in _columns)
                column.Add(Cell(column.Index), line);
            _schema.Value?.Add(_rows[_schema.Value.Index], line);
            _lines.Add(line);
            _trajectoryOfRow.Add(TrajectoryOfCurrentRow());
        }
    }

    /// <summary>The text of a cell; empty where a line has no separator at its end and the header has.</summary>
    private ReadOnlySpan<char> Cell(int index) => index < _rows.Count ? _rows[index] : default;

    private int TrajectoryOfCurrentRow()
    {
        ReadOnlySpan<char> id = _schema.TrajectoryIndex < 0 ? default : _rows[_schema.TrajectoryIndex];
        if (_schema.TrajectoryIndex >= 0 && id.IsEmpty)
            throw new CsvFormatException(_source, _rows.Line, _schema.TrajectoryIndex + 1, _header[_schema.TrajectoryIndex],
                "the cell is empty; the trajectory's id is missing.");
        var bySpan = _trajectoryIds.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!bySpan.TryGetValue(id, out int trajectory))
            bySpan[id] = trajectory = _trajectoryIds.Count;
        return trajectory;
    }

    private CsvTable Build()
    {
        if (_lines.Count == 0)
            throw Problem(0, _longRows is null || !_longRows.HasSkipped ?
                "there are no observations after the header." : "no row has one of the variables that the options name.");
        var rows = new CsvTable
        {
            Source = _source,
            Lines = _lines,
            TrajectoryOfRow = _trajectoryOfRow,
            TrajectoryCount = _trajectoryIds.Count,
            Times = _schema.Time is { } time ? new CsvSeries(time.Name, time.Index, time.Values) : null,
            HasDates = _schema.Time?.HasDates == true,
            Interval = _options.SamplingInterval ?? ReadInterval(),
            States = _options.StateColumns is null ? [.. _schema.Others.Select(column => column.ToSeries()).Where(series => series.Name.Length > 0)] : Series(_schema.States),
            Inputs = Series(_schema.Inputs),
            Covariates = Series(_schema.Covariates),
            Weights = Series(_schema.Weights),
        };
        return _longRows is null ? rows : _longRows.ToWide(rows, _schema.Value!.ToSeries());

        static CsvSeries[] Series(CsvColumn[] columns) => [.. columns.Select(column => column.ToSeries())];
    }

    /// <summary>The interval that a column holds in its first row, and perhaps in more.</summary>
    private double ReadInterval()
    {
        if (_schema.Interval?.ToSeries() is not { } column)
            return double.NaN;
        double interval = column.Values[0];
        if (!(interval > 0.0))
            throw new CsvFormatException(_source, _lines[0], column.Index + 1, column.Name,
                Invariant($"the first row has {(double.IsNaN(interval) ? "no" : "the")} sampling interval{(double.IsNaN(interval) ? "" : $" {interval:R}, which is not positive")}."));
        for (int row = 1; row < column.Values.Count; row++)
        {
            if (!double.IsNaN(column.Values[row]) && column.Values[row] != interval)
                throw new CsvFormatException(_source, _lines[row], column.Index + 1, column.Name,
                    Invariant($"the sampling interval changes from {interval:R} to {column.Values[row]:R}."));
        }

        return interval;
    }

    /// <summary>Lines have as many cells as the header. A separator at the end begins no cell.</summary>
    private void ThrowIfUneven()
    {
        int cells = _rows.Count;
        bool hasSeparatorTooMany = cells == _header.Length + 1 && _rows[cells - 1].IsEmpty;
        bool hasSeparatorTooFew = cells == _header.Length - 1 && _header[^1].Length == 0;
        if (cells == _header.Length || hasSeparatorTooMany || hasSeparatorTooFew)
            return;
        int column = Math.Min(cells, _header.Length) + 1;
        string? name = column <= _header.Length && _header[column - 1].Length > 0 ? _header[column - 1] : null;
        string hint = _rows.LooksLikeComment ? $" If lines that start with '{_options.CommentPrefix}' are comments, set CsvOptions.CommentPrefix." : "";
        if (_header.Length == 1 && CsvNumber.ExplainSeparator(_header[0]) is { } separator)
            hint += $" The header is one cell, {CsvFormatException.Quote(_header[0])}: {separator}.";
        else if (_rows.Separator == ',' && _header.Length < cells)
            hint += " If commas are decimal commas, set CsvOptions.DecimalComma.";
        throw new CsvFormatException(_source, _rows.Line, column, name,
            Invariant($"the line has {cells} cells where the header has {_header.Length}.") + hint);
    }

    private CsvFormatException Problem(int line, string problem) => new(_source, line, column: 0, columnName: null, problem);
}
