using System.Globalization;
using System.Text.Json;

namespace NeuralOde.Benchmarks;

/// <summary>The programs of benchmarks/peers: compiled and run where what they need is there, named as missing where it is not.</summary>
internal sealed class Peers
{
    private readonly string _folder;
    private readonly List<string> _compiled = [];
    private readonly List<string> _versions = [];
    private readonly List<string> _missing = [];
    private string? _python;

    private Peers(string repository) => _folder = Path.Combine(repository, "benchmarks", "peers");

    public IReadOnlyList<string> Versions => _versions;

    /// <summary>A line for every peer that is not there.</summary>
    public IReadOnlyList<string> Missing => _missing;

    public static Peers None(string repository)
    {
        var peers = new Peers(repository);
        peers._missing.Add("All peers were left out by --no-peers.");
        return peers;
    }

    public static Peers Prepare(string repository)
    {
        var peers = new Peers(repository);
        string build = Path.Combine(repository, "artifacts", "peers");
        Directory.CreateDirectory(build);
        if (PeerProcess.Run("g++", ["--version"]) is { ExitCode: 0 } compiler)
        {
            peers._versions.Add(compiler.Output.Split('\n')[0] + ", -O3 -march=native");
            peers.Compile("hairer_dopri5", build, versionArgument: null);
            peers.Compile("boost_odeint", build, versionArgument: "--version");
        }
        else
            peers._missing.Add("Hairer's DOPRI5 and Boost odeint: g++ is missing.");

        peers.FindPython();
        return peers;
    }

    /// <summary>One round of the compiled peers on a problem.</summary>
    public IEnumerable<WorkPoint> RunCompiled(InitialValueProblem problem, WorkPrecisionSettings settings) =>
        _compiled.SelectMany(program => Measure(program,
        [
            "--problem", problem.Name, "--tolerances", Join(settings.Tolerances), "--samples", Text(settings.Samples),
            "--seconds", Text(settings.SampleSeconds), "--patience", Text(settings.PatienceSeconds),
        ], problem));

    /// <summary>SciPy on a problem.</summary>
    public IEnumerable<WorkPoint> RunScipy(InitialValueProblem problem, WorkPrecisionSettings settings) => _python is null ? [] : Measure(_python,
    [
        Script, "--problem", problem.Name, "--tolerances", Join(settings.SlowPeerTolerances), "--samples", Text(settings.Samples),
        "--patience", Text(settings.SlowPeerPatienceSeconds),
    ], problem);

    private string Script => Path.Combine(_folder, "scipy_work_precision.py");

    private void Compile(string name, string build, string? versionArgument)
    {
        string program = Path.Combine(build, name);
        string[] arguments = ["-std=c++17", "-O3", "-march=native", Path.Combine(_folder, name + ".cpp"), "-o", program];
        (int exitCode, _, string errors) = PeerProcess.Run("g++", arguments) ?? throw new IOException("g++ does not start.");
        if (exitCode != 0)
        {
            _missing.Add($"{name}.cpp does not compile: {PeerProcess.FirstError(errors)}");
            return;
        }

        _compiled.Add(program);
        if (versionArgument is not null && PeerProcess.Run(program, [versionArgument]) is { ExitCode: 0 } version)
            _versions.Add(version.Output.Trim());
    }

    /// <summary>The first Python that has SciPy: another one may come first on the path.</summary>
    private void FindPython()
    {
        foreach (string python in PeerProcess.PythonCandidates)
        {
            if (PeerProcess.Run(python, [Script, "--version"]) is not { ExitCode: 0 } version)
                continue;
            _python = python;
            _versions.Add(version.Output.Trim());
            return;
        }

        _missing.Add("SciPy: no python3 that can import it.");
    }

    /// <summary>Runs a program that prints work points.</summary>
    public static List<WorkPoint> Measure(string program, string[] arguments, InitialValueProblem problem)
    {
        if (PeerProcess.Run(program, arguments) is not { } run)
            throw new IOException($"{program} does not start.");
        if (run.ExitCode != 0)
            throw new IOException($"{Path.GetFileName(program)} ended with exit code {run.ExitCode}: {PeerProcess.FirstError(run.Errors)}");
        foreach (string line in run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            Console.Error.WriteLine(line);
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Parse(line, problem))];
    }

    private static WorkPoint Parse(string line, InitialValueProblem problem)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement point = document.RootElement;
        double[] end = [.. point.GetProperty("end").EnumerateArray().Select(value => value.GetDouble())];
        return new WorkPoint(
            problem.Name, new Solver(point.GetProperty("library").GetString()!, point.GetProperty("method").GetString()!),
            point.GetProperty("rtol").GetDouble(), point.GetProperty("atol").GetDouble(), point.GetProperty("evaluations").GetInt64(),
            problem.ErrorOf(end), point.GetProperty("min_s").GetDouble(), point.GetProperty("median_s").GetDouble());
    }

    private static string Join(double[] values) => string.Join(',', values.Select(Text));

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
