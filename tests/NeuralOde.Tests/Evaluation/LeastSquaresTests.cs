using System.Text.Json;

namespace NeuralOde.Tests.Evaluation;

public class LeastSquaresTests
{
    [Fact]
    public void It_agrees_with_numpy()
    {
        JsonElement reference = EvaluationReference.Of("leastSquares");
        var solution = new double[8];
        LeastSquares.Solve(reference.Numbers("a"), reference.Numbers("b"), 9, 4, 2, solution).Should().Be(4);
        solution.ShouldBeNear(reference.Numbers("solution"), 1e-13);
    }

    [Fact]
    public void A_repeated_column_gets_nothing_and_the_fit_stays()
    {
        // y = 1 + 2 x, with the constant given twice.
        double[] a = [1, 0, 1, 1, 1, 1, 1, 2, 1, 1, 3, 1];
        var solution = new double[3];
        LeastSquares.Solve(a, [1.0, 3.0, 5.0, 7.0], 4, 3, 1, solution).Should().Be(2);
        solution[1].Should().BeApproximately(2.0, 1e-14);
        (solution[0] + solution[2]).Should().BeApproximately(1.0, 1e-14);
        solution.Should().Contain(0.0);
    }

    [Fact]
    public void A_column_of_zeros_gets_zero()
    {
        var solution = new double[2];
        LeastSquares.Solve([0.0, 1.0, 0.0, 1.0], [2.0, 4.0], 2, 2, 1, solution).Should().Be(1);
        solution.ShouldBeNear([0.0, 3.0], 1e-15);
    }

    [Fact]
    public void Cholesky_solves_what_is_positive_definite_and_refuses_the_rest()
    {
        double[] b = [10.0, 8.0];
        Cholesky.SolveInPlace([4.0, 99.0, 2.0, 3.0], b).Should().BeTrue();
        b.ShouldBeNear([1.75, 1.5], 1e-15);
        Cholesky.SolveInPlace([1.0, 0.0, 2.0, 1.0], [1.0, 1.0]).Should().BeFalse();
    }
}
