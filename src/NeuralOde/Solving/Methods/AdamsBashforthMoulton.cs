namespace NeuralOde;

/// <summary>
/// The Adams methods as predictor, evaluation, corrector, evaluation with variable steps: the corrector is one order higher than the
/// predictor, and the solution is carried on with it.
/// </summary>
/// <remarks>
/// L. F. Shampine, M. K. Gordon, Computer Solution of Ordinary Differential Equations, Freeman 1975; E. Hairer, S. P. Nørsett,
/// G. Wanner, Solving Ordinary Differential Equations I, section III.5, doi:10.1007/978-3-540-78862-1. The same method as MATLAB's
/// ode113 (L. F. Shampine, M. W. Reichelt, SIAM J. Sci. Comput. 18 (1997) 1–22, doi:10.1137/S1064827594276424).
/// </remarks>
internal static class AdamsBashforthMoulton
{
    /// <summary>The highest order of the predictor.</summary>
    public const int MaximumOrder = 12;

    /// <summary>Bases of polynomials of degree 0 to <see cref="MaximumOrder"/>, with one coefficient per power.</summary>
    public const int BasisSize = MaximumOrder + 1;

    private static readonly double[] Moulton = MoultonCoefficients();

    /// <summary>
    /// |γ*_j|, the coefficient of ∇^j in the implicit method with equal steps: the error of order j is h |γ*_j| times the j-th
    /// difference of f. From j = 0 to <see cref="MaximumOrder"/> + 1.
    /// </summary>
    public static ReadOnlySpan<double> ErrorCoefficients => Moulton;

    /// <summary>
    /// The Newton basis π_j(θ) = Π_{i&lt;j} (θ + r_i)/(1 + r_i) of the derivative over the step, by the coefficients of the powers of θ.
    /// All of them are positive and those of a polynomial sum to 1, so that nothing cancels for θ in [0, 1].
    /// </summary>
    /// <param name="degree">The last polynomial's degree, at most <see cref="MaximumOrder"/>.</param>
    /// <param name="distances">r_i: how far the i-th point before the step's start lies behind it, in units of the step; r_0 = 0.</param>
    /// <param name="basis">Receives the coefficient of θ^m in π_j at [j · <see cref="BasisSize"/> + m].</param>
    public static void NewtonBasis(int degree, ReadOnlySpan<double> distances, Span<double> basis)
    {
        basis[..((degree + 1) * BasisSize)].Clear();
        basis[0] = 1.0;
        for (int j = 0; j < degree; j++)
        {
            ReadOnlySpan<double> last = basis.Slice(j * BasisSize, BasisSize);
            Span<double> next = basis.Slice((j + 1) * BasisSize, BasisSize);
            double r = distances[j], scale = 1.0 / (1.0 + r);
            next[0] = scale * r * last[0];
            for (int m = 1; m <= j + 1; m++)
                next[m] = scale * (last[m - 1] + r * last[m]);
        }
    }

    /// <summary>g_j = ∫_0^1 π_j dθ, what the j-th modified difference counts in a step.</summary>
    public static double Integral(ReadOnlySpan<double> basis, int j)
    {
        double sum = 0.0;
        for (int m = 0; m <= j; m++)
            sum += basis[j * BasisSize + m] / (m + 1);
        return sum;
    }

    /// <summary>Σ_{i≤j} γ*_i / (j + 1 − i) is 1 for j = 0 and 0 for others (Hairer, Nørsett, Wanner I, equation III.1.11).</summary>
    private static double[] MoultonCoefficients()
    {
        var coefficients = new double[MaximumOrder + 2];
        coefficients[0] = 1.0;
        for (int j = 1; j < coefficients.Length; j++)
        {
            for (int i = 0; i < j; i++)
                coefficients[j] -= coefficients[i] / (j + 1 - i);
        }

        return [.. coefficients.Select(Math.Abs)];
    }
}
