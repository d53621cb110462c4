using System.Text.Json;
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
    public void The_Arenstorf_orbit_costs_what_Hairers_program_needs()
    {
        JsonElement counts = Reference.Problem("arenstorf", "hairer_dopri5_tol_1e-7");
        OdeSolution orbit = SolveArenstorf([0, Period]);

        ((double)orbit.Statistics.Evaluations).Should().BeApproximately(counts.GetProperty("evaluations").GetInt32(), 0.02 * 1442);
        ((double)orbit.Statistics.AcceptedSteps).Should().BeApproximately(counts.GetProperty("accepted").GetInt32(), 0.02 * 216);
        double[] end = counts.GetProperty("y_end").Numbers();
        orbit.FinalState[0].Should().BeApproximately(end[0], 1e-4);
        orbit.FinalState[1].Should().BeApproximately(end[1], 1e-3);
    }

    [Fact]
    public void The_Arenstorf_orbit_passes_where_Hairers_dense_output_does()
    {
        double[][] table = [.. Reference.Problem("arenstorf", "hairer_dopri5_tol_1e-7", "dense_output").EnumerateArray().Select(row => row.Numbers())];
        OdeSolution orbit = SolveArenstorf([0, .. table.Select(row => row[0]), Period]);
        for (int i = 0; i < table.Length; i++)
        {
            orbit[i + 1, 0].Should().BeApproximately(table[i][1], 2e-5, $"y1 at t = {table[i][0]}");
            orbit[i + 1, 1].Should().BeApproximately(table[i][2], 2e-5, $"y2 at t = {table[i][0]}");
        }
    }

    [Fact]
    public void Lotka_and_Volterra_end_where_the_reference_does()
    {
        var options = new OdeSolverOptions { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-14 };
        OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10], options).FinalState.ToArray()
            .ShouldBeNear(Reference.Problem("lotka_volterra_gradient", "u_10").Numbers(), 1e-10, "u(10)");
    }

    private static double Period => Reference.Problem("arenstorf", "period").GetDouble();

    private static OdeSolution SolveArenstorf(double[] times) => OdeSolver.Solve(
        Problems.Arenstorf(Reference.Problem("arenstorf", "mu").GetDouble()), Reference.Problem("arenstorf", "y0").Numbers(), times,
        new OdeSolverOptions { Method = OdeMethod.DormandPrince5, RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-7 }).EnsureSuccess();
}
