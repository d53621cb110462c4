using static System.FormattableString;

namespace NeuralOde;

/// <summary>Makes trajectories of the rows of one table.</summary>
internal sealed class CsvTrajectoryBuilder
{
    private readonly CsvOptions _options;
    private readonly CsvTable _table;
    private readonly CsvSeries?[] _states;
    private readonly CsvSeries?[] _weights;

    /// <param name="options">Validated options.</param>
    /// <param name="table">The rows.</param>
    /// <param name="stateNames">The states, in the order wanted. One that the table lacks is not observed.</param>
    public CsvTrajectoryBuilder(CsvOptions options, CsvTable table, IReadOnlyList<string> stateNames)
    {
        _options = options;
        _table = table;
        var placeOf = table.States.Select((series, place) => (series.Name, place)).ToDictionary(pair => pair.Name, pair => pair.place, StringComparer.Ordinal);
        int[] places = [.. stateNames.Select(name => placeOf.GetValueOrDefault(name, -1))];
        _states = [.. places.Select(i => i < 0 ? null : table.States[i])];
        bool followsStates = options.VariableColumn is not null;
        if (table.Weights.Count > 1 && !followsStates && table.Weights.Count != stateNames.Count)
            throw new ArgumentException(
                Invariant($"CsvOptions.WeightColumns has {table.Weights.Count} names for {stateNames.Count} states; one weighs all, several are one each."), nameof(options));
        _weights = table.Weights.Count == 0 ? []
            : followsStates ? [.. places.Select(i => i < 0 ? null : table.Weights[i])]
            : [.. Enumerable.Range(0, stateNames.Count).Select(i => table.Weights[table.Weights.Count == 1 ? 0 : i])];
    }

    /// <summary>The trajectories, in the order of their first rows.</summary>
    public IEnumerable<Trajectory> Build()
    {
        var rowsOf = new List<int>[_table.TrajectoryCount];
        for (int row = 0; row < _table.Lines.Count; row++)
            (rowsOf[_table.TrajectoryOfRow[row]] ??= []).Add(row);
        return rowsOf.Select(Build);
    }

    private Trajectory Build(List<int> rows)
    {
        double[] times = Times(rows);
        var states = new double[ArrayLength.Of((rows.Count, "rows"), (_states.Length, "columns"))];
        for (int n = 0; n < rows.Count; n++)
        {
            for (int i = 0; i < _states.Length; i++)
                states[(n * _states.Length) + i] = _states[i]?.Values[rows[n]] ?? double.NaN;
        }

        var trajectory = new Trajectory(times, states, _states.Length);
        if (_weights.Length > 0)
            trajectory = trajectory.WithWeights(Weights(rows, states));
        return Input(rows, times) is { } input ? trajectory.WithInput(input) : trajectory;
    }

    private double[] Times(List<int> rows)
    {
        var times = new double[rows.Count];
        for (int n = 0; n < times.Length; n++)
            times[n] = _table.Times is { } column ? column.Values[rows[n]] : n * _table.Interval;
        int disorder = Trajectory.FindDisorder(times);
        if (disorder >= 0)
            throw OutOfOrder(times, disorder, rows);
        return double.IsFinite(times[^1]) ? times
            : throw new CsvFormatException(_table.Source, _table.Lines[rows[^1]], column: 0, columnName: null,
                Invariant($"the time of this row, {rows.Count - 1} sampling intervals of {_table.Interval:R}, overflows."));
    }

    private double[,] Weights(List<int> rows, double[] states)
    {
        var weights = new double[rows.Count, _weights.Length];
        for (int n = 0; n < rows.Count; n++)
        {
            for (int i = 0; i < _weights.Length; i++)
            {
                double weight = _weights[i]?.Values[rows[n]] ?? double.NaN;
                bool isObserved = !double.IsNaN(states[(n * _weights.Length) + i]);
                if (double.IsNaN(weight) ? isObserved : weight < 0.0)
                    throw Problem(_weights[i]!, rows[n], double.IsNaN(weight) ?
                        "the weight is missing, but the state is not." : Invariant($"the weight {weight:R} is negative."));
                weights[n, i] = double.IsNaN(weight) ? 0.0 : weight;
            }
        }

        return weights;
    }

    private InputSignal? Input(List<int> rows, double[] times)
    {
        var signals = new List<InputSignal>();
        if (_table.Inputs.Count > 0)
            signals.AddRange(Inputs(rows, times));
        if (_table.Covariates.Count > 0)
            signals.Add(InputSignal.Constant([.. _table.Covariates.Select(column => Covariate(column, rows))]));
        return signals.Count == 0 ? null : InputSignal.Combine(signals);
    }

    /// <summary>One signal where no input has a gap, else one per input: each has the times at which it has values.</summary>
    private IEnumerable<InputSignal> Inputs(List<int> rows, double[] times)
    {
        int[] inTime = [.. Enumerable.Range(0, rows.Count)];
        if (Trajectory.IsDecreasing(times))
            Array.Reverse(inTime);
        bool isComplete = _table.Inputs.All(column => rows.TrueForAll(row => !double.IsNaN(column.Values[row])));
        return isComplete ? [Signal(_table.Inputs, inTime)] : _table.Inputs.Select(column =>
        {
            int[] present = [.. inTime.Where(n => !double.IsNaN(column.Values[rows[n]]))];
            return present.Length > 0 ? Signal([column], present) : throw Problem(column, rows[0],
                "the trajectory that begins here has no value of this input.");
        });

        InputSignal Signal(IReadOnlyList<CsvSeries> columns, int[] places)
        {
            double[] knots = [.. places.Select(n => times[n])];
            var values = new double[knots.Length, columns.Count];
            for (int k = 0; k < knots.Length; k++)
            {
                for (int i = 0; i < columns.Count; i++)
                    values[k, i] = columns[i].Values[rows[places[k]]];
            }

            try
            {
                return Interpolate(knots, values);
            }
            catch (ArgumentException e)
            {
                throw Problem(columns[0], rows[places[0]], $"the input of the trajectory that begins here cannot be interpolated: {e.Message}");
            }
        }
    }

    private InputSignal Interpolate(double[] knots, double[,] values) => _options.InputInterpolation switch
    {
        InputInterpolation.PiecewiseConstant => InputSignal.PiecewiseConstant(knots, values),
        _ when knots.Length == 1 => InputSignal.PiecewiseConstant(knots, values),
        InputInterpolation.CubicSpline => InputSignal.CubicSpline(knots, values),
        _ => InputSignal.PiecewiseLinear(knots, values),
    };

    private double Covariate(CsvSeries column, List<int> rows)
    {
        int known = -1;
        foreach (int row in rows)
        {
            double value = column.Values[row];
            if (double.IsNaN(value))
                continue;
            if (known < 0)
                known = row;
            else if (value != column.Values[known])
                throw Problem(column, row,
                    Invariant($"the covariate changes from {column.Values[known]:R} in line {_table.Lines[known]} to {value:R}. One that changes within a trajectory is an input (CsvOptions.InputColumns)."));
        }

        return known >= 0 ? column.Values[known] : throw Problem(column, rows[0], "the trajectory that begins here has no value of this covariate.");
    }

    private CsvFormatException OutOfOrder(double[] times, int index, List<int> rows)
    {
        string relation = Trajectory.IsDecreasing(times) ? "before" : "after";
        string hint = _options.TrajectoryColumn is not null || _table.Times is null ? "the trajectory's times must strictly increase or strictly decrease"
            : "if the file holds several trajectories, name the column that tells them apart (CsvOptions.TrajectoryColumn); if it has no times, set CsvOptions.SamplingInterval";
        int line = _table.Lines[rows[index]];
        string problem = Invariant($"time {times[index]} is not {relation} time {times[index - 1]} of line {_table.Lines[rows[index - 1]]}; {hint}.");
        return new CsvFormatException(_table.Source, line, (_table.Times?.Index ?? -1) + 1, _table.Times?.Name, problem);
    }

    private CsvFormatException Problem(CsvSeries column, int row, string problem) => new(_table.Source, _table.Lines[row], column.Index + 1, column.Name, problem);
}
