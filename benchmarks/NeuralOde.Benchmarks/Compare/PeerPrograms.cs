namespace NeuralOde.Benchmarks;

/// <summary>Finds and compiles what benchmarks/peers needs, and remembers what is missing.</summary>
internal sealed class PeerPrograms(string repository)
{
    private readonly string _folder = Path.Combine(repository, "benchmarks", "peers");
    private readonly string _build = Path.Combine(repository, "artifacts", "peers");
    private readonly Dictionary<string, string> _compiled = [];
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);
    private string? _python;
    private bool _hasLookedForPython;

    /// <summary>A line for every peer that was wanted and is not there.</summary>
    public IReadOnlyCollection<string> Missing => _missing;

    /// <summary>Compiles a program of the folder once; null where that is not possible.</summary>
    public string? Compile(string name, params string[] options)
    {
        if (_compiled.TryGetValue(name, out string? known))
            return known.Length > 0 ? known : null;
        Directory.CreateDirectory(_build);
        string program = Path.Combine(_build, name);
        string source = Path.Combine(_folder, name + ".cpp");
        var run = PeerProcess.Run("g++", ["-std=c++17", "-O3", "-march=native", .. options.Where(option => option.StartsWith("-f", StringComparison.Ordinal)),
            source, "-o", program, .. options.Where(option => !option.StartsWith("-f", StringComparison.Ordinal))]);
        if (run is not { ExitCode: 0 })
        {
            _missing.Add(run is null ? $"{name}.cpp: g++ is missing." : $"{name}.cpp does not compile: {PeerProcess.FirstError(run.Value.Errors)}");
            program = "";
        }

        _compiled[name] = program;
        return program.Length > 0 ? program : null;
    }

    /// <summary>Starts a compiled program that stays.</summary>
    public Contestant? StartCompiled(string name, string[] options, params string[] arguments) =>
        Compile(name, options) is { } program ? Start(name + ".cpp", program, arguments) : null;

    /// <summary>Starts a script that stays.</summary>
    /// <param name="library">As it is named where it is missing.</param>
    /// <param name="script">A file of the folder.</param>
    /// <param name="arguments">What it is asked.</param>
    public Contestant? StartScript(string library, string script, params string[] arguments) =>
        FindPython(library) is { } python ? Start(library, python, [Path.Combine(_folder, script), .. arguments]) : null;

    /// <summary>Starts the program that is written by hand on TorchSharp, if somebody has built it.</summary>
    public Contestant? StartTorchSharp(params string[] arguments)
    {
        string program = Environment.GetEnvironmentVariable(PeerProcess.TorchSharpVariable) is { Length: > 0 } named ? named : Path.Combine(_build, "torchsharp", "TorchSharpPeer.dll");
        if (File.Exists(program))
            return Start("TorchSharp", "dotnet", [program, .. arguments]);
        _missing.Add($"TorchSharp: benchmarks/peers/torchsharp/build.sh has not been run; {PeerProcess.TorchSharpVariable} may name a TorchSharpPeer.dll.");
        return null;
    }

    /// <summary>Runs a script to its end.</summary>
    public PeerMessage? RunScript(string library, string script, params string[] arguments)
    {
        if (FindPython(library) is not { } python || PeerProcess.Run(python, [Path.Combine(_folder, script), .. arguments]) is not { } run)
            return null;
        if (run.ExitCode == 0)
            return PeerMessage.Parse(run.Output);
        _missing.Add($"{library}: {LastLine(run.Errors)}");
        return null;
    }

    private ResidentPeer? Start(string name, string program, IEnumerable<string> arguments)
    {
        ResidentPeer? peer = ResidentPeer.Start(program, arguments, out string reason);
        if (peer is null)
            _missing.Add($"{name}: {reason}");
        return peer;
    }

    private string? FindPython(string library)
    {
        if (!_hasLookedForPython)
            _python = PeerProcess.PythonCandidates.FirstOrDefault(python => PeerProcess.Run(python, ["-c", "import numpy, torch"]) is { ExitCode: 0 });
        _hasLookedForPython = true;
        if (_python is null)
            _missing.Add($"{library}: no Python that can import torch; {PeerProcess.PythonVariable} may name one.");
        return _python;
    }

    private static string LastLine(string errors) =>
        errors.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault("it ends without a word.");
}
