using System.Diagnostics;

namespace NeuralOde.Benchmarks;

/// <summary>A program at one piece of work: it tells what it computes, and runs as often as it is told.</summary>
internal abstract class Contestant(string name, string version, IReadOnlyDictionary<string, double[]> facts) : IDisposable
{
    public string Name { get; } = name;

    public string Version { get; } = version;

    /// <summary>What others must agree with, by name: losses, gradients, end states.</summary>
    public IReadOnlyDictionary<string, double[]> Facts { get; } = facts;

    public abstract MeasuredBlock Run(int count);

    public virtual void Dispose()
    {
    }
}

/// <summary>This library.</summary>
/// <param name="facts">What it computes.</param>
/// <param name="run">Does the work once and tells its evaluations, forward and backward.</param>
/// <param name="version">What tells it from itself, where it is its own peer.</param>
internal sealed class Ours(IReadOnlyDictionary<string, double[]> facts, Func<(double Forward, double Backward)> run, string version = "") : Contestant("NeuralOde", version, facts)
{
    public override MeasuredBlock Run(int count)
    {
        var seconds = new double[count];
        double forward = 0, backward = 0;
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            (double f, double b) = run();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            forward += f;
            backward += b;
        }

        return new MeasuredBlock(seconds, forward / count, backward / count);
    }
}
