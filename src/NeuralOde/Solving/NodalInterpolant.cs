namespace NeuralOde;

/// <summary>
/// Dense output through values: u(θ) is the polynomial through the start of the step and through y + h s_j at the node θ_j of every row s_j; the
/// last node is the end of the step.
/// </summary>
/// <param name="order">Order of accuracy at a fixed θ.</param>
/// <param name="nodes">θ_j, all different, in (0, 1]; the last is 1.</param>
internal sealed class NodalInterpolant(int order, double[] nodes) : Interpolant(order, nodes.Length)
{
    // 1/(θ_j Π_k (θ_j − θ_k)): what makes row j's product of distances 1 at its own node.
    private readonly double[] _scales = [.. nodes.Select((node, j) => 1.0 / nodes.Where((_, k) => k != j).Aggregate(node, (product, other) => product * (node - other)))];

    /// <inheritdoc/>
    public override void Weights(double theta, Span<double> weights)
    {
        for (int j = 0; j < nodes.Length; j++)
        {
            double product = _scales[j] * theta;
            for (int k = 0; k < nodes.Length; k++)
                product *= k == j ? 1.0 : theta - nodes[k];
            weights[j] = product;
        }
    }

    /// <inheritdoc/>
    public override void DerivativeWeights(double theta, Span<double> weights)
    {
        for (int j = 0; j < nodes.Length; j++)
        {
            double product = _scales[j] * theta, slope = _scales[j];
            for (int k = 0; k < nodes.Length; k++)
            {
                if (k == j)
                    continue;
                slope = slope * (theta - nodes[k]) + product;
                product *= theta - nodes[k];
            }

            weights[j] = slope;
        }
    }
}
