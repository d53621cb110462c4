using System.Text.Json;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>Parses the JSON header of a safetensors file, refusing what the format does not define.</summary>
internal sealed class SafetensorsHeader
{
    private readonly string _source;
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string source) => _source = source;

    /// <summary>The tensors in the header's order, each consistent in itself, and the metadata.</summary>
    /// <param name="header">The header's bytes.</param>
    /// <param name="source">What messages call the file.</param>
    /// <exception cref="ModelFileException">The header is not one.</exception>
    public static (IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata) Parse(ReadOnlySpan<byte> header, string source)
    {
        var parsed = new SafetensorsHeader(source);
        if (header.IsEmpty || header[0] != (byte)'{')
            throw parsed.Problem("the header does not begin with '{': this is not a safetensors file.");
        try
        {
            var json = new Utf8JsonReader(header);
            parsed.ReadObject(ref json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader reports text that is not valid UTF-8 or UTF-16 as InvalidOperationException.
            throw new ModelFileException(source, $"the header is not valid JSON: {e.Message}", e);
        }

        return (parsed._entries, parsed._metadata);
    }

    private void ReadObject(ref Utf8JsonReader json)
    {
        json.Read();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref json, names, "the header") is { } name)
        {
            if (name == SafetensorsFile.MetadataKey)
                ReadMetadata(ref json);
            else
                _entries.Add(ReadTensor(ref json, name));
        }

        // Only white space may follow; the reader throws for anything else.
        json.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        Expect(json.TokenType == JsonTokenType.StartObject, "__metadata__ is not an object.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref json, names, "__metadata__") is { } name)
        {
            Expect(json.TokenType == JsonTokenType.String, $"__metadata__ has {ModelFileException.Quote(name)}, which is not text.");
            _metadata.Add(name, json.GetString()!);
        }
    }

    private SafetensorsEntry ReadTensor(ref Utf8JsonReader json, string name)
    {
        string tensor = $"tensor {ModelFileException.Quote(name)}";
        Expect(json.TokenType == JsonTokenType.StartObject, $"{tensor} is not an object.");
        int bytesPerValue = 0;
        long[]? shape = null;
        long[]? offsets = null;
        var fields = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref json, fields, tensor) is { } field)
        {
            if (field == "dtype")
                bytesPerValue = ReadType(ref json, tensor);
            else if (field == "shape")
                shape = ReadIntegers(ref json, $"the shape of {tensor}");
            else if (field == "data_offsets")
                offsets = ReadIntegers(ref json, $"data_offsets of {tensor}");
            else
                throw Problem($"{tensor} has an unknown field {ModelFileException.Quote(field)}.");
        }

        Expect(bytesPerValue > 0, $"{tensor} has no dtype.");
        Expect(shape is not null, $"{tensor} has no shape.");
        Expect(offsets is { Length: 2 }, $"{tensor} has no pair of data_offsets.");
        return CheckedEntry(name, tensor, bytesPerValue, shape!, offsets![0], offsets[1]);
    }

    private SafetensorsEntry CheckedEntry(string name, string tensor, int bytesPerValue, long[] shape, long begin, long end)
    {
        Expect(begin <= end, Invariant($"{tensor} ends at byte {end}, before it begins at byte {begin}."));
        long count = SafetensorsFile.CountElements(shape);
        Expect(count >= 0, $"the shape of {tensor} has more values than can be counted.");
        Expect(
            count <= long.MaxValue / bytesPerValue && count * bytesPerValue == end - begin,
            Invariant($"{tensor} has a shape of {count} values of {bytesPerValue} bytes, but {end - begin} bytes of data."));
        return new SafetensorsEntry(name, bytesPerValue, shape, count, begin, end);
    }

    private int ReadType(ref Utf8JsonReader json, string tensor)
    {
        Expect(json.TokenType == JsonTokenType.String, $"the dtype of {tensor} is not text.");
        string type = json.GetString()!;
        return type switch
        {
            "F64" => sizeof(double),
            "F32" => sizeof(float),
            _ => throw Problem($"{tensor} has dtype {ModelFileException.Quote(type)}; F64 and F32 are read."),
        };
    }

    private long[] ReadIntegers(ref Utf8JsonReader json, string what)
    {
        Expect(json.TokenType == JsonTokenType.StartArray, $"{what} is not an array.");
        var integers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long integer) || integer < 0)
                throw Problem(Invariant($"{what} has an entry [{integers.Count}] that is not a non-negative 64-bit integer."));
            integers.Add(integer);
        }

        return [.. integers];
    }

    /// <summary>Moves to the value of the next property of the current object; null at the end of the object.</summary>
    private string? NextProperty(ref Utf8JsonReader json, HashSet<string> names, string what)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.EndObject)
            return null;
        string name = json.GetString()!;
        if (!names.Add(name))
            throw Problem($"{what} has {ModelFileException.Quote(name)} twice.");
        json.Read();
        return name;
    }

    private void Expect(bool condition, string problem)
    {
        if (!condition)
            throw Problem(problem);
    }

    private ModelFileException Problem(string problem) => new(_source, problem);
}
