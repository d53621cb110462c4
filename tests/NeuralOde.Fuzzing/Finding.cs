namespace NeuralOde.Fuzzing;

/// <summary>Something that should not be.</summary>
/// <param name="Command">The command that found it.</param>
/// <param name="Seed">The seed of the case, with which the command does it again.</param>
/// <param name="Kind">A word or two by which findings are sorted.</param>
/// <param name="What">The case and what is wrong with it, in one line.</param>
public sealed record Finding(string Command, int Seed, string Kind, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Command} --seed {Seed} --cases 1  [{Kind}] {What.ReplaceLineEndings(" ")}";
}
