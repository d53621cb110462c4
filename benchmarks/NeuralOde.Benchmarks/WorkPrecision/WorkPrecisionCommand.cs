using System.CommandLine;
using System.Diagnostics;

namespace NeuralOde.Benchmarks;

/// <summary>Draws error against evaluations and against time, for this library's methods and other libraries'.</summary>
internal static class WorkPrecisionCommand
{
    public static Command Create()
    {
        var problem = new Option<string>("--problem") { Description = "One problem only.", DefaultValueFactory = _ => "all" };
        problem.AcceptOnlyFromAmong(["all", .. InitialValueProblems.All.Select(problem => problem.Name)]);
        var isQuick = new Option<bool>("--quick") { Description = "Three tolerances and hasty times: to check the errors." };
        var isAlone = new Option<bool>("--no-peers") { Description = "This library only." };
        var output = new Option<string>("--output") { Description = "Folder for the page, its pictures and the points.", DefaultValueFactory = _ => "docs" };
        var command = new Command("work-precision", "Error against evaluations and time, beside SciPy, Boost odeint and Hairer's DOPRI5. Fails where an error is too large for its tolerance.")
        {
            problem, isQuick, isAlone, output,
        };
        command.SetAction(arguments =>
        {
            string name = arguments.GetValue(problem)!;
            InitialValueProblem[] problems = [.. InitialValueProblems.All.Where(p => name == "all" || name == p.Name)];
            WorkPrecisionSettings settings = arguments.GetValue(isQuick) ? WorkPrecisionSettings.Quick : WorkPrecisionSettings.Full;
            string commandLine = "dotnet run -c Release --project benchmarks/NeuralOde.Benchmarks -- " + string.Join(' ', arguments.Tokens.Select(token => token.Value));
            try
            {
                return Run(problems, settings, arguments.GetValue(isAlone), arguments.GetValue(output)!, commandLine);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }

    private static int Run(InitialValueProblem[] problems, WorkPrecisionSettings settings, bool isAlone, string output, string commandLine)
    {
        string repository = MeasuredMachine.FindRepository();
        string pictures = Path.Combine(output, WorkPrecisionReport.PictureFolder);
        Directory.CreateDirectory(pictures);
        Peers peers = isAlone ? Peers.None(repository) : Peers.Prepare(repository);
        foreach (string missing in peers.Missing)
            Console.Error.WriteLine($"Not measured: {missing}");
        // Only now, so that compilers may use all cores.
        MeasuredMachine.PinToOneCore();

        var failures = new SortedSet<string>(StringComparer.Ordinal);
        var findings = new List<string>();
        var results = new List<(InitialValueProblem, IReadOnlyList<WorkCurve>)>();
        foreach (InitialValueProblem problem in problems)
        {
            long start = Stopwatch.GetTimestamp();
            var points = new List<WorkPoint>();
            for (int round = 0; round < settings.Rounds; round++)
            {
                points.AddRange(MethodMeasurement.Measure(problem, settings, failures));
                points.AddRange(peers.RunCompiled(problem, settings));
            }

            points.AddRange(peers.RunScipy(problem, settings));
            WorkCurve[] curves = [.. points.GroupBy(point => point.Solver).Select(group => new WorkCurve(group.Key, group))];
            results.Add((problem, curves));
            findings.AddRange(WorkPrecisionCheck.Findings(problem, curves));
            WorkPrecisionPlot.Save(problem, curves, Path.Combine(pictures, problem.Name + ".png"));
            Console.WriteLine(FormattableString.Invariant($"{problem.Title}: {curves.Length} methods, {points.Count} measurements in {Stopwatch.GetElapsedTime(start).TotalSeconds:f1} s"));
        }

        new WorkPrecisionReport(commandLine, settings, peers, results, failures).Write(output, MeasuredMachine.Find(repository));
        Console.WriteLine($"Written: {Path.Combine(output, WorkPrecisionReport.PageName)}, {Path.Combine(output, WorkPrecisionReport.PointsName)} and {problems.Length} pictures.");
        foreach (string finding in findings)
            Console.Error.WriteLine(finding);
        return findings.Count == 0 ? 0 : 1;
    }
}
