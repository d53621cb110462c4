namespace NeuralOde;

/// <summary>
/// Numerical differentiation formulas of orders 1 to 5: backward differentiation formulas with a term that makes their error
/// smaller at the same stability, as far as it does.
/// </summary>
/// <remarks>
/// Σ_{j=1..k} ∇^j y_{n+1} / j − κ_k γ_k (y_{n+1} − y_predicted) = h f(t_{n+1}, y_{n+1}). R. W. Klopfenstein, RCA Review 32 (1971) 447–462;
/// L. F. Shampine, M. W. Reichelt, SIAM J. Sci. Comput. 18 (1997) 1–22, doi:10.1137/S1064827594276424, table 1.
/// </remarks>
internal static class NumericalDifferentiation
{
    /// <summary>The highest order.</summary>
    public const int MaximumOrder = 5;

    private static readonly double[] Kappa = [0, -37.0 / 200, -1.0 / 9, -0.0823, -0.0415, 0];

    private static readonly double[] Sums = [0, 1, 3.0 / 2, 11.0 / 6, 25.0 / 12, 137.0 / 60];

    /// <summary>
    /// Dense output from the differences at the end of the step over its length: b_j(θ) = c_j(θ − 1), c_j(s) = s (s + 1) … (s + j − 1)/j!, and
    /// b_1(θ) = θ, for c_1(−1) = −1 takes the polynomial from the end to the start.
    /// </summary>
    public static PolynomialInterpolant Interpolant { get; } = new(MaximumOrder, [.. Enumerable.Range(1, MaximumOrder).Select(InterpolantCoefficients)]);

    /// <summary>γ_k = Σ_{j=1..k} 1/j: what the k-th difference of the prediction counts in the derivative.</summary>
    public static double Gamma(int order) => Sums[order];

    /// <summary>α_k = (1 − κ_k) γ_k: h f = α_k (y − y_predicted) + Σ γ_j ∇^j.</summary>
    public static double Alpha(int order) => (1.0 - Kappa[order]) * Sums[order];

    /// <summary>The local error in units of the difference of order k + 1: κ_k γ_k + 1/(k + 1). Of the order 6, which would come next, without κ.</summary>
    public static double ErrorConstant(int order) => (order <= MaximumOrder ? Kappa[order] * Sums[order] : 0.0) + 1.0 / (order + 1);

    /// <summary>Coefficients of θ, θ², … of b_j: θ for j = 1, else (θ − 1) θ (θ + 1) … (θ + j − 2) / j!.</summary>
    private static double[] InterpolantCoefficients(int j)
    {
        double[] polynomial = [1.0];
        for (int root = 1; root >= 2 - j && j > 1; root--)
        {
            double[] last = polynomial;
            polynomial = new double[last.Length + 1];
            for (int power = 0; power < last.Length; power++)
            {
                polynomial[power + 1] += last[power] / (2 - root);
                polynomial[power] -= root * last[power] / (2 - root);
            }
        }

        return j == 1 ? polynomial : polynomial[1..];
    }
}
