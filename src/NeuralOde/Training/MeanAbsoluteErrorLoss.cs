namespace NeuralOde;

/// <summary>The mean of |d|, with gradient sign(d) / n.</summary>
internal sealed class MeanAbsoluteErrorLoss : Loss
{
    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents)
    {
        RequireEqualLengths(predictions, targets, cotangents);
        double slope = 1.0 / predictions.Length;
        var magnitudes = new CompensatedSum();
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = predictions[i] - targets[i];
            // The last case is a difference of 0, where 0 is a subgradient, or NaN, which must not be hidden.
            cotangents[i] = difference > 0 ? slope : difference < 0 ? -slope : difference;
            magnitudes.Add(Math.Abs(difference));
        }
        return magnitudes.Value / predictions.Length;
    }

    /// <inheritdoc/>
    public override string ToString() => "mean absolute error";
}
