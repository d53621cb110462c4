namespace NeuralOde;

/// <summary>The numbers of one column while a CSV file is read.</summary>
/// <remarks>
/// A column that nobody named is a state if any of its cells is a number. So its first bad cell is kept until a number shows up (then the cell is an
/// error) or the file ends. Then the column is text, unless a cell may be a number that is written in another way: dropping that would lose data silently.
/// </remarks>
internal sealed class CsvColumn(string source, int index, string name, bool isRequired)
{
    private readonly List<double> _values = [];
    private CsvFormatException? _firstProblem;
    private CsvFormatException? _firstLoss;

    /// <summary>The position of the column in a row, counting from 0.</summary>
    public int Index => index;

    /// <summary>The column's name in the header; empty if it has none, and then it may hold no numbers.</summary>
    public string Name => name;

    /// <summary>The numbers read so far, one per row if the column is numeric.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>True if the column holds numbers, false if it holds text only.</summary>
    public bool IsNumeric => _values.Count > 0;

    /// <summary>Reads one cell.</summary>
    /// <exception cref="CsvFormatException">The column is numeric and this cell, or an earlier one, is not a finite number.</exception>
    public void Add(ReadOnlySpan<char> cell, int line)
    {
        bool isNumber = CsvNumber.TryParse(cell, out double value);
        if (name.Length == 0)
        {
            if (isNumber || CsvNumber.MayBeNumber(cell))
                throw Problem(cell, isNumber, line);
            return;
        }

        if (isNumber && double.IsFinite(value))
            _values.Add(value);
        else
            _firstProblem ??= Problem(cell, isNumber, line);
        if (_firstProblem is not null && (isRequired || IsNumeric || isNumber))
            throw _firstProblem;
        if (!isNumber && _firstLoss is null && CsvNumber.MayBeNumber(cell))
            _firstLoss = Problem(cell, isNumber, line);
    }

    /// <summary>Called after the last row.</summary>
    /// <exception cref="CsvFormatException">The column would be left out as text, but a cell may be a number.</exception>
    public void ThrowIfNumbersAreLost()
    {
        if (!IsNumeric && _firstLoss is not null)
            throw _firstLoss;
    }

    private CsvFormatException Problem(ReadOnlySpan<char> cell, bool isNumber, int line) =>
        new(source, line, index + 1, name.Length > 0 ? name : null, Describe(cell, isNumber));

    private string Describe(ReadOnlySpan<char> cell, bool isNumber)
    {
        if (name.Length == 0)
            return $"the column has no name, but holds {CsvFormatException.Quote(cell)}. Name it in the header, or name the columns that are states (CsvOptions.StateColumns).";
        string problem = cell.IsEmpty ? "the cell is empty; a number is missing"
            : isNumber ? $"{CsvFormatException.Quote(cell)} is not a finite number"
            : CsvNumber.Explain(cell) is { } remedy ? $"{CsvFormatException.Quote(cell)} is not a number: {remedy}"
            : $"{CsvFormatException.Quote(cell)} is not a number";
        return isRequired
            ? problem + "."
            : problem + ". If this column is not a state, name the columns that are (CsvOptions.StateColumns).";
    }
}
