using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NeuralOde;

/// <summary>A training run on disk: a safetensors file with parameters and optimizer state, counters as text in the metadata.</summary>
internal static class TrainingCheckpoint
{
    private const string Kind = "neuralode-checkpoint";
    private const string Version = "1";

    public static void Write(string path, NeuralOdeModel model, TrainingState state, TrainingOptions options)
    {
        var tensors = new List<SafetensorsTensor> { Tensor("parameters", model.Parameters) };
        foreach ((string name, double[] values) in state.Optimizer.Buffers)
            tensors.Add(Tensor($"optimizer.{name}", values));
        if (state.HasBest)
            tensors.Add(Tensor("best.parameters", state.BestParameters));
        if (state.Starts is { } starts)
        {
            tensors.Add(new SafetensorsTensor("starts", [starts.Count, starts.Dimension], starts.Values));
            tensors.Add(Tensor("starts.steps", starts.Steps));
            foreach ((string name, double[] values) in starts.Buffers)
                tensors.Add(new SafetensorsTensor($"starts.optimizer.{name}", [starts.Count, starts.Dimension], values));
            if (state.HasBest)
                tensors.Add(new SafetensorsTensor("best.starts", [starts.Count, starts.Dimension], starts.BestValues));
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = Kind,
            ["version"] = Version,
            ["options"] = options.Describe(),
            ["model"] = ModelJson.Describe(model),
            ["data"] = state.DataFingerprint ?? "",
            ["iteration"] = Text(state.Iteration),
            ["optimizerSteps"] = state.Optimizer.StepCount.ToString(CultureInfo.InvariantCulture),
            ["skippedMinibatches"] = Text(state.SkippedMinibatches),
            ["consecutiveFailures"] = Text(state.ConsecutiveFailures),
            ["stepLimit"] = state.StepLimit.ToString("R", CultureInfo.InvariantCulture),
            ["refinements"] = Text(state.Refinements),
            ["lastLook"] = Text(state.LastLook),
            ["looksWithoutImprovement"] = Text(state.LooksWithoutImprovement),
            ["bestIteration"] = Text(state.BestIteration),
            ["bestValidationLoss"] = state.BestValidationLoss.ToString("R", CultureInfo.InvariantCulture),
            ["lastLoss"] = state.LastLoss.ToString("R", CultureInfo.InvariantCulture),
        };
        RequireFinite(tensors);
        new SafetensorsFile(tensors, metadata).Write(path);
    }

    public static void Read(string path, NeuralOdeModel model, TrainingState state, TrainingOptions options)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        RequireKind(file, path, Kind, Version);
        RequireSame("set of training options", Field(file, path, "options"), options.Describe(), path);
        RequireSame("model", Field(file, path, "model"), ModelJson.Describe(model), path);

        // Everything is checked before anything changes, so that a damaged file leaves model and trainer as they were.
        int count = model.Parameters.Length;
        double[] parameters = Values(file, path, "parameters", count);
        double[][] buffers = [.. state.Optimizer.Buffers.Select(buffer => Buffer(file, path, buffer.Name, count))];
        int iteration = Count(file, path, "iteration");
        int steps = Count(file, path, "optimizerSteps");
        int skipped = Count(file, path, "skippedMinibatches");
        int failures = Count(file, path, "consecutiveFailures");
        int lastLook = Count(file, path, "lastLook");
        int looks = Count(file, path, "looksWithoutImprovement");
        // Files of before have neither.
        double stepLimit = file.Metadata.ContainsKey("stepLimit") ? Number(file, path, "stepLimit") : double.PositiveInfinity;
        int refinements = file.Metadata.ContainsKey("refinements") ? Count(file, path, "refinements") : 0;
        if (!(stepLimit > 0.0))
            throw new ModelFileException(path, "the metadata field 'stepLimit' is not positive.");
        int bestIteration = file.Metadata.ContainsKey("bestIteration") ? Count(file, path, "bestIteration") : 0;
        double bestLoss = Number(file, path, "bestValidationLoss");
        double lastLoss = Number(file, path, "lastLoss");
        if (!double.IsFinite(bestLoss) && bestLoss != double.PositiveInfinity)
            throw new ModelFileException(path, "the metadata field 'bestValidationLoss' is neither a finite number nor Infinity, which stands for none.");
        double[]? best = bestLoss < double.PositiveInfinity ? Values(file, path, "best.parameters", count) : null;
        StartTable? starts = ReadStarts(file, path, model, options, bestLoss < double.PositiveInfinity);
        string data = Fingerprint(file, path);

        parameters.CopyTo(model.Parameters);
        for (int i = 0; i < buffers.Length; i++)
            buffers[i].CopyTo(state.Optimizer.Buffers[i].Values, 0);
        best?.CopyTo(state.BestParameters, 0);
        state.Starts = starts;
        state.Optimizer.StepCount = steps;
        state.Iteration = iteration;
        state.SkippedMinibatches = skipped;
        state.ConsecutiveFailures = failures;
        state.StepLimit = stepLimit;
        state.Refinements = refinements;
        state.LastLook = lastLook;
        state.LooksWithoutImprovement = looks;
        state.BestValidationLoss = bestLoss;
        state.BestIteration = bestIteration;
        state.LastLoss = lastLoss;
        state.DataFingerprint = data.Length == 0 ? null : data;
    }

    private static StartTable? ReadStarts(SafetensorsFile file, string path, NeuralOdeModel model, TrainingOptions options, bool hasBest)
    {
        if (file.Find("starts") is not { } tensor)
            return null;
        if (options.InitialStates != InitialStates.Learned || tensor.Shape is not [> 0, var dimension] || dimension != model.Dimension)
            throw new ModelFileException(path, $"tensor 'starts' has shape [{string.Join(", ", tensor.Shape)}]; learned starts of this model have [segments, {model.Dimension}].");
        var starts = new StartTable(options.Optimizer, model.Dimension, (int)tensor.Shape[0]);
        Copy("starts", starts.Values);
        Copy("starts.steps", starts.Steps);
        foreach ((string name, double[] values) in starts.Buffers)
        {
            Copy($"starts.optimizer.{name}", values);
            if (OptimizerState.HoldsSquares(name) && values.Any(value => value < 0.0))
                throw new ModelFileException(path, $"tensor 'starts.optimizer.{name}' has a negative number; averages of squares are not negative.");
        }

        if (hasBest)
            Copy("best.starts", starts.BestValues);
        if (starts.Steps.Any(step => !(step >= 0.0 && step <= int.MaxValue && step == Math.Floor(step))))
            throw new ModelFileException(path, "tensor 'starts.steps' has a number that is no count.");
        return starts;

        void Copy(string name, double[] destination)
        {
            SafetensorsTensor values = file.Find(name) ?? throw new ModelFileException(path, $"tensor '{name}' is missing.");
            if (values.Values.Length != destination.Length)
                throw new ModelFileException(path, $"tensor '{name}' has {values.Values.Length} values where {destination.Length} belong.");
            values.Values.CopyTo(destination, 0);
        }
    }

    /// <summary>A hash of every number of a training and a validation dataset: a resumed run must see the same.</summary>
    public static string Fingerprint(TrajectoryDataset training, TrajectoryDataset? validation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([training.Count]));
        foreach (Trajectory trajectory in validation is null ? training : training.Concat(validation))
        {
            hash.AppendData(MemoryMarshal.AsBytes<int>([trajectory.Length, trajectory.Dimension]));
            hash.AppendData(MemoryMarshal.AsBytes(trajectory.Times));
            hash.AppendData(MemoryMarshal.AsBytes(trajectory.States));
            hash.AppendData(MemoryMarshal.AsBytes(trajectory.Weights));
            trajectory.Input?.AppendTo(hash);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The hash of the data in a checkpoint; empty where none were trained on.</summary>
    public static string Fingerprint(SafetensorsFile file, string path)
    {
        string data = Field(file, path, "data");
        return data.Length == 0 || (data.Length == 2 * SHA256.HashSizeInBytes && data.All(char.IsAsciiHexDigitUpper))
            ? data
            : throw new ModelFileException(path, "the metadata field 'data' is not the hash of any data.");
    }

    public static void RequireFinite(IEnumerable<SafetensorsTensor> tensors)
    {
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (!Guard.IsFinite(tensor.Values))
                throw new InvalidOperationException($"Tensor '{tensor.Name}' of the checkpoint has a value that is not finite; training could not go on from it.");
        }
    }

    public static void RequireKind(SafetensorsFile file, string path, string kind, string version)
    {
        string? found = file.Metadata.GetValueOrDefault("format");
        if (found != kind && found is Kind or "neuralode-plan-checkpoint")
            throw new ArgumentException($"{path} is the checkpoint of a trainer with {(found == Kind ? "TrainingOptions" : "a TrainingPlan")}; this one has {(kind == Kind ? "TrainingOptions" : "a TrainingPlan")}.", nameof(path));
        if (found != kind)
            throw new ModelFileException(path, $"this is a safetensors file, but not a training checkpoint: its metadata has no format '{kind}'.");
        string written = Field(file, path, "version");
        if (written != version)
            throw new ModelFileException(path, $"its version is {ModelFileException.Quote(written)}; this library reads version {version}.");
    }

    public static void RequireSame(string what, string written, string expected, string path)
    {
        if (written == expected)
            return;
        int difference = written.AsSpan().CommonPrefixLength(expected);
        throw new ArgumentException($"{path} was written with another {what}.\nThere: {Excerpt(written, difference)}\nHere:  {Excerpt(expected, difference)}", nameof(path));
    }

    /// <summary>The part of a text from shortly before its first difference on: the one from the file may be long, and hold anything.</summary>
    private static string Excerpt(string text, int difference)
    {
        const int Before = 60, Longest = 400;
        int start = difference <= 2 * Before ? 0 : difference - Before;
        return $"'{(start > 0 ? "…" : "")}{QuotedText.Clean(text.AsSpan(Math.Min(start, text.Length)), Longest)}'";
    }

    public static SafetensorsTensor Tensor(string name, ReadOnlySpan<double> values) => new(name, [values.Length], values.ToArray());

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Field(SafetensorsFile file, string path, string name) =>
        file.Metadata.TryGetValue(name, out string? text) ? text : throw new ModelFileException(path, $"the metadata field '{name}' is missing.");

    public static int Count(SafetensorsFile file, string path, string name) =>
        int.TryParse(Field(file, path, name), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw new ModelFileException(path, $"the metadata field '{name}' is not a count.");

    public static double Number(SafetensorsFile file, string path, string name) =>
        double.TryParse(Field(file, path, name), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new ModelFileException(path, $"the metadata field '{name}' is not a number.");

    public static double[] Buffer(SafetensorsFile file, string path, string name, int count)
    {
        double[] values = Values(file, path, $"optimizer.{name}", count);
        for (int i = 0; OptimizerState.HoldsSquares(name) && i < values.Length; i++)
        {
            if (values[i] < 0.0)
                throw new ModelFileException(path, FormattableString.Invariant($"tensor 'optimizer.{name}' has {values[i]:R} at index {i}; averages of squares are not negative."));
        }

        return values;
    }

    public static double[] Values(SafetensorsFile file, string path, string name, int count)
    {
        SafetensorsTensor tensor = file.Find(name) ?? throw new ModelFileException(path, $"tensor '{name}' is missing.");
        return tensor.Values.Length == count
            ? tensor.Values
            : throw new ModelFileException(path, $"tensor '{name}' has {tensor.Values.Length} values; this model has {count} parameters.");
    }
}
