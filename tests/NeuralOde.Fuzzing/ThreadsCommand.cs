using System.Diagnostics;
using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>Several threads predict and differentiate with one model at once: every one gets the bits that a thread alone gets.</summary>
internal static class ThreadsCommand
{
    private const int DefaultCases = 2000;
    private const int Threads = 4;
    private const int Inputs = 32;

    public static FuzzReport Run(FuzzOptions options)
    {
        int cases = options.Cases ?? DefaultCases;
        long start = Stopwatch.GetTimestamp();
        var report = new FuzzReport();
        NeuralOdeModel model = new(new MultilayerPerceptron(2, [16], 2, Activation.Tanh, seed: 3)) { Standardization = new Standardization([0.5, -1.0], [2.0, 3.0]) };
        double[][] states = Draw(new Xoshiro256StarStar(options.Seed, threadSafe: false));
        ulong[] expected = [.. Enumerable.Range(0, Inputs).Select(i => Bits(model, states, i))];
        var findings = new string?[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() => findings[thread] = Work(model, states, expected, cases, options.Seed + thread)))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        report.Findings.AddRange(findings.OfType<string>());
        report.Add("seed", options.Seed);
        report.Add("threads", Threads);
        report.Add("predictions and gradients on each", cases);
        report.Add("seconds", Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 1));
        return report;
    }

    private static string? Work(NeuralOdeModel model, double[][] states, ulong[] expected, int cases, int seed)
    {
        try
        {
            var random = new Xoshiro256StarStar(seed, threadSafe: false);
            for (int i = 0; i < cases; i++)
            {
                int input = random.Next(Inputs);
                if (Bits(model, states, input) != expected[input])
                    return $"{seed}: case {i} gives other bits than one thread alone";
            }

            return null;
        }
        catch (Exception e)
        {
            return $"{seed}: {e.GetType().Name}: {e.Message}";
        }
    }

    private static double[][] Draw(Xoshiro256StarStar random) =>
        [.. Enumerable.Range(0, Inputs).Select(_ => new[] { 4 * random.NextDouble() - 2, 4 * random.NextDouble() - 2 })];

    /// <summary>The bits of a prediction, of a batch of one to three, and of a gradient, as one number.</summary>
    private static ulong Bits(NeuralOdeModel model, double[][] states, int input)
    {
        double[] times = [0.0, 0.5, 1.0 + 0.1 * input];
        ulong bits = Mix(14695981039346656037, model.Predict(states[input], times).EnsureSuccess().States);
        double[][] batch = [.. states.Skip(input).Take(1 + input % 3)];
        double[][] batchTimes = [.. batch.Select(_ => times)];
        foreach (OdeSolution solution in model.PredictBatch(batch, batchTimes).EnsureSuccess())
            bits = Mix(bits, solution.States);
        BatchGradientResult gradient = model.ComputeBatchGradient(batch, batchTimes, (_, prediction, cotangent) =>
        {
            prediction.CopyTo(cotangent);
            double loss = 0;
            foreach (double value in prediction)
                loss += value * value / 2;
            return loss;
        });
        return Mix(Mix(bits, gradient.EnsureSuccess().Parameters), [gradient.Loss]);
    }

    private static ulong Mix(ulong bits, ReadOnlySpan<double> values)
    {
        foreach (double value in values)
            bits = (bits ^ BitConverter.DoubleToUInt64Bits(value)) * 1099511628211;
        return bits;
    }
}
