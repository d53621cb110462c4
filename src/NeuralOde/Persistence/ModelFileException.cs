namespace NeuralOde;

/// <summary>A model file that cannot be read as one: truncated, damaged, hostile, or of another kind. The message has the path and what is wrong.</summary>
public sealed class ModelFileException : IOException
{
    /// <param name="source">The path, or what the caller calls the stream.</param>
    /// <param name="problem">A sentence that says what is wrong with which tensor or field.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    internal ModelFileException(string source, string problem, Exception? inner = null)
        : base($"{source}: {problem}", inner)
    {
    }

    /// <summary>A name from a file as messages show it: quoted, at most 80 characters, control characters replaced.</summary>
    internal static string Quote(string name)
    {
        const int Longest = 80;
        string shown = name.Length > Longest ? name[..Longest] + "…" : name;
        return $"'{string.Create(shown.Length, shown, static (span, text) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(text[i]) ? '\uFFFD' : text[i];
        })}'";
    }
}
