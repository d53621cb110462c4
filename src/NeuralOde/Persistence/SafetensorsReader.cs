using System.Buffers.Binary;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// Reads safetensors from a source that nobody vouches for: header length → header → layout of the data → values. Each stage believes only what the
/// stages before it have checked against the length of the file, so a file cannot make the reader allocate more than a small multiple of its own size.
/// </summary>
internal sealed class SafetensorsReader
{
    private const int BytesPerBlock = 1 << 16;

    private readonly Stream _stream;
    private readonly string _source;

    private SafetensorsReader(Stream stream, string source)
    {
        _stream = stream;
        _source = source;
    }

    /// <inheritdoc cref="SafetensorsFile.Read(Stream, string)"/>
    public static SafetensorsFile Read(Stream stream, string source)
    {
        try
        {
            return new SafetensorsReader(stream, source).Read();
        }
        catch (EndOfStreamException e)
        {
            throw new ModelFileException(source, "the file became shorter while it was read.", e);
        }
        catch (OutOfMemoryException e)
        {
            throw new ModelFileException(source, "the tensors do not fit in memory.", e);
        }
    }

    private SafetensorsFile Read()
    {
        if (!_stream.CanSeek)
            throw Problem("it is not a regular file: its length is unknown.");
        long length = _stream.Length - _stream.Position;
        byte[] header = ReadHeader(length);
        var (entries, metadata) = SafetensorsHeader.Parse(header, _source);
        ThrowIfNotContiguous(entries, length - SafetensorsFile.PrefixLength - header.Length);

        long dataStart = _stream.Position;
        var tensors = new SafetensorsTensor[entries.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            _stream.Position = dataStart + entries[i].Begin;
            tensors[i] = new SafetensorsTensor(entries[i].Name, entries[i].Shape, ReadValues(entries[i]));
        }

        return new SafetensorsFile(tensors, metadata);
    }

    private byte[] ReadHeader(long length)
    {
        if (length < SafetensorsFile.PrefixLength)
            throw Problem(length == 0 ? "the file is empty." : Invariant($"the file is truncated: {length} bytes are too few for a header's length."));
        Span<byte> prefix = stackalloc byte[SafetensorsFile.PrefixLength];
        _stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        long available = length - SafetensorsFile.PrefixLength;
        if (headerLength > (ulong)available)
            throw Problem(Invariant($"the header claims {headerLength} bytes where {available} are left: the file is truncated or not a safetensors file."));
        if (headerLength > SafetensorsFile.MaxHeaderLength)
            throw Problem(Invariant($"the header claims {headerLength} bytes; {SafetensorsFile.MaxHeaderLength} is the most that is read."));

        var header = new byte[headerLength];
        _stream.ReadExactly(header);
        return header;
    }

    /// <summary>The tensors' bytes, put in order, cover the data exactly.</summary>
    private void ThrowIfNotContiguous(IReadOnlyList<SafetensorsEntry> entries, long dataLength)
    {
        long covered = 0;
        SafetensorsEntry? previous = null;
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.End > dataLength)
                throw Problem(Invariant($"tensor {Quote(entry)} ends at byte {entry.End} of data that has {dataLength}: the file is truncated or damaged."));
            if (entry.Begin < covered)
                throw Problem(Invariant($"tensor {Quote(entry)} begins at byte {entry.Begin}, before tensor {Quote(previous!)} ends at byte {covered}: they overlap."));
            if (entry.Begin > covered)
                throw Problem(Invariant($"bytes {covered} to {entry.Begin} before tensor {Quote(entry)} belong to no tensor."));
            covered = entry.End;
            previous = entry;
        }

        if (covered != dataLength)
            throw Problem(Invariant($"the last {dataLength - covered} bytes of the file belong to no tensor."));
    }

    private double[] ReadValues(SafetensorsEntry entry)
    {
        if (entry.ElementCount > Array.MaxLength)
            throw Problem(Invariant($"tensor {Quote(entry)} has {entry.ElementCount} values; {Array.MaxLength} is the most that is read."));
        var values = new double[entry.ElementCount];
        var block = new byte[Math.Min(BytesPerBlock, entry.End - entry.Begin)];
        for (int done = 0; done < values.Length;)
        {
            int count = Math.Min(values.Length - done, block.Length / entry.BytesPerValue);
            Span<byte> bytes = block.AsSpan(0, count * entry.BytesPerValue);
            _stream.ReadExactly(bytes);
            for (int i = 0; i < count; i++)
            {
                double value = entry.BytesPerValue == sizeof(float)
                    ? BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..])
                    : BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
                if (!double.IsFinite(value))
                    throw Problem(Invariant($"tensor {Quote(entry)} has {value} at index {done + i}; every value must be finite."));
                values[done + i] = value;
            }

            done += count;
        }

        return values;
    }

    private static string Quote(SafetensorsEntry entry) => ModelFileException.Quote(entry.Name);

    private ModelFileException Problem(string problem) => new(_source, problem);
}
