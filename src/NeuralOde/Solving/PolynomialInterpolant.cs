namespace NeuralOde;

/// <summary>Dense output whose b_i are given by their coefficients of θ, θ², …</summary>
internal sealed class PolynomialInterpolant : Interpolant
{
    // _coefficients[i][p] belongs to θ^(p+1).
    private readonly double[][] _coefficients;

    /// <param name="order">Order of accuracy at a fixed θ.</param>
    /// <param name="coefficients">coefficients[i][p]: what θ^(p+1) is multiplied by in b_i(θ).</param>
    public PolynomialInterpolant(int order, double[][] coefficients)
        : base(order, coefficients.Length) => _coefficients = coefficients;

    /// <inheritdoc/>
    public override void Weights(double theta, Span<double> weights)
    {
        for (int i = 0; i < _coefficients.Length; i++)
        {
            double[] c = _coefficients[i];
            double sum = 0.0;
            for (int p = c.Length - 1; p >= 0; p--)
                sum = (sum + c[p]) * theta;
            weights[i] = sum;
        }
    }

    /// <inheritdoc/>
    public override void DerivativeWeights(double theta, Span<double> weights)
    {
        for (int i = 0; i < _coefficients.Length; i++)
        {
            double[] c = _coefficients[i];
            double sum = 0.0;
            for (int p = c.Length - 1; p >= 0; p--)
                sum = sum * theta + (p + 1) * c[p];
            weights[i] = sum;
        }
    }
}
