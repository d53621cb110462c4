namespace NeuralOde;

/// <summary>Dense output of either of two methods: the rows of both one after the other, those of the one that did not make the step zero.</summary>
internal sealed class ConcatenatedInterpolant(Interpolant first, Interpolant second) : Interpolant(Math.Min(first.Order, second.Order), first.Rows + second.Rows)
{
    /// <inheritdoc/>
    public override void Weights(double theta, Span<double> weights)
    {
        first.Weights(theta, weights[..first.Rows]);
        second.Weights(theta, weights[first.Rows..]);
    }

    /// <inheritdoc/>
    public override void DerivativeWeights(double theta, Span<double> weights)
    {
        first.DerivativeWeights(theta, weights[..first.Rows]);
        second.DerivativeWeights(theta, weights[first.Rows..]);
    }
}
