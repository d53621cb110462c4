using System.Globalization;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>Writes a dataset as CSV text that reads back bit for bit.</summary>
internal sealed class TrajectoryCsvWriter
{
    private readonly TrajectoryDataset _dataset;
    private readonly TextWriter _writer;
    private readonly CsvOptions _options;
    private readonly CsvCells _cells;
    private readonly bool _hasId;
    private readonly int _inputs;
    private readonly int _covariates;
    private readonly int _weights;
    private readonly bool[] _isNeverObserved;

    private TrajectoryCsvWriter(TrajectoryDataset dataset, TextWriter writer, CsvOptions options)
    {
        options.ValidateForWriting();
        _dataset = dataset;
        _writer = writer;
        _options = options;
        _cells = new CsvCells(options);
        _hasId = dataset.Count > 1 || options.TrajectoryColumn is not null;
        _inputs = options.InputColumns?.Count ?? 0;
        _covariates = options.CovariateColumns?.Count ?? 0;
        _weights = options.WeightColumns?.Count ?? 0;
        RequireColumns();
        _isNeverObserved = [.. Enumerable.Range(0, dataset.Dimension).Select(i => dataset.All(trajectory => IsNeverObserved(trajectory, i)))];
    }

    public static void Write(TrajectoryDataset dataset, TextWriter writer, CsvOptions options)
    {
        var csv = new TrajectoryCsvWriter(dataset, writer, options);
        csv.WriteHeader(csv.ChooseNames());
        for (int i = 0; i < dataset.Count; i++)
            csv.WriteTrajectory(i);
    }

    /// <summary>
    /// Inputs and weights are written to columns that were named for them, and left out only where the option says so by an empty list.
    /// </summary>
    private void RequireColumns()
    {
        int columns = _inputs + _covariates;
        bool leavesOutInputs = _options.InputColumns is not null && columns == 0;
        if (_dataset.InputDimension != columns && !leavesOutInputs)
        {
            throw Invalid(
                Invariant($"The dataset has inputs of dimension {_dataset.InputDimension}, but InputColumns and CovariateColumns name {columns} columns. Name one per component; an empty InputColumns leaves the inputs out."));
        }

        bool isWeighted = _dataset.Any(trajectory => !trajectory.Weights.IsEmpty);
        if (isWeighted ? _options.WeightColumns is null || (_weights > 1 && _weights != _dataset.Dimension) : _weights > 0)
        {
            throw Invalid(
                Invariant($"The dataset has {(isWeighted ? Invariant($"weights of {_dataset.Dimension} components") : "no weights")}, but WeightColumns names {_weights} columns. Name one for all components or one each; an empty WeightColumns leaves the weights out."));
        }
    }

    private List<string> ChooseNames()
    {
        var names = new List<string>();
        if (_hasId)
            names.Add(_options.TrajectoryColumn ?? "trajectory");
        names.Add(_options.TimeColumn ?? "time");
        IReadOnlyList<string>? stateNames = _options.StateColumns ?? _dataset.StateNames;
        if (stateNames is not null && stateNames.Count != _dataset.Dimension)
            throw Invalid(Invariant($"CsvOptions.StateColumns has {stateNames.Count} names for states of dimension {_dataset.Dimension}."));
        for (int i = 0; i < _dataset.Dimension; i++)
            names.Add(stateNames?[i] ?? Invariant($"x{i + 1}"));
        names.AddRange([.. _options.InputColumns ?? [], .. _options.CovariateColumns ?? [], .. _options.WeightColumns ?? []]);

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
                throw Invalid(Invariant($"Column {i + 1} has an empty name."));
            if (!seen.Add(names[i]))
                throw Invalid($"Two columns are named {CsvFormatException.Quote(names[i])}; name them apart in CsvOptions.");
        }

        return names;
    }

    private void WriteHeader(List<string> names)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (i > 0)
                _writer.Write(_options.Separator);
            _writer.Write(NeedsQuotes(names[i]) ? $"\"{names[i].Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : names[i]);
        }

        _writer.Write('\n');
    }

    private bool NeedsQuotes(string name) =>
        name.AsSpan().IndexOfAny("\"\r\n\t\uFEFF") >= 0 || name.Contains(_options.Separator, StringComparison.Ordinal)
        || name[0] == _options.CommentPrefix || char.IsWhiteSpace(name[0]) || char.IsWhiteSpace(name[^1]);

    private void WriteTrajectory(int index)
    {
        Trajectory trajectory = _dataset[index];
        var input = new double[_inputs + _covariates > 0 ? _dataset.InputDimension : 0];
        double[]? firstInput = null;
        for (int n = 0; n < trajectory.Length; n++)
        {
            if (_hasId)
            {
                _writer.Write(index.ToString(CultureInfo.InvariantCulture));
                _writer.Write(_options.Separator);
            }

            WriteTime(trajectory.Times[n]);
            ReadOnlySpan<double> state = trajectory.StateAt(n);
            for (int i = 0; i < state.Length; i++)
                WriteState(state[i], index, n, i);
            if (input.Length > 0)
            {
                trajectory.Input!.Evaluate(trajectory.Times[n], input);
                firstInput ??= [.. input];
                RequireConstant(firstInput, input, index, n);
                foreach (double value in input)
                    WriteNext(value);
            }

            WriteWeights(trajectory, index, n);
            _writer.Write('\n');
        }
    }

    private void WriteTime(double time)
    {
        string text = time.ToString("R", CultureInfo.InvariantCulture);
        // Read back, eight digits could be a date.
        WriteNumber(!_options.TimeIsNumber && CsvDate.FormatOfDigits(text) is not null ? text + ".0" : text);
    }

    private void WriteState(double value, int trajectory, int row, int component)
    {
        if (!double.IsNaN(value))
        {
            if (_cells.IsMarker(value))
                throw Invalid(
                    Invariant($"State {component} of observation {row} of trajectory {trajectory} is {value:R}, which would be read back as a gap (CsvOptions.MissingValues)."));
            WriteNext(value);
            return;
        }

        // An empty column would be no state by default; this one is refused until it is named.
        _writer.Write(_options.Separator);
        _writer.Write(_isNeverObserved[component] ? "NaN" : _options.Separator == ' ' ? "\"\"" : "");
    }

    private void RequireConstant(double[] first, double[] input, int trajectory, int row)
    {
        for (int i = _inputs; i < input.Length; i++)
        {
            if (input[i] != first[i])
                throw Invalid(
                    Invariant($"CovariateColumns[{i - _inputs}]: the input of trajectory {trajectory} is {first[i]:R} at first and {input[i]:R} at observation {row}; a covariate is the same throughout. Name its column in InputColumns."));
        }
    }

    private void WriteWeights(Trajectory trajectory, int index, int row)
    {
        for (int i = 0; i < _weights; i++)
        {
            ReadOnlySpan<double> weights = trajectory.Weights.IsEmpty ? [] : trajectory.Weights.Slice(row * trajectory.Dimension, trajectory.Dimension);
            if (_weights == 1 && weights.ContainsAnyExcept(weights.IsEmpty ? 1.0 : weights[0]))
                throw Invalid(
                    Invariant($"The weights of observation {row} of trajectory {index} differ; WeightColumns needs a column for each component."));
            WriteNext(weights.IsEmpty ? 1.0 : weights[i]);
        }
    }

    private void WriteNext(double value)
    {
        _writer.Write(_options.Separator);
        WriteNumber(value.ToString("R", CultureInfo.InvariantCulture));
    }

    private void WriteNumber(string text)
    {
        if (!_options.DecimalComma || !text.Contains('.', StringComparison.Ordinal))
            _writer.Write(text);
        else
            _writer.Write(_options.Separator == ',' ? $"\"{text.Replace('.', ',')}\"" : text.Replace('.', ','));
    }

    private static bool IsNeverObserved(Trajectory trajectory, int component)
    {
        for (int n = 0; n < trajectory.Length; n++)
        {
            if (trajectory.IsObserved(n, component))
                return false;
        }

        return true;
    }

    // Callers pass the options in a parameter of this name.
    private static ArgumentException Invalid(string problem) => new(problem, "options");
}
