namespace NeuralOde;

/// <summary>
/// Dense output b_i(θ) = θ (m_i + (1 − θ) (h_1i + θ (h_2i + θ (h_3i + …)))): both ends are met, their slopes in general are not
/// (Hairer, Wanner, Solving Ordinary Differential Equations II, section IV.7, and their code RODAS).
/// </summary>
/// <param name="order">Order of accuracy at a fixed θ.</param>
/// <param name="weights">m_i.</param>
/// <param name="corrections">h_ji, a row for each j with one number per stage.</param>
internal sealed class RosenbrockInterpolant(int order, double[] weights, double[][] corrections) : Interpolant(order, weights.Length)
{
    /// <inheritdoc/>
    public override void Weights(double theta, Span<double> values)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            double sum = 0.0;
            for (int j = corrections.Length - 1; j >= 0; j--)
                sum = sum * theta + corrections[j][i];
            values[i] = theta * (weights[i] + (1.0 - theta) * sum);
        }
    }

    /// <inheritdoc/>
    public override void DerivativeWeights(double theta, Span<double> values)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            double sum = 0.0, slope = 0.0;
            for (int j = corrections.Length - 1; j >= 0; j--)
            {
                slope = slope * theta + sum;
                sum = sum * theta + corrections[j][i];
            }

            values[i] = weights[i] + (1.0 - 2.0 * theta) * sum + theta * (1.0 - theta) * slope;
        }
    }
}
