using static System.FormattableString;

namespace NeuralOde;

/// <summary>A CSV file whose content cannot be read as trajectories. The message says where and why.</summary>
public sealed class CsvFormatException : FormatException
{
    internal CsvFormatException(string source, int line, int column, string? columnName, string problem)
        : base(Describe(source, line, column, columnName, problem))
    {
        Line = line;
        Column = column;
        ColumnName = columnName;
    }

    /// <summary>The line in the file, counting from 1 and counting comments and blank lines; 0 if the problem has no line.</summary>
    public int Line { get; }

    /// <summary>The number of the cell in its line, counting from 1; 0 if the problem concerns the whole line.</summary>
    public int Column { get; }

    /// <summary>The name of the column in the header, or null if it is unknown.</summary>
    public string? ColumnName { get; }

    /// <summary>A cell's text as messages show it: quoted, at most 40 characters, characters that do not print replaced.</summary>
    internal static string Quote(ReadOnlySpan<char> cell) => $"\"{QuotedText.Clean(cell, longest: 40)}\"";

    private static string Describe(string source, int line, int column, string? columnName, string problem)
    {
        string where = source;
        if (line > 0)
            where += Invariant($", line {line}");
        if (column > 0)
            where += Invariant($", column {column}");
        if (columnName is not null)
            where += $" ({Quote(columnName)})";
        return $"{where}: {problem}";
    }
}
