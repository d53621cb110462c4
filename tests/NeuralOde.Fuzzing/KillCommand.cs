using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>Trains in a process that is killed at random moments, and starts it again until training is done: the weights are those of a run that nobody killed.</summary>
internal static class KillCommand
{
    private const int DefaultKills = 20;
    private const int KillsOfARun = 5;
    private const int Iterations = 1500;
    private const string Checkpoint = "checkpoint", Weights = "weights";

    public static FuzzReport Run(FuzzOptions options)
    {
        int wanted = options.Cases ?? DefaultKills;
        var random = new Xoshiro256StarStar(options.Seed, threadSafe: false);
        var report = new FuzzReport();
        // On a disk, where writing takes long enough to be interrupted.
        DirectoryInfo folder = Directory.CreateTempSubdirectory("neural-ode-kill-");
        int kills = 0, runs = 0, resumed = 0, temporaries = 0;
        string expected = Uninterrupted();
        try
        {
            while (kills < wanted)
            {
                foreach (FileInfo file in folder.EnumerateFiles())
                    file.Delete();
                runs++;
                int last = Math.Min(kills + KillsOfARun, wanted);
                while (!File.Exists(Path.Combine(folder.FullName, Weights)))
                {
                    resumed += File.Exists(Path.Combine(folder.FullName, Checkpoint)) ? 1 : 0;
                    using Process process = Child.Start("train", folder.FullName);
                    // Most of a run is starting up: the moments have to cover that and training.
                    if (kills < last && !process.WaitForExit(random.Next(100, 1500)))
                    {
                        process.Kill();
                        process.WaitForExit();
                        kills++;
                        temporaries += Leftovers(folder).Length;
                    }
                    else
                        process.WaitForExit();
                }

                string weights = File.ReadAllText(Path.Combine(folder.FullName, Weights));
                if (weights != expected)
                    report.Findings.Add($"{options.Seed}: run {runs} ends with other weights than an uninterrupted one");
                if (Leftovers(folder) is { Length: > 0 } left)
                    report.Findings.Add($"{options.Seed}: run {runs} leaves {left[0].Name}");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        report.Add("seed", options.Seed);
        report.Add("runs", runs);
        report.Add("kills", kills);
        report.Add("resumed from a checkpoint", resumed);
        report.Add("temporary files met after a kill", temporaries);
        report.Add("iterations of a run", Iterations);
        return report;
    }

    /// <summary>Trains from the checkpoint in a folder, or from the start, saving one after every iteration; at the end writes a hash of the weights.</summary>
    public static int Train(string folder)
    {
        string checkpoint = Path.Combine(folder, Checkpoint);
        (Trainer trainer, TrajectoryDataset data) = Create();
        if (File.Exists(checkpoint))
            trainer.RestoreCheckpoint(checkpoint);
        foreach (TrainingProgress _ in trainer.Run(data))
            trainer.SaveCheckpoint(checkpoint);
        File.WriteAllText(Path.Combine(folder, Weights + ".part"), Hash(trainer.Model));
        File.Move(Path.Combine(folder, Weights + ".part"), Path.Combine(folder, Weights));
        return 0;
    }

    private static string Uninterrupted()
    {
        (Trainer trainer, TrajectoryDataset data) = Create();
        trainer.Fit(data);
        return Hash(trainer.Model);
    }

    private static FileInfo[] Leftovers(DirectoryInfo folder) => folder.GetFiles("*.tmp");

    private static (Trainer Trainer, TrajectoryDataset Data) Create()
    {
        double[] times = [.. Enumerable.Range(0, 80).Select(i => 0.1 * i)];
        double[] states = [.. times.SelectMany(t => new[] { Math.Exp(-0.1 * t) * Math.Cos(t), Math.Exp(-0.1 * t) * Math.Sin(t) })];
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([new Trajectory(times, states, 2)]);
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [16], 2, Activation.Tanh, seed: 3));
        var options = new TrainingOptions
        {
            Iterations = Iterations,
            BatchSize = 8,
            SegmentLength = 6,
            Seed = 5,
            ValidationFraction = 0.2,
            ValidationInterval = 10,
            Optimizer = Optimizer.Adam(3e-3),
        };
        return (new Trainer(model, options), data);
    }

    private static string Hash(NeuralOdeModel model) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(model.Parameters)));
}
