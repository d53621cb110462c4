using System.Text;
using System.Text.Json;

namespace NeuralOde.Samples;

/// <summary>Writes one line of JSON, without reflection.</summary>
internal static class JsonLine
{
    public static void Print(Action<Utf8JsonWriter> writeProperties)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            writeProperties(json);
            json.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>JSON has no NaN: what is not a number, such as the error of a failed prediction, is null.</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }
}
