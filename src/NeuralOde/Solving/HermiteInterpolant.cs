namespace NeuralOde;

/// <summary>
/// Dense output of a Runge–Kutta step: u(θ) = y + h Σ_i b_i(θ) k_i for θ in [0, 1], the cubic Hermite polynomial through both
/// ends and both slopes plus corrections that leave those as they are, so that u is continuously differentiable from step to step.
/// </summary>
/// <remarks>
/// b_i is held in the basis θ, θ(1−θ), θ²(1−θ), θ²(1−θ)², θ³(1−θ)², … of E. Hairer, S. P. Nørsett, G. Wanner, Solving Ordinary
/// Differential Equations I, section II.6 (the sums r_1, r_2, … of the codes DOPRI5 and DOP853). In powers of θ the terms of
/// DOP853 cancel: the rounding error of u is then fifty times as large.
/// </remarks>
internal sealed class HermiteInterpolant : Interpolant
{
    private readonly double[][] _coefficients;
    private readonly int _terms;

    /// <param name="order">Order of accuracy of u at a fixed θ as h → 0 (local error O(h^(order+1))).</param>
    /// <param name="weights">The method's weights, one per stage.</param>
    /// <param name="endStage">The stage whose derivative is the slope at θ = 1; the slope at θ = 0 is the first stage's.</param>
    /// <param name="corrections">
    /// What θ²(1−θ)², θ³(1−θ)², θ³(1−θ)³, … are multiplied by in b_i: a row for each of them with one number per stage. Empty for the Hermite polynomial alone.
    /// </param>
    public HermiteInterpolant(int order, double[] weights, int endStage, double[][] corrections)
        : base(order, weights.Length)
    {
        _terms = 3 + corrections.Length;
        _coefficients = [.. Enumerable.Range(0, _terms).Select(_ => new double[BatchLayout.RoundUp(weights.Length)])];
        for (int i = 0; i < weights.Length; i++)
        {
            double first = i == 0 ? 1.0 : 0.0, last = i == endStage ? 1.0 : 0.0;
            double slope = first - weights[i];
            double[] row = [weights[i], slope, weights[i] - last - slope, .. corrections.Select(correction => correction[i])];
            for (int p = 0; p < _terms; p++)
                _coefficients[p][i] = row[p];
        }
    }

    /// <summary>Row p, whole vectors long: what the p-th element of the basis is multiplied by in every b_i.</summary>
    public double[][] Coefficients => _coefficients;

    /// <inheritdoc/>
    public override void Weights(double theta, Span<double> weights)
    {
        Span<double> basis = stackalloc double[_terms];
        double element = theta;
        for (int p = 0; p < basis.Length; p++)
        {
            basis[p] = element;
            element *= p % 2 == 0 ? 1.0 - theta : theta;
        }

        Combine(basis, weights);
    }

    /// <inheritdoc/>
    public override void Weights(BatchLayout layout, ReadOnlySpan<double> thetas, Span<double> weights) =>
        InterpolationKernels.For(layout).HermiteWeights(thetas, _coefficients, Rows, weights);

    /// <inheritdoc/>
    public override void DerivativeWeights(double theta, Span<double> weights)
    {
        Span<double> basis = stackalloc double[_terms];
        double element = theta, slope = 1.0;
        for (int p = 0; p < basis.Length; p++)
        {
            basis[p] = slope;
            (double factor, double factorSlope) = p % 2 == 0 ? (1.0 - theta, -1.0) : (theta, 1.0);
            slope = slope * factor + element * factorSlope;
            element *= factor;
        }

        Combine(basis, weights);
    }

    private void Combine(ReadOnlySpan<double> basis, Span<double> weights)
    {
        Span<double> sums = stackalloc double[_coefficients[0].Length];
        // From the highest term, the smallest, so that θ = 0 and θ = 1 give the ends exactly.
        StageKernels.Widest.SumFromLast(basis, _coefficients, sums);
        sums[..Rows].CopyTo(weights);
    }
}
