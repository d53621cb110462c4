using NeuralOde.Tests.Solving.Implicit;

namespace NeuralOde.Tests.Solving.Multistep;

/// <summary>How the differentiation formulas solve their equations, and which orders they choose.</summary>
public class BdfMethodTests
{
    private static readonly OdeSolverOptions Options = new() { Method = OdeMethod.Bdf, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-11 };

    [Fact]
    public void A_Jacobian_serves_many_steps_and_a_factorization_all_steps_of_a_size_and_order()
    {
        OdeStatistics statistics = OdeSolver.Solve(StiffProblems.Rober.FieldWithJacobian, [1, 0, 0], [0, 100], Options).EnsureSuccess().Statistics;
        statistics.Jacobians.Should().BeLessThan(statistics.AcceptedSteps / 4);
        statistics.Factorizations.Should().BeLessThan(statistics.AcceptedSteps / 2);
        statistics.Evaluations.Should().BeLessThan(3 * (statistics.AcceptedSteps + statistics.RejectedSteps));
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.0)]
    [InlineData(-3.0)]
    [InlineData(1e4)]
    public void A_wrong_Jacobian_costs_steps_or_ends_in_a_status(double factor)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -50 * (y[0] - Math.Cos(t)), (t, y, jacobian) => jacobian[0] = -50 * factor);
        OdeSolution solution = OdeSolver.Solve(field, [0], [0, 3], Options with { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7, MaxSteps = 20_000 });
        if (solution.Failure is null)
            solution.FinalState[0].Should().BeApproximately((2500 * Math.Cos(3) + 50 * Math.Sin(3)) / 2501, 1e-3);
        else
            solution.Status.Should().BeOneOf(OdeStatus.NewtonFailure, OdeStatus.TooManySteps);
        (solution.Failure is null || factor is < 0 or > 1).Should().BeTrue($"{factor} times the Jacobian: {solution.Status}");
    }

    [Fact]
    public void Equations_without_a_solution_end_in_a_Newton_failure()
    {
        VectorField noJacobian = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -1e3 * y[0], (t, y, jacobian) => jacobian[0] = double.NaN);
        OdeSolution solution = OdeSolver.Solve(noJacobian, [1], [0, 1], Options);
        solution.Status.Should().Be(OdeStatus.NewtonFailure);
        solution.FinalTime.Should().Be(0);
        solution.Statistics.NewtonFailures.Should().BeInRange(1, 101).And.Be(solution.Statistics.RejectedSteps);
        solution.Failure!.Component.Should().Be(-1);
    }

    [Fact]
    public void Differences_for_the_Jacobian_are_as_fine_as_the_smallest_component_needs()
    {
        // The second component, of size 1e-6, is stiff in itself: a difference of the size of the first component would leave its range.
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = -y[0];
            dydt[1] = -1e4 * (y[1] - 1e-6 * y[0] / (1 + Math.Pow(y[1] / 1e-6, 2)));
        });
        OdeSolverOptions options = Options with { RelativeTolerance = 1e-6, AbsoluteTolerances = [1e-6, 1e-12] };
        OdeSolution solution = OdeSolver.Solve(field, [1, 0], [0, 2], options).EnsureSuccess();
        OdeSolution reference = OdeSolver.Solve(field, [1, 0], [0, 2], options with { Method = OdeMethod.Rodas5P, RelativeTolerance = 1e-9, AbsoluteTolerances = [1e-10, 1e-16] }).EnsureSuccess();
        solution.FinalState[1].Should().BeApproximately(reference.FinalState[1], 2e-10);
        solution.Statistics.AcceptedSteps.Should().BeLessThan(400);
        solution.Statistics.NewtonFailures.Should().BeLessThan(20);
    }

    [Fact]
    public void Stiffness_reduces_the_order_little()
    {
        // The solution is sin(t + 1/2) whatever the stiffness: errors stay within some tolerances.
        foreach (double stiffness in new[] { 1e2, 1e4, 1e6 })
        {
            foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
            {
                OdeSolution solution = OdeSolver.Solve(StiffMethods.ProtheroRobinson(-stiffness), [Math.Sin(0.5)], 0, 10,
                    Options with { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }).EnsureSuccess();
                solution.FinalState[0].Should().BeApproximately(Math.Sin(10.5), 20 * tolerance, $"stiffness {stiffness}");
                solution.Statistics.AcceptedSteps.Should().BeLessThan(tolerance == 1e-8 ? 500 : 250, $"stiffness {stiffness}, tolerance {tolerance}");
            }
        }
    }
}
