namespace NeuralOde;

/// <summary>Which columns of a CSV file hold times and states, and how the file is written. Column names are compared exactly.</summary>
/// <remarks>
/// A file has one header line. Numbers are read in the invariant culture. Blank lines and comment lines are skipped; quoted cells follow RFC 4180;
/// white space around unquoted cells is ignored; lines may end in LF, CRLF or CR. The same options written with and read with give the same dataset.
/// Nothing that may be a number is left out without a word: a column of another way to write numbers, say with decimal commas, is an error.
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
    /// The columns with the state components, in the order wanted; by default every other column that holds numbers. Left out by default are columns
    /// without a digit in any cell, and a first column without a name, where other tools write labels of rows.
    /// </summary>
    public IReadOnlyList<string>? StateColumns { get; init => field = ListCopy.Of(value); }

    /// <summary>The column whose text separates trajectories: rows with the same text belong together; by default all rows are one trajectory.</summary>
    public string? TrajectoryColumn { get; init; }

    /// <summary>The character between cells, a comma by default. Not a letter, a digit, <c>+ - . "</c> or an end of line.</summary>
    public char Separator { get; init; } = ',';

    /// <summary>A line that starts with this character is a comment and skipped; null reads every line. Subject to the rules of <see cref="Separator"/>.</summary>
    /// <remarks>
    /// Unless it is set it is <c>#</c>, and the file has to say that it has comments: lines before the header are skipped, and where there are such, lines
    /// after it too, except that one with cells and a digit, which could be a row, is refused. In a file that does not begin with a comment every line after the header is a row.
    /// </remarks>
    public char? CommentPrefix
    {
        get;
        init
        {
            field = value;
            DeclaresComments = true;
        }
    } = '#';

    /// <summary>Whether <see cref="CommentPrefix"/> was set: then the file need not say that it has comments.</summary>
    internal bool DeclaresComments { get; private init; }

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
