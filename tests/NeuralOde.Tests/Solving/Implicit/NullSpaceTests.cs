namespace NeuralOde.Tests.Solving.Implicit;

public class NullSpaceTests
{
    [Fact]
    public void The_sums_that_exchanges_keep_are_found()
    {
        // 0 ⇄ 1 and 2 ⇄ 3 + 3: y0 + y1 and 2 y2 + y3.
        double[] jacobian =
        [
            -3, 1e5, 0, 0,
            3, -1e5, 0, 0,
            0, 0, -1e-6, 7,
            0, 0, 2e-6, -14,
        ];
        double[][] vectors = Vectors(jacobian, 4, nullity: 2);
        vectors.Should().HaveCount(2);
        foreach (double[] vector in vectors)
        {
            // A multiple of either sum alone.
            (vector[0] == vector[1] && vector[2] == 2 * vector[3] && vector[0] * vector[2] == 0).Should().BeTrue(string.Join(" ", vector));
            vector.Should().OnlyContain(x => x == Math.Round(x));
        }
    }

    [Fact]
    public void Weights_that_are_no_integers_are_found_to_all_digits()
    {
        double[] weights = [18.015, 2.016, 31.998];
        // Columns orthogonal to the weights, whose sizes differ by ten orders of magnitude.
        double[] jacobian =
        [
            -1e6 / weights[0], 0, 3e-4 / weights[0],
            1e6 / weights[1], -5 / weights[1], 0,
            0, 5 / weights[2], -3e-4 / weights[2],
        ];
        double[] vector = Vectors(jacobian, 3, nullity: 1).Single();
        for (int i = 0; i < 3; i++)
            (vector[i] / vector[0]).Should().BeApproximately(weights[i] / weights[0], 1e-14);
    }

    [Fact]
    public void A_regular_matrix_has_none()
    {
        var space = new NullSpace(2);
        space.Eliminate([-1, 0.5, 0.25, -2], [1e-16, 1e-16]);
        space.MostNullity.Should().Be(0);
    }

    private static double[][] Vectors(double[] jacobian, int n, int nullity)
    {
        var space = new NullSpace(n);
        double[] roundings = [.. Enumerable.Range(0, n).Select(j => 2.2e-16 * Enumerable.Range(0, n).Max(i => Math.Abs(jacobian[i * n + j])))];
        space.Eliminate(jacobian, roundings);
        space.LeastNullity.Should().BeLessThanOrEqualTo(nullity);
        space.MostNullity.Should().BeGreaterThanOrEqualTo(nullity);
        return [.. Enumerable.Range(0, nullity).Where(k => space.TryGetVector(nullity, k)).Select(k => space.Vector.ToArray())];
    }
}
