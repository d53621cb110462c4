using System.Diagnostics;

namespace NeuralOde.Samples;

internal static class ProcessClock
{
    /// <summary>Seconds since the process started, the start of the runtime included.</summary>
    public static double Seconds
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return (DateTime.Now - process.StartTime).TotalSeconds;
        }
    }
}
