namespace NeuralOde;

/// <summary>The mean of d²/2 where |d| ≤ δ and of δ (|d| − δ/2) elsewhere.</summary>
internal sealed class HuberLoss(double threshold) : Loss
{
    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents)
    {
        RequireEqualLengths(predictions, targets, cotangents);
        double slope = 1.0 / predictions.Length;
        var errors = new CompensatedSum();
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = predictions[i] - targets[i];
            // With c = d limited to [−δ, δ] both branches are c (d − c/2): d²/2 where c = d, δ (|d| − δ/2) where |c| = δ.
            double limited = Math.Clamp(difference, -threshold, threshold);
            cotangents[i] = slope * limited;
            errors.Add(limited * (difference - limited / 2));
        }
        return errors.Value / predictions.Length;
    }

    internal override double EvaluateWeighted(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents)
    {
        double total = Sum(weights);
        var errors = new CompensatedSum();
        for (int i = 0; i < predictions.Length; i++)
        {
            double difference = weights[i] == 0.0 ? 0.0 : predictions[i] - targets[i];
            double limited = Math.Clamp(difference, -threshold, threshold);
            cotangents[i] = total == 0.0 ? 0.0 : weights[i] / total * limited;
            errors.Add(weights[i] * (limited * (difference - limited / 2)));
        }

        return total == 0.0 ? 0.0 : errors.Value / total;
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"Huber loss with threshold {threshold:R}");
}
