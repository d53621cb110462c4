using System.CommandLine;
using System.Globalization;

namespace NeuralOde.Benchmarks;

/// <summary>What networks in single precision cost and give at every tolerance, as a Markdown table.</summary>
internal static class PrecisionCommand
{
    private const int Samples = 16;

    public static Command Create()
    {
        var command = new Command("precision", "Evaluations and errors of solves and gradients with networks in double and in single precision, tolerance by tolerance.");
        command.SetAction(_ => Print());
        return command;
    }

    private static void Print()
    {
        Console.WriteLine("| network | relative tolerance | evaluations, double | single | rejected steps, double | single | error of the end state, double | single | error of the gradient, double | single |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        Print("2-50-2 over [0, 5]", dimension: 2, hidden: 50, scale: 3.0, end: 5.0);
        Print("64-256-64 over [0, 1]", dimension: 64, hidden: 256, scale: 3.0, end: 1.0);
        Print("64-256-64, small weights, over [0, 1]", dimension: 64, hidden: 256, scale: 0.7, end: 1.0);
    }

    private static void Print(string name, int dimension, int hidden, double scale, double end)
    {
        Outcome reference = Run(dimension, hidden, scale, end, Precision.Double, tolerance: 1e-12);
        foreach (double tolerance in (double[])[1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
        {
            Outcome exact = Run(dimension, hidden, scale, end, Precision.Double, tolerance), rounded = Run(dimension, hidden, scale, end, Precision.Single, tolerance);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {tolerance:0e0} | {exact.Evaluations} | {rounded.Evaluations} | {exact.Rejected} | {rounded.Rejected} | {Difference(exact.End, reference.End):0.0e0} | {Difference(rounded.End, reference.End):0.0e0} | {Difference(exact.Gradient, reference.Gradient):0.0e0} | {Difference(rounded.Gradient, reference.Gradient):0.0e0} |"));
        }
    }

    private static Outcome Run(int dimension, int hidden, double scale, double end, Precision precision, double tolerance)
    {
        var random = new Lcg(3);
        var network = new Sequential(seed: 0, new Dense(dimension, hidden), new ActivationLayer(hidden, Activation.Tanh), new Dense(hidden, dimension)) { Precision = precision };
        int weightsAndBiases = (dimension + 1) * hidden;
        for (int i = 0; i < network.ParameterCount; i++)
        {
            double limit = scale / Math.Sqrt(i < weightsAndBiases ? dimension : hidden);
            network.Parameters[i] = random.Uniform(-limit, limit);
        }

        var model = new NeuralOdeModel(network) { Solver = new OdeSolverOptions { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance / 100, MaxSteps = 100_000 } };
        double[][] starts = [.. Enumerable.Range(0, Samples).Select(_ => Enumerable.Range(0, dimension).Select(_ => random.Uniform(-1, 1)).ToArray())];
        double[][] times = [.. starts.Select(_ => new[] { 0.0, end })];
        OdeBatchSolution solution = model.PredictBatch(starts, times).EnsureSuccess();
        BatchGradientResult gradient = model.ComputeBatchGradient(starts, times, (_, prediction, cotangent) =>
        {
            double loss = 0.0;
            for (int i = prediction.Length - dimension; i < prediction.Length; i++)
            {
                loss += prediction[i] * prediction[i];
                cotangent[i] = 2.0 * prediction[i];
            }

            return loss;
        }).EnsureSuccess();
        return new Outcome(solution.Sum(one => one.Statistics.Evaluations), solution.Sum(one => one.Statistics.RejectedSteps),
            [.. solution.SelectMany(one => one.FinalState.ToArray())], gradient.Parameters.ToArray());
    }

    /// <summary>The largest difference over the largest number.</summary>
    private static double Difference(double[] values, double[] reference) =>
        values.Zip(reference, (value, exact) => Math.Abs(value - exact)).Max() / reference.Max(Math.Abs);

    /// <summary>What a run took and gave.</summary>
    private sealed record Outcome(long Evaluations, long Rejected, double[] End, double[] Gradient);
}
