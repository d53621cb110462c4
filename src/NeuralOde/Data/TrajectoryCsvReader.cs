using static System.FormattableString;

namespace NeuralOde;

/// <summary>Reads CSV text as trajectories: header → columns → rows → one trajectory per id.</summary>
internal sealed class TrajectoryCsvReader
{
    private readonly CsvOptions _options;
    private readonly string _source;
    private readonly CsvTokenizer _rows;
    private readonly string[] _header;
    private readonly int _idIndex;
    private readonly CsvColumn _time;
    private readonly CsvColumn[] _candidates;
    private readonly List<int> _lines = [];
    private readonly List<int> _trajectoryOfRow = [];
    private readonly Dictionary<string, int> _trajectoryIds = new(StringComparer.Ordinal);

    private TrajectoryCsvReader(TextReader reader, CsvOptions options, string source)
    {
        options.Validate();
        _options = options;
        _source = source;
        _rows = new CsvTokenizer(reader, options, source);
        _header = ReadHeader();
        _idIndex = options.TrajectoryColumn is { } id ? FindColumn(id, nameof(CsvOptions.TrajectoryColumn)) : -1;
        _time = ChooseTimeColumn();
        _candidates = ChooseStateColumns();
    }

    /// <param name="reader">The text, read to its end.</param>
    /// <param name="options">Validated here.</param>
    /// <param name="source">What messages call the text: a path, for instance.</param>
    public static TrajectoryDataset Read(TextReader reader, CsvOptions options, string source)
    {
        var csv = new TrajectoryCsvReader(reader, options, source);
        csv.ReadRows();
        return csv.Build();
    }

    private string[] ReadHeader()
    {
        if (!_rows.ReadRow())
            throw Problem(0, "there is no header line; the text is empty or only comments.");
        var header = new string[_rows.Count];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < header.Length; i++)
        {
            header[i] = _rows[i].ToString();
            if (header[i].Length > 0 && !seen.Add(header[i]))
                throw new CsvFormatException(_source, _rows.Line, i + 1, header[i], "the header has this name twice.");
        }

        ThrowIfData(header);
        return header;
    }

    /// <summary>A row taken for the header would be lost. Where no option names a column, a time that is called by a number gives it away.</summary>
    private void ThrowIfData(string[] header)
    {
        if (_options is not { TimeColumn: null, StateColumns: null, TrajectoryColumn: null } || !CsvNumber.IsNumber(header[0]))
            return;
        string found = header.All(name => CsvNumber.IsNumber(name)) ? "holds only numbers" : $"begins with {CsvFormatException.Quote(header[0])}, a number,";
        string hint = _rows.BeginsWithComment ? "if the comment before it holds them, set CsvOptions.CommentPrefix to null; if they are names" : "if they are names";
        throw Problem(_rows.Line, $"the first line {found} where a header with column names is needed; {hint}, set CsvOptions.TimeColumn.");
    }

    private CsvColumn ChooseTimeColumn()
    {
        if (_options.TimeColumn is { } name)
            return new CsvColumn(_source, FindColumn(name, nameof(CsvOptions.TimeColumn)), name, isRequired: true);
        int first = _idIndex == 0 ? 1 : 0;
        if (first >= _header.Length)
            throw Problem(_rows.Line, "the header has no column for the time.");
        if (_options.StateColumns?.Contains(_header[first]) == true)
        {
            throw new ArgumentException(
                $"CsvOptions.StateColumns names {CsvFormatException.Quote(_header[first])}, which is the time column unless CsvOptions.TimeColumn names another.", "options");
        }

        // An unnamed first column is usually a row number that some tool added: taking it for the time would be silently wrong.
        return _header[first].Length > 0
            ? new CsvColumn(_source, first, _header[first], isRequired: true)
            : throw new CsvFormatException(_source, _rows.Line, first + 1, null, "the column has no name; say which column is the time (CsvOptions.TimeColumn).");
    }

    private CsvColumn[] ChooseStateColumns()
    {
        if (_options.StateColumns is { } names)
            return names.Select(name => new CsvColumn(_source, FindColumn(name, nameof(CsvOptions.StateColumns)), name, isRequired: true)).ToArray();
        return Enumerable.Range(0, _header.Length)
            .Where(i => i != _idIndex && i != _time.Index && (i > 0 || _header[i].Length > 0))
            .Select(i => new CsvColumn(_source, i, _header[i], isRequired: false))
            .ToArray();
    }

    private void ReadRows()
    {
        while (_rows.ReadRow())
        {
            if (_rows.Count != _header.Length)
                throw WrongCellCount();
            _time.Add(_rows[_time.Index], _rows.Line);
            foreach (CsvColumn candidate in _candidates)
                candidate.Add(_rows[candidate.Index], _rows.Line);
            _lines.Add(_rows.Line);
            _trajectoryOfRow.Add(TrajectoryOfCurrentRow());
        }
    }

    private int TrajectoryOfCurrentRow()
    {
        ReadOnlySpan<char> id = _idIndex < 0 ? default : _rows[_idIndex];
        if (_idIndex >= 0 && id.IsEmpty)
            throw new CsvFormatException(_source, _rows.Line, _idIndex + 1, _header[_idIndex], "the cell is empty; the trajectory's id is missing.");
        var bySpan = _trajectoryIds.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!bySpan.TryGetValue(id, out int trajectory))
            bySpan[id] = trajectory = _trajectoryIds.Count;
        return trajectory;
    }

    private TrajectoryDataset Build()
    {
        if (_lines.Count == 0)
            throw Problem(0, "there are no observations after the header.");
        foreach (CsvColumn candidate in _candidates)
            candidate.ThrowIfNumbersAreLost();
        CsvColumn[] states = _candidates.Where(column => column.IsNumeric).ToArray();
        if (states.Length == 0)
            throw Problem(0, $"no column besides the time ({CsvFormatException.Quote(_time.Name)}) holds numbers.");

        var rowsOf = new List<int>[_trajectoryIds.Count];
        for (int row = 0; row < _lines.Count; row++)
            (rowsOf[_trajectoryOfRow[row]] ??= []).Add(row);
        return TrajectoryDataset.FromTrajectories(
            rowsOf.Select(rows => BuildTrajectory(rows, states)), states.Select(column => column.Name).ToArray());
    }

    private Trajectory BuildTrajectory(List<int> rows, CsvColumn[] columns)
    {
        var times = new double[rows.Count];
        var states = new double[ArrayLength.Of((rows.Count, "rows"), (columns.Length, "columns"))];
        for (int n = 0; n < rows.Count; n++)
        {
            times[n] = _time.Values[rows[n]];
            for (int i = 0; i < columns.Length; i++)
                states[(n * columns.Length) + i] = columns[i].Values[rows[n]];
        }

        int disorder = Trajectory.FindDisorder(times);
        if (disorder >= 0)
            throw OutOfOrder(times, disorder, rows);
        return new Trajectory(times, states, columns.Length);
    }

    private CsvFormatException OutOfOrder(double[] times, int index, List<int> rows)
    {
        string relation = Trajectory.IsDecreasing(times) ? "before" : "after";
        string hint = _idIndex < 0 ? "if the file holds several trajectories, name the column that tells them apart (CsvOptions.TrajectoryColumn)" : "the trajectory's times must strictly increase or strictly decrease";
        return new CsvFormatException(_source, _lines[rows[index]], _time.Index + 1, _time.Name, Invariant($"time {times[index]} is not {relation} time {times[index - 1]} of line {_lines[rows[index - 1]]}; {hint}."));
    }

    private CsvFormatException WrongCellCount()
    {
        int column = Math.Min(_rows.Count, _header.Length) + 1;
        string? name = column <= _header.Length && _header[column - 1].Length > 0 ? _header[column - 1] : null;
        string hint = _rows.LooksLikeComment ? $" If lines that start with '{_options.CommentPrefix}' are comments, set CsvOptions.CommentPrefix." : "";
        if (_header.Length == 1 && CsvNumber.ExplainSeparator(_header[0]) is { } separator)
            hint += $" The header is one cell, {CsvFormatException.Quote(_header[0])}: {separator}.";
        return new CsvFormatException(_source, _rows.Line, column, name, Invariant($"the line has {_rows.Count} cells where the header has {_header.Length}.") + hint);
    }

    private int FindColumn(string name, string option)
    {
        int index = Array.IndexOf(_header, name);
        if (index >= 0 && name.Length > 0)
            return index;
        const int Most = 20;
        string available = string.Join(", ", _header.Take(Most).Select(column => CsvFormatException.Quote(column)));
        if (_header.Length > Most)
            available += Invariant($" and {_header.Length - Most} more");
        throw new ArgumentException($"CsvOptions.{option}: {_source} has no column {CsvFormatException.Quote(name)}. It has {available}.", "options");
    }

    private CsvFormatException Problem(int line, string problem) => new(_source, line, column: 0, columnName: null, problem);
}
