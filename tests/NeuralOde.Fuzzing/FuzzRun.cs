using System.Diagnostics;

namespace NeuralOde.Fuzzing;

/// <summary>One worker of a fuzzer: makes a case from random numbers and looks at what comes of it.</summary>
internal interface IFuzzer : IDisposable
{
    /// <summary>What is counted, in the order of the report.</summary>
    IReadOnlyList<string> Counters { get; }

    /// <summary>Does one case.</summary>
    /// <param name="seed">The only source of chance.</param>
    /// <param name="counts">One number for each of <see cref="Counters"/>, to add to; names that begin with "largest" keep the maximum over the workers.</param>
    /// <returns>What must not be, or null.</returns>
    string? Run(int seed, double[] counts);
}

/// <summary>Runs the cases of a fuzzer on all processors.</summary>
internal static class FuzzRun
{
    private const int DefaultCases = 10_000;
    private const int MostFindings = 1000;

    public static FuzzReport Do(string name, FuzzOptions options, Func<IFuzzer> create)
    {
        int cases = options.Cases ?? DefaultCases;
        long start = Stopwatch.GetTimestamp();
        var findings = new SortedDictionary<int, string>();
        var report = new FuzzReport();
        double[]? totals = null;
        IReadOnlyList<string> counters = [];
        var sync = new Lock();
        int next = -1;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            using IFuzzer fuzzer = create();
            var counts = new double[fuzzer.Counters.Count];
            for (int i = Interlocked.Increment(ref next); i < cases && findings.Count < MostFindings; i = Interlocked.Increment(ref next))
            {
                int seed = unchecked(options.Seed + i);
                if (RunCase(fuzzer, seed, counts) is not { } finding)
                    continue;
                lock (sync)
                    findings.Add(i, $"{seed}: {finding}");
            }

            lock (sync)
            {
                counters = fuzzer.Counters;
                totals ??= new double[counts.Length];
                for (int i = 0; i < counts.Length; i++)
                    totals[i] = counters[i].StartsWith("largest", StringComparison.Ordinal) ? Math.Max(totals[i], counts[i]) : totals[i] + counts[i];
            }
        });

        report.Findings.AddRange(findings.Values.Select(OnOneLine));
        report.Add("seed", options.Seed);
        report.Add("cases", cases);
        for (int i = 0; i < counters.Count; i++)
            report.Add(counters[i], totals![i]);
        report.Add("seconds", Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1));
        return report;
    }

    private static string? RunCase(IFuzzer fuzzer, int seed, double[] counts)
    {
        try
        {
            return fuzzer.Run(seed, counts);
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message} {e.StackTrace}";
        }
    }

    /// <summary>Messages quote what they find; a finding is one line all the same.</summary>
    private static string OnOneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
