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

    /// <inheritdoc/>
    public override string ToString() => "mean squared error";
}
