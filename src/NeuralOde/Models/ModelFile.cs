using System.Text.Json;

namespace NeuralOde;

/// <summary>A model as a safetensors file: parameters as tensors named like PyTorch's, everything else as JSON in the metadata.</summary>
internal static class ModelFile
{
    private const string Kind = "neuralode-model";
    private const string Version = "1";

    public static void Write(NeuralOdeModel model, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (model.Field is not NeuralVectorField field)
            throw new InvalidOperationException("Only a model whose vector field is a network can be saved: code cannot be written to a file. Keep Parameters instead.");
        if (field.RequiredSamples is { } samples)
            throw new InvalidOperationException($"The model's vector field has {samples} inputs, one per sample; a file holds one that all share, or none where they come with each trajectory: new NeuralVectorField(network, inputDimension).");
        if (field.Inputs is [{ Pieces.Count: > ModelJson.MaxLayers } signal])
            throw new InvalidOperationException($"The input signal is combined of {signal.Pieces.Count} others; {ModelJson.MaxLayers} is the most that a file holds.");
        if (field.Network.Layers.Count > ModelJson.MaxLayers)
            throw new InvalidOperationException(FormattableString.Invariant($"The network has {field.Network.Layers.Count} layers; {ModelJson.MaxLayers} is the most that a file holds."));
        for (int i = 0; i < model.Parameters.Length; i++)
        {
            if (!double.IsFinite(model.Parameters[i]))
                throw new InvalidOperationException(FormattableString.Invariant($"Parameters[{i}] is {model.Parameters[i]}; such a model would not be of use to anyone who loads it."));
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = Kind,
            ["version"] = Version,
            ["architecture"] = ModelJson.WriteArchitecture(field),
            ["solver"] = SolverJson.Write(model.Solver),
            ["gradient"] = ModelJson.WriteGradient(model.Gradient),
        };
        if (model.Standardization is not null)
            metadata["standardization"] = ModelJson.WriteStandardization(model.Standardization);
        if (model.MeasuredComponents is { } measured)
            metadata["measured"] = ModelJson.WriteMeasured(measured);
        List<SafetensorsTensor> tensors = Tensors(field.Network);
        if (field.Inputs.Count > 0)
            AddSignal(tensors, field.Inputs[0]);
        new SafetensorsFile(tensors, metadata).Write(path);
    }

    public static NeuralOdeModel Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafetensorsFile file = SafetensorsFile.Read(path);
        if (!file.Metadata.TryGetValue("format", out string? kind) || kind != Kind)
            throw new ModelFileException(path, "this is a safetensors file, but not a NeuralOde model: its metadata has no format 'neuralode-model'.");
        if (!file.Metadata.TryGetValue("version", out string? version) || version != Version)
            throw new ModelFileException(path, $"its version is {ModelFileException.Quote(version ?? "missing")}; this library reads version {Version}.");

        string field = "architecture";
        Layer[] layers = [];
        try
        {
            ModelArchitecture architecture = ModelJson.ReadArchitecture(Text(file, path, field));
            layers = architecture.Layers;
            CheckTensors(file, path, architecture);
            var network = new Sequential(seed: 0, layers) { Precision = architecture.Precision };
            ReadTensors(file, network);
            NeuralVectorField vectorField = ReadField(file, network, architecture);
            field = "standardization";
            Standardization? standardization = file.Metadata.TryGetValue(field, out string? text) ? ModelJson.ReadStandardization(text) : null;
            field = "measured";
            int[]? measured = file.Metadata.TryGetValue(field, out string? components) ? ModelJson.ReadMeasured(components, vectorField.Dimension) : null;
            field = "standardization";
            var model = new NeuralOdeModel(vectorField) { Standardization = standardization, MeasuredComponents = measured };
            field = "solver";
            model.Solver = SolverJson.Read(Text(file, path, field));
            field = "gradient";
            model.Gradient = ModelJson.ReadGradient(Text(file, path, field));
            model.MarkUsed();
            return model;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw ModelFileException.From(path, $"the metadata field '{field}' is not valid", e);
        }
        catch (OutOfMemoryException e)
        {
            throw new ModelFileException(path, $"{Network.DescribeParameters(layers)} do not fit in memory.", e);
        }
    }

    private static string Text(SafetensorsFile file, string path, string field) =>
        file.Metadata.TryGetValue(field, out string? text) ? text : throw new ModelFileException(path, $"the metadata field '{field}' is missing.");

    private static List<SafetensorsTensor> Tensors(Network network)
    {
        var tensors = new List<SafetensorsTensor>();
        for (int i = 0; i < network.Layers.Count; i++)
        {
            if (network.Layers[i] is not Dense dense)
                continue;
            Span<double> parameters = network.LayerParameters(i);
            tensors.Add(new SafetensorsTensor($"{i}.weight", [dense.Outputs, dense.Inputs], Transpose(parameters[..dense.WeightCount], dense.Inputs, dense.Outputs)));
            if (dense.HasBias)
                tensors.Add(new SafetensorsTensor($"{i}.bias", [dense.Outputs], parameters[dense.WeightCount..].ToArray()));
        }

        return tensors;
    }

    /// <summary>Every parameter the layers claim must be there in its shape, before memory is taken for it, and nothing else.</summary>
    private static void CheckTensors(SafetensorsFile file, string path, ModelArchitecture architecture)
    {
        Layer[] layers = architecture.Layers;
        var used = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < layers.Length; i++)
        {
            if (layers[i] is not Dense dense)
                continue;
            Check($"{i}.weight", [dense.Outputs, dense.Inputs]);
            if (dense.HasBias)
                Check($"{i}.bias", [dense.Outputs]);
        }

        for (int part = 0; part < architecture.Signal.Length; part++)
        {
            string times = $"input.{part}.times";
            long knots = file.Find(times)?.Values.Length ?? throw new ModelFileException(path, $"tensor '{times}' is missing.");
            if (knots == 0)
                throw new ModelFileException(path, $"tensor '{times}' is empty; a signal has at least one time.");
            Check(times, [knots]);
            Check($"input.{part}.coefficients", [knots, architecture.Signal[part].Degree + 1, architecture.Signal[part].Dimension]);
        }

        if (file.Tensors.FirstOrDefault(tensor => !used.Contains(tensor.Name)) is { } stranger)
            throw new ModelFileException(path, $"tensor {ModelFileException.Quote(stranger.Name)} belongs to no layer and no input of the architecture.");

        void Check(string name, long[] shape)
        {
            used.Add(name);
            SafetensorsTensor tensor = file.Find(name) ?? throw new ModelFileException(path, $"tensor '{name}' is missing.");
            if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                throw new ModelFileException(path, $"tensor '{name}' has shape [{string.Join(", ", tensor.Shape)}]; the architecture needs [{string.Join(", ", shape)}].");
        }
    }

    private static void ReadTensors(SafetensorsFile file, Network network)
    {
        for (int i = 0; i < network.Layers.Count; i++)
        {
            if (network.Layers[i] is not Dense dense)
                continue;
            Span<double> parameters = network.LayerParameters(i);
            Transpose(file.Find($"{i}.weight")!.Values, dense.Outputs, dense.Inputs).CopyTo(parameters);
            if (dense.HasBias)
                file.Find($"{i}.bias")!.Values.CopyTo(parameters[dense.WeightCount..]);
        }
    }

    private static NeuralVectorField ReadField(SafetensorsFile file, Network network, ModelArchitecture architecture)
    {
        if (architecture.InputDimension > 0)
            return new NeuralVectorField(network, architecture.InputDimension, architecture.TakesTime);
        if (architecture.Signal.Length == 0)
            return new NeuralVectorField(network, architecture.TakesTime);
        var pieces = new PiecewisePolynomial[architecture.Signal.Length];
        for (int part = 0; part < pieces.Length; part++)
        {
            pieces[part] = PiecewisePolynomial.FromData(file.Find($"input.{part}.times")!.Values, architecture.Signal[part].Degree,
                architecture.Signal[part].Dimension, file.Find($"input.{part}.coefficients")!.Values);
        }

        return new NeuralVectorField(network, InputSignal.FromPieces(pieces), architecture.TakesTime);
    }

    /// <summary>An input signal as tensors: the times of every part, and its coefficients as times × powers × components.</summary>
    private static void AddSignal(List<SafetensorsTensor> tensors, InputSignal signal)
    {
        for (int part = 0; part < signal.Pieces.Count; part++)
        {
            PiecewisePolynomial piece = signal.Pieces[part];
            (double[] knots, double[] coefficients) = piece.Data;
            tensors.Add(new SafetensorsTensor($"input.{part}.times", [knots.Length], knots));
            tensors.Add(new SafetensorsTensor($"input.{part}.coefficients", [knots.Length, piece.Degree + 1, piece.Dimension], coefficients));
        }
    }

    private static double[] Transpose(ReadOnlySpan<double> matrix, int rows, int columns)
    {
        var transposed = new double[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
                transposed[column * rows + row] = matrix[row * columns + column];
        }

        return transposed;
    }
}
