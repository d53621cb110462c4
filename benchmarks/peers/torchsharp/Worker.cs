using System.Diagnostics;
using System.Text.Json;
using TorchSharp;

namespace NeuralOde.Peers;

/// <summary>How this program is asked for work, as worker.py says: a single line, or block after block.</summary>
internal static class Worker
{
    /// <param name="options">`--resident` or `--samples N`.</param>
    /// <param name="name">What the tables call it.</param>
    /// <param name="facts">What others must agree with.</param>
    /// <param name="run">Does the work once and returns its evaluations, forward and backward (null where they are not counted).</param>
    public static void Serve(PeerOptions options, string name, Dictionary<string, double[]> facts, Func<(double Forward, double? Backward)> run)
    {
        string version = $"TorchSharp {typeof(torch).Assembly.GetName().Version!.ToString(3)}, libtorch {Version.Parse(torch.__version__).ToString(3)}{(Native.AnswersMkl ? ", MKL at full width" : "")}, .NET {Environment.Version}";
        if (!options.Has("--resident"))
        {
            run();
            (double[] seconds, double?[] evaluations) = Measure(run, int.TryParse(options["--samples"], out int samples) ? samples : 5);
            Array.Sort(seconds);
            Print(new { name, version, facts, evaluations, min_s = seconds[0], median_s = 0.5 * (seconds[(seconds.Length - 1) / 2] + seconds[seconds.Length / 2]) });
            return;
        }

        Print(new { name, version, facts });
        while (Console.ReadLine() is { } line)
        {
            (double[] seconds, double?[] evaluations) = Measure(run, int.Parse(line));
            Print(new { seconds, evaluations });
        }
    }

    private static (double[] Seconds, double?[] Evaluations) Measure(Func<(double Forward, double? Backward)> run, int count)
    {
        var seconds = new double[count];
        double forward = 0;
        double? backward = 0;
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            (double f, double? b) = run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            forward += f;
            backward += b;
        }

        return (seconds, [forward / count, backward / count]);
    }

    private static void Print<T>(T message)
    {
        Console.WriteLine(JsonSerializer.Serialize(message));
        Console.Out.Flush();
    }
}
