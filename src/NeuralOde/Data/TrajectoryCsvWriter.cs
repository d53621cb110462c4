using System.Globalization;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>Writes a dataset as CSV text that reads back bit for bit.</summary>
internal static class TrajectoryCsvWriter
{
    public static void Write(TrajectoryDataset dataset, TextWriter writer, CsvOptions options)
    {
        options.Validate();
        bool hasId = dataset.Count > 1 || options.TrajectoryColumn is not null;
        WriteHeader(ChooseNames(dataset, options, hasId), writer, options);
        for (int i = 0; i < dataset.Count; i++)
            WriteTrajectory(dataset[i], hasId ? i : null, writer, options.Separator);
    }

    private static List<string> ChooseNames(TrajectoryDataset dataset, CsvOptions options, bool hasId)
    {
        var names = new List<string>();
        if (hasId)
            names.Add(options.TrajectoryColumn ?? "trajectory");
        names.Add(options.TimeColumn ?? "time");
        IReadOnlyList<string>? stateNames = options.StateColumns ?? dataset.StateNames;
        if (stateNames is not null && stateNames.Count != dataset.Dimension)
        {
            throw new ArgumentException(Invariant($"CsvOptions.StateColumns has {stateNames.Count} names for states of dimension {dataset.Dimension}."), nameof(options));
        }

        for (int i = 0; i < dataset.Dimension; i++)
            names.Add(stateNames?[i] ?? Invariant($"x{i + 1}"));

        for (int i = 0; i < names.Count; i++)
        {
            if (names[i].Length == 0)
                throw new ArgumentException(Invariant($"Column {i + 1} has an empty name."), nameof(options));
            if (names.IndexOf(names[i]) < i)
                throw new ArgumentException($"Two columns are named {CsvFormatException.Quote(names[i])}; name them apart in CsvOptions.", nameof(options));
        }

        return names;
    }

    private static void WriteHeader(List<string> names, TextWriter writer, CsvOptions options)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (i > 0)
                writer.Write(options.Separator);
            writer.Write(NeedsQuotes(names[i], options) ? $"\"{names[i].Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : names[i]);
        }

        writer.Write('\n');
    }

    private static bool NeedsQuotes(string name, CsvOptions options) =>
        name.AsSpan().IndexOfAny("\"\r\n\uFEFF") >= 0 || name.Contains(options.Separator, StringComparison.Ordinal)
        || name[0] == options.CommentPrefix || char.IsWhiteSpace(name[0]) || char.IsWhiteSpace(name[^1]);

    private static void WriteTrajectory(Trajectory trajectory, int? id, TextWriter writer, char separator)
    {
        for (int n = 0; n < trajectory.Length; n++)
        {
            if (id is { } number)
            {
                writer.Write(number.ToString(CultureInfo.InvariantCulture));
                writer.Write(separator);
            }

            writer.Write(trajectory.Times[n].ToString("R", CultureInfo.InvariantCulture));
            foreach (double component in trajectory.StateAt(n))
            {
                writer.Write(separator);
                writer.Write(component.ToString("R", CultureInfo.InvariantCulture));
            }

            writer.Write('\n');
        }
    }
}
