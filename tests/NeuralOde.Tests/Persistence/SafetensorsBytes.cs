using System.Text;

namespace NeuralOde.Tests.Persistence;

/// <summary>Puts safetensors files together byte by byte, valid or not, without the library.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Assemble(string header, params byte[] data) => Assemble(Encoding.UTF8.GetBytes(header), data);

    public static byte[] Assemble(byte[] header, byte[] data)
    {
        ulong length = (ulong)header.Length;
        var file = new List<byte>();
        for (int i = 0; i < 8; i++)
            file.Add((byte)(length >> (8 * i)));
        file.AddRange(header);
        file.AddRange(data);
        return [.. file];
    }

    public static string Tensor(string name, string type, string shape, string offsets) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":{offsets}}}";

    public static SafetensorsFile Read(byte[] bytes) => SafetensorsFile.Read(new MemoryStream(bytes), "model.safetensors");

    public static byte[] Write(SafetensorsFile file)
    {
        using var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }
}
