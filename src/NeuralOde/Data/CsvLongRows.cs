using static System.FormattableString;

namespace NeuralOde;

/// <summary>Rows of one variable's value each, and the table that they make.</summary>
internal sealed class CsvLongRows(CsvOptions options, string source)
{
    /// <summary>So sparse a table is taken for a mistake, and would cost much more memory than the text: numbers of the table per value.</summary>
    private const long MostPerValue = 100;
    private const long AlwaysAllowed = 1 << 24;

    private readonly List<int> _variableOfRow = [];
    private readonly List<string> _variables = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <summary>Whether rows were left out, because the options name other variables.</summary>
    public bool HasSkipped { get; private set; }

    /// <summary>Notes a row's variable. False for one that the options leave out.</summary>
    public bool Wants(ReadOnlySpan<char> variable, int line, int column)
    {
        if (variable.IsEmpty)
            throw new CsvFormatException(source, line, column + 1, options.VariableColumn, "the cell is empty; the variable's name is missing.");
        var bySpan = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!bySpan.TryGetValue(variable, out int number))
        {
            string name = variable.ToString();
            bool isWanted = options.StateColumns is null
                ? options.IgnoredColumns?.Contains(name) != true
                : options.StateColumns.Contains(name) || options.InputColumns?.Contains(name) == true || options.CovariateColumns?.Contains(name) == true;
            number = isWanted ? _variables.Count : -1;
            if (isWanted)
                _variables.Add(name);
            _numbers.Add(name, number);
        }

        HasSkipped |= number < 0;
        if (number >= 0)
            _variableOfRow.Add(number);
        return number >= 0;
    }

    /// <summary>A table with a row per time of a trajectory.</summary>
    /// <param name="rows">The rows as they are in the file.</param>
    /// <param name="value">Their values.</param>
    public CsvTable ToWide(CsvTable rows, CsvSeries value)
    {
        IReadOnlyList<double> times = rows.Times!.Values;
        int[] order = Order(rows, times);
        var wideRowOf = new int[order.Length];
        var firstRows = new List<int>();
        for (int n = 0; n < order.Length; n++)
        {
            bool isNew = n == 0 || rows.TrajectoryOfRow[order[n]] != rows.TrajectoryOfRow[order[n - 1]] || times[order[n]] != times[order[n - 1]];
            if (isNew)
                firstRows.Add(order[n]);
            else if (_variableOfRow[order[n]] == _variableOfRow[order[n - 1]])
                throw Twice(rows, order[n - 1], order[n]);
            wideRowOf[order[n]] = firstRows.Count - 1;
        }

        long size = (long)firstRows.Count * _variables.Count;
        if (size > AlwaysAllowed && size / MostPerValue > order.Length)
            throw new CsvFormatException(source, 0, column: 0, columnName: null,
                Invariant($"the {order.Length} values have {firstRows.Count} times and {_variables.Count} variables: nearly all of this table would be gaps. Name the variables wanted (CsvOptions.StateColumns), and the column that tells trajectories apart (CsvOptions.TrajectoryColumn)."));

        CsvSeries[] variables = Spread(value, wideRowOf, firstRows.Count);
        CsvSeries[] weights = rows.Weights.Count == 0 ? [] : Spread(rows.Weights[0], wideRowOf, firstRows.Count);
        CsvSeries[] covariateColumns = [.. rows.Covariates.Select(column => Gather(column, rows, order, wideRowOf, firstRows.Count))];
        int[] states = [.. Enumerable.Range(0, variables.Length).Where(IsState)];
        return new CsvTable
        {
            Source = rows.Source,
            Lines = [.. firstRows.Select(row => rows.Lines[row])],
            TrajectoryOfRow = [.. firstRows.Select(row => rows.TrajectoryOfRow[row])],
            TrajectoryCount = rows.TrajectoryCount,
            Times = rows.Times with { Values = [.. firstRows.Select(row => times[row])] },
            HasDates = rows.HasDates,
            Interval = double.NaN,
            States = [.. states.Select(i => variables[i])],
            Inputs = [.. (options.InputColumns ?? []).Select(Variable)],
            Covariates = [.. (options.CovariateColumns ?? []).Select(name => Array.Find(covariateColumns, column => column.Name == name) ?? Variable(name))],
            Weights = weights.Length == 0 ? [] : [.. states.Select(i => weights[i])],
        };

        bool IsState(int i) => options.StateColumns?.Contains(_variables[i])
            ?? (options.InputColumns?.Contains(_variables[i]) != true && options.CovariateColumns?.Contains(_variables[i]) != true);

        CsvSeries Variable(string name) => Array.Find(variables, series => series.Name == name)
            ?? throw new ArgumentException($"CsvOptions names {CsvFormatException.Quote(name)}, but {source} has no such variable.", "options");
    }

    /// <summary>The rows by trajectory, time, variable, and place in the file.</summary>
    private int[] Order(CsvTable rows, IReadOnlyList<double> times)
    {
        var order = new int[rows.Lines.Count];
        for (int row = 0; row < order.Length; row++)
            order[row] = row;
        Array.Sort(order, (a, b) =>
        {
            int difference = rows.TrajectoryOfRow[a].CompareTo(rows.TrajectoryOfRow[b]);
            if (difference == 0)
                difference = times[a].CompareTo(times[b]);
            if (difference == 0)
                difference = _variableOfRow[a].CompareTo(_variableOfRow[b]);
            return difference != 0 ? difference : a.CompareTo(b);
        });
        return order;
    }

    private CsvSeries[] Spread(CsvSeries column, int[] wideRowOf, int wideRows)
    {
        var values = new double[_variables.Count][];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = new double[wideRows];
            Array.Fill(values[i], double.NaN);
        }

        for (int row = 0; row < wideRowOf.Length; row++)
            values[_variableOfRow[row]][wideRowOf[row]] = column.Values[row];
        return [.. values.Select((numbers, i) => new CsvSeries(_variables[i], column.Index, numbers))];
    }

    /// <summary>A number that is the same in all rows of a time.</summary>
    private CsvSeries Gather(CsvSeries column, CsvTable rows, int[] order, int[] wideRowOf, int wideRows)
    {
        var values = new double[wideRows];
        Array.Fill(values, double.NaN);
        foreach (int row in order)
        {
            double known = values[wideRowOf[row]];
            double value = column.Values[row];
            if (!double.IsNaN(known) && !double.IsNaN(value) && known != value)
                throw new CsvFormatException(source, rows.Lines[row], column.Index + 1, column.Name,
                    Invariant($"the covariate is {value:R}, and {known:R} elsewhere in the trajectory; a covariate is the same throughout."));
            if (double.IsNaN(known))
                values[wideRowOf[row]] = value;
        }

        return column with { Values = values };
    }

    private CsvFormatException Twice(CsvTable rows, int first, int second)
    {
        string hint = options.TrajectoryColumn is null ? " If the file holds several trajectories, name the column that tells them apart (CsvOptions.TrajectoryColumn)." : "";
        return new CsvFormatException(source, rows.Lines[second], column: 0, columnName: null,
            Invariant($"the variable {CsvFormatException.Quote(_variables[_variableOfRow[second]])} has a second row at time {rows.Times!.Values[second]:R}, after line {rows.Lines[first]}.{hint}"));
    }
}
