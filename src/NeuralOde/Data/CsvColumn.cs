namespace NeuralOde;

/// <summary>What a column is read for.</summary>
internal enum CsvRole
{
    /// <summary>A state, if it holds numbers.</summary>
    Candidate,

    /// <summary>Nothing; so it may hold no numbers.</summary>
    Unused,

    /// <summary>Something that was asked for by name.</summary>
    Named,
}

/// <summary>The numbers of one column while a CSV file is read.</summary>
/// <remarks>
/// A column that nobody named is a state if any of its cells is a number. So its first bad cell is kept until a number shows up (then the cell is an
/// error) or the file ends. Then the column is text, unless a cell may be a number that is written in another way: dropping that would lose
/// data silently.
/// </remarks>
internal sealed class CsvColumn(CsvCells cells, string source, int index, string name, CsvRole role)
{
    private readonly List<double> _values = [];
    private CsvFormatException? _firstProblem;
    private CsvFormatException? _firstLoss;
    private bool _hasNumber;
    private bool _isFirst = true;

    /// <summary>The position of the column in a row, counting from 0.</summary>
    public int Index => index;

    /// <summary>Reads one cell.</summary>
    /// <exception cref="CsvFormatException">The column is numeric and this cell, or an earlier one, is neither a finite number nor a gap.</exception>
    public void Add(ReadOnlySpan<char> cell, int line)
    {
        bool isFirst = _isFirst;
        _isFirst = false;
        CsvCellKind kind = cells.Read(cell, out double value);
        if (name.Length == 0 || role == CsvRole.Unused)
        {
            if (CsvNumber.TryParse(cell, cells.DecimalComma, out _) || CsvNumber.MayBeNumber(cell))
                throw Problem(cell, kind, line, isFirst);
            return;
        }

        if (kind is CsvCellKind.Number or CsvCellKind.Gap)
            _values.Add(value);
        else
            _firstProblem ??= Problem(cell, kind, line, isFirst);
        _hasNumber |= kind is CsvCellKind.Number or CsvCellKind.Infinite;
        if (_firstProblem is not null && (role == CsvRole.Named || _hasNumber))
            throw _firstProblem;

        // A gap that is written as a number, NaN or a marker, says that the column is one of numbers.
        bool isNumericGap = kind == CsvCellKind.Gap && CsvNumber.TryParse(cell, cells.DecimalComma, out _);
        if (_firstLoss is null && (isNumericGap || (kind == CsvCellKind.Other && CsvNumber.MayBeNumber(cell))))
            _firstLoss = Problem(cell, kind, line, isFirst);
    }

    /// <summary>The column as it was read; called after the last row.</summary>
    public CsvSeries ToSeries() => new(name, index, _values) { IsNumeric = _hasNumber || role == CsvRole.Named, Problem = _firstProblem, Loss = _firstLoss };

    private CsvFormatException Problem(ReadOnlySpan<char> cell, CsvCellKind kind, int line, bool isFirst) =>
        new(source, line, index + 1, name.Length > 0 ? name : null, Describe(cell, kind, isFirst));

    private string Describe(ReadOnlySpan<char> cell, CsvCellKind kind, bool isFirst)
    {
        if (name.Length == 0)
            return $"the column has no name, but holds {CsvFormatException.Quote(cell)}. Name it in the header, or name the columns that are states (CsvOptions.StateColumns).";
        if (role == CsvRole.Unused)
            return $"the column holds {CsvFormatException.Quote(cell)}, but is used for nothing. Leave it out by name (CsvOptions.IgnoredColumns).";
        string? remedy = kind == CsvCellKind.Other ? CsvNumber.Explain(cell, cells.DecimalComma) : null;
        string problem = kind switch
        {
            CsvCellKind.Gap => $"{CsvFormatException.Quote(cell)} stands for a number that is missing, and the column has no other",
            CsvCellKind.Infinite => $"{CsvFormatException.Quote(cell)} is not a finite number",
            _ => $"{CsvFormatException.Quote(cell)} is not a number",
        };
        if (remedy is not null)
            problem += ": " + remedy;
        problem += ".";
        if (kind == CsvCellKind.Other && !CsvNumber.MayBeNumber(cell) && remedy is null)
        {
            problem += " If it stands for a missing number, list it in CsvOptions.MissingValues.";
            if (isFirst)
                problem += " If the line holds units, set CsvOptions.HasUnitRow.";
        }

        return role == CsvRole.Named
            ? problem
            : problem + " If this column is not a state, name the columns that are (CsvOptions.StateColumns) or leave it out (CsvOptions.IgnoredColumns).";
    }
}
