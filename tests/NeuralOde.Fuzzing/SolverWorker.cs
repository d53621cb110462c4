namespace NeuralOde.Fuzzing;

/// <summary>A worker of the command <c>solver</c>.</summary>
internal sealed class SolverWorker : IFuzzer
{
    public IReadOnlyList<string> Counters { get; } = ["judged"];

    public string? Run(int seed, double[] counts)
    {
        var findings = new List<string>();
        if (SolverFuzzer.RunCase(seed, finding => findings.Add($"[{finding.Kind}] {finding.What}")))
            counts[0]++;
        return findings.Count == 0 ? null : string.Join("; ", findings);
    }

    public void Dispose()
    {
    }
}
