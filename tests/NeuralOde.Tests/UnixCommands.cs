using System.Diagnostics;

namespace NeuralOde.Tests;

/// <summary>What the framework cannot do: pipes and devices are made by commands of the system.</summary>
internal static class UnixCommands
{
    public static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);

    public static void Run(string command, params string[] arguments) => TryRun(command, arguments).Should().BeTrue();

    public static bool TryRun(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
