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
    public static System.Diagnostics.Process Start(params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        // Run as "dotnet NeuralOde.Fuzzing.dll", the process is dotnet.
        string assembly = Path.Combine(AppContext.BaseDirectory, "NeuralOde.Fuzzing.dll");
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(assembly);
        start.ArgumentList.Add("child");
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return System.Diagnostics.Process.Start(start)!;
    }
}
