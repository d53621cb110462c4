using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace NeuralOde.Benchmarks;

/// <summary>How programs of other libraries are run: one thread each, and with the fastest code they have for this processor.</summary>
internal static class PeerProcess
{
    /// <summary>Names the Python to use; without it the first is taken that has what is needed.</summary>
    public const string PythonVariable = "NEURALODE_PEER_PYTHON";

    /// <summary>Names the TorchSharp program; without it the place is taken where build.sh puts it.</summary>
    public const string TorchSharpVariable = "NEURALODE_PEER_TORCHSHARP";

    /// <summary>Where a Python may be: another one without the packages may come first on the path.</summary>
    public static IReadOnlyList<string> PythonCandidates =>
        Environment.GetEnvironmentVariable(PythonVariable) is { Length: > 0 } python ? [python] : ["python3", "/usr/bin/python3", "python"];

    public static ProcessStartInfo CreateStart(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string variable in (string[])["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"])
            start.Environment[variable] = "1";
        // OpenBLAS before 0.3.22 takes processors newer than itself for very old ones, and is then two to four times slower.
        const string CoreType = "OPENBLAS_CORETYPE";
        if (Avx512F.IsSupported && !start.Environment.ContainsKey(CoreType))
            start.Environment[CoreType] = "SkylakeX";
        return start;
    }

    /// <summary>Runs a program to its end; null where there is no such program.</summary>
    public static (int ExitCode, string Output, string Errors)? Run(string program, IEnumerable<string> arguments)
    {
        try
        {
            using Process process = Process.Start(CreateStart(program, arguments))!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.Result);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public static string FirstError(string? errors) =>
        errors?.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase)) ?? "it does not say why.";
}
