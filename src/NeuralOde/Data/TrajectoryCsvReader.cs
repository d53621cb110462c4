namespace NeuralOde;

/// <summary>Reads CSV texts as one dataset: texts → tables → the states that they share → trajectories.</summary>
internal static class TrajectoryCsvReader
{
    /// <param name="reader">The text, read to its end.</param>
    /// <param name="options">Validated here.</param>
    /// <param name="source">What messages call the text: a path, for instance.</param>
    public static TrajectoryDataset Read(TextReader reader, CsvOptions options, string source)
    {
        options.Validate();
        return Build([CsvTableReader.Read(reader, options, source)], options);
    }

    /// <param name="paths">The files, at least one.</param>
    /// <param name="options">Validated here.</param>
    /// <param name="open">Opens a file.</param>
    public static TrajectoryDataset Read(IReadOnlyList<string> paths, CsvOptions options, Func<string, TextReader> open)
    {
        options.Validate();
        var tables = new List<CsvTable>(paths.Count);
        foreach (string path in paths)
        {
            using TextReader reader = open(path);
            tables.Add(CsvTableReader.Read(reader, options, path));
        }

        return Build(tables, options);
    }

    private static TrajectoryDataset Build(List<CsvTable> tables, CsvOptions options)
    {
        if (tables.Find(table => table.HasDates != tables[0].HasDates) is { } other)
            throw Problem(other,
                $"the times are {(other.HasDates ? "dates" : "numbers")}, but those of {tables[0].Source} are {(other.HasDates ? "numbers" : "dates")}.");
        List<string> stateNames = ChooseStates(tables, options);
        string[] inputNames = [.. options.InputColumns ?? [], .. options.CovariateColumns ?? []];
        return TrajectoryDataset.FromTrajectories(
            tables.SelectMany(table => new CsvTrajectoryBuilder(options, table, stateNames).Build()), stateNames, inputNames.Length == 0 ? null : inputNames);
    }

    /// <summary>The columns that were asked for, or those that hold numbers in some text: then in all of them.</summary>
    private static List<string> ChooseStates(List<CsvTable> tables, CsvOptions options)
    {
        var numeric = new HashSet<string>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (CsvSeries series in tables.SelectMany(table => table.States))
        {
            if (series.IsNumeric && numeric.Add(series.Name))
                names.Add(series.Name);
        }

        foreach (CsvSeries series in tables.SelectMany(table => table.States))
        {
            if ((numeric.Contains(series.Name) ? series.Problem : series.Loss) is { } problem)
                throw problem;
        }

        if (options.StateColumns is { } wanted)
        {
            return wanted.FirstOrDefault(name => !numeric.Contains(name)) is { } missing
                ? throw new ArgumentException(
                    $"CsvOptions.StateColumns names {CsvFormatException.Quote(missing)}, but {tables[0].Source}{(tables.Count > 1 ? " and the files after it have" : " has")} no such variable.", nameof(options))
                : [.. wanted];
        }

        if (names.Count == 0)
            throw Problem(tables[0], tables[0].Times is { } time ?
                $"no column besides the time ({CsvFormatException.Quote(time.Name)}) holds numbers." : "no column holds numbers.");
        foreach (CsvTable table in options.VariableColumn is null ? tables : [])
        {
            var columns = table.States.Select(series => series.Name).ToHashSet(StringComparer.Ordinal);
            if (names.Find(name => !columns.Contains(name)) is { } lacking)
                throw Problem(table, $"there is no column {CsvFormatException.Quote(lacking)}, which is a state in another file.");
        }

        return names;
    }

    private static CsvFormatException Problem(CsvTable table, string problem) => new(table.Source, 0, column: 0, columnName: null, problem);
}
