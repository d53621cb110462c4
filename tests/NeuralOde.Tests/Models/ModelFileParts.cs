using System.Text;

namespace NeuralOde.Tests.Models;

/// <summary>Changes one thing in a safetensors file and writes it again as a valid one.</summary>
internal static class ModelFileParts
{
    public static void ChangeMetadata(string path, string field, string? text) => Change(path, (_, metadata) =>
    {
        if (text is null)
            metadata.Remove(field);
        else
            metadata[field] = text;
    });

    public static void Change(string path, Action<List<SafetensorsTensor>, Dictionary<string, string>> change)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        var tensors = file.Tensors.ToList();
        var metadata = new Dictionary<string, string>(file.Metadata);
        change(tensors, metadata);
        new SafetensorsFile(tensors, metadata).Write(path);
    }

    public static void ToSinglePrecision(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        var header = new StringBuilder("{\"__metadata__\":").Append(System.Text.Json.JsonSerializer.Serialize(file.Metadata));
        var data = new List<byte>();
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            int begin = data.Count;
            foreach (double value in tensor.Values)
                data.AddRange(BitConverter.GetBytes((float)value));
            header.Append(',').Append(Persistence.SafetensorsBytes.Tensor(tensor.Name, "F32", $"[{string.Join(',', tensor.Shape)}]", $"[{begin},{data.Count}]"));
        }

        File.WriteAllBytes(path, Persistence.SafetensorsBytes.Assemble(header.Append('}').ToString(), [.. data]));
    }
}
