using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>Writes safetensors: check → header → values. All tensors are written as F64.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;
    private const int ValuesPerBlock = 8192;

    // Readable metadata: without it, every quote of JSON inside JSON is six characters long.
    private static readonly JsonWriterOptions HeaderOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(SafetensorsFile file, Stream stream)
    {
        foreach (SafetensorsTensor tensor in file.Tensors)
            ThrowIfNotFinite(tensor);
        WriteHeader(BuildHeader(file), stream);
        foreach (SafetensorsTensor tensor in file.Tensors)
            WriteValues(tensor.Values, stream);
    }

    private static void ThrowIfNotFinite(SafetensorsTensor tensor)
    {
        for (int i = 0; i < tensor.Values.Length; i++)
        {
            if (!double.IsFinite(tensor.Values[i]))
                throw new ArgumentException(Invariant($"Tensor {ModelFileException.Quote(tensor.Name)} has {tensor.Values[i]} at index {i}; only finite values are saved."));
        }
    }

    private static ReadOnlyMemory<byte> BuildHeader(SafetensorsFile file)
    {
        var header = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(header, HeaderOptions))
        {
            json.WriteStartObject();
            if (file.Metadata.Count > 0)
                WriteMetadata(json, file.Metadata);
            long offset = 0;
            foreach (SafetensorsTensor tensor in file.Tensors)
            {
                long end = offset + (sizeof(double) * tensor.Values.LongLength);
                WriteTensor(json, tensor, offset, end);
                offset = end;
            }

            json.WriteEndObject();
        }

        if (header.WrittenCount > SafetensorsFile.MaxHeaderLength - Alignment)
            throw new ArgumentException(Invariant($"The header would be {header.WrittenCount} bytes long; {SafetensorsFile.MaxHeaderLength - Alignment} is the most."));
        return header.WrittenMemory;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsFile.MetadataKey);
        foreach ((string key, string value) in metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, SafetensorsTensor tensor, long begin, long end)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", "F64");
        json.WriteStartArray("shape");
        foreach (long axis in tensor.Shape)
            json.WriteNumberValue(axis);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteHeader(ReadOnlyMemory<byte> header, Stream stream)
    {
        int padding = -header.Length & (Alignment - 1);
        Span<byte> length = stackalloc byte[SafetensorsFile.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + padding);
        stream.Write(length);
        stream.Write(header.Span);
        stream.Write("       "u8[..padding]);
    }

    private static void WriteValues(ReadOnlySpan<double> values, Stream stream)
    {
        var block = new byte[Math.Min(values.Length, ValuesPerBlock) * sizeof(double)];
        while (!values.IsEmpty)
        {
            int count = Math.Min(values.Length, ValuesPerBlock);
            for (int i = 0; i < count; i++)
                BinaryPrimitives.WriteDoubleLittleEndian(block.AsSpan(i * sizeof(double)), values[i]);
            stream.Write(block, 0, count * sizeof(double));
            values = values[count..];
        }
    }
}
