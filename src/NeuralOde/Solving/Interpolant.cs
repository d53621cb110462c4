namespace NeuralOde;

/// <summary>
/// Dense output of a Runge–Kutta step: u(θ) = y + h Σ_i b_i(θ) k_i for θ in [0, 1], each b_i a polynomial without constant term.
/// </summary>
internal sealed class Interpolant
{
    // _coefficients[i][p] belongs to θ^(p+1).
    private readonly double[][] _coefficients;

    /// <param name="order">Order of accuracy of u at a fixed θ as h → 0 (local error O(h^(order+1))).</param>
    /// <param name="coefficients">coefficients[i][p]: what θ^(p+1) is multiplied by in b_i(θ).</param>
    public Interpolant(int order, double[][] coefficients)
    {
        Order = order;
        _coefficients = coefficients;
    }

    public int Order { get; }

    /// <summary>How many rows of slopes (a Runge–Kutta method's stages) the polynomial is made of.</summary>
    public int Rows => _coefficients.Length;

    /// <summary>The cubic Hermite polynomial through both ends with both slopes, order 3; needs a first-same-as-last method.</summary>
    public static Interpolant Hermite(double[] weights) => HermiteWithCorrection(3, weights, new double[weights.Length]);

    /// <summary>
    /// The cubic Hermite polynomial plus θ²(1−θ)² h Σ_i correction_i k_i: continuously differentiable whatever the correction
    /// (E. Hairer, S. P. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, section II.6).
    /// </summary>
    public static Interpolant HermiteWithCorrection(int order, double[] weights, double[] correction)
    {
        var coefficients = new double[weights.Length][];
        for (int i = 0; i < weights.Length; i++)
        {
            double b = weights[i], d = correction[i];
            // b (3θ² − 2θ³) + d (θ² − 2θ³ + θ⁴)
            coefficients[i] = [0.0, 3.0 * b + d, -2.0 * b - 2.0 * d, d];
        }

        // The slope at θ = 0 is k_first, at θ = 1 it is k_last: θ(1−θ)² and −θ²(1−θ).
        double[] first = coefficients[0], last = coefficients[^1];
        first[0] += 1.0;
        first[1] -= 2.0;
        first[2] += 1.0;
        last[1] -= 1.0;
        last[2] += 1.0;
        return new Interpolant(order, coefficients);
    }

    /// <summary>b_i(θ) for every stage.</summary>
    public void Weights(double theta, Span<double> weights)
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

    /// <summary>b_i'(θ) for every stage: u'(t) = Σ_i b_i'(θ) k_i.</summary>
    public void DerivativeWeights(double theta, Span<double> weights)
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
