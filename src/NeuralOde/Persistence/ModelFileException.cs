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

    /// <summary>A text from a file as messages show it: quoted, at most 80 characters, characters that do not print replaced.</summary>
    internal static string Quote(string text) => $"'{QuotedText.Clean(text, longest: 80)}'";

    /// <summary>An exception for what another one says, which may contain text of the file: at most 300 characters, characters that do not print replaced.</summary>
    internal static ModelFileException From(string source, string problem, Exception cause)
    {
        string reason = QuotedText.Clean(cause.Message, longest: 300);
        // An exception is printed with its cause, whose message is not cleaned: so the cause is kept only where there was nothing to clean.
        return new ModelFileException(source, $"{problem}: {reason}", reason == cause.Message ? cause : null);
    }
}
