using System.Diagnostics;
using System.Text.Json;

namespace NeuralOde.Tests.Samples;

/// <summary>A finished run of a sample, started as its users start it: as a process of its own.</summary>
internal sealed record SampleRun(int ExitCode, string Output, string Errors)
{
    private const int LimitInMilliseconds = 60_000;

    public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The last line of the output.</summary>
    public JsonElement Json => JsonDocument.Parse(OutputLines[^1]).RootElement;

    public static SampleRun Start(string sample, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [PathOf(sample), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(LimitInMilliseconds))
        {
            process.Kill();
            throw new TimeoutException($"{sample} {string.Join(' ', arguments)} takes more than {LimitInMilliseconds / 1000} s.");
        }

        return new SampleRun(process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>Beside this test's own bin folder, in the same configuration: tests/NeuralOde.Tests/bin/Release/net10.0.</summary>
    private static string PathOf(string sample)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string framework = folder.Name, configuration = folder.Parent!.Name;
        DirectoryInfo root = folder.Parent!.Parent!.Parent!.Parent!.Parent!;
        return Path.Combine(root.FullName, "samples", sample, "bin", configuration, framework, $"{sample}.dll");
    }
}
