using System.Diagnostics;

namespace NeuralOde.Fuzzing;

/// <summary>Work that a command has done by a process of its own, to be killed or measured.</summary>
internal static class Child
{
    public static int Run(string[] arguments) => arguments switch
    {
        ["train", var folder] => KillCommand.Train(folder),
        ["memory", var name] => MemoryCommand.Measure(name),
        _ => 2,
    };

    /// <summary>Starts this program once more, with its output to be read.</summary>
    public static Process Start(params string[] arguments)
    {
        // Not the path of this process, which may be dotnet or the tests.
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "NeuralOde.Fuzzing.exe" : "NeuralOde.Fuzzing");
        return Process.Start(new ProcessStartInfo(program, ["child", .. arguments]) { RedirectStandardOutput = true })!;
    }
}
