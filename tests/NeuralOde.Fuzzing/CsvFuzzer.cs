using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>
/// Texts of tables. Whatever the text, there comes a dataset with every number of it, or a refusal that says where; never another exception, and nothing is
/// left out without a word. What is read, and written again, reads back bit for bit.
/// </summary>
internal sealed class CsvFuzzer : IFuzzer
{
    private const int LongestMessage = 2000;
    private const int Read = 0, Refused = 1, Cells = 2, Mutated = 3;

    public IReadOnlyList<string> Counters { get; } = ["read", "refused", "cells", "mutated"];

    public string? Run(int seed, double[] counts)
    {
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        CsvCase sample = new CsvGenerator(random).Make();
        if (random.Next(2) == 0)
            return Check(sample, sample.Table, random, counts);

        counts[Mutated]++;
        string text = Mutate(sample.Text, random);
        CsvTable? table = ReferenceCsv.Read(text, sample.Options, sample.DeclaresComments);
        return Check(sample with { Text = text, IsSound = false }, table, random, counts);
    }

    public void Dispose()
    {
    }

    private static string? Check(CsvCase sample, CsvTable? table, RandomSource random, double[] counts)
    {
        TrajectoryDataset dataset;
        try
        {
            dataset = TrajectoryDataset.FromCsv(new StringReader(sample.Text), sample.Options);
        }
        catch (Exception e) when (e.GetType() == typeof(CsvFormatException) || e.GetType() == typeof(ArgumentException))
        {
            counts[Refused]++;
            return sample.IsSound ? $"sound text is refused: {e.Message} <{sample.Text}>" : CheckRefusal(e, table, ReferenceEquals(table, sample.Table));
        }

        counts[Read]++;
        if (table is null)
            return $"text that is no table is read <{sample.Text}>";
        return (CheckContent(dataset, table, sample.Options, counts) is { } loss ? $"{loss} <{sample.Text}>" : null) ?? CheckRoundTrip(dataset, random);
    }

    /// <summary>A refusal says where, in a line of reasonable length that is safe to print.</summary>
    private static string? CheckRefusal(Exception e, CsvTable? table, bool isGenerated)
    {
        if (e.Message.Length > LongestMessage || e.Message.Any(char.IsControl))
            return $"the message is {e.Message.Length} characters long, or has some that do not print: {e.Message}";
        if (e is not CsvFormatException where)
            return null;
        bool isAboutTheWhole = table is null || table.Rows.Count == 0 || where.Message.Contains("holds numbers", StringComparison.Ordinal);
        if (where.Line == 0 && !isAboutTheWhole)
            return $"the message names no line: {e.Message}";
        // The generator knows what it damaged.
        return isGenerated && where.Line > 0 && !table!.Rows.Any(row => row.IsDamaged && row.FirstLine <= where.Line && where.Line <= row.LastLine + 1)
            ? $"the message names line {where.Line}, where nothing is wrong: {e.Message}"
            : null;
    }

    /// <summary>Every row is there, every column that was asked for, and by default every column in which a number could be.</summary>
    private static string? CheckContent(TrajectoryDataset dataset, CsvTable table, CsvOptions? options, double[] counts)
    {
        int idIndex = options?.TrajectoryColumn is { } id ? Array.IndexOf(table.Header, id) : -1;
        int timeIndex = options?.TimeColumn is { } time ? Array.IndexOf(table.Header, time) : idIndex == 0 ? 1 : 0;
        if (dataset.ObservationCount != table.Rows.Count)
            return $"{table.Rows.Count} rows, but {dataset.ObservationCount} observations";
        table = table with { Rows = [.. table.Rows.Select(row => row with { Cells = WithoutLastSeparator(row.Cells, table.Header) })] };
        if (table.Rows.Find(row => row.Cells.Length != table.Header.Length) is { } uneven)
            return $"the row of line {uneven.FirstLine} has {uneven.Cells.Length} cells, and was read";

        int[] states = [.. dataset.StateNames!.Select(name => Array.IndexOf(table.Header, name))];
        if (options?.StateColumns is { } wanted && !wanted.SequenceEqual(dataset.StateNames!))
            return "the columns are not those asked for";
        for (int column = 0; column < table.Header.Length && options?.StateColumns is null; column++)
        {
            bool holdsLabels = column == idIndex || (column == 0 && table.Header[0].Length == 0);
            if (column != timeIndex && !holdsLabels && !states.Contains(column) && table.Rows.Any(row => row.Cells[column].MayBeNumber))
                return $"column {column + 1} is left out, and may hold numbers";
        }

        var trajectories = new List<string>();
        var next = new List<int>();
        foreach (CsvRow row in table.Rows)
        {
            string key = idIndex < 0 ? "" : row.Cells[idIndex].Text;
            int trajectory = trajectories.IndexOf(key);
            if (trajectory < 0)
            {
                trajectory = trajectories.Count;
                trajectories.Add(key);
                next.Add(0);
            }

            if (trajectory >= dataset.Count || next[trajectory] >= dataset[trajectory].Length)
                return $"the row of line {row.FirstLine} is in no trajectory";
            int n = next[trajectory]++;
            if (!IsSameTime(row.Cells[timeIndex], dataset[trajectory].Times[n]))
                return $"the time of line {row.FirstLine} is {dataset[trajectory].Times[n]:R}";
            for (int i = 0; i < states.Length; i++)
            {
                if (states[i] < 0 || !IsSame(row.Cells[states[i]], dataset[trajectory].StateAt(n)[i]))
                    return $"state {i} of line {row.FirstLine} is {dataset[trajectory].StateAt(n)[i]:R}";
                counts[Cells]++;
            }
        }

        return null;
    }

    /// <summary>A separator at the end of a row, or of the header, begins no cell.</summary>
    private static CsvCell[] WithoutLastSeparator(CsvCell[] cells, string[] header) =>
        cells.Length == header.Length + 1 && cells[^1].Text.Length == 0 ? cells[..^1]
        : cells.Length == header.Length - 1 && header[^1].Length == 0 ? [.. cells, new CsvCell("", null)]
        : cells;

    private static bool IsSame(CsvCell cell, double value) => cell.IsGap ? double.IsNaN(value) : IsSameNumber(cell, value);

    private static bool IsSameNumber(CsvCell cell, double value) =>
        cell.Value is { } expected && BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(value);

    private static bool IsSameTime(CsvCell cell, double value) =>
        IsSameNumber(cell, value) || (ReferenceCsv.Days(cell.Text) is { } days && Math.Abs(days - value) < 1e-6);

    private static string? CheckRoundTrip(TrajectoryDataset dataset, RandomSource random)
    {
        const string Separators = ",;\t |";
        var options = new CsvOptions
        {
            TrajectoryColumn = "the id",
            TimeColumn = "the time",
            Separator = Separators[random.Next(Separators.Length)],
            DecimalComma = random.Next(4) == 0,
            // A component that was observed nowhere is read back where it is named.
            StateColumns = dataset.IsComplete || random.Next(2) == 0 && IsEachObserved(dataset) ? null : dataset.StateNames,
        };
        using var text = new StringWriter();
        dataset.WriteCsv(text, options);
        TrajectoryDataset again = TrajectoryDataset.FromCsv(new StringReader(text.ToString()), options);
        bool isSame = again.Count == dataset.Count && again.StateNames!.SequenceEqual(dataset.StateNames!);
        for (int i = 0; isSame && i < dataset.Count; i++)
            isSame = HaveSameBits(again[i].Times, dataset[i].Times) && HaveSameBits(again[i].States, dataset[i].States);
        return isSame ? null : $"what was written reads back as something else <{text}>";
    }

    private static bool IsEachObserved(TrajectoryDataset dataset) =>
        Enumerable.Range(0, dataset.Dimension).All(i => dataset.Any(trajectory => Enumerable.Range(0, trajectory.Length).Any(n => trajectory.IsObserved(n, i))));

    private static bool HaveSameBits(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        bool isSame = a.Length == b.Length;
        for (int i = 0; isSame && i < a.Length; i++)
            isSame = BitConverter.DoubleToInt64Bits(a[i]) == BitConverter.DoubleToInt64Bits(b[i]);
        return isSame;
    }

    /// <summary>Text with up to four edits: characters that mean something put in, taken out or exchanged, lines doubled or left out, the end cut off.</summary>
    private static string Mutate(string text, RandomSource random)
    {
        const string Telling = "\",;\t|\n\r#%.-+eE019NaI \0\uFEFF\u00A0\u2212'∞";
        for (int edit = random.Next(1, 5); edit > 0 && text.Length > 0; edit--)
        {
            int at = random.Next(text.Length);
            char c = random.Next(4) == 0 ? (char)random.Next(0xD800) : Telling[random.Next(Telling.Length)];
            int lineEnd = text.IndexOf('\n', at);
            text = random.Next(6) switch
            {
                0 or 1 => text.Insert(at, c.ToString()),
                2 => text.Remove(at, Math.Min(random.Next(1, 4), text.Length - at)),
                3 => text.Remove(at, 1).Insert(at, c.ToString()),
                4 when lineEnd >= 0 => text.Insert(lineEnd, text[at..lineEnd]),
                _ => text[..at],
            };
        }

        return text;
    }
}
