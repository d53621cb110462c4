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

    /// <inheritdoc/>
    public override string ToString() => "custom loss";

    /// <inheritdoc/>
    internal override string Describe() => $"custom loss {FunctionFingerprint.Of(function)}";
}
