using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

public class ReferenceSolutionTests
{
    public static TheoryData<string> DetestNames { get; } = [.. Detest.Names];

    [Theory]
    [MemberData(nameof(DetestNames))]
    public void Tight_tolerances_reach_the_reference_of_the_test_set(string name)
    {
        var options = new OdeSolverOptions { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-15 };
        OdeSolution solution = OdeSolver.Solve(Detest.Field(name), Detest.InitialState(name), [0, 20], options).EnsureSuccess();
        solution.FinalState.ToArray().ShouldBeNear(Reference.Problem("detest", "problems", name, "y").Numbers(), 1e-9, name);
    }

    [Fact]
    public void A_tighter_tolerance_does_not_make_the_error_grow()
    {
        foreach (string name in Detest.Names)
        {
            double[] reference = Reference.Problem("detest", "problems", name, "y").Numbers();
            double best = double.PositiveInfinity;
            for (double tolerance = 1e-3; tolerance > 1e-11; tolerance /= 2)
            {
                var options = new OdeSolverOptions { RelativeTolerance = tolerance, AbsoluteTolerance = 1e-2 * tolerance };
                OdeSolution solution = OdeSolver.Solve(Detest.Field(name), Detest.InitialState(name), [0, 20], options).EnsureSuccess();
                double error = solution.FinalState.ToArray().Zip(reference, (y, r) => Math.Abs(y - r)).Max();
                // Errors of both signs may cancel by accident at one tolerance, so a single halving may well lose some of that luck.
                error.Should().BeLessThan(Math.Max(30 * best, 100 * tolerance), $"{name} at {tolerance}");
                best = Math.Min(best, Math.Max(error, tolerance));
            }
        }
    }

    [Fact]
    public void Lotka_and_Volterra_end_where_the_reference_does()
    {
        var options = new OdeSolverOptions { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-14 };
        OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10], options).FinalState.ToArray()
            .ShouldBeNear(Reference.Problem("lotka_volterra_gradient", "u_10").Numbers(), 1e-10, "u(10)");
    }
}
