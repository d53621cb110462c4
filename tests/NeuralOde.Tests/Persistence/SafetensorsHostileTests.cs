using System.Buffers.Binary;
using System.Text;
using CsCheck;

namespace NeuralOde.Tests.Persistence;

public sealed class SafetensorsHostileTests
{
    private static readonly byte[] Zero = new byte[8];

    public static TheoryData<string, int, string> BadHeaders => new()
    {
        { One("F64", "[1]", "[0,16]"), 16, "*tensor 'w' has a shape of 1 values of 8 bytes, but 16 bytes of data." },
        { One("F64", "[3]", "[0,16]"), 16, "*tensor 'w' has a shape of 3 values of 8 bytes, but 16 bytes of data." },
        { One("F64", "[2]", "[0,16]"), 8, "*tensor 'w' ends at byte 16 of data that has 8*" },
        { One("F64", "[1]", "[0,8]"), 16, "*the last 8 bytes of the file belong to no tensor." },
        { One("F64", "[1]", "[8,16]"), 16, "*bytes 0 to 8 before tensor 'w' belong to no tensor." },
        { One("F64", "[1]", "[16,8]"), 16, "*tensor 'w' ends at byte 8, before it begins at byte 16." },
        { One("F64", "[1]", "[-8,0]"), 8, "*data_offsets of tensor 'w' has an entry [0] that is not a non-negative 64-bit integer." },
        { One("F64", "[-1]", "[0,8]"), 8, "*the shape of tensor 'w' has an entry [0] that is not*" },
        { One("F64", "[1.5]", "[0,8]"), 8, "*the shape of tensor 'w' has an entry*" },
        { One("F64", "[\"1\"]", "[0,8]"), 8, "*the shape of tensor 'w' has an entry*" },
        { One("F64", "[[1]]", "[0,8]"), 8, "*the shape of tensor 'w' has an entry*" },
        { One("F64", "[99999999999999999999]", "[0,8]"), 8, "*the shape of tensor 'w' has an entry*" },
        { One("F64", "[4294967296,4294967296]", "[0,8]"), 8, "*the shape of tensor 'w' has more values than can be counted." },
        { One("F64", "[4611686018427387904]", "[0,0]"), 0, "*tensor 'w' has a shape of 4611686018427387904 values*" },
        { One("F64", "[4611686018427387904]", "[0,9223372036854775807]"), 8, "*tensor 'w' has a shape of 4611686018427387904 values*" },
        { One("F64", "[1152921504606846975]", "[0,9223372036854775800]"), 8, "*tensor 'w' ends at byte 9223372036854775800 of data that has 8*" },
        { One("F16", "[1]", "[0,2]"), 2, "*tensor 'w' has dtype 'F16'; F64 and F32 are read." },
        { One("f64", "[1]", "[0,8]"), 8, "*tensor 'w' has dtype 'f64'*" },
        { One("F64", "1", "[0,8]"), 8, "*the shape of tensor 'w' is not an array." },
        { One("F64", "[1]", "[0]"), 8, "*tensor 'w' has no pair of data_offsets." },
        { One("F64", "[1]", "[0,8,8]"), 8, "*tensor 'w' has no pair of data_offsets." },
        { One("F64", "[1]", "{}"), 8, "*data_offsets of tensor 'w' is not an array." },
        { "{" + SafetensorsBytes.Tensor("a", "F64", "[1]", "[0,8]") + "," + SafetensorsBytes.Tensor("b", "F32", "[2]", "[4,12]") + "}", 12, "*tensor 'b' begins at byte 4, before tensor 'a' ends at byte 8: they overlap." },
        { "{" + SafetensorsBytes.Tensor("a", "F64", "[1]", "[0,8]") + "," + SafetensorsBytes.Tensor("b", "F64", "[1]", "[0,8]") + "}", 8, "*they overlap." },
        { "{" + SafetensorsBytes.Tensor("a", "F64", "[1]", "[0,8]") + "," + SafetensorsBytes.Tensor("b", "F64", "[1]", "[16,24]") + "}", 24, "*bytes 8 to 16 before tensor 'b' belong to no tensor." },
        { "{" + SafetensorsBytes.Tensor("a", "F64", "[1]", "[0,8]") + "," + SafetensorsBytes.Tensor("a", "F64", "[1]", "[8,16]") + "}", 16, "*the header has 'a' twice." },
        { "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "*__metadata__ has 'k' twice." },
        { "{\"__metadata__\":{\"k\":1}}", 0, "*__metadata__ has 'k', which is not text." },
        { "{\"__metadata__\":[]}", 0, "*__metadata__ is not an object." },
        { "{\"w\":{\"dtype\":\"F64\",\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}", 8, "*tensor 'w' has 'dtype' twice." },
        { "{\"w\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8],\"strides\":[]}}", 8, "*tensor 'w' has an unknown field 'strides'." },
        { "{\"w\":{\"shape\":[],\"data_offsets\":[0,8]}}", 8, "*tensor 'w' has no dtype." },
        { "{\"w\":{\"dtype\":\"F64\",\"data_offsets\":[0,8]}}", 8, "*tensor 'w' has no shape." },
        { "{\"w\":{\"dtype\":7,\"shape\":[],\"data_offsets\":[0,8]}}", 8, "*the dtype of tensor 'w' is not text." },
        { "{\"w\":7}", 0, "*tensor 'w' is not an object." },
        { "{\"w\":null}", 0, "*tensor 'w' is not an object." },
        { "[]", 0, "*does not begin with '{'*" },
        { " {}", 0, "*does not begin with '{'*" },
        { "", 0, "*does not begin with '{'*" },
        { "{", 0, "*the header is not valid JSON*" },
        { "{} {}", 0, "*the header is not valid JSON*" },
        { "{}\0", 0, "*the header is not valid JSON*" },
        { "{/* */}", 0, "*the header is not valid JSON*" },
        { "{\"w\":{\"dtype\":\"F64\",", 0, "*the header is not valid JSON*" },
        { "{\"\\ud800\":{}}", 0, "*the header is not valid JSON*" },
        { "{\"__metadata__\":{\"k\":\"\\udc00\"}}", 0, "*the header is not valid JSON*" },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void A_header_that_is_wrong_is_refused_with_the_path_and_the_tensor(string header, int dataLength, string message)
    {
        Refusal(SafetensorsBytes.Assemble(header, new byte[dataLength])).Message.Should().Match("model.safetensors: " + message);
    }

    [Fact]
    public void A_header_that_is_not_UTF_8_is_refused()
    {
        byte[] header = [.. "{\""u8, 0xC3, 0x28, .. "\":{}}"u8];
        Refusal(SafetensorsBytes.Assemble(header, [])).Message.Should().Contain("not valid JSON");
    }

    [Fact]
    public void Deep_nesting_is_refused_without_deep_recursion()
    {
        string header = "{\"w\":{\"shape\":" + new string('[', 1_000_000);
        Refusal(SafetensorsBytes.Assemble(header)).Should().NotBeNull();
    }

    [Theory]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "Infinity")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    public void A_value_that_is_not_finite_is_refused_with_tensor_and_index(double bad, string shown)
    {
        byte[] doubles = [.. Zero, .. Zero, .. BitConverter.GetBytes(bad)];
        byte[] singles = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes((float)bad)];

        Refusal(SafetensorsBytes.Assemble(One("F64", "[3]", "[0,24]"), doubles)).Message.Should().Contain($"tensor 'w' has {shown} at index 2");
        Refusal(SafetensorsBytes.Assemble(One("F32", "[2]", "[0,8]"), singles)).Message.Should().Contain($"tensor 'w' has {shown} at index 1");
    }

    [Fact]
    public void Every_truncation_of_a_valid_file_is_refused()
    {
        byte[] valid = Valid();
        for (int length = 0; length < valid.Length; length++)
            Refusal(valid[..length]).Message.Should().StartWith("model.safetensors: ");
    }

    [Theory]
    [InlineData(1ul << 62)]
    [InlineData(ulong.MaxValue)]
    [InlineData(long.MaxValue)]
    [InlineData(int.MaxValue)]
    [InlineData(9)]
    public void A_header_length_beyond_the_file_is_refused_without_allocating_it(ulong claimed)
    {
        byte[] bytes = [.. new byte[8], .. "{}      "u8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimed);
        AllocatedByRefusing(bytes).Should().BeLessThan(100_000);
        Refusal(bytes).Message.Should().Contain($"the header claims {claimed} bytes where 8 are left");
    }

    [Fact]
    public void A_header_longer_than_16_MiB_is_refused_without_allocating_it_even_if_the_file_has_it()
    {
        var bytes = new byte[(17 << 20) + 8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, 17 << 20);
        AllocatedByRefusing(bytes).Should().BeLessThan(100_000);
        Refusal(bytes).Message.Should().Contain("16777216 is the most that is read");
    }

    [Fact]
    public void A_shape_beyond_the_file_is_refused_without_allocating_it()
    {
        byte[] bytes = SafetensorsBytes.Assemble(One("F64", "[1000000000]", "[0,8000000000]"), Zero);
        AllocatedByRefusing(bytes).Should().BeLessThan(100_000);
    }

    [Fact]
    public void A_header_that_fills_with_one_endless_shape_costs_a_small_multiple_of_its_length()
    {
        byte[] bytes = SafetensorsBytes.Assemble(One("F64", "[1" + string.Concat(Enumerable.Repeat(",1", 500_000)) + "]", "[0,8]"), Zero);
        SafetensorsBytes.Read(bytes).Find("w")!.Shape.Should().HaveCount(500_001);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafetensorsBytes.Read(bytes);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(25L * bytes.Length);
    }

    [Fact]
    public void A_hostile_name_is_cut_and_cleaned_in_the_message()
    {
        string header = "{" + SafetensorsBytes.Tensor("\\u001b[31m" + new string('x', 100_000), "I8", "[]", "[0,1]") + "}";
        string message = Refusal(SafetensorsBytes.Assemble(header, 0)).Message;
        message.Should().Contain("xxx…'").And.NotContain("\u001b");
        message.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void A_stream_that_shrinks_or_cannot_seek_is_refused()
    {
        Action shrinking = () => SafetensorsFile.Read(new OverstatedStream(Valid()[..^4], claimedLength: Valid().Length));
        Action pipe = () => SafetensorsFile.Read(new OverstatedStream(Valid(), claimedLength: Valid().Length, canSeek: false));

        shrinking.Should().Throw<ModelFileException>().WithMessage("*became shorter while it was read.");
        pipe.Should().Throw<ModelFileException>().WithMessage("*its length is unknown.");
    }

    [Fact]
    public void A_damaged_file_on_disk_is_named_by_its_path_and_a_missing_one_is_missing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("cut.safetensors");
        File.WriteAllBytes(path, Valid()[..^1]);
        Action cut = () => SafetensorsFile.Read(path);
        Action missing = () => SafetensorsFile.Read(folder.File("none.safetensors"));

        cut.Should().Throw<ModelFileException>().WithMessage(path + ": *");
        cut.Should().Throw<IOException>();
        missing.Should().Throw<FileNotFoundException>();
    }

    [Fact]
    public void Any_damage_gives_a_file_or_a_ModelFileException()
    {
        byte[] valid = Valid();
        int headerLength = (int)BinaryPrimitives.ReadUInt64LittleEndian(valid);
        int accepted = 0;
        int refused = 0;

        // Kinds: flip a bit anywhere; set a byte of the header; replace a run of the header by telling text; cut; append.
        Gen<(int Kind, int Where, byte Value, string Text)> damage = Gen.Select(
            Gen.Int[0, 4], Gen.Int[0, valid.Length - 1], Gen.Byte,
            Gen.OneOf("[0,8]", "-1", "1e9", "9223372036854775807", "\"F64\"", "\"I32\"", "{", "}", "[", "]", "null", "\"\\ud800\"", ",", ":", "NaN", "\"a\"", "  "));
        damage.Array[1, 3].Sample(
            damages =>
            {
                byte[] bytes = valid;
                foreach (var (kind, where, value, text) in damages)
                    bytes = Damage(bytes, kind, where, value, text);
                try
                {
                    SafetensorsBytes.Read(bytes).Tensors.SelectMany(tensor => tensor.Values).Should().OnlyContain(value => double.IsFinite(value));
                    Interlocked.Increment(ref accepted);
                }
                catch (ModelFileException e)
                {
                    e.Message.Should().StartWith("model.safetensors: ");
                    Interlocked.Increment(ref refused);
                }
            },
            iter: 20_000);

        // The damage reaches both sides of the line between good and bad.
        accepted.Should().BeGreaterThan(100);
        refused.Should().BeGreaterThan(100);

        byte[] Damage(byte[] bytes, int kind, int where, byte value, string text)
        {
            if (bytes.Length == 0)
                return bytes;
            where %= bytes.Length;
            int inHeader = Math.Min(8 + (where % headerLength), bytes.Length - 1);
            byte[] copy = [.. bytes];
            switch (kind)
            {
                case 0:
                    copy[where] ^= (byte)(1 << (value % 8));
                    return copy;
                case 1:
                    copy[inHeader] = value;
                    return copy;
                case 2:
                    byte[] replacement = Encoding.UTF8.GetBytes(text);
                    replacement.AsSpan(0, Math.Min(replacement.Length, copy.Length - inHeader)).CopyTo(copy.AsSpan(inHeader));
                    return copy;
                case 3:
                    return copy[..where];
                default:
                    return [.. copy, value];
            }
        }
    }

    [Fact]
    public void Random_headers_made_of_plausible_pieces_give_a_file_or_a_ModelFileException()
    {
        Gen<string> integer = Gen.OneOf("0", "1", "2", "4", "8", "16", "-1", "1.0", "4294967296", "9223372036854775807", "99999999999999999999");
        Gen<string> integers = integer.Array[0, 3].Select(items => "[" + string.Join(",", items) + "]");
        Gen<string> type = Gen.OneOf("F64", "F64", "F64", "F32", "I64", "");
        Gen<string> tensor = Gen.Select(Gen.OneOf("a", "b", "c", "__metadata__"), type, integers, integers).Select(SafetensorsBytes.Tensor);
        int accepted = 0;

        Gen.Select(tensor.Array[0, 3], Gen.Int[0, 4]).Sample(
            (tensors, values) =>
            {
                byte[] bytes = SafetensorsBytes.Assemble("{" + string.Join(",", tensors) + "}", new byte[8 * values]);
                try
                {
                    SafetensorsBytes.Read(bytes);
                    Interlocked.Increment(ref accepted);
                }
                catch (ModelFileException)
                {
                }
            },
            iter: 50_000);
        accepted.Should().BeGreaterThan(100);
    }

    private static string One(string type, string shape, string offsets) => "{" + SafetensorsBytes.Tensor("w", type, shape, offsets) + "}";

    private static byte[] Valid() => SafetensorsBytes.Write(new SafetensorsFile(
        [new SafetensorsTensor("a", [2, 2], [1, 2, 3, 4]), new SafetensorsTensor("b", [], [5])], new Dictionary<string, string> { ["k"] = "v" }));

    private static ModelFileException Refusal(byte[] bytes)
    {
        Action read = () => SafetensorsBytes.Read(bytes);
        return read.Should().ThrowExactly<ModelFileException>().Which;
    }

    private static long AllocatedByRefusing(byte[] bytes)
    {
        Refusal(bytes);
        using var stream = new MemoryStream(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            SafetensorsFile.Read(stream);
        }
        catch (ModelFileException)
        {
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>A stream whose length is not the number of bytes it delivers, as of a file that is cut while it is read.</summary>
    private sealed class OverstatedStream(byte[] bytes, long claimedLength, bool canSeek = true) : MemoryStream(bytes)
    {
        public override bool CanSeek => canSeek;

        public override long Length => canSeek ? claimedLength : throw new NotSupportedException();
    }
}
