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

    internal override double EvaluateWeighted(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents)
    {
        double total = Sum(weights);
        var magnitudes = new CompensatedSum();
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = weights[i] == 0.0 ? 0.0 : predictions[i] - targets[i];
            double slope = total == 0.0 ? 0.0 : weights[i] / total;
            cotangents[i] = difference > 0 ? slope : difference < 0 ? -slope : difference;
            magnitudes.Add(weights[i] * Math.Abs(difference));
        }

        return total == 0.0 ? 0.0 : magnitudes.Value / total;
    }

    /// <inheritdoc/>
    public override string ToString() => "mean absolute error";
}
