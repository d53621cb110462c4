using System.Globalization;

namespace NeuralOde;

/// <summary>The numbers of one column while a CSV file is read.</summary>
/// <remarks>
/// A column that nobody named is a state if any of its cells is a number. So its first bad cell is kept until a number shows up (then the cell is an
/// error) or the file ends (then the column is text). Dropping a column because its first cell says "n/a" would lose data silently.
/// </remarks>
internal sealed class CsvColumn(string source, int index, string name, bool isRequired)
{
    private readonly List<double> _values = [];
    private CsvFormatException? _firstProblem;

    /// <summary>The position of the column in a row, counting from 0.</summary>
    public int Index => index;

    /// <summary>The column's name in the header.</summary>
    public string Name => name;

    /// <summary>The numbers read so far, one per row if the column is numeric.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>True if the column holds numbers, false if it holds text only.</summary>
    public bool IsNumeric => _values.Count > 0;

    /// <summary>Reads one cell.</summary>
    /// <exception cref="CsvFormatException">The column is numeric and this cell, or an earlier one, is not a finite number.</exception>
    public void Add(ReadOnlySpan<char> cell, int line)
    {
        bool isNumber = double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (isNumber && double.IsFinite(value))
            _values.Add(value);
        else
            _firstProblem ??= new CsvFormatException(source, line, index + 1, name, Describe(cell, isNumber));

        if (_firstProblem is not null && (isRequired || IsNumeric || isNumber))
            throw _firstProblem;
    }

    private string Describe(ReadOnlySpan<char> cell, bool isNumber)
    {
        string problem = cell.IsEmpty ? "the cell is empty; a number is missing"
            : isNumber ? $"{CsvFormatException.Quote(cell)} is not a finite number"
            : $"{CsvFormatException.Quote(cell)} is not a number";
        return isRequired
            ? problem + "."
            : problem + ". If this column is not a state, name the columns that are (CsvOptions.StateColumns).";
    }
}
