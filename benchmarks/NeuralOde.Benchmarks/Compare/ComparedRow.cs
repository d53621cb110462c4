namespace NeuralOde.Benchmarks;

/// <summary>A line of the table: this library beside one other program.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Peer">By whom else, with its version.</param>
/// <param name="Ours">This library's runs.</param>
/// <param name="Theirs">The other's runs; null where there is no other.</param>
/// <param name="Agreement">How far the results are apart, in words.</param>
/// <param name="Goal">What the ratio should at least be.</param>
/// <param name="Differs">Whether the results are too far apart for the times to mean anything.</param>
internal sealed record ComparedRow(string Work, string Peer, MeasuredBlock Ours, MeasuredBlock? Theirs, string Agreement, double? Goal, bool Differs = false)
{
    public double Ratio => Theirs is null ? double.NaN : Theirs.Min / Ours.Min;

    public double MedianRatio => Theirs is null ? double.NaN : Theirs.Median / Ours.Median;
}
