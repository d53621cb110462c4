using System.Diagnostics;
using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>The peak working set of processes that load, predict and train, and of one that does nothing.</summary>
internal static class MemoryCommand
{
    private static readonly (string Name, Action Work)[] Cases =
    [
        ("nothing", () => { }),
        ("load 1000-1000-1000", () => LoadLarge()),
        ("predict 2-50-2 once", () => Predict(samples: 1)),
        ("predict 2-50-2, 10000 samples", () => Predict(samples: 10_000)),
        ("gradient of 2-50-2, 1000 samples", () => Differentiate(GradientMethod.DiscreteAdjoint())),
        ("the same, nothing recorded", () => Differentiate(GradientMethod.DiscreteAdjoint(recordingBudget: 0))),
        ("the same, continuous adjoint", () => Differentiate(GradientMethod.ContinuousAdjoint())),
        ("train 2-50-2, 200 iterations", Train),
        ("solve 10000 components, default method", SolveLarge),
    ];

    public static FuzzReport Run(FuzzOptions options)
    {
        _ = options;
        var report = new FuzzReport();
        foreach ((string name, _) in Cases)
        {
            using Process process = Child.Start("memory", name);
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0)
                report.Add($"{name}, MB", double.Parse(output, CultureInfo.InvariantCulture));
            else
                report.Findings.Add($"{name}: the process ended with {process.ExitCode}");
        }

        return report;
    }

    public static int Measure(string name)
    {
        Cases.Single(one => one.Name == name).Work();
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(Math.Round(process.PeakWorkingSet64 / 1e6, 1).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static NeuralOdeModel Small(GradientMethod? gradient = null) =>
        new(new MultilayerPerceptron(2, [50], 2, Activation.Tanh, seed: 3)) { Gradient = gradient ?? GradientMethod.DiscreteAdjoint() };

    private static void LoadLarge()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("neural-ode-memory-");
        try
        {
            string path = Path.Combine(folder.FullName, "model");
            new NeuralOdeModel(new MultilayerPerceptron(1000, [1000], 1000, Activation.Tanh, seed: 3)).Save(path);
            NeuralOdeModel.Load(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (double[][] States, double[][] Times) Batch(int samples)
    {
        double[] times = [.. Enumerable.Range(0, 11).Select(i => 0.1 * i)];
        double[][] states = [.. Enumerable.Range(0, samples).Select(i => new[] { Math.Cos(i), Math.Sin(i) })];
        return (states, [.. states.Select(_ => times)]);
    }

    private static void Predict(int samples)
    {
        (double[][] states, double[][] times) = Batch(samples);
        Small().PredictBatch(states, times).EnsureSuccess();
    }

    private static void Differentiate(GradientMethod gradient)
    {
        (double[][] states, double[][] times) = Batch(1000);
        Small(gradient).ComputeBatchGradient(states, times, (_, prediction, cotangent) =>
        {
            prediction.CopyTo(cotangent);
            return 0.0;
        }).EnsureSuccess();
    }

    private static void Train()
    {
        (double[][] states, double[][] times) = Batch(50);
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(
            states.Zip(times, (state, t) => new Trajectory(t, [.. t.SelectMany(at => new[] { state[0] * Math.Exp(-at), state[1] * Math.Exp(-at) })], 2)));
        new Trainer(Small(), new TrainingOptions { Iterations = 200 }).Fit(data);
    }

    /// <summary>Heat on a rod, explicitly: methods that need a matrix would need one of 800 MB.</summary>
    private static void SolveLarge()
    {
        const int Points = 10_000;
        VectorField rod = VectorField.FromFunction(Points, (_, u, dudt) =>
        {
            for (int i = 0; i < Points; i++)
                dudt[i] = (i > 0 ? u[i - 1] : 0.0) - 2 * u[i] + (i < Points - 1 ? u[i + 1] : 0.0);
        });
        double[] start = [.. Enumerable.Range(0, Points).Select(i => Math.Sin(0.01 * i))];
        OdeSolver.Solve(rod, start, [0.0, 10.0]).EnsureSuccess();
    }
}
