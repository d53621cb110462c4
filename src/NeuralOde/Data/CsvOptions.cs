namespace NeuralOde;

/// <summary>Which columns of CSV files hold times, states, inputs and weights, and how the files are written. Names are compared exactly.</summary>
/// <remarks>
/// <para>
/// Blank lines and comment lines are skipped; quoted cells follow RFC 4180; white space around unquoted cells is ignored; lines may end in
/// LF, CRLF or CR; a first line <c>sep=;</c> names the separator; lines may end with a separator too many. A cell that is empty, <c>NA</c>,
/// <c>NaN</c> or one of <see cref="MissingValues"/> is a gap: NaN in the states, not observed.
/// </para>
/// <para>
/// Nothing that may be a number is left out without a word: a column of another way to write numbers is an error that names the option that
/// reads it. The same options written with and read with give the same dataset; options that are for reading alone are refused when
/// writing.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// var options = new CsvOptions { TimeColumn = "t", StateColumns = ["x", "y"], TrajectoryColumn = "run", Separator = ';' };
/// </code>
/// </example>
public sealed partial record CsvOptions
{
    private readonly char? _separator;

    /// <summary>
    /// The column with the times; by default the first column that is neither <see cref="TrajectoryColumn"/> nor one of
    /// <see cref="IgnoredColumns"/>.
    /// </summary>
    public string? TimeColumn { get; init; }

    /// <summary>
    /// The columns with the state components, in the order wanted; by default every other column that holds numbers. Left out by default
    /// are columns without a digit in any cell, and a first column without a name, where other tools write labels of rows. With
    /// <see cref="VariableColumn"/> these are variables.
    /// </summary>
    public IReadOnlyList<string>? StateColumns { get; init => field = ListCopy.Of(value); }

    /// <summary>
    /// The column whose text separates trajectories: rows with the same text belong together; by default all rows of a file are one
    /// trajectory.
    /// </summary>
    public string? TrajectoryColumn { get; init; }

    /// <summary>
    /// The columns with an input that is known, default: none. A trajectory's values at its times become its
    /// <see cref="Trajectory.Input"/>, between them as <see cref="InputInterpolation"/> says. A gap in them is no value: the input runs on
    /// to the next. With <see cref="VariableColumn"/> these are variables.
    /// </summary>
    public IReadOnlyList<string>? InputColumns { get; init => field = ListCopy.Of(value); }

    /// <summary>What an input is between its values, default: <see cref="NeuralOde.InputInterpolation.PiecewiseLinear"/>.</summary>
    public InputInterpolation InputInterpolation { get; init; }

    /// <summary>
    /// The columns with numbers that are the same throughout a trajectory, such as a patient's mass, default: none. They become constant
    /// components of <see cref="Trajectory.Input"/> behind those of <see cref="InputColumns"/>. Gaps beside a number are filled with it;
    /// two different numbers are an error.
    /// </summary>
    public IReadOnlyList<string>? CovariateColumns { get; init => field = ListCopy.Of(value); }

    /// <summary>
    /// The columns with <see cref="Trajectory.Weights"/>, default: none. One column weighs all components of a state; several are one per
    /// component, in the order of the states. A weight is finite and at least 0; it may be missing only where the component is.
    /// </summary>
    public IReadOnlyList<string>? WeightColumns { get; init => field = ListCopy.Of(value); }

    /// <summary>
    /// Columns that are not read, such as text or units with digits in them, default: none. With <see cref="VariableColumn"/> variables may
    /// be named, too.
    /// </summary>
    public IReadOnlyList<string>? IgnoredColumns { get; init => field = ListCopy.Of(value); }

    /// <summary>
    /// The column with the names of variables in a file in long format, where every row has one number: a time, a variable and its value.
    /// Default: none, the file has a column per variable. Set together with <see cref="ValueColumn"/>.
    /// </summary>
    /// <remarks>
    /// The variables become the columns of a table with a row per time of a trajectory, in increasing order, and gaps where a variable has
    /// no row. A variable that has two rows at one time is an error. <see cref="StateColumns"/> and <see cref="InputColumns"/> name
    /// variables; by default all are states, in the order of their first rows. <see cref="CovariateColumns"/> and
    /// <see cref="IgnoredColumns"/> name columns or variables; <see cref="WeightColumns"/> one column, the weight of the row's value.
    /// </remarks>
    public string? VariableColumn { get; init; }

    /// <summary>The column with the values in long format, see <see cref="VariableColumn"/>.</summary>
    public string? ValueColumn { get; init; }

    /// <summary>
    /// Texts that stand for a gap, besides an empty cell, <c>NA</c> and <c>NaN</c>, default: none. A number among them stands for all ways
    /// to write it: <c>-999</c> for <c>-999.0</c>.
    /// </summary>
    public IReadOnlyList<string>? MissingValues { get; init => field = ListCopy.Of(value); }

    /// <summary>
    /// The character between cells, by default a comma, or a semicolon with <see cref="DecimalComma"/>, unless the first line says
    /// otherwise (<c>sep=;</c>). A space stands for any run of spaces and tabs. Not a letter, a digit, <c>+ - . "</c> or an end of line.
    /// </summary>
    public char Separator
    {
        get => _separator ?? (DecimalComma ? ';' : ',');
        init => _separator = value;
    }

    /// <summary>
    /// Whether numbers have a comma before their decimals, default: false, a point. Where a comma also separates cells, such numbers must
    /// be quoted.
    /// </summary>
    public bool DecimalComma { get; init; }

    /// <summary>Where the names of the columns stand, default: <see cref="CsvHeader.FirstRow"/>.</summary>
    public CsvHeader Header { get; init; }

    /// <summary>
    /// Whether the row below the header, or the first one without a header, holds units, default: false. It is not read; one of numbers
    /// alone is an error.
    /// </summary>
    public bool HasUnitRow { get; init; }

    /// <summary>
    /// How dates and times of day are written in the time column, default: null, numbers or ISO 8601 dates such as <c>2020-01-31</c> and
    /// <c>2020-01-31T12:30:00Z</c>, as the first time shows. A
    /// <see href="https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings">format string</see>, such as
    /// <c>dd.MM.yyyy HH:mm</c>; names of months are English.
    /// </summary>
    /// <remarks>
    /// A format without a date reads times of day, counted from midnight. A time of eight, twelve or fourteen digits that may be a date,
    /// such as <c>20200131</c>, is an error unless a format reads it or <see cref="TimeIsNumber"/> is set.
    /// </remarks>
    public string? TimeFormat { get; init; }

    /// <summary>
    /// What the number 1 means as a time that was read from a date, default: null, one day. For years <c>TimeSpan.FromDays(365.25)</c>.
    /// </summary>
    public TimeSpan? TimeUnit { get; init; }

    /// <summary>
    /// The date that becomes time 0, default: null, 1970-01-01T00:00Z, so that files which are read apart have the same time. Without a
    /// kind, it is in <see cref="TimeZone"/>.
    /// </summary>
    public DateTime? TimeOrigin { get; init; }

    /// <summary>The zone of dates that name none, default: null, UTC. A time that this zone skips, or has twice, is an error.</summary>
    public TimeZoneInfo? TimeZone { get; init; }

    /// <summary>Whether times are numbers even if they look like dates, as 20200131 does, default: false.</summary>
    public bool TimeIsNumber { get; init; }

    /// <summary>
    /// The time from one row of a trajectory to the next where the file has no times, default: null. The first row is at time 0. Positive
    /// and finite.
    /// </summary>
    public double? SamplingInterval { get; init; }

    /// <summary>The column with <see cref="SamplingInterval"/>, default: null. Its first row, or every row, holds it.</summary>
    public string? SamplingIntervalColumn { get; init; }

    /// <summary>
    /// A line that starts with this character is a comment and skipped; null reads every line. Subject to the rules of
    /// <see cref="Separator"/>.
    /// </summary>
    /// <remarks>
    /// Unless it is set it is <c>#</c>, and the file has to say that it has comments: lines before the header are skipped, and where there
    /// are such, lines after it too, except that one with cells and a digit, which could be a row, is refused. In a file that does not
    /// begin with a comment every line after the header is a row.
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

    /// <summary>Whether <see cref="Separator"/> was set.</summary>
    internal bool SetsSeparator => _separator is not null;

    /// <summary>Whether the file has no times.</summary>
    internal bool IsSampled => SamplingInterval is not null || SamplingIntervalColumn is not null;
}
