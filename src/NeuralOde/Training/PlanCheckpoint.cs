using System.Globalization;
using System.Text.Json;
using static NeuralOde.TrainingCheckpoint;

namespace NeuralOde;

/// <summary>A plan's training on disk: parameters, learned starts and the optimizer's memory as tensors, counters and the results of earlier stages as text.</summary>
internal static class PlanCheckpoint
{
    private const string Kind = "neuralode-plan-checkpoint";
    private const string Version = "1";
    private const string StandardizationField = "standardization";
    private const int MostStages = 1 << 16;

    public static void Write(string path, NeuralOdeModel model, PlanTraining training)
    {
        PlanState state = training.State;
        TrainingState counters = state.Counters;
        var tensors = new List<SafetensorsTensor> { Tensor("parameters", model.Parameters), Tensor("starts", state.Starts) };
        if (counters.HasBest)
            tensors.Add(Tensor("best.parameters", counters.BestParameters));
        foreach ((string name, double[] values) in state.Bfgs?.Buffers ?? [])
            tensors.Add(Tensor($"bfgs.{name}", values));
        foreach ((string name, double[] values) in state.Optimizer?.Buffers ?? [])
            tensors.Add(Tensor($"optimizer.{name}", values));
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Kind,
            ["version"] = Version,
            ["options"] = training.Plan.Describe(),
            ["model"] = training.ModelText,
            ["data"] = counters.DataFingerprint ?? "",
            ["iteration"] = Text(counters.Iteration),
            ["skippedMinibatches"] = Text(counters.SkippedMinibatches),
            ["consecutiveFailures"] = Text(counters.ConsecutiveFailures),
            ["stepLimit"] = Text(counters.StepLimit),
            ["refinements"] = Text(counters.Refinements),
            ["lastLook"] = Text(counters.LastLook),
            ["bestValidationLoss"] = Text(counters.BestValidationLoss),
            ["bestIteration"] = Text(counters.BestIteration),
            ["lastLoss"] = Text(counters.LastLoss),
            ["stage"] = Text(state.Stage),
            ["stageIteration"] = Text(state.StageIteration),
            ["stageFirstLoss"] = Text(state.FirstLoss),
            ["stageLastLoss"] = Text(state.LastLoss),
            ["startsStage"] = Text(state.StartsStage + 1),
            ["optimizerStage"] = Text(state.OptimizerStage + 1),
            ["optimizerSteps"] = (state.Optimizer?.StepCount ?? 0).ToString(CultureInfo.InvariantCulture),
            ["bfgsLength"] = Text(state.Bfgs?.Length ?? 0),
            ["bfgsCount"] = Text(state.Bfgs?.Count ?? 0),
            ["bfgsNext"] = Text(state.Bfgs?.Next ?? 0),
            ["bfgsValue"] = Text(state.Bfgs?.Value ?? double.NaN),
            ["results"] = Text(state.Results.Count),
        };
        if (model.Standardization is { } standardization)
            metadata[StandardizationField] = ModelJson.WriteStandardization(standardization);
        for (int i = 0; i < state.Results.Count; i++)
        {
            TrainingStageResult result = state.Results[i];
            metadata[$"result.{i}.name"] = result.Name;
            metadata[$"result.{i}.iterations"] = Text(result.Iterations);
            metadata[$"result.{i}.firstLoss"] = Text(result.FirstLoss);
            metadata[$"result.{i}.lastLoss"] = Text(result.LastLoss);
            metadata[$"result.{i}.reason"] = result.Reason ?? "";
        }

        RequireFinite(tensors);
        new SafetensorsFile(tensors, metadata).Write(path);
    }

    /// <summary>Everything is checked before anything changes, so that a damaged file leaves model and trainer as they were.</summary>
    public static void Read(string path, NeuralOdeModel model, PlanTraining training)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        RequireKind(file, path, Kind, Version);
        RequireSame("training plan", Field(file, path, "options"), training.Plan.Describe(), path);
        RequireSame("model", Field(file, path, "model"), training.ModelText, path);

        int count = model.Parameters.Length, stages = training.Plan.Stages.Count;
        double[] parameters = Values(file, path, "parameters", count);
        int stage = AtMost(file, path, "stage", stages), startsStage = AtMost(file, path, "startsStage", stages) - 1, optimizerStage = AtMost(file, path, "optimizerStage", stages) - 1;
        double[] starts = file.Find("starts")?.Values ?? throw new ModelFileException(path, "tensor 'starts' is missing.");
        int iteration = Count(file, path, "iteration"), stageIteration = Count(file, path, "stageIteration");
        int skipped = Count(file, path, "skippedMinibatches"), failures = Count(file, path, "consecutiveFailures"), refinements = Count(file, path, "refinements");
        int lastLook = Count(file, path, "lastLook"), bestIteration = Count(file, path, "bestIteration");
        double stepLimit = Number(file, path, "stepLimit"), bestLoss = Number(file, path, "bestValidationLoss"), lastLoss = Number(file, path, "lastLoss");
        if (!(stepLimit > 0.0))
            throw new ModelFileException(path, "the metadata field 'stepLimit' is not positive.");
        if (!double.IsFinite(bestLoss) && bestLoss != double.PositiveInfinity)
            throw new ModelFileException(path, "the metadata field 'bestValidationLoss' is neither a finite number nor Infinity, which stands for none.");
        double[]? best = bestLoss < double.PositiveInfinity ? Values(file, path, "best.parameters", count) : null;
        Standardization? standardization = ReadStandardization(file, path, model);
        LimitedMemoryBfgs? bfgs = ReadBfgs(file, path, count, starts.Length);
        OptimizerState? optimizer = ReadOptimizer(file, path, training, optimizerStage, count);
        List<TrainingStageResult> results = ReadResults(file, path);
        double first = Number(file, path, "stageFirstLoss"), last = Number(file, path, "stageLastLoss");
        string data = Fingerprint(file, path);

        parameters.CopyTo(model.Parameters);
        model.MarkUsed();
        if (standardization is not null && model.Standardization is null)
            model.StandardizeAutomatically(standardization);
        PlanState state = training.State;
        (state.Stage, state.StageIteration, state.FirstLoss, state.LastLoss) = (stage, stageIteration, first, last);
        (state.Starts, state.StartsStage, state.Bfgs, state.Optimizer, state.OptimizerStage) = (starts, startsStage, bfgs, optimizer, optimizerStage);
        state.Results.Clear();
        state.Results.AddRange(results);
        TrainingState counters = state.Counters;
        best?.CopyTo(counters.BestParameters, 0);
        (counters.Iteration, counters.SkippedMinibatches, counters.ConsecutiveFailures) = (iteration, skipped, failures);
        (counters.StepLimit, counters.Refinements, counters.LastLook) = (stepLimit, refinements, lastLook);
        (counters.BestValidationLoss, counters.BestIteration, counters.LastLoss) = (bestLoss, bestIteration, lastLoss);
        counters.DataFingerprint = data.Length == 0 ? null : data;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static int AtMost(SafetensorsFile file, string path, string name, int most)
    {
        int count = Count(file, path, name);
        return count <= most ? count : throw new ModelFileException(path, $"the metadata field '{name}' is {count}; there are {most} stages.");
    }

    private static Standardization? ReadStandardization(SafetensorsFile file, string path, NeuralOdeModel model)
    {
        if (!file.Metadata.TryGetValue(StandardizationField, out string? text))
            return null;
        Standardization standardization;
        try
        {
            standardization = ModelJson.ReadStandardization(text);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw ModelFileException.From(path, "its standardization is not valid", e);
        }

        if (standardization.Dimension != model.Dimension || (standardization.InputMeans.Length > 0 && standardization.InputMeans.Length != model.InputDimension))
            throw new ModelFileException(path, $"its standardization is for {standardization.Dimension} components and {standardization.InputMeans.Length} of the input; the model has {model.Dimension} and {model.InputDimension}.");
        return standardization;
    }

    private static LimitedMemoryBfgs? ReadBfgs(SafetensorsFile file, string path, int parameters, int starts)
    {
        int length = Count(file, path, "bfgsLength");
        if (length == 0)
            return null;
        if (length != parameters && length != parameters + (long)starts)
            throw new ModelFileException(path, $"the metadata field 'bfgsLength' is {length}; there are {parameters} parameters and {starts} numbers of starts.");
        var bfgs = new LimitedMemoryBfgs(length);
        foreach ((string name, double[] values) in bfgs.Buffers)
            Values(file, path, $"bfgs.{name}", values.Length).CopyTo(values, 0);
        (bfgs.Count, bfgs.Next, bfgs.Value) = (Count(file, path, "bfgsCount"), Count(file, path, "bfgsNext"), Number(file, path, "bfgsValue"));
        if (bfgs.Count > LimitedMemoryBfgs.Memory || bfgs.Next >= LimitedMemoryBfgs.Memory)
            throw new ModelFileException(path, $"the metadata fields 'bfgsCount' and 'bfgsNext' are {bfgs.Count} and {bfgs.Next}; {LimitedMemoryBfgs.Memory} steps are remembered.");
        return bfgs;
    }

    private static OptimizerState? ReadOptimizer(SafetensorsFile file, string path, PlanTraining training, int stage, int count)
    {
        if (stage < 0)
            return null;
        if (training.Plan.Stages[Math.Min(stage, training.Plan.Stages.Count - 1)].Optimizer is not { } optimizer)
            throw new ModelFileException(path, $"the metadata field 'optimizerStage' names stage {stage}, which has no optimizer.");
        OptimizerState state = optimizer.CreateState(count);
        foreach ((string name, double[] values) in state.Buffers)
            TrainingCheckpoint.Buffer(file, path, name, count).CopyTo(values, 0);
        state.StepCount = Count(file, path, "optimizerSteps");
        return state;
    }

    private static List<TrainingStageResult> ReadResults(SafetensorsFile file, string path)
    {
        int count = AtMost(file, path, "results", MostStages);
        var results = new List<TrainingStageResult>();
        for (int i = 0; i < count; i++)
        {
            string reason = Field(file, path, $"result.{i}.reason");
            results.Add(new TrainingStageResult
            {
                Name = Field(file, path, $"result.{i}.name"),
                Iterations = Count(file, path, $"result.{i}.iterations"),
                FirstLoss = Number(file, path, $"result.{i}.firstLoss"),
                LastLoss = Number(file, path, $"result.{i}.lastLoss"),
                Reason = reason.Length == 0 ? null : reason,
            });
        }

        return results;
    }
}
