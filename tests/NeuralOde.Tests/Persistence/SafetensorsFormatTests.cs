using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace NeuralOde.Tests.Persistence;

public sealed class SafetensorsFormatTests
{
    // IEEE 754 by hand: 1 = 0x3FF0…, 2 = 0x4000…, −0.5 = 0xBFE0… in 64 bits; 1.5 = 0x3FC00000 in 32 bits. Little-endian.
    private static readonly byte[] One = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F];
    private static readonly byte[] Two = [0, 0, 0, 0, 0, 0, 0x00, 0x40];
    private static readonly byte[] MinusHalf = [0, 0, 0, 0, 0, 0, 0xE0, 0xBF];
    private static readonly byte[] OneAndAHalfSingle = [0, 0, 0xC0, 0x3F];

    [Fact]
    public void A_file_put_together_by_hand_is_read()
    {
        byte[] bytes = SafetensorsBytes.Assemble(
            """{"weight":{"dtype":"F64","shape":[1,2],"data_offsets":[4,20]},"__metadata__":{"by":"h\u00e4nd"},"bias":{"data_offsets":[0,4],"shape":[1],"dtype":"F32"},"scalar":{"dtype":"F64","shape":[],"data_offsets":[20,28]},"none":{"dtype":"F64","shape":[0,3],"data_offsets":[20,20]}}   """,
            [.. OneAndAHalfSingle, .. One, .. Two, .. MinusHalf]);

        SafetensorsFile file = SafetensorsBytes.Read(bytes);

        file.Tensors.Select(tensor => tensor.Name).Should().Equal("weight", "bias", "scalar", "none");
        file.Find("weight")!.Shape.Should().Equal(1, 2);
        file.Find("weight")!.Values.Should().Equal(1, 2);
        file.Find("bias")!.Values.Should().Equal(1.5);
        file.Find("scalar")!.Shape.Should().BeEmpty();
        file.Find("scalar")!.Values.Should().Equal(-0.5);
        file.Find("none")!.Values.Should().BeEmpty();
        file.Find("missing").Should().BeNull();
        file.Metadata.Should().Equal(new Dictionary<string, string> { ["by"] = "händ" });
    }

    [Fact]
    public void What_is_written_is_this_file_to_the_byte()
    {
        var file = new SafetensorsFile(
            [new SafetensorsTensor("b", [2], [1, -0.5]), new SafetensorsTensor("a", [1, 1], [2])],
            new Dictionary<string, string> { ["format"] = "pt" });

        // 143 characters of JSON and one space make 144, a multiple of 8.
        const string Header = """{"__metadata__":{"format":"pt"},"b":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[16,24]}}""" + " ";
        Header.Length.Should().Be(144);
        SafetensorsBytes.Write(file).Should().Equal(SafetensorsBytes.Assemble(Header, [.. One, .. MinusHalf, .. Two]));
    }

    [Fact]
    public void A_file_without_tensors_or_metadata_is_valid()
    {
        SafetensorsFile file = SafetensorsBytes.Read(SafetensorsBytes.Assemble("{}"));
        file.Tensors.Should().BeEmpty();
        file.Metadata.Should().BeEmpty();
    }

    [Fact]
    public void What_is_written_reads_back_bit_for_bit()
    {
        GenFile.Sample(
            file =>
            {
                SafetensorsFile again = SafetensorsBytes.Read(SafetensorsBytes.Write(file));

                again.Metadata.Should().BeEquivalentTo(file.Metadata);
                again.Tensors.Should().HaveSameCount(file.Tensors);
                for (int i = 0; i < file.Tensors.Count; i++)
                {
                    again.Tensors[i].Name.Should().Be(file.Tensors[i].Name);
                    again.Tensors[i].Shape.Should().Equal(file.Tensors[i].Shape);
                    Bits(again.Tensors[i]).Should().Equal(Bits(file.Tensors[i]));
                }
            },
            iter: 300);

        static long[] Bits(SafetensorsTensor tensor) => tensor.Values.Select(BitConverter.DoubleToInt64Bits).ToArray();
    }

    [Fact]
    public void Every_written_header_is_a_JSON_object_and_the_data_begin_at_a_multiple_of_8()
    {
        GenFile.Sample(
            file =>
            {
                byte[] bytes = SafetensorsBytes.Write(file);
                int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                (length % 8).Should().Be(0);
                using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, length));
                json.RootElement.EnumerateObject().Count(p => p.Name != "__metadata__").Should().Be(file.Tensors.Count);
                (bytes.Length - 8 - length).Should().Be(8 * file.Tensors.Sum(tensor => tensor.Values.Length));
            },
            iter: 100);
    }

    [Fact]
    public void Tensors_larger_than_a_block_keep_every_value()
    {
        double[] values = Enumerable.Range(0, 20_003).Select(i => Math.Sqrt(i)).ToArray();
        byte[] bytes = SafetensorsBytes.Write(new SafetensorsFile([new SafetensorsTensor("w", [20_003], values)]));
        SafetensorsBytes.Read(bytes).Find("w")!.Values.Should().Equal(values);

        float[] singles = values.Select(value => (float)value).ToArray();
        byte[] singleBytes = SafetensorsBytes.Assemble(
            "{" + SafetensorsBytes.Tensor("w", "F32", "[20003]", "[0,80012]") + "}", singles.SelectMany(BitConverter.GetBytes).ToArray());
        SafetensorsBytes.Read(singleBytes).Find("w")!.Values.Should().Equal(singles.Select(value => (double)value));
    }

    [Fact]
    public void Reading_begins_where_the_stream_stands()
    {
        byte[] bytes = SafetensorsBytes.Assemble("{" + SafetensorsBytes.Tensor("w", "F64", "[1]", "[0,8]") + "}", Two);
        using var stream = new MemoryStream([9, 9, 9, .. bytes]) { Position = 3 };
        SafetensorsFile.Read(stream).Find("w")!.Values.Should().Equal(2);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_not_written_and_the_old_file_stays()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("a.safetensors");
        new SafetensorsFile([new SafetensorsTensor("w", [1], [1])]).Write(path);
        byte[] before = File.ReadAllBytes(path);
        Action write = () => new SafetensorsFile([new SafetensorsTensor("w", [2], [1, double.NaN])]).Write(path);

        write.Should().Throw<ArgumentException>().WithMessage("Tensor 'w' has NaN at index 1*");
        File.ReadAllBytes(path).Should().Equal(before);
        SafetensorsFile.Read(path).Find("w")!.Values.Should().Equal(1);
        folder.FileNames.Should().Equal("a.safetensors");
    }

    [Fact]
    public void Contents_that_could_not_be_read_back_are_refused()
    {
        Action reserved = () => _ = new SafetensorsFile([new SafetensorsTensor("__metadata__", [], [1])]);
        Action twice = () => _ = new SafetensorsFile([new SafetensorsTensor("w", [], [1]), new SafetensorsTensor("w", [], [2])]);
        Action shape = () => _ = new SafetensorsFile([new SafetensorsTensor("w", [2, 2], [1, 2, 3])]);
        Action header = () => new SafetensorsFile([], new Dictionary<string, string> { ["text"] = new('x', 17 << 20) }).Write(Stream.Null);

        reserved.Should().Throw<ArgumentException>().WithMessage("'__metadata__' is reserved*");
        twice.Should().Throw<ArgumentException>().WithMessage("Two tensors are named 'w'.*");
        shape.Should().Throw<ArgumentException>().WithMessage("Tensor 'w' of shape [2, 2] has 3 values.*");
        header.Should().Throw<ArgumentException>().WithMessage("The header would be * bytes long*");
    }

    private static Gen<SafetensorsFile> GenFile =>
        from names in GenText.Array[0, 5].Where(names => names.Distinct().Count() == names.Length)
        from tensors in GenTensor.Array[names.Length]
        from metadata in Gen.Dictionary(GenText, GenText)[0, 4]
        select new SafetensorsFile(tensors.Select((tensor, i) => tensor with { Name = names[i] }).ToArray(), metadata);

    private static Gen<SafetensorsTensor> GenTensor =>
        from shape in Gen.Long[0, 4].Array[0, 3]
        let count = (int)shape.Aggregate(1L, (product, axis) => product * axis)
        from values in Gen.Double.Where(double.IsFinite).Array[count]
        select new SafetensorsTensor("", shape, values);

    private static Gen<string> GenText => Gen.OneOf<string>(Gen.String[Gen.Char["abc./\"\\{}[]:, <>&'\n\té中\u007f"], 0, 12], Gen.OneOf("layers.0.weight", "😀"));
}
