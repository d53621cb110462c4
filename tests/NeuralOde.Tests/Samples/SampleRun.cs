using System.Diagnostics;
using System.Globalization;
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
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [PathOf(sample), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return Finish(process, sample, arguments);
    }

    /// <summary>Starts a sample and presses Ctrl-C once it has printed a line. For Linux.</summary>
    public static SampleRun Interrupt(string sample, params string[] arguments)
    {
        // A parent that ignores the signal, as a job in a shell's background, would hand this on.
        using Process process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", PathOf(sample), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadLine();
        using (Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        return Finish(process, sample, arguments);
    }

    private static SampleRun Finish(Process process, string sample, string[] arguments)
    {
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
