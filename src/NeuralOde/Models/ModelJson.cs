using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace NeuralOde;

/// <summary>The parts of a model that are not tensors, as JSON. Reading throws for anything malformed; the caller names the file.</summary>
internal static class ModelJson
{
    /// <summary>The most layers that are written and read: a file with a few bytes for each of very many must not cost much more than those.</summary>
    public const int MaxLayers = 1 << 15;

    private const int MaxLayerSize = 1 << 24;

    public static string WriteArchitecture(NeuralVectorField field) => Write(json =>
    {
        json.WriteBoolean("takesTime", field.TakesTime);
        if (field.NeedsInput)
            json.WriteNumber("inputDimension", field.InputDimension);
        if (field.Inputs.Count == 1)
            WriteSignal(json, field.Inputs[0]);
        if (field.Network.Precision != Precision.Double)
            json.WriteString("precision", field.Network.Precision.ToString());
        json.WriteStartArray("layers");
        foreach (Layer layer in field.Network.Layers)
            WriteLayer(json, layer);
        json.WriteEndArray();
    });

    public static ModelArchitecture ReadArchitecture(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        JsonElement list = root.Required("layers");
        if (list.GetArrayLength() > MaxLayers)
            throw new FormatException($"there are {list.GetArrayLength()} layers; {MaxLayers} is the most that is read.");
        Layer[] layers = [.. list.EnumerateArray().Select(ReadLayer)];
        Precision precision = root.TryGetProperty("precision", out _) ? root.ReadName<Precision>("precision") : Precision.Double;
        int inputDimension = root.TryGetProperty("inputDimension", out _) ? ReadSize(root, "inputDimension") : 0;
        (int Degree, int Dimension)[] signal = root.TryGetProperty("input", out JsonElement parts) ? ReadSignal(parts) : [];
        if (inputDimension > 0 && signal.Length > 0)
            throw new FormatException("there are both an inputDimension and an input.");
        return new ModelArchitecture(layers, root.Required("takesTime").GetBoolean(), precision, inputDimension, signal);
    }

    public static string WriteGradient(GradientMethod gradient) => Write(json =>
    {
        json.WriteString("method", gradient switch
        {
            DiscreteAdjointMethod => "discreteAdjoint",
            ContinuousAdjointMethod => "continuousAdjoint",
            _ => throw new InvalidOperationException($"A gradient method of type {gradient.GetType().Name} cannot be saved."),
        });
        if (!gradient.ControlsError)
            json.WriteBoolean("controlsError", false);
        if (gradient is DiscreteAdjointMethod { RecordingBudget: not GradientMethod.DefaultRecordingBudget and var budget })
            json.WriteNumber("recordingBudget", budget);
        if (gradient is ContinuousAdjointMethod { RelativeTolerance: { } relative })
            json.WriteNumber("relativeTolerance", relative);
        if (gradient is ContinuousAdjointMethod { AbsoluteTolerance: { } absolute })
            json.WriteNumber("absoluteTolerance", absolute);
    });

    public static GradientMethod ReadGradient(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        string name = root.Required("method").GetString() ?? "";
        bool controlsError = !root.TryGetProperty("controlsError", out JsonElement controls) || controls.GetBoolean();
        GradientMethod gradient = name switch
        {
            "discreteAdjoint" => root.TryGetProperty("recordingBudget", out JsonElement budget) ? GradientMethod.DiscreteAdjoint(budget.GetInt64()) : GradientMethod.DiscreteAdjoint(),
            "continuousAdjoint" => GradientMethod.ContinuousAdjoint(OptionalNumber(root, "relativeTolerance"), OptionalNumber(root, "absoluteTolerance")),
            _ => throw new FormatException($"there is no gradient method {ModelFileException.Quote(name)}."),
        };
        return gradient with { ControlsError = controlsError };
    }

    public static string WriteStandardization(Standardization standardization) => Write(json =>
    {
        WriteNumbers(json, "means", standardization.Means);
        WriteNumbers(json, "scales", standardization.Scales);
        if (standardization.ChangesTime)
        {
            json.WriteNumber("timeOffset", standardization.TimeOffset);
            json.WriteNumber("timeScale", standardization.TimeScale);
        }

        if (standardization.InputMeans.IsEmpty)
            return;
        WriteNumbers(json, "inputMeans", standardization.InputMeans);
        WriteNumbers(json, "inputScales", standardization.InputScales);
    });

    public static Standardization ReadStandardization(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement root = document.RootElement;
        bool hasInputs = root.TryGetProperty("inputMeans", out _) || root.TryGetProperty("inputScales", out _);
        return new Standardization(ReadNumbers(root, "means"), ReadNumbers(root, "scales"), OptionalNumber(root, "timeOffset") ?? 0.0, OptionalNumber(root, "timeScale") ?? 1.0,
            hasInputs ? ReadNumbers(root, "inputMeans") : [], hasInputs ? ReadNumbers(root, "inputScales") : []);
    }

    public static string WriteMeasured(IReadOnlyList<int> components) => Write(json =>
    {
        json.WriteStartArray("components");
        foreach (int component in components)
            json.WriteNumberValue(component);
        json.WriteEndArray();
    });

    public static int[] ReadMeasured(string text, int dimension)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement list = document.RootElement.Required("components");
        if (list.GetArrayLength() > dimension)
            throw new FormatException($"there are {list.GetArrayLength()} measured components of {dimension}.");
        return [.. list.EnumerateArray().Select(component => component.GetInt32())];
    }

    /// <summary>All that decides what a model does beside its parameters, to tell whether a checkpoint is for it.</summary>
    public static string Describe(NeuralOdeModel model)
    {
        // What may be recorded decides about memory and time, not about any number.
        GradientMethod gradient = model.Gradient is DiscreteAdjointMethod ? GradientMethod.DiscreteAdjoint() with { ControlsError = model.Gradient.ControlsError } : model.Gradient;
        string field = model.Field is NeuralVectorField network ? WriteArchitecture(network) + DescribeInputs(network.Inputs) : $"written as code {FunctionFingerprint.Of(model.Field)}";
        string standardization = model.Standardization is null ? "none" : WriteStandardization(model.Standardization);
        return FormattableString.Invariant($"{model.Parameters.Length} parameters, vector field {field}, dimension {model.Dimension}, solver {SolverJson.Write(model.Solver)}, gradient {WriteGradient(gradient)}, standardization {standardization}{(model.MeasuredComponents is { } measured ? $", measured {string.Join(' ', measured)}" : "")}");
    }

    /// <summary>A hash of every number of the input signals; nothing where there are none.</summary>
    private static string DescribeInputs(IReadOnlyList<InputSignal> inputs)
    {
        if (inputs.Count == 0)
            return "";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (InputSignal input in inputs)
            input.AppendTo(hash);

        return $", inputs {Convert.ToHexString(hash.GetHashAndReset())}";
    }

    private static void WriteSignal(Utf8JsonWriter json, InputSignal signal)
    {
        json.WriteStartArray("input");
        foreach (PiecewisePolynomial piece in signal.Pieces)
        {
            json.WriteStartObject();
            json.WriteNumber("degree", piece.Degree);
            json.WriteNumber("dimension", piece.Dimension);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static (int Degree, int Dimension)[] ReadSignal(JsonElement parts)
    {
        if (parts.GetArrayLength() is 0 or > MaxLayers)
            throw new FormatException($"input has {parts.GetArrayLength()} parts; 1 to {MaxLayers} are read.");
        return [.. parts.EnumerateArray().Select(part => (ReadDegree(part), ReadSize(part, "dimension")))];
    }

    private static int ReadDegree(JsonElement part)
    {
        int degree = part.Required("degree").GetInt32();
        return degree is >= 0 and <= 3 ? degree : throw new FormatException($"degree = {degree} is not one of an input signal.");
    }

    private static void WriteLayer(Utf8JsonWriter json, Layer layer)
    {
        json.WriteStartObject();
        switch (layer)
        {
            case Dense dense:
                json.WriteString("type", "dense");
                json.WriteNumber("inputs", dense.Inputs);
                json.WriteNumber("outputs", dense.Outputs);
                json.WriteBoolean("bias", dense.HasBias);
                json.WriteString("initialization", dense.Initialization.ToString());
                break;
            case ActivationLayer activation:
                json.WriteString("type", "activation");
                json.WriteNumber("size", activation.Inputs);
                json.WriteString("function", activation.Activation.ToString());
                break;
            case ElementwisePower power:
                json.WriteString("type", "power");
                json.WriteNumber("size", power.Inputs);
                json.WriteNumber("exponent", power.Exponent);
                break;
            default:
                throw new InvalidOperationException($"A layer of type {layer.GetType().Name} cannot be saved.");
        }

        json.WriteEndObject();
    }

    private static Layer ReadLayer(JsonElement layer)
    {
        string type = layer.Required("type").GetString() ?? "";
        return type switch
        {
            "dense" => new Dense(ReadSize(layer, "inputs"), ReadSize(layer, "outputs"), ReadName<WeightInitialization>(layer, "initialization"), layer.Required("bias").GetBoolean()),
            "activation" => new ActivationLayer(ReadSize(layer, "size"), ReadName<Activation>(layer, "function")),
            "power" => new ElementwisePower(ReadSize(layer, "size"), layer.Required("exponent").GetInt32()),
            _ => throw new FormatException($"there is no layer type {ModelFileException.Quote(type)}."),
        };
    }

    private static int ReadSize(JsonElement element, string name)
    {
        int size = element.Required(name).GetInt32();
        return size is > 0 and <= MaxLayerSize ? size : throw new FormatException($"{name} = {size} is not a layer's size.");
    }

    internal static T ReadName<T>(this JsonElement element, string name) where T : struct, Enum
    {
        string text = element.Required(name).GetString() ?? "";
        return Enum.TryParse(text, ignoreCase: false, out T value) && value.ToString() == text
            ? value
            : throw new FormatException($"there is no {name} {ModelFileException.Quote(text)}.");
    }

    internal static JsonElement Required(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException($"'{name}' is missing.");

    internal static double? OptionalNumber(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : null;

    internal static double[] ReadNumbers(this JsonElement element, string name) => element.Required(name).ToNumbers();

    internal static double[] ToNumbers(this JsonElement list)
    {
        var numbers = new double[list.GetArrayLength()];
        int next = 0;
        foreach (JsonElement number in list.EnumerateArray())
            numbers[next++] = number.GetDouble();
        return numbers;
    }

    internal static void WriteNumbers(this Utf8JsonWriter json, string name, ReadOnlySpan<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (double number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    internal static string Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
