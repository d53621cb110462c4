using System.Text;
using static System.FormattableString;

namespace NeuralOde.Benchmarks;

/// <summary>Writes rows as a Markdown table, and puts it where a page has room for it.</summary>
internal static class ComparisonTable
{
    public static string Write(IReadOnlyCollection<ComparedRow> rows)
    {
        var table = new StringBuilder("""
            | work | beside | ours, min (median) | theirs, min (median) | theirs ÷ ours, min (median) | goal | evaluations, ours | theirs | agreement |
            |---|---|--:|--:|--:|--:|--:|--:|---|

            """);
        foreach (ComparedRow row in rows)
        {
            string ratio = row.Theirs is null ? "" : row.Differs ? "results differ" : Invariant($"**{Ratio(row.Ratio)}** ({Ratio(row.MedianRatio)})");
            string goal = row.Goal is not { } wanted ? "" : Invariant($"{wanted:0.##}{(row.Differs || row.Ratio < wanted ? ", missed" : ", met")}");
            table.Append(Invariant($"| {row.Work} | {row.Peer} | {Time(row.Ours)} | {(row.Theirs is null ? "" : Time(row.Theirs))} | {ratio} | {goal} | {row.Ours.Evaluations} | {row.Theirs?.Evaluations} | {row.Agreement} |\n"));
        }

        return table.ToString();
    }

    /// <summary>Replaces what stands between the markers of a section, or appends the section.</summary>
    public static void Put(string path, string section, string text)
    {
        string begin = $"<!-- compare {section} -->", end = $"<!-- /compare {section} -->", page = File.Exists(path) ? File.ReadAllText(path) : "";
        int from = page.IndexOf(begin, StringComparison.Ordinal), to = page.IndexOf(end, StringComparison.Ordinal);
        string framed = $"{begin}\n{text.Trim()}\n{end}";
        if (from >= 0 && to > from)
            page = page[..from] + framed + page[(to + end.Length)..];
        else
            page = $"{page.TrimEnd()}\n\n{framed}\n".TrimStart();
        File.WriteAllText(path, page);
    }

    private static string Ratio(double ratio) => ratio switch
    {
        >= 100 => Invariant($"{ratio:0}"),
        >= 10 => Invariant($"{ratio:0.0}"),
        _ => Invariant($"{ratio:0.00}"),
    };

    private static string Time(MeasuredBlock block) => $"{Duration(block.Min)} ({Duration(block.Median)})";

    private static string Duration(double seconds) => seconds switch
    {
        < 1e-3 => Invariant($"{1e6 * seconds:0.0} µs"),
        < 0.1 => Invariant($"{1e3 * seconds:0.00} ms"),
        _ => Invariant($"{1e3 * seconds:0} ms"),
    };
}
