using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving.Multistep;

public class MultistepCoefficientTests
{
    private const int Size = AdamsBashforthMoulton.BasisSize;

    [Fact]
    public void Equal_steps_have_the_coefficients_of_Adams_and_Moulton()
    {
        // Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, tables III.1.1 and III.1.2.
        var basis = new double[Size * Size];
        AdamsBashforthMoulton.NewtonBasis(8, [.. Enumerable.Range(0, 8).Select(i => (double)i)], basis);
        // π_j of equal steps is the j-th rising factorial over j!, which is 1 at θ = 1.
        double[] integrals = [.. Enumerable.Range(0, 9).Select(j => AdamsBashforthMoulton.Integral(basis, j))];
        integrals.ShouldBeNear([1, 1.0 / 2, 5.0 / 12, 3.0 / 8, 251.0 / 720, 95.0 / 288, 19087.0 / 60480, 5257.0 / 17280, 1070017.0 / 3628800], 1e-15, "γ_j");
        AdamsBashforthMoulton.ErrorCoefficients[..9].ToArray().ShouldBeNear(
            [1, 1.0 / 2, 1.0 / 12, 1.0 / 24, 19.0 / 720, 3.0 / 160, 863.0 / 60480, 275.0 / 24192, 33953.0 / 3628800], 1e-15, "|γ*_j|");
        for (int j = 1; j < 9; j++)
            (integrals[j - 1] - integrals[j]).Should().BeApproximately(AdamsBashforthMoulton.ErrorCoefficients[j], 1e-15);
    }

    [Fact]
    public void The_Newton_basis_vanishes_at_its_points_and_is_1_at_the_end_of_the_step()
    {
        double[] distances = [0, 0.3, 1.7, 1.9, 40, 40.5, 41, 60, 61, 62, 70, 71];
        var basis = new double[Size * Size];
        AdamsBashforthMoulton.NewtonBasis(12, distances, basis);
        for (int j = 0; j <= 12; j++)
        {
            ReadOnlySpan<double> polynomial = basis.AsSpan(j * Size, Size);
            Value(polynomial, 1.0).Should().BeApproximately(1.0, 1e-14);
            for (int i = 0; i < Math.Min(j, 4); i++)
                Value(polynomial, -distances[i]).Should().BeApproximately(0.0, 1e-13);
            foreach (double coefficient in polynomial)
                coefficient.Should().BeGreaterThanOrEqualTo(0.0);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_differentiation_formulas_are_exact_for_polynomials_of_their_order(int order)
    {
        // On points 0, −1, −2, …: y(s) = s^p has derivative 0 at s = 0 for p > 1 and 1 for p = 1.
        for (int p = 1; p <= order + 1; p++)
        {
            double[] differences = Differences(s => Math.Pow(s, p), order + 1);
            double derivative = 0.0;
            for (int j = 1; j <= order; j++)
                derivative += (NumericalDifferentiation.Gamma(j) - NumericalDifferentiation.Gamma(j - 1)) * differences[j];
            if (p <= order)
                derivative.Should().BeApproximately(p == 1 ? 1.0 : 0.0, 1e-12);
            else
                derivative.Should().BeApproximately(-differences[order + 1] / (order + 1), 1e-10);
        }
    }

    [Fact]
    public void The_modified_formulas_make_less_error_than_backward_differentiation()
    {
        // Shampine and Reichelt (1997), table 1: steps 26, 26, 26, 12 and 0 percent longer at equal error.
        double[] gain = [0, 1.26, 1.26, 1.26, 1.12, 1.0];
        for (int order = 1; order <= 5; order++)
            Math.Pow(1.0 / (order + 1) / NumericalDifferentiation.ErrorConstant(order), 1.0 / (order + 1)).Should().BeApproximately(gain[order], 0.006);
    }

    [Fact]
    public void The_interpolant_of_differences_passes_through_the_points()
    {
        var weights = new double[NumericalDifferentiation.MaximumOrder];
        double[] values = [2.0, -1.0, 0.5, 3.0, 7.0, -2.0];
        double[] differences = Differences(s => values[(int)-s], 5);
        for (int point = 0; point <= 5; point++)
        {
            NumericalDifferentiation.Interpolant.Weights(1.0 - point, weights);
            // From the start of the step, values[1].
            double value = values[1] + Enumerable.Range(1, 5).Sum(j => weights[j - 1] * differences[j]);
            value.Should().BeApproximately(values[point], 1e-12);
        }
    }

    private static double[] Differences(Func<double, double> function, int order)
    {
        double[] values = [.. Enumerable.Range(0, order + 1).Select(i => function(-i))];
        var differences = new double[order + 1];
        for (int j = 0; j <= order; j++)
        {
            differences[j] = values[0];
            for (int i = 0; i + 1 < values.Length; i++)
                values[i] -= values[i + 1];
        }

        return differences;
    }

    private static double Value(ReadOnlySpan<double> polynomial, double theta)
    {
        double sum = 0.0;
        for (int m = polynomial.Length - 1; m >= 0; m--)
            sum = sum * theta + polynomial[m];
        return sum;
    }
}
