using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MathNet.Numerics.Random;

namespace NeuralOde.Fuzzing;

/// <summary>Changes model files: their headers, what the headers hold as JSON in turn, their data, and the bytes of all of it.</summary>
internal sealed class ModelMutation(RandomSource random)
{
    private const int PrefixLength = 8;
    private const string Metadata = "__metadata__";

    private static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "2", "3", "7", "16", "17", "255", "256", "65536", "1048576", "16777216", "16777217", "2147483647", "2147483648", "4294967296",
        "4611686018427387904", "9007199254740993", "9223372036854775807", "18446744073709551616", "0.5", "1.5", "1e-300", "5e-324", "1e300", "1e308", "1e309", "-1e999",
        "1E+2", "0.1e1", "100000000000000000000000000000000000000000000000000",
    ];

    private static readonly string[] Texts =
    [
        "", "Tanh", "tanh", "1", "DormandPrince5", "Euler", "Adams", "Automatic", "dense", "activation", "power", "Maximum", "Joint", "Single", "XavierUniform",
        "discreteAdjoint", "continuousAdjoint", "F64", "F32", "I8", "neuralode-model", "neuralode-checkpoint", "\u001b[31mred\u001b[0m", "\u202Egnp", "\uD83D\uDE00", "\n", "NaN",
    ];

    /// <summary>A copy with a change, in one case of four with up to three.</summary>
    public byte[] Apply(byte[] file)
    {
        for (int change = random.Next(4) == 0 ? random.Next(1, 4) : 1; change > 0; change--)
        {
            file = random.Next(50) switch
            {
                < 6 => ChangeHeader(file, ChangeTensors),
                < 36 => ChangeHeader(file, ChangeMetadata),
                < 37 => ChangeHeader(file, Grow),
                < 42 => ChangeData(file),
                < 45 => ChangeLength(file),
                _ => ChangeBytes(file),
            };
        }

        return file;
    }

    /// <summary>Parses the header, has it changed, and puts the file together again.</summary>
    private byte[] ChangeHeader(byte[] file, Action<JsonObject> change)
    {
        if (HeaderLength(file) is not { } length || Parse(Encoding.UTF8.GetString(file, PrefixLength, length)) is not JsonObject header)
            return ChangeBytes(file);
        change(header);
        return Assemble(Encoding.UTF8.GetBytes(header.ToJsonString()), file.AsSpan(PrefixLength + length));
    }

    private static int? HeaderLength(byte[] file)
    {
        if (file.Length < PrefixLength)
            return null;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        return length <= (ulong)(file.Length - PrefixLength) ? (int)length : null;
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            // Names that stand there twice, at any depth, would show only when they are looked for.
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private byte[] Assemble(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        var file = new byte[PrefixLength + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, random.Next(40) == 0 ? header.Length + random.Next(-9, 10) : header.Length);
        header.CopyTo(file.AsSpan(PrefixLength));
        data.CopyTo(file.AsSpan(PrefixLength + header.Length));
        return file;
    }

    private void ChangeTensors(JsonObject header)
    {
        string[] names = [.. header.Select(entry => entry.Key).Where(name => name != Metadata)];
        if (names.Length == 0)
            return;
        string name = Pick(names), other = Pick(names);
        switch (random.Next(6))
        {
            case 0:
                header.Remove(name);
                break;
            case 1:
                header[random.Next(2) == 0 ? Pick(Texts) : name + "x"] = header[name]?.DeepClone();
                break;
            case 2 when header[name] is JsonObject tensor && header[other] is JsonObject otherTensor:
                string field = Pick("shape", "data_offsets", "dtype");
                (JsonNode? mine, JsonNode? theirs) = (tensor[field]?.DeepClone(), otherTensor[field]?.DeepClone());
                (tensor[field], otherTensor[field]) = (theirs, mine);
                break;
            default:
                ChangeNode(header, name);
                break;
        }
    }

    /// <summary>The values of the metadata are JSON in JSON: they are parsed, changed, and written again; or changed as text.</summary>
    private void ChangeMetadata(JsonObject header)
    {
        if (header[Metadata] is not JsonObject metadata || metadata.Count == 0)
            return;
        string name = Pick([.. metadata.Select(entry => entry.Key)]);
        if (random.Next(10) == 0)
        {
            ChangeNode(metadata, name);
            return;
        }

        if (metadata[name] is not JsonValue value || !value.TryGetValue(out string? text))
            return;
        if (Parse(text) is JsonObject content && random.Next(8) > 0)
        {
            ChangeSomewhere(content);
            text = content.ToJsonString();
        }
        else if (text.Length > 0)
        {
            int at = random.Next(text.Length);
            text = random.Next(2) == 0 ? text[..at] : text.Insert(at, Pick("\"", "}", "[", ",", "\u001b", "0", "\\", "null"));
        }

        metadata[name] = text;
    }

    private void ChangeSomewhere(JsonNode node)
    {
        if (node is JsonObject { Count: > 0 } object_)
        {
            string name = Pick([.. object_.Select(entry => entry.Key)]);
            if (object_[name] is JsonObject or JsonArray && random.Next(5) > 0)
                ChangeSomewhere(object_[name]!);
            else
                ChangeNode(object_, name);
        }
        else if (node is JsonArray { Count: > 0 } array)
        {
            int index = random.Next(array.Count);
            if (array[index] is JsonObject or JsonArray && random.Next(5) > 0)
                ChangeSomewhere(array[index]!);
            else if (random.Next(3) == 0)
                array.RemoveAt(index);
            else if (random.Next(2) == 0)
                array.Insert(index, array[index]?.DeepClone());
            else
                array[index] = Value();
        }
    }

    private void ChangeNode(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject { Count: > 0 } inner && random.Next(4) > 0)
            ChangeSomewhere(inner);
        else if (random.Next(5) == 0)
            parent.Remove(name);
        else
            parent[name] = Value();
    }

    private JsonNode? Value() => random.Next(10) switch
    {
        < 5 => Parse(Pick(Numbers)),
        < 8 => Pick(Texts),
        8 => Parse(Pick("true", "false", "[]", "{}", "[0]", "[[]]", "[-1,5]", "[1e999]", "{\"a\":{}}")),
        _ => null,
    };

    /// <summary>Much of something: what a file may cost must not be more than in proportion.</summary>
    private void Grow(JsonObject header)
    {
        int count = 1 << random.Next(1, 12);
        JsonObject? metadata = header[Metadata] as JsonObject;
        switch (random.Next(6))
        {
            case 0:
                for (int i = 0; i < count; i++)
                    header[$"{i}.empty"] = new JsonObject { ["dtype"] = "F64", ["shape"] = new JsonArray(0), ["data_offsets"] = new JsonArray(0, 0) };
                break;
            case 1 when metadata is not null:
                for (int i = 0; i < Math.Min(count, 1500); i++)
                    metadata[$"k{i}"] = "";
                break;
            case 2 when Content(metadata, "architecture") is { } architecture && architecture["layers"] is JsonArray { Count: > 0 } layers:
                int size = layers[^1] is JsonObject last && last["outputs"] is JsonValue outputs && outputs.TryGetValue(out int number) ? number : 1;
                for (int i = 0; i < count; i++)
                    layers.Add(new JsonObject { ["type"] = "activation", ["size"] = size, ["function"] = "Tanh" });
                metadata!["architecture"] = architecture.ToJsonString();
                break;
            case 3 when Content(metadata, "solver") is { } solver:
                solver["jumpTimes"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)i)]);
                metadata!["solver"] = solver.ToJsonString();
                break;
            case 4 when Content(metadata, "solver") is { } solver:
                solver["tableau"] = PaddedTableau(Math.Min(count, 300));
                solver["method"] = "padded";
                metadata!["solver"] = solver.ToJsonString();
                break;
            default:
                if (metadata is not null)
                    metadata[Pick("architecture", "solver", "gradient", "version")] = new string(Pick('[', '{', '\u001b', 'x'), count);
                break;
        }
    }

    /// <summary>A value of the metadata as the JSON that it holds.</summary>
    private static JsonObject? Content(JsonObject? metadata, string field)
    {
        if (metadata is null || metadata[field] is not JsonValue value || !value.TryGetValue(out string? text))
            return null;
        return Parse(text) as JsonObject;
    }

    /// <summary>Euler's method with stages that nothing uses.</summary>
    private static JsonObject PaddedTableau(int stages) => new()
    {
        ["order"] = 1,
        ["nodes"] = new JsonArray([.. Enumerable.Range(0, stages).Select(_ => (JsonNode)0)]),
        ["couplings"] = new JsonArray([.. Enumerable.Range(0, stages).Select(i => new JsonArray([.. Enumerable.Range(0, i).Select(_ => (JsonNode)0)]))]),
        ["weights"] = new JsonArray([.. Enumerable.Range(0, stages).Select(i => (JsonNode)(i == 0 ? 1 : 0))]),
    };

    private byte[] ChangeData(byte[] file)
    {
        if (HeaderLength(file) is not { } length || file.Length - PrefixLength - length < sizeof(double))
            return ChangeBytes(file);
        byte[] changed = [.. file];
        int at = PrefixLength + length + sizeof(double) * random.Next((file.Length - PrefixLength - length) / sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(changed.AsSpan(at), Pick(double.NaN, double.PositiveInfinity, 1e308, -1e300, double.Epsilon, 0.0, BitConverter.Int64BitsToDouble(random.NextInt64())));
        return changed;
    }

    private byte[] ChangeLength(byte[] file)
    {
        if (random.Next(2) == 0)
            return file[..random.Next(file.Length + 1)];
        var padding = new byte[random.Next(1, 64)];
        if (random.Next(2) == 0)
            random.NextBytes(padding);
        return random.Next(2) == 0 ? [.. file, .. padding] : [.. padding, .. file];
    }

    private byte[] ChangeBytes(byte[] file)
    {
        if (file.Length == 0)
            return [(byte)random.Next(256)];
        byte[] changed = [.. file];
        for (int i = random.Next(1, 4); i > 0; i--)
            changed[random.Next(random.Next(3) == 0 ? Math.Min(16, file.Length) : file.Length)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    private T Pick<T>(params ReadOnlySpan<T> values) => values[random.Next(values.Length)];
}
