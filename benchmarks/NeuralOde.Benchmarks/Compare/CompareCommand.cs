using System.CommandLine;
using System.Diagnostics;
using static System.FormattableString;

namespace NeuralOde.Benchmarks;

/// <summary>Runs this library and every other found on the machine at the same work, in turns, one thread each.</summary>
internal static class CompareCommand
{
    private static readonly (string Name, string Title)[] Works =
    [
        ("w1", "Training on a spiral"),
        ("w2", "Plain solves"),
        ("w3", "A large network"),
        ("w4", "Many trajectories"),
        ("w5", "Memory of a gradient"),
        ("sciml", "The gradient that SciML documents"),
    ];

    public static Command Create()
    {
        var works = new Argument<string[]>("works") { Description = "Which work: w1 to w5, sciml; all if none is named.", Arity = ArgumentArity.ZeroOrMore };
        works.AcceptOnlyFromAmong([.. Works.Select(work => work.Name)]);
        var rounds = new Option<int>("--rounds") { Description = "How often the programs take turns.", DefaultValueFactory = _ => 10 };
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--rounds must be at least 1.");
        });
        var output = new Option<string>("--output") { Description = "A page whose sections for these works are replaced; standard output alone if missing." };
        var command = new Command("compare", "Times beside torchdiffeq, torchode, TorchSharp, Boost odeint, Hairer's DOPRI5 and the networks' kernels alone in C++. Fails where results differ.") { works, rounds, output };
        command.SetAction(arguments =>
        {
            string[] chosen = arguments.GetValue(works) is { Length: > 0 } some ? some : [.. Works.Select(work => work.Name)];
            try
            {
                return Run(chosen, arguments.GetValue(rounds), arguments.GetValue(output));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }

    private static int Run(string[] chosen, int rounds, string? output)
    {
        string repository = MeasuredMachine.FindRepository();
        MeasuredMachine machine = MeasuredMachine.Find(repository);
        IReadOnlyList<ComparedRow> networkOnTwoCores = chosen.Contains("w3") ? LargeNetworkComparison.RunOnTwoCores(rounds) : [];
        IReadOnlyList<ComparedRow> onTwoCores = chosen.Contains("w4") ? TrajectoriesComparison.RunOnTwoCores(rounds) : [];
        MeasuredMachine.PinToOneCore();
        var findings = new List<string>();
        foreach ((string name, string title) in Works.Where(work => chosen.Contains(work.Name)))
        {
            long start = Stopwatch.GetTimestamp();
            var programs = new PeerPrograms(repository);
            string table = name switch
            {
                "w1" => Table(SpiralComparison.Run(programs, rounds), findings),
                "w2" => Table(SolveComparison.Run(programs, rounds), findings),
                "w3" => Table(LargeNetworkComparison.Run(programs, rounds).Concat(networkOnTwoCores), findings),
                "w4" => Table(TrajectoriesComparison.Run(programs, rounds).Concat(onTwoCores), findings),
                "sciml" => Table(SciMlComparison.Run(programs, rounds), findings),
                _ => MemoryComparison.Run(programs, repository, findings),
            };
            string missing = string.Concat(programs.Missing.Select(line => $"- Not measured: {line}\n"));
            string commandLine = Invariant($"dotnet run -c Release --project benchmarks/NeuralOde.Benchmarks -- compare {name} --rounds {rounds}");
            string text = $"""
                `{commandLine}` on commit {machine.Commit}; {machine.Processor}, one core unless said otherwise; {machine.Platform}; {machine.Runtime}.

                {table}
                {missing}
                """;
            Console.WriteLine($"{title} ({name})\n\n{text.Trim()}\n");
            Console.Error.WriteLine(Invariant($"{name}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));
            if (output is not null)
                ComparisonTable.Put(output, name, text);
        }

        foreach (string finding in findings)
            Console.Error.WriteLine(finding);
        return findings.Count == 0 ? 0 : 1;
    }

    private static string Table(IEnumerable<ComparedRow> rows, List<string> findings)
    {
        ComparedRow[] all = [.. rows];
        findings.AddRange(all.Where(row => row.Differs).Select(row => $"{row.Work} beside {row.Peer}: the results differ: {row.Agreement}."));
        return ComparisonTable.Write(all);
    }
}
