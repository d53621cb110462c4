namespace NeuralOde;

/// <summary>The content of a safetensors file: named tensors in order, and metadata. Reading and writing have a file each.</summary>
/// <remarks>
/// Format (https://huggingface.co/docs/safetensors): the header's length as a little-endian 64-bit integer; the header, a JSON object of
/// name → { dtype, shape, data_offsets } and optionally <c>__metadata__</c>, padded with spaces; the tensors' bytes, little-endian and
/// row-major, without holes.
/// </remarks>
internal sealed class SafetensorsFile
{
    /// <summary>The bytes of the header's length.</summary>
    public const int PrefixLength = 8;

    /// <summary>The longest header that is written or read, in bytes.</summary>
    public const int MaxHeaderLength = 16 << 20;

    /// <summary>The header's key for metadata, which no tensor may have as its name.</summary>
    public const string MetadataKey = "__metadata__";

    private readonly Dictionary<string, SafetensorsTensor> _byName = new(StringComparer.Ordinal);

    /// <param name="tensors">The tensors, in the order they are written. Every shape fits its values.</param>
    /// <param name="metadata">Any text by name, or null for none.</param>
    /// <exception cref="ArgumentException">A name is used twice or reserved, or a shape does not fit its values.</exception>
    public SafetensorsFile(IReadOnlyList<SafetensorsTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Tensors = tensors;
        Metadata = metadata ?? new Dictionary<string, string>();
        foreach (SafetensorsTensor tensor in tensors)
        {
            if (tensor.Name == MetadataKey)
                throw new ArgumentException($"{ModelFileException.Quote(tensor.Name)} is reserved and cannot name a tensor.", nameof(tensors));
            if (!_byName.TryAdd(tensor.Name, tensor))
                throw new ArgumentException($"Two tensors are named {ModelFileException.Quote(tensor.Name)}.", nameof(tensors));
            if (CountElements(tensor.Shape) != tensor.Values.Length)
            {
                throw new ArgumentException(
                    $"Tensor {ModelFileException.Quote(tensor.Name)} of shape [{string.Join(", ", tensor.Shape)}] has {tensor.Values.Length} values.", nameof(tensors));
            }
        }
    }

    /// <summary>The tensors, in the order of the header.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Text by name; empty if there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A tensor by its name, or null.</summary>
    public SafetensorsTensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Writes the file in one step: an existing file is replaced, or left as it was if writing fails.</summary>
    /// <exception cref="ArgumentException">A value is not finite, or the header would be longer than <see cref="MaxHeaderLength"/>.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, Write);

    /// <inheritdoc cref="Write(string)"/>
    public void Write(Stream stream) => SafetensorsWriter.Write(this, stream);

    /// <summary>Reads a file. Everything the file claims is checked before memory is allocated for it.</summary>
    /// <exception cref="ModelFileException">The content is not a valid file of finite F64 or F32 tensors.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static SafetensorsFile Read(string path)
    {
        // Opening a named pipe waits for a writer, perhaps for ever; and whatever is no regular file has no length.
        if (!FileKind.IsRegular(path))
            throw new ModelFileException(path, "it is not a regular file.");
        using FileStream stream = FileKind.OpenToRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads from the current position of a stream to its end.</summary>
    /// <param name="stream">Must be able to seek, because its length bounds every allocation.</param>
    /// <param name="source">What messages call the stream: its path, for instance.</param>
    /// <exception cref="ModelFileException">The content is not a valid file of finite F64 or F32 tensors, or the stream cannot seek.</exception>
    public static SafetensorsFile Read(Stream stream, string source = "model stream") => SafetensorsReader.Read(stream, source);

    /// <summary>The product of a shape's axes, 1 for a scalar; −1 if an axis is negative or the product overflows.</summary>
    internal static long CountElements(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long axis in shape)
        {
            if (axis < 0 || (axis > 0 && count > long.MaxValue / axis))
                return -1;
            count *= axis;
        }

        return count;
    }
}
