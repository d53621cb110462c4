using System.Diagnostics;
using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>
/// Model files and checkpoints with changes in their structure. Each loads to a model that predicts and can be saved again, or to training that goes on; or it is
/// refused with a <see cref="ModelFileException"/>, and changes nothing. It costs no more memory and time than its size explains.
/// </summary>
internal sealed class ModelFuzzer : IFuzzer
{
    private const int LongestMessage = 1500;
    private const int Samples = 64;
    private const int MostSteps = 1000;

    /// <summary>Bytes that loading may allocate: some for any file, and a multiple of the file's size. Both are about twice what was measured.</summary>
    private const long MostBytes = 256 << 10;
    private const int MostBytesPerByte = 40;

    /// <summary>Ticks of this thread that loading may take, generous because other work of the machine may stand in the way.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private const int Loaded = 0, Refused = 1, Checkpoints = 2, LargestFile = 3, LargestCost = 4, LargestCostPerByte = 5, LargestTime = 6;

    private readonly DirectoryInfo _folder = MemoryFolder.Create();
    private readonly Dictionary<(int Index, bool IsCheckpoint), byte[]> _samples = [];
    private readonly string _path;

    public ModelFuzzer() => _path = Path.Combine(_folder.FullName, "model");

    public IReadOnlyList<string> Counters { get; } =
        ["loaded", "refused", "checkpoints", "largest file in bytes", "largest allocation in bytes", "largest allocation per byte of files over 8 kB", "largest time in ms"];

    public string? Run(int seed, double[] counts)
    {
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        int index = random.Next(Samples);
        Trainer? trainer = random.Next(6) == 0 ? CheckpointSamples.Create(index) : null;
        double[] parameters = trainer is null ? [] : trainer.Model.Parameters.ToArray();
        byte[] sample = Sample(index, isCheckpoint: trainer is not null);
        byte[] file = random.Next(50) == 0 ? sample : new ModelMutation(random).Apply(sample);
        File.WriteAllBytes(_path, file);
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        NeuralOdeModel? model = null;
        Exception? refusal = null;
        try
        {
            if (trainer is null)
                model = NeuralOdeModel.Load(_path);
            else
                trainer.RestoreCheckpoint(_path);
        }
        catch (Exception e) when (e is ModelFileException || (trainer is not null && e.GetType() == typeof(ArgumentException)))
        {
            refusal = e;
        }

        long cost = GC.GetAllocatedBytesForCurrentThread() - before;
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        counts[refusal is null ? Loaded : Refused]++;
        counts[Checkpoints] += trainer is null ? 0 : 1;
        counts[LargestFile] = Math.Max(counts[LargestFile], file.Length);
        counts[LargestCost] = Math.Max(counts[LargestCost], cost);
        if (file.Length > 8 << 10)
            counts[LargestCostPerByte] = Math.Max(counts[LargestCostPerByte], Math.Round(cost / (double)file.Length, 1));
        counts[LargestTime] = Math.Max(counts[LargestTime], Math.Round(time.TotalMilliseconds, 1));
        if (cost > MostBytes + MostBytesPerByte * (long)file.Length)
            return $"a file of {file.Length} bytes costs {cost} bytes";
        if (time > MostTime)
            return $"a file of {file.Length} bytes takes {time}";
        if (refusal is not null && trainer is not null && !(trainer.Iteration == 0 && trainer.Model.Parameters.SequenceEqual(parameters)))
            return $"a checkpoint is refused and changes the trainer: {refusal.Message}";
        if (refusal is not null)
            return ReferenceEquals(file, sample) ? $"a sound file is refused: {refusal.Message}" : CheckRefusal(refusal);
        if (model is null)
        {
            CheckpointSamples.Train(trainer!, iterations: 1);
            return null;
        }

        return ReferenceEquals(file, sample) ? CheckSaved(model, "a sound file") : CheckUse(model, random);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private byte[] Sample(int index, bool isCheckpoint)
    {
        if (_samples.TryGetValue((index, isCheckpoint), out byte[]? sample))
            return sample;
        if (isCheckpoint)
        {
            Trainer trainer = CheckpointSamples.Create(index);
            CheckpointSamples.Train(trainer, iterations: 3);
            trainer.SaveCheckpoint(_path);
        }
        else
        {
            ModelSamples.Make(new Xoshiro256StarStar(index, threadSafe: false)).Save(_path);
        }

        return _samples[(index, isCheckpoint)] = File.ReadAllBytes(_path);
    }

    private string? CheckRefusal(Exception e)
    {
        if (!e.Message.StartsWith(_path, StringComparison.Ordinal))
            return $"the message does not name the file: {e.Message}";
        return e.Message.Length > LongestMessage || e.Message.Any(c => char.IsControl(c) && c != '\n') || e.ToString().Contains('\u001b', StringComparison.Ordinal)
            ? $"the message is {e.Message.Length} characters long, or has some that do not print: {e.Message}"
            : null;
    }

    /// <summary>What was loaded gives a solution, whatever its status, in any number of steps that someone has the patience for.</summary>
    private string? CheckUse(NeuralOdeModel model, RandomSource random)
    {
        model.Solver = model.Solver with { MaxSteps = Math.Min(model.Solver.MaxSteps, MostSteps) };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            OdeSolution solution = model.InputDimension == 0
                ? model.Predict(new double[model.Dimension], [0.0, 0.5], patience.Token)
                : model.Predict(new double[model.Dimension], [0.0, 0.5], InputSignal.Constant(new double[model.InputDimension]), patience.Token);
            foreach (double state in solution.FinalState)
            {
                if (solution.Status == OdeStatus.Success && !double.IsFinite(state))
                    return $"a prediction of {state} is called a success";
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (ArgumentException e) when (e.Message.Contains("standardized", StringComparison.Ordinal))
        {
            // A scale of time so small that no time of a caller's is in range, or that an input's are no longer apart, is nobody's but the caller's to judge.
        }

        return random.Next(4) == 0 ? CheckSaved(model, "what was loaded") : null;
    }

    private string? CheckSaved(NeuralOdeModel model, string what)
    {
        model.Save(_path);
        NeuralOdeModel again = NeuralOdeModel.Load(_path);
        return again.Parameters.SequenceEqual(model.Parameters) && again.Dimension == model.Dimension && again.Solver.Method!.Name == model.Solver.Method!.Name
            ? null
            : $"{what} is another model once it is saved and loaded";
    }
}
