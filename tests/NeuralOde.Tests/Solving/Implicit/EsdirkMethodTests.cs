using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>How diagonally implicit methods solve their stages.</summary>
public class EsdirkMethodTests
{
    public static TheoryData<string> Names { get; } = ["TrBdf2", "KennedyCarpenter5", "Kvaerno5"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stiff_component_at_rest_reduces_the_order_to_that_of_the_stages(string name)
    {
        (double order, double error) = StiffMethods.ProtheroRobinsonOrder(name, -1e6);
        order.Should().BeApproximately(2, 0.15);
        // The error is that of the stages over the stiffness.
        error.Should().BeLessThan(1e-10);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_Jacobian_serves_many_steps_and_a_factorization_all_steps_of_a_size(string name)
    {
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-11 };
        OdeStatistics statistics = OdeSolver.Solve(StiffProblems.Rober.FieldWithJacobian, [1, 0, 0], [0, 100], options).EnsureSuccess().Statistics;
        statistics.Jacobians.Should().BeLessThan(statistics.AcceptedSteps / 3);
        statistics.Factorizations.Should().BeLessThan(statistics.AcceptedSteps);
        int stages = name == "TrBdf2" ? 2 : 6;
        statistics.Evaluations.Should().BeLessThan(4 * stages * (statistics.AcceptedSteps + statistics.RejectedSteps));

        OdeStatistics constant = OdeSolver.Solve(StiffMethods.ProtheroRobinson(-1e6), [Math.Sin(0.5)], [0, 2], options with { FixedStep = 0.01 }).EnsureSuccess().Statistics;
        constant.Jacobians.Should().BeLessThanOrEqualTo(constant.AcceptedSteps / 50);
        constant.Factorizations.Should().Be(constant.Jacobians);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_linear_problem_takes_at_most_two_iterations_a_stage(string name)
    {
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-6 };
        OdeStatistics statistics = OdeSolver.Solve(StiffMethods.ProtheroRobinson(-1e3), [0], [0, 5], options).EnsureSuccess().Statistics;
        int stages = name == "TrBdf2" ? 2 : 6;
        statistics.Evaluations.Should().BeLessThan((long)(2.1 * stages * (statistics.AcceptedSteps + statistics.RejectedSteps)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_wrong_Jacobian_costs_steps_or_ends_in_a_status(string name)
    {
        foreach (double factor in new[] { 0.9, 0.5, 0.0, -3.0, 1e4 })
        {
            VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -50 * (y[0] - Math.Cos(t)), (t, y, jacobian) => jacobian[0] = -50 * factor);
            var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7, MaxSteps = 20_000 };
            OdeSolution solution = OdeSolver.Solve(field, [0], [0, 3], options);
            if (solution.Failure is null)
                solution.FinalState[0].Should().BeApproximately((2500 * Math.Cos(3) + 50 * Math.Sin(3)) / 2501, 1e-3, $"times {factor}");
            else
                solution.Status.Should().BeOneOf(OdeStatus.NewtonFailure, OdeStatus.TooManySteps);
            (solution.Failure is null || factor is < 0 or > 1).Should().BeTrue($"{factor} times the Jacobian: {solution.Status}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Equations_without_a_solution_end_in_a_Newton_failure(string name)
    {
        VectorField noJacobian = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -1e3 * y[0], (t, y, jacobian) => jacobian[0] = double.NaN);
        foreach (OdeSolverOptions options in new[] { new OdeSolverOptions(), new OdeSolverOptions { FixedStep = 0.1 } })
        {
            OdeSolution solution = OdeSolver.Solve(noJacobian, [1], [0, 1], options with { Method = StiffMethods.Find(name) });
            solution.Status.Should().Be(OdeStatus.NewtonFailure);
            solution.FinalTime.Should().Be(0);
            solution.Statistics.NewtonFailures.Should().BeInRange(1, 101).And.Be(solution.Statistics.RejectedSteps);
            solution.Failure!.Component.Should().Be(-1);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_outdated_Jacobian_is_renewed_before_a_step_is_given_up(string name)
    {
        // The stiffness rises a thousandfold at t = 1 without a declared jump.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -(1 + 1e4 / (1 + Math.Exp(-200 * (t - 1)))) * (y[0] - Math.Cos(t)));
        OdeSolution solution = OdeSolver.Solve(field, [1], [0, 3], new OdeSolverOptions { Method = StiffMethods.Find(name) }).EnsureSuccess();
        solution.FinalState[0].Should().BeApproximately(Math.Cos(3) + Math.Sin(3) / 1e4, 1e-5);
        solution.Statistics.Jacobians.Should().BeGreaterThan(2);
        solution.Statistics.NewtonFailures.Should().BeLessThan(solution.Statistics.AcceptedSteps / 5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Between_the_steps_of_a_stiff_solve_the_solution_is_smooth_and_near(string name)
    {
        // At the steps the stiffness damps the error, which lets them grow longer than one.
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 };
        OdeSolution solution = OdeSolver.Solve(StiffMethods.ProtheroRobinson(-1e5), [Math.Sin(0.5)], 0, 5, options).EnsureSuccess();
        for (double t = 0.01; t < 5; t += 0.0173)
        {
            solution.Evaluate(t).ShouldBeNear([Math.Sin(t + 0.5)], 5e-6, $"y({t})");
            solution.EvaluateDerivative(t).ShouldBeNear([Math.Cos(t + 0.5)], 1e-3, $"y'({t})");
        }
    }
}
