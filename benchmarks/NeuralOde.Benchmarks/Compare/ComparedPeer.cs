namespace NeuralOde.Benchmarks;

/// <summary>Somebody to compare with.</summary>
internal sealed record ComparedPeer
{
    /// <summary>Starts it; null where it is missing.</summary>
    public required Func<Contestant?> Start { get; init; }

    /// <summary>How far each fact may be from ours: the largest difference over the largest number.</summary>
    public required IReadOnlyDictionary<string, double> Tolerances { get; init; }

    /// <summary>What the peer's time over ours should at least be.</summary>
    public double? Goal { get; init; }

    /// <summary>Runs in a block.</summary>
    public required int Runs { get; init; }
}
