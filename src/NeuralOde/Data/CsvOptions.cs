namespace NeuralOde;

/// <summary>Which columns of a CSV file hold times and states, and how the file is written. Column names are compared exactly.</summary>
/// <remarks>
/// A file has one header line. Numbers are read in the invariant culture. Blank lines and comment lines are skipped; quoted cells follow RFC 4180;
/// white space around unquoted cells is ignored; lines may end in LF, CRLF or CR. The same options written with and read with give the same dataset.
/// </remarks>
/// <example>
/// <code>
/// var options = new CsvOptions { TimeColumn = "t", StateColumns = ["x", "y"], TrajectoryColumn = "run", Separator = ';' };
/// </code>
/// </example>
public sealed record CsvOptions
{
    /// <summary>The column with the times; by default the first column (other than <see cref="TrajectoryColumn"/>).</summary>
    public string? TimeColumn { get; init; }

    /// <summary>
    /// The columns with the state components, in the order wanted; by default every other column that has a name and holds at least one number.
    /// </summary>
    public IReadOnlyList<string>? StateColumns { get; init; }

    /// <summary>The column whose text separates trajectories: rows with the same text belong together; by default all rows are one trajectory.</summary>
    public string? TrajectoryColumn { get; init; }

    /// <summary>The character between cells, a comma by default. Not a letter, a digit, <c>+ - . "</c> or an end of line.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>A line that starts with this character is skipped; null reads every line. Subject to the rules of <see cref="Separator"/>.</summary>
    public char? CommentPrefix { get; init; } = '#';

    /// <summary>Checks what can be checked without a file.</summary>
    /// <exception cref="ArgumentException">The options are contradictory.</exception>
    internal void Validate()
    {
        if (CouldBeContent(Separator))
            throw Invalid($"Separator = '{Separator}' could be part of a number, a name or a quoted cell.");
        if (CommentPrefix is { } prefix && (CouldBeContent(prefix) || char.IsWhiteSpace(prefix) || prefix == Separator))
            throw Invalid($"CommentPrefix = '{prefix}' could be part of a row.");
        if (TimeColumn is not null && TimeColumn == TrajectoryColumn)
            throw Invalid($"TimeColumn and TrajectoryColumn are both \"{TimeColumn}\".");
        if (StateColumns is null)
            return;
        if (StateColumns.Count == 0)
            throw Invalid("StateColumns is empty; leave it null to read every numeric column.");
        for (int i = 0; i < StateColumns.Count; i++)
        {
            string name = StateColumns[i] ?? throw Invalid($"StateColumns[{i}] is null.");
            if (name == TimeColumn || name == TrajectoryColumn)
                throw Invalid($"StateColumns[{i}] = \"{name}\" is also the time or trajectory column.");
            for (int j = 0; j < i; j++)
            {
                if (StateColumns[j] == name)
                    throw Invalid($"StateColumns[{i}] = \"{name}\" repeats StateColumns[{j}].");
            }
        }
    }

    private static bool CouldBeContent(char c) => char.IsLetterOrDigit(c) || c is '"' or '+' or '-' or '.' or '\r' or '\n' or '\uFEFF';

    // Callers pass these options in a parameter of this name.
    private static ArgumentException Invalid(string problem) => new(problem, "options");
}
