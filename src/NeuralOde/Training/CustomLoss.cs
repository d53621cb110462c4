namespace NeuralOde;

/// <summary>A loss given by a function.</summary>
internal sealed class CustomLoss(LossFunction function) : Loss
{
    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents)
    {
        RequireEqualLengths(predictions, targets, cotangents);
        // A function that writes only the elements its loss depends on is then right too.
        cotangents.Clear();
        return function(predictions, targets, cotangents);
    }

    internal override bool TakesWeights => false;

    internal override double EvaluateWeighted(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents)
    {
        if (weights.ContainsAnyExcept(1.0))
            throw new InvalidOperationException("A custom loss that takes no weights cannot be evaluated on data with gaps or weights. Give Loss.Custom a function (predictions, targets, weights, cotangents).");
        return Evaluate(predictions, targets, cotangents);
    }

    /// <inheritdoc/>
    public override string ToString() => "custom loss";

    /// <inheritdoc/>
    internal override string Describe() => $"custom loss {FunctionFingerprint.Of(function)}";
}
