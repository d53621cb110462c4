using System.Text.Json;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>Parses the JSON header of a safetensors file, refusing what the format does not define.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>More tensors, or entries of metadata, than any file of this library has: what each of them costs is then bounded too.</summary>
    public const int MaxTensors = 1 << 16;

    private const int MaxMetadata = 1 << 10;

    private readonly string _source;
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<long> _integers = [];

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
            throw ModelFileException.From(source, "the header is not valid JSON", e);
        }

        return (parsed._entries, parsed._metadata);
    }

    private void ReadObject(ref Utf8JsonReader json)
    {
        json.Read();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextProperty(ref json) is { } name)
        {
            if (!names.Add(name))
                throw Problem($"the header has {ModelFileException.Quote(name)} twice.");
            if (name == SafetensorsFile.MetadataKey)
                ReadMetadata(ref json);
            else if (_entries.Count < MaxTensors)
                _entries.Add(ReadTensor(ref json, name));
            else
                throw Problem(Invariant($"the header has more than {MaxTensors} tensors."));
        }

        // Only white space may follow; the reader throws for anything else.
        json.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw Problem("__metadata__ is not an object.");
        while (NextProperty(ref json) is { } name)
        {
            if (json.TokenType != JsonTokenType.String)
                throw Problem($"__metadata__ has {ModelFileException.Quote(name)}, which is not text.");
            if (_metadata.Count == MaxMetadata)
                throw Problem(Invariant($"__metadata__ has more than {MaxMetadata} entries."));
            if (!_metadata.TryAdd(name, json.GetString()!))
                throw Problem($"__metadata__ has {ModelFileException.Quote(name)} twice.");
        }
    }

    private SafetensorsEntry ReadTensor(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw Problem($"{Tensor(name)} is not an object.");
        int bytesPerValue = 0;
        long[]? shape = null;
        long[]? offsets = null;
        while (NextField(ref json))
        {
            bool isTwice;
            string field;
            if (json.ValueTextEquals("dtype"u8))
            {
                (field, isTwice) = ("dtype", bytesPerValue > 0);
                json.Read();
                bytesPerValue = ReadType(ref json, name);
            }
            else if (json.ValueTextEquals("shape"u8))
            {
                (field, isTwice) = ("shape", shape is not null);
                json.Read();
                shape = ReadIntegers(ref json, field, name);
            }
            else if (json.ValueTextEquals("data_offsets"u8))
            {
                (field, isTwice) = ("data_offsets", offsets is not null);
                json.Read();
                offsets = ReadIntegers(ref json, field, name);
            }
            else
                throw Problem($"{Tensor(name)} has an unknown field {ModelFileException.Quote(json.GetString()!)}.");

            if (isTwice)
                throw Problem($"{Tensor(name)} has '{field}' twice.");
        }

        if (bytesPerValue == 0)
            throw Problem($"{Tensor(name)} has no dtype.");
        if (shape is null)
            throw Problem($"{Tensor(name)} has no shape.");
        if (offsets is not { Length: 2 })
            throw Problem($"{Tensor(name)} has no pair of data_offsets.");
        return CheckedEntry(name, bytesPerValue, shape, offsets[0], offsets[1]);
    }

    private SafetensorsEntry CheckedEntry(string name, int bytesPerValue, long[] shape, long begin, long end)
    {
        if (begin > end)
            throw Problem(Invariant($"{Tensor(name)} ends at byte {end}, before it begins at byte {begin}."));
        long count = SafetensorsFile.CountElements(shape);
        if (count < 0)
            throw Problem($"the shape of {Tensor(name)} has more values than can be counted.");
        if (count > long.MaxValue / bytesPerValue || count * bytesPerValue != end - begin)
            throw Problem(Invariant($"{Tensor(name)} has a shape of {count} values of {bytesPerValue} bytes, but {end - begin} bytes of data."));
        return new SafetensorsEntry(name, bytesPerValue, shape, count, begin, end);
    }

    private int ReadType(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.String)
            throw Problem($"the dtype of {Tensor(name)} is not text.");
        if (json.ValueTextEquals("F64"u8))
            return sizeof(double);
        return json.ValueTextEquals("F32"u8)
            ? sizeof(float)
            : throw Problem($"{Tensor(name)} has dtype {ModelFileException.Quote(json.GetString()!)}; F64 and F32 are read.");
    }

    private long[] ReadIntegers(ref Utf8JsonReader json, string field, string name)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw Problem($"{What()} is not an array.");
        _integers.Clear();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out long integer) || integer < 0)
                throw Problem(Invariant($"{What()} has an entry [{_integers.Count}] that is not a non-negative 64-bit integer."));
            _integers.Add(integer);
        }

        return [.. _integers];

        string What() => field == "shape" ? $"the shape of {Tensor(name)}" : $"{field} of {Tensor(name)}";
    }

    /// <summary>Moves to the value of the next property of the current object; null at the end of the object.</summary>
    private static string? NextProperty(ref Utf8JsonReader json)
    {
        if (!NextField(ref json))
            return null;
        string name = json.GetString()!;
        json.Read();
        return name;
    }

    /// <summary>Moves to the name of the next property of the current object; false at the end of the object.</summary>
    private static bool NextField(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType != JsonTokenType.EndObject;
    }

    /// <summary>What messages call a tensor; put together only where something is wrong.</summary>
    private static string Tensor(string name) => $"tensor {ModelFileException.Quote(name)}";

    private ModelFileException Problem(string problem) => new(_source, problem);
}
