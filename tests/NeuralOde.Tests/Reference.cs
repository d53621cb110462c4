using System.Text.Json;

namespace NeuralOde.Tests;

/// <summary>Numbers computed elsewhere, in the files of the folder References.</summary>
internal static class Reference
{
    private static readonly Lazy<JsonElement> References = new(() => Load("references.json"));
    private static readonly Lazy<JsonElement> Activations = new(() => Load("activations.json"));
    private static readonly Lazy<JsonElement> Relaxations = new(() => Load("relaxation.json"));

    /// <summary>An entry of references.json: initial-value problems with their solutions.</summary>
    public static JsonElement Problem(params ReadOnlySpan<string> path)
    {
        JsonElement element = References.Value;
        foreach (string name in path)
            element = element.GetProperty(name);
        return element;
    }

    /// <summary>An entry of relaxation.json: a solution that creeps and jumps.</summary>
    public static JsonElement Relaxation(string name) => Relaxations.Value.GetProperty(name);

    /// <summary>Rows of x, σ(x), σ'(x), correctly rounded.</summary>
    public static double[][] Of(Activation activation) => [.. Activations.Value.GetProperty(activation.ToString()).EnumerateArray().Select(Numbers)];

    public static double[] Numbers(this JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    private static JsonElement Load(string file) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "References", file))).RootElement;
}
