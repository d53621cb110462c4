using System.Text.Json;

namespace NeuralOde;

/// <summary>Solver options as JSON, for model files. What is not said there is the default.</summary>
internal static class SolverJson
{
    /// <exception cref="InvalidOperationException">An option is code and cannot be written.</exception>
    public static string Write(OdeSolverOptions options) => ModelJson.Write(json =>
    {
        RequireWritable(options);
        json.WriteString("method", options.ResolvedMethod.Name);
        if (options.ResolvedMethod.Source is { } tableau)
            WriteTableau(json, tableau);
        json.WriteNumber("relativeTolerance", options.RelativeTolerance);
        json.WriteNumber("absoluteTolerance", options.AbsoluteTolerance);
        if (options.RelativeTolerances is { } relativeTolerances)
            json.WriteNumbers("relativeTolerances", [.. relativeTolerances]);
        if (options.AbsoluteTolerances is { } absoluteTolerances)
            json.WriteNumbers("absoluteTolerances", [.. absoluteTolerances]);
        json.WriteString("errorNorm", options.ErrorNorm == ErrorNorm.Maximum ? "Maximum" : "RootMeanSquare");
        json.WriteString("errorControl", options.ErrorControl.ToString());
        json.WriteNumber("maxSteps", options.MaxSteps);
        if (options.FixedStep is { } fixedStep)
            json.WriteNumber("fixedStep", fixedStep);
        if (options.InitialStep is { } initialStep)
            json.WriteNumber("initialStep", initialStep);
        if (double.IsFinite(options.MaxStep))
            json.WriteNumber("maxStep", options.MaxStep);
        json.WriteNumber("minStep", options.MinStep);
        if (options.JumpTimes is { Count: > 0 } jumpTimes)
            json.WriteNumbers("jumpTimes", [.. jumpTimes]);
        json.WriteBoolean("stepToOutputTimes", options.StepToOutputTimes);
        json.WriteBoolean("denseOutput", options.DenseOutput);
        StepSizeController controller = options.ResolvedController;
        json.WriteStartObject("controller");
        json.WriteNumber("beta1", controller.Beta1);
        json.WriteNumber("beta2", controller.Beta2);
        json.WriteNumber("beta3", controller.Beta3);
        json.WriteNumber("safety", controller.Safety);
        json.WriteNumber("minimumFactor", controller.MinimumFactor);
        json.WriteNumber("maximumFactor", controller.MaximumFactor);
        if (controller.SumsInFirstStep)
            json.WriteBoolean("sumsInFirstStep", true);
        if (controller.CountsFirstError)
            json.WriteBoolean("countsFirstError", true);
        json.WriteEndObject();
    });

    /// <exception cref="FormatException">A value is missing or makes no sense.</exception>
    public static OdeSolverOptions Read(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        return new OdeSolverOptions
        {
            Method = ReadMethod(root),
            RelativeTolerance = root.Required("relativeTolerance").GetDouble(),
            AbsoluteTolerance = root.Required("absoluteTolerance").GetDouble(),
            RelativeTolerances = OptionalNumbers(root, "relativeTolerances"),
            AbsoluteTolerances = OptionalNumbers(root, "absoluteTolerances"),
            ErrorNorm = ReadErrorNorm(root),
            ErrorControl = root.TryGetProperty("errorControl", out _) ? root.ReadName<ErrorControl>("errorControl") : default,
            MaxSteps = root.Required("maxSteps").GetInt32(),
            FixedStep = root.OptionalNumber("fixedStep"),
            InitialStep = root.OptionalNumber("initialStep"),
            MaxStep = root.OptionalNumber("maxStep") ?? double.PositiveInfinity,
            MinStep = root.OptionalNumber("minStep") ?? 0.0,
            JumpTimes = OptionalNumbers(root, "jumpTimes"),
            StepToOutputTimes = root.Required("stepToOutputTimes").GetBoolean(),
            DenseOutput = root.Required("denseOutput").GetBoolean(),
            Controller = ReadController(root.Required("controller")),
        };
    }

    private static void RequireWritable(OdeSolverOptions options)
    {
        if (options.ErrorNorm != ErrorNorm.RootMeanSquare && options.ErrorNorm != ErrorNorm.Maximum)
            throw new InvalidOperationException("The solver's ErrorNorm is a function of your own, which a file cannot hold.");
    }

    private static void WriteTableau(Utf8JsonWriter json, TableauSource tableau)
    {
        json.WriteStartObject("tableau");
        json.WriteNumber("order", tableau.Order);
        json.WriteNumbers("nodes", tableau.Nodes);
        json.WriteStartArray("couplings");
        foreach (double[] row in tableau.Couplings)
        {
            json.WriteStartArray();
            foreach (double coupling in row)
                json.WriteNumberValue(coupling);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteNumbers("weights", tableau.Weights);
        if (tableau.EmbeddedWeights is not null)
        {
            json.WriteNumbers("embeddedWeights", tableau.EmbeddedWeights);
            json.WriteNumber("embeddedOrder", tableau.EmbeddedOrder!.Value);
        }

        json.WriteEndObject();
    }

    private static OdeMethod ReadMethod(JsonElement root)
    {
        string name = root.Required("method").GetString() ?? "";
        if (root.TryGetProperty("tableau", out JsonElement tableau))
        {
            JsonElement rows = tableau.Required("couplings");
            TableauCheck.CheckStages(rows.GetArrayLength());
            double[][] couplings = [.. rows.EnumerateArray().Select(ModelJson.ToNumbers)];
            int? embeddedOrder = tableau.TryGetProperty("embeddedOrder", out JsonElement order) ? order.GetInt32() : null;
            return OdeMethod.FromTableau(name, tableau.Required("order").GetInt32(), tableau.ReadNumbers("nodes"), couplings, tableau.ReadNumbers("weights"),
                OptionalNumbers(tableau, "embeddedWeights"), embeddedOrder);
        }

        return OdeMethod.All.FirstOrDefault(method => method.Name == name)
            ?? throw new FormatException($"there is no method {ModelFileException.Quote(name)}.");
    }

    private static StepSizeController ReadController(JsonElement controller) => new()
    {
        Beta1 = controller.Required("beta1").GetDouble(),
        Beta2 = controller.Required("beta2").GetDouble(),
        Beta3 = controller.Required("beta3").GetDouble(),
        Safety = controller.Required("safety").GetDouble(),
        MinimumFactor = controller.Required("minimumFactor").GetDouble(),
        MaximumFactor = controller.Required("maximumFactor").GetDouble(),
        SumsInFirstStep = controller.TryGetProperty("sumsInFirstStep", out JsonElement sums) && sums.GetBoolean(),
        CountsFirstError = controller.TryGetProperty("countsFirstError", out JsonElement counts) && counts.GetBoolean(),
    };

    private static ErrorNorm ReadErrorNorm(JsonElement root)
    {
        string name = root.TryGetProperty("errorNorm", out JsonElement element) ? element.GetString() ?? "" : "RootMeanSquare";
        return name switch
        {
            "RootMeanSquare" => ErrorNorm.RootMeanSquare,
            "Maximum" => ErrorNorm.Maximum,
            _ => throw new FormatException($"there is no error norm {ModelFileException.Quote(name)}."),
        };
    }

    private static double[]? OptionalNumbers(JsonElement element, string name) => element.TryGetProperty(name, out _) ? element.ReadNumbers(name) : null;
}
