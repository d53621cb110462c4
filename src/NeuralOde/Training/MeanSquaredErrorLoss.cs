namespace NeuralOde;

/// <summary>The mean of d², with gradient 2 d / n.</summary>
internal sealed class MeanSquaredErrorLoss : Loss
{
    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents)
    {
        RequireEqualLengths(predictions, targets, cotangents);
        double slope = 2.0 / predictions.Length;
        var squares = new CompensatedSum();
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = predictions[i] - targets[i];
            cotangents[i] = slope * difference;
            squares.Add(difference * difference);
        }
        return squares.Value / predictions.Length;
    }

    internal override double EvaluateWeighted(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents)
    {
        double total = Sum(weights);
        var squares = new CompensatedSum();
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = weights[i] == 0.0 ? 0.0 : predictions[i] - targets[i];
            cotangents[i] = total == 0.0 ? 0.0 : 2.0 * weights[i] / total * difference;
            squares.Add(weights[i] * (difference * difference));
        }

        return total == 0.0 ? 0.0 : squares.Value / total;
    }

    /// <inheritdoc/>
    public override string ToString() => "mean squared error";
}
