namespace NeuralOde;

/// <summary>A loss given by a function that takes weights.</summary>
internal sealed class MaskedLoss(MaskedLossFunction function) : Loss
{
    internal override bool NeedsWeights => true;

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents) =>
        Evaluate(predictions, targets, weights: default, cotangents);

    /// <inheritdoc/>
    public override string ToString() => "custom loss with weights";

    internal override double EvaluateWeighted(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents)
    {
        cotangents.Clear();
        double loss = function(predictions, targets, weights, cotangents);
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0.0)
                cotangents[i] = 0.0;
        }

        return loss;
    }

    /// <inheritdoc/>
    internal override string Describe() => $"custom loss with weights {FunctionFingerprint.Of(function)}";
}
