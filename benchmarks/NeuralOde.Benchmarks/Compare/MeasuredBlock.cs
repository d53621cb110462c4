namespace NeuralOde.Benchmarks;

/// <summary>Some runs, one after another.</summary>
/// <param name="Seconds">Of every run.</param>
/// <param name="Forward">Evaluations of the vector field in the forward solve, the mean over the runs.</param>
/// <param name="Backward">Vector–Jacobian products, or evaluations of the adjoint system; null where the program cannot count them.</param>
internal sealed record MeasuredBlock(double[] Seconds, double? Forward, double? Backward)
{
    public static MeasuredBlock Join(IReadOnlyList<MeasuredBlock> blocks) =>
        new([.. blocks.SelectMany(block => block.Seconds)], blocks.Average(block => block.Forward), blocks.Average(block => block.Backward));

    public double Min => Seconds.Min();

    public double Median
    {
        get
        {
            double[] sorted = [.. Seconds.Order()];
            return 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]);
        }
    }

    /// <summary>Forward and backward, as far as they are known.</summary>
    public string Evaluations => (Forward, Backward) switch
    {
        ({ } forward, { } backward and > 0) => FormattableString.Invariant($"{forward:0.#} + {backward:0.#}"),
        ({ } forward, 0) => FormattableString.Invariant($"{forward:0.#}"),
        ({ } forward, _) => FormattableString.Invariant($"{forward:0.#} + autograd"),
        _ => "–",
    };
}
