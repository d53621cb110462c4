using System.Diagnostics;
using System.Globalization;
using NeuralOde.Fuzzing;

// A command of its own per file; each takes a seed, does case after case and says what it found.
var commands = new Dictionary<string, Func<int, Action<Finding>, bool>>
{
    ["solver"] = SolverFuzzer.RunCase,
};

if (args.Length == 0 || !commands.TryGetValue(args[0], out Func<int, Action<Finding>, bool>? runCase) || !TryParse("--seed", 1, out int seed) || !TryParse("--cases", 1000, out int cases))
{
    Console.Error.WriteLine($"Usage: {string.Join('|', commands.Keys)} [--seed S] [--cases N]");
    Console.Error.WriteLine("Does N cases with the seeds S, S + 1, … Prints a line for each finding; --seed SEED --cases 1 does its case again. Exit code 1 if there is any.");
    return 2;
}

int findings = 0, judged = 0;
var clock = Stopwatch.StartNew();
for (int i = 0; i < cases; i++)
{
    bool wasJudged = runCase(unchecked(seed + i), finding =>
    {
        findings++;
        Console.WriteLine(finding);
    });
    judged += wasJudged ? 1 : 0;
}

Console.WriteLine(FormattableString.Invariant($"{args[0]}: {cases} cases from seed {seed}, {judged} judged, {findings} findings, {clock.Elapsed.TotalSeconds:f0} s"));
return findings == 0 ? 0 : 1;

bool TryParse(string name, int otherwise, out int value)
{
    int at = Array.IndexOf(args, name);
    value = otherwise;
    return at < 0 || (at + 1 < args.Length && int.TryParse(args[at + 1], NumberStyles.Integer, CultureInfo.InvariantCulture, out value));
}
