using static System.FormattableString;

namespace NeuralOde;

/// <summary>The columns of a file by what they are for, from its header and the options.</summary>
internal sealed class CsvSchema
{
    private readonly CsvOptions _options;
    private readonly string _source;
    private readonly CsvCells _cells;
    private readonly string[] _names;

    /// <param name="names">The columns' names, different from each other where they are not empty.</param>
    /// <param name="headerLine">The line of the header, or 0.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="source">What messages call the text.</param>
    /// <param name="cells">What cells are taken for.</param>
    public CsvSchema(string[] names, int headerLine, CsvOptions options, string source, CsvCells cells)
    {
        _options = options;
        _source = source;
        _cells = cells;
        _names = names;
        TrajectoryIndex = options.TrajectoryColumn is { } id ? Find(id, nameof(CsvOptions.TrajectoryColumn)) : -1;
        VariableIndex = options.VariableColumn is { } variable ? Find(variable, nameof(CsvOptions.VariableColumn)) : -1;
        int[] ignored = IsLong ? FindThoseThatAreThere(options.IgnoredColumns) : FindAll(options.IgnoredColumns, nameof(CsvOptions.IgnoredColumns));
        Interval = options.SamplingIntervalColumn is { } interval ? Named(Find(interval, nameof(CsvOptions.SamplingIntervalColumn))) : null;
        Inputs = IsLong ? [] : NamedAll(FindAll(options.InputColumns, nameof(CsvOptions.InputColumns)));
        Covariates = NamedAll(IsLong ? FindThoseThatAreThere(options.CovariateColumns) : FindAll(options.CovariateColumns, nameof(CsvOptions.CovariateColumns)));
        Weights = NamedAll(FindAll(options.WeightColumns, nameof(CsvOptions.WeightColumns)));
        Value = IsLong ? Named(Find(options.ValueColumn!, nameof(CsvOptions.ValueColumn))) : null;
        IEnumerable<CsvColumn> known = [.. Inputs, .. Covariates, .. Weights];
        var taken = new HashSet<int>([TrajectoryIndex, VariableIndex, .. ignored, .. known.Select(column => column.Index)]);
        if (Interval is not null)
            taken.Add(Interval.Index);
        if (Value is not null)
            taken.Add(Value.Index);
        Time = options.IsSampled ? null : ChooseTime(headerLine, ignored, taken);
        if (Time is not null)
            taken.Add(Time.Index);
        States = IsLong || options.StateColumns is null ? [] : NamedAll(FindAll(options.StateColumns, nameof(CsvOptions.StateColumns)));
        Others = !IsLong && options.StateColumns is not null ? [] : OthersThan(taken);
    }

    /// <summary>Whether a row has one variable's value.</summary>
    public bool IsLong => _options.VariableColumn is not null;

    /// <summary>The position of the column that tells trajectories apart, or −1.</summary>
    public int TrajectoryIndex { get; }

    /// <summary>The position of the column with the variables' names, or −1.</summary>
    public int VariableIndex { get; }

    /// <summary>The times; null where the rows are equally far apart.</summary>
    public CsvTimeColumn? Time { get; }

    public CsvColumn? Interval { get; }

    /// <summary>The values, in long format.</summary>
    public CsvColumn? Value { get; }

    public CsvColumn[] Inputs { get; }

    public CsvColumn[] Covariates { get; }

    public CsvColumn[] Weights { get; }

    /// <summary>The states, where they are named and columns.</summary>
    public CsvColumn[] States { get; }

    /// <summary>Columns that nobody named: states if they hold numbers, or, in long format, ones that may hold none.</summary>
    public CsvColumn[] Others { get; }

    private CsvTimeColumn ChooseTime(int headerLine, int[] ignored, HashSet<int> taken)
    {
        if (_options.TimeColumn is { } name)
            return new CsvTimeColumn(_options, _cells, _source, Find(name, nameof(CsvOptions.TimeColumn)), name);
        int first = 0;
        while (first == TrajectoryIndex || ignored.Contains(first))
            first++;
        if (first >= _names.Length)
            throw new CsvFormatException(_source, headerLine, column: 0, columnName: null,
                "there is no column for the time. If the rows are equally far apart, set CsvOptions.SamplingInterval.");

        // An unnamed first column is usually a row number that some tool added: taking it for the time would be silently wrong.
        if (_names[first].Length == 0)
            throw new CsvFormatException(_source, headerLine, first + 1, null,
                "the column has no name; say which column is the time (CsvOptions.TimeColumn).");
        if (taken.Contains(first) || (!IsLong && _options.StateColumns?.Contains(_names[first]) == true))
        {
            throw new ArgumentException(
                $"CsvOptions names {CsvFormatException.Quote(_names[first])} as something else, and it is the time column unless CsvOptions.TimeColumn names another, or CsvOptions.SamplingInterval says that there is none.", "options");
        }

        return new CsvTimeColumn(_options, _cells, _source, first, _names[first]);
    }

    private CsvColumn[] OthersThan(HashSet<int> taken) =>
        [.. Enumerable.Range(0, _names.Length).Where(i => !taken.Contains(i) && (i > 0 || _names[i].Length > 0)).Select(i => Column(i, IsLong ? CsvRole.Unused : CsvRole.Candidate))];

    private CsvColumn Column(int index, CsvRole role) => new(_cells, _source, index, _names[index], role);

    private CsvColumn Named(int index) => Column(index, CsvRole.Named);

    private CsvColumn[] NamedAll(int[] indices) => [.. indices.Select(Named)];

    private int[] FindAll(IReadOnlyList<string>? names, string option) => [.. (names ?? []).Select(name => Find(name, option))];

    private int[] FindThoseThatAreThere(IReadOnlyList<string>? names) => [.. (names ?? []).Select(name => Array.IndexOf(_names, name)).Where(index => index >= 0)];

    private int Find(string name, string option)
    {
        int index = Array.IndexOf(_names, name);
        if (index >= 0 && name.Length > 0)
            return index;
        const int Most = 20;
        string available = string.Join(", ", _names.Take(Most).Select(column => CsvFormatException.Quote(column)));
        if (_names.Length > Most)
            available += Invariant($" and {_names.Length - Most} more");
        throw new ArgumentException($"CsvOptions.{option}: {_source} has no column {CsvFormatException.Quote(name)}. It has {available}.", "options");
    }
}
