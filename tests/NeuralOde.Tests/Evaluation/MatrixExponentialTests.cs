using System.Text.Json;

namespace NeuralOde.Tests.Evaluation;

public class MatrixExponentialTests
{
    private static double[] Exponential(double[] matrix, double factor = 1.0)
    {
        int size = (int)Math.Round(Math.Sqrt(matrix.Length));
        var result = new double[matrix.Length];
        new MatrixExponential(size).Compute(matrix, factor, result);
        return result;
    }

    [Fact]
    public void It_agrees_with_scipy_at_every_degree_and_with_squarings()
    {
        foreach (JsonElement example in EvaluationReference.Of("expm").EnumerateArray())
        {
            double[] expected = example.Numbers("exponential");
            Exponential(example.Numbers("matrix")).ShouldBeNear(expected, 2e-13 * expected.Max(Math.Abs));
        }
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(0.1)]
    [InlineData(0.9)]
    [InlineData(2.0)]
    [InlineData(5.0)]
    [InlineData(60.0)]
    [InlineData(-3.0)]
    public void A_turn_is_cosine_and_sine(double angle) =>
        Exponential([0.0, -1.0, 1.0, 0.0], angle).ShouldBeNear([Math.Cos(angle), -Math.Sin(angle), Math.Sin(angle), Math.Cos(angle)], 2e-14 * Math.Max(1.0, Math.Abs(angle)));

    [Fact]
    public void A_nilpotent_matrix_has_a_finite_series() =>
        Exponential([0.0, 2.0, 3.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0]).ShouldBeNear([1.0, 2.0, 7.0, 0.0, 1.0, 4.0, 0.0, 0.0, 1.0], 1e-14);

    [Fact]
    public void A_defective_matrix_needs_no_eigenvectors() =>
        Exponential([-1.0, 1.0, 0.0, -1.0], 2.0).ShouldBeNear([Math.Exp(-2.0), 2.0 * Math.Exp(-2.0), 0.0, Math.Exp(-2.0)], 1e-15);

    [Fact]
    public void Far_apart_eigenvalues_keep_the_slow_one() =>
        Exponential([-1000.0, 0.0, 0.0, -1.0]).ShouldBeNear([0.0, 0.0, 0.0, Math.Exp(-1.0)], 1e-13);

    [Fact]
    public void Zero_is_the_identity() => Exponential([0.0, 0.0, 0.0, 0.0]).Should().Equal(1.0, 0.0, 0.0, 1.0);

    [Fact]
    public void What_is_not_finite_gives_NaN() => Exponential([1.0, double.PositiveInfinity, 0.0, 1.0]).Should().OnlyContain(number => double.IsNaN(number));

    [Fact]
    public void An_overflow_is_not_finite() => Exponential([800.0])[0].Should().Be(double.PositiveInfinity);
}
