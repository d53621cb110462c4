using System.Diagnostics;
using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>
/// Model files with changes in their structure. Each loads to a model that predicts and can be saved again, or is refused with a
/// <see cref="ModelFileException"/>, and costs no more memory and time than its size explains.
/// </summary>
internal sealed class ModelFuzzer : IFuzzer
{
    private const int LongestMessage = 1000;
    private const int Samples = 64;
    private const int MostSteps = 1000;

    /// <summary>Bytes that loading may allocate: some for any file, and a multiple of the file's size. Both are about twice what was measured.</summary>
    private const long MostBytes = 256 << 10;
    private const int MostBytesPerByte = 40;

    /// <summary>Ticks of this thread that loading may take, generous because other work of the machine may stand in the way.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private const int Loaded = 0, Refused = 1, Predicted = 2, LargestFile = 3, LargestCost = 4, LargestCostPerByte = 5, LargestTime = 6;

    /// <summary>In memory where the system has such a folder: on a disk, writing a file takes ten times as long as loading it.</summary>
    private readonly DirectoryInfo _folder = Directory.CreateDirectory(
        Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"neural-ode-fuzzing-{Guid.NewGuid():N}"));
    private readonly Dictionary<int, byte[]> _samples = [];
    private readonly string _path;

    public ModelFuzzer() => _path = Path.Combine(_folder.FullName, "model");

    public IReadOnlyList<string> Counters { get; } =
        ["loaded", "refused", "predicted", "largest file in bytes", "largest allocation in bytes", "largest allocation per byte of files over 8 kB", "largest time in ms"];

    public string? Run(RandomSource random, double[] counts)
    {
        byte[] sample = Sample(random.Next(Samples));
        byte[] file = random.Next(50) == 0 ? sample : new ModelMutation(random).Apply(sample);
        File.WriteAllBytes(_path, file);
        long start = Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        NeuralOdeModel? model = null;
        ModelFileException? refusal = null;
        try
        {
            model = NeuralOdeModel.Load(_path);
        }
        catch (ModelFileException e)
        {
            refusal = e;
        }

        long cost = GC.GetAllocatedBytesForCurrentThread() - before;
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        counts[model is null ? Refused : Loaded]++;
        counts[LargestFile] = Math.Max(counts[LargestFile], file.Length);
        counts[LargestCost] = Math.Max(counts[LargestCost], cost);
        if (file.Length > 8 << 10)
            counts[LargestCostPerByte] = Math.Max(counts[LargestCostPerByte], Math.Round(cost / (double)file.Length, 1));
        counts[LargestTime] = Math.Max(counts[LargestTime], Math.Round(time.TotalMilliseconds, 1));
        if (cost > MostBytes + MostBytesPerByte * (long)file.Length)
            return $"a file of {file.Length} bytes costs {cost} bytes";
        if (time > MostTime)
            return $"a file of {file.Length} bytes takes {time}";
        if (refusal is not null)
            return CheckRefusal(refusal);
        if (ReferenceEquals(file, sample) && random.Next(2) == 0)
            return CheckSaved(model!, "a sound file");
        return CheckUse(model!, random, counts);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private byte[] Sample(int index)
    {
        if (_samples.TryGetValue(index, out byte[]? sample))
            return sample;
        ModelSamples.Make(new Xoshiro256StarStar(index, threadSafe: false)).Save(_path);
        return _samples[index] = File.ReadAllBytes(_path);
    }

    private string? CheckRefusal(ModelFileException e)
    {
        if (!e.Message.StartsWith(_path, StringComparison.Ordinal))
            return $"the message does not name the file: {e.Message}";
        return e.Message.Length > LongestMessage || e.Message.Any(char.IsControl) || e.ToString().Contains('\u001b', StringComparison.Ordinal)
            ? $"the message is {e.Message.Length} characters long, or has some that do not print: {e.Message}"
            : null;
    }

    /// <summary>What was loaded gives a solution, whatever its status, in any number of steps that someone has the patience for.</summary>
    private string? CheckUse(NeuralOdeModel model, RandomSource random, double[] counts)
    {
        counts[Predicted]++;
        model.Solver = model.Solver with { MaxSteps = Math.Min(model.Solver.MaxSteps, MostSteps) };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            OdeSolution solution = model.Predict(new double[model.Dimension], [0.0, 0.5], patience.Token);
            foreach (double state in solution.FinalState)
            {
                if (solution.Status == OdeStatus.Success && !double.IsFinite(state))
                    return $"a prediction of {state} is called a success";
            }
        }
        catch (OperationCanceledException)
        {
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
