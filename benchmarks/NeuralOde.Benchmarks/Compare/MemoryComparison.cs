using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using static System.FormattableString;

namespace NeuralOde.Benchmarks;

/// <summary>
/// W5: what memory one gradient through the network of W1 needs over a long trajectory, batch 20, at 1e-7 and 1e-9. The peak of the
/// resident set belongs to a process, so every setting, ours too, is a process of its own.
/// </summary>
internal static class MemoryComparison
{
    private const int Samples = 20;
    private const int TrainingIterations = 300;
    private static readonly double[] Ends = [25, 100, 400];

    /// <summary>The process that is measured.</summary>
    public static Command CreateMeasuredCommand()
    {
        var isContinuous = new Option<bool>("--continuous");
        var end = new Option<double>("--end") { Required = true };
        var weights = new Option<string>("--weights") { Required = true };
        var budget = new Option<long?>("--budget") { Description = "Bytes for records of the discrete adjoint." };
        var command = new Command("w5", "One gradient over a long trajectory: a line of JSON with its memory. The compare command runs it.") { isContinuous, end, weights, budget };
        command.SetAction(arguments =>
        {
            GradientMethod method = arguments.GetValue(isContinuous) ? GradientMethod.ContinuousAdjoint()
                : arguments.GetValue(budget) is { } bytes ? GradientMethod.DiscreteAdjoint(bytes) : GradientMethod.DiscreteAdjoint();
            Console.WriteLine(Measure(method, arguments.GetValue(end), arguments.GetValue(weights)!));
        });
        return command;
    }

    /// <summary>A table.</summary>
    public static string Run(PeerPrograms programs, string repository, ICollection<string> findings)
    {
        string weights = Path.Combine(repository, "artifacts", "peers", "w5-weights.json");
        Directory.CreateDirectory(Path.GetDirectoryName(weights)!);
        File.WriteAllText(weights, Train());
        var table = new StringBuilder("""
            | gradient | t up to | ours: resident set grew by | allocated by the first gradient | by the second | seconds | torchdiffeq: resident set grew by | seconds | agreement |
            |---|--:|--:|--:|--:|--:|--:|--:|---|

            """);
        foreach ((bool isContinuous, bool records) in ((bool, bool)[])[(true, false), (false, true), (false, false)])
        {
            string name = isContinuous ? "continuous adjoint" : records ? "discrete adjoint" : "discrete adjoint, recordingBudget: 0";
            foreach (double end in Ends)
            {
                string[] arguments = ["w5", "--end", end.ToString(CultureInfo.InvariantCulture), "--weights", weights, .. isContinuous ? (string[])["--continuous"] : records ? [] : ["--budget", "0"]];
                var run = PeerProcess.Run(Environment.ProcessPath!, arguments) ?? throw new IOException("This program does not start itself.");
                if (run.ExitCode != 0)
                {
                    // A backward solve over a long time may diverge: that is a result.
                    table.Append(Invariant($"| {name} | {end} | failed: {run.Errors.Split('\n')[0]} | | | | | | |\n"));
                    continue;
                }

                PeerMessage ours = PeerMessage.Parse(run.Output);
                PeerMessage? theirs = programs.RunScript("torchdiffeq", "torchdiffeq_w5.py", "--gradient", isContinuous ? "adjoint" : "backprop",
                    "--end", end.ToString(CultureInfo.InvariantCulture), "--weights", weights);
                table.Append(Invariant($"| {name} | {end} | {Size(ours.Bytes)} | {Size(ours.Facts!["allocated"][0])} | {ours.Facts["allocated"][1]:0} B | {ours.Seconds![0]:0.000} |"));
                table.Append(theirs is null ? " – | – | – |\n" : Invariant($" {Size(theirs.Bytes)} | {theirs.Seconds![0]:0.00} | {Agreement(ours, theirs, name, end, findings)} |\n"));
            }
        }

        return table.ToString();
    }

    private static string Agreement(PeerMessage ours, PeerMessage theirs, string name, double end, ICollection<string> findings)
    {
        double loss = Race.Difference(ours.Facts!["loss"], theirs.Facts!["loss"]), gradient = Race.Difference(ours.Facts["gradient"], theirs.Facts["gradient"]);
        if (!(loss <= 1e-4))
            findings.Add(Invariant($"W5: the losses at t = {end} of the {name} differ by {loss:0.0e-0}."));
        // A solve backward along a contracting spiral grows its own errors, so that over long times these gradients mean little: theirs and ours.
        return Invariant($"loss {loss:0.0e-0}; gradient {gradient:0.0e-0}");
    }

    private static string Size(double bytes) => bytes < 10e6 ? Invariant($"{bytes / 1e3:0} kB") : Invariant($"{bytes / 1e6:0} MB");

    private static string Train()
    {
        var training = new SpiralTraining(isCube: true, isContinuous: false);
        for (int i = 0; i < TrainingIterations; i++)
            training.Iterate();
        double[] parameters = NetworkFacts.InPyTorchOrder(((NeuralVectorField)training.Model.Field).Network, training.Model.Parameters);
        return JsonSerializer.Serialize((double[][])[parameters[..100], parameters[100..150], parameters[150..250], parameters[250..]]);
    }

    private static string Measure(GradientMethod method, double end, string weightFile)
    {
        double[][] weights = JsonSerializer.Deserialize<double[][]>(File.ReadAllText(weightFile))!;
        NeuralOdeModel model = new SpiralTraining(isCube: true, isContinuous: false).Model;
        model.Gradient = method;
        Span<double> parameters = model.Parameters;
        for (int unit = 0; unit < 50; unit++)
        {
            for (int component = 0; component < 2; component++)
            {
                parameters[component * 50 + unit] = weights[0][unit * 2 + component];
                parameters[150 + unit * 2 + component] = weights[2][component * 50 + unit];
            }
        }

        weights[1].CopyTo(parameters[100..]);
        weights[3].CopyTo(parameters[250..]);
        double[][] states = [.. Enumerable.Range(0, Samples).Select(i => 2 * Math.PI * i / Samples).Select(angle => new[] { 1.5 * Math.Cos(angle), 1.5 * Math.Sin(angle) })];
        new GradientRun(model, states, [0, 0.1]).Run();
        long before = PeakResidentSet(), allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        var run = new GradientRun(model, states, [0, end]);
        (double forward, double backward) = run.Run();
        long first = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore, grown = PeakResidentSet() - before;
        double[] gradient = run.InPyTorchOrder();
        allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        run.Run();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long again = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        return JsonSerializer.Serialize(new
        {
            name = "NeuralOde",
            version = "",
            bytes = grown,
            seconds = new[] { seconds },
            evaluations = new[] { forward, backward },
            facts = new Dictionary<string, double[]> { ["loss"] = [run.Loss], ["gradient"] = gradient, ["allocated"] = [first, again] },
        });
    }

    private static long PeakResidentSet()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
