using System.ComponentModel;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace NeuralOde.Benchmarks;

/// <summary>Where and of what state of the source something was measured.</summary>
internal sealed record MeasuredMachine(string Processor, string Platform, string Runtime, string Commit)
{
    public static MeasuredMachine Find(string repository)
    {
        string? commit = Git(repository, "rev-parse", "--short", "HEAD");
        bool isChanged = Git(repository, "status", "--porcelain", "--untracked-files=no") is { Length: > 0 };
        return new MeasuredMachine(FindProcessor(), RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription,
            (commit ?? "unknown") + (isChanged ? " with changes" : ""));
    }

    /// <summary>Keeps this thread, and the processes that it starts, on the last core there is. Elsewhere than on Linux and Windows the system decides.</summary>
    public static void PinToOneCore()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
            return;
        using Process process = Process.GetCurrentProcess();
        nuint allowed = (nuint)process.ProcessorAffinity;
        process.ProcessorAffinity = (nint)((nuint)1 << BitOperations.Log2(allowed));
    }

    /// <summary>The folder of the solution, at or above the current one.</summary>
    public static string FindRepository()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "NeuralOde.sln")))
                return folder.FullName;
        }

        throw new IOException("Run this inside the repository: no NeuralOde.sln here or above.");
    }

    private static string FindProcessor()
    {
        const string LinuxPath = "/proc/cpuinfo";
        string? line = File.Exists(LinuxPath) ? File.ReadLines(LinuxPath).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string? Git(string repository, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = repository, RedirectStandardOutput = true, RedirectStandardError = true })!;
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
