using System.Text;
using System.Text.Json;

namespace NeuralOde.Fuzzing;

/// <summary>What a command found, and its figures in the order in which they were added.</summary>
internal sealed class FuzzReport
{
    private readonly List<(string Name, double Value)> _figures = [];

    /// <summary>One line for each thing that must not be.</summary>
    public List<string> Findings { get; } = [];

    public double this[string name] => _figures.Single(figure => figure.Name == name).Value;

    public void Add(string name, double value) => _figures.Add((name, value));

    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, double value) in _figures)
                json.WriteNumber(name, value);
            json.WriteNumber("findings", Findings.Count);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
