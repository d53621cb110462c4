namespace NeuralOde.Tests.Solving.Implicit;

public class Rodas5PTests
{
    [Fact]
    public void Its_coefficients_agree_with_each_other()
    {
        // With Γ from C = diag(1/γ) − Γ⁻¹, the nodes are the row sums of a Γ and the γ_i those of Γ.
        RosenbrockTableau tableau = Rodas5P.Tableau;
        double[][] gamma = Gamma(tableau);
        for (int i = 0; i < tableau.Stages; i++)
        {
            gamma[i].Sum().Should().BeApproximately(tableau.TimeWeights[i], 1e-13, $"γ_{i}");
            SparseRow row = tableau.Couplings[i];
            row.Indices.Zip(row.Coefficients, (j, a) => a * gamma[j].Sum()).Sum().Should().BeApproximately(tableau.Nodes[i], 1e-13, $"α_{i}");
        }

        // The weights b = Γᵀ m of the usual form.
        double[] b = [.. Enumerable.Range(0, tableau.Stages).Select(j => tableau.Weights.Indices.Zip(tableau.Weights.Coefficients, (i, m) => m * gamma[i][j]).Sum())];
        b.Sum().Should().BeApproximately(1, 1e-13);
        b.Zip(tableau.Nodes, (weight, node) => weight * node * node).Sum().Should().BeApproximately(1.0 / 3, 1e-13);
        b.Zip(tableau.Nodes, (weight, node) => weight * Math.Pow(node, 3)).Sum().Should().BeApproximately(1.0 / 4, 1e-13);
        b.Zip(tableau.Nodes, (weight, node) => weight * Math.Pow(node, 4)).Sum().Should().BeApproximately(1.0 / 5, 1e-13);
    }

    [Fact]
    public void On_a_stiff_component_at_rest_the_order_falls_to_three_and_the_error_is_divided_by_the_stiffness()
    {
        (double mildOrder, double mildError) = Measure(-1e4);
        mildOrder.Should().BeApproximately(3, 0.15);
        mildError.Should().BeLessThan(2e-11);
        (double order, double error) = Measure(-1e6);
        order.Should().BeApproximately(3, 0.15);
        error.Should().BeLessThan(2e-13);
    }

    [Fact]
    public void A_step_takes_eight_evaluations_and_a_Jacobian_that_a_rejection_keeps()
    {
        var options = new OdeSolverOptions { Method = OdeMethod.Rodas5P, InitialStep = 5, RelativeTolerance = 1e-6 };
        OdeStatistics statistics = OdeSolver.Solve(StiffProblems.Hires.FieldWithJacobian, StiffProblems.Hires.InitialState, [0, 300], options).EnsureSuccess().Statistics;
        statistics.RejectedSteps.Should().BePositive();
        statistics.Jacobians.Should().Be(statistics.AcceptedSteps);
        statistics.Factorizations.Should().Be(statistics.AcceptedSteps + statistics.RejectedSteps);
        statistics.Evaluations.Should().Be(1 + 8 * statistics.AcceptedSteps + 7 * statistics.RejectedSteps);
        statistics.NewtonFailures.Should().Be(0);
    }

    [Fact]
    public void A_wrong_Jacobian_costs_steps_not_correctness()
    {
        foreach (double factor in new[] { 0.5, 2.0, 0.0 })
        {
            VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -50 * (y[0] - Math.Cos(t)), (t, y, jacobian) => jacobian[0] = -50 * factor);
            var options = new OdeSolverOptions { Method = OdeMethod.Rodas5P, RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 };
            OdeSolver.Solve(field, [0], [0, 3], options).EnsureSuccess().FinalState[0].Should().BeApproximately((2500 * Math.Cos(3) + 50 * Math.Sin(3)) / 2501, 1e-3);
        }
    }

    [Fact]
    public void Without_a_finite_Jacobian_there_is_no_step()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0], (t, y, jacobian) => jacobian[0] = double.NaN);
        OdeSolution solution = OdeSolver.Solve(field, [1], [0, 1], new OdeSolverOptions { Method = OdeMethod.Rodas5P });
        solution.Status.Should().Be(OdeStatus.NewtonFailure);
        solution.Statistics.AcceptedSteps.Should().Be(0);
    }

    [Fact]
    public void A_new_state_where_the_field_is_not_finite_is_not_accepted()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] > 1.5 ? double.NaN : 1, (t, y, jacobian) => { });
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 2, new OdeSolverOptions { Method = OdeMethod.Rodas5P });
        solution.Status.Should().Be(OdeStatus.NonFiniteState);
        solution.FinalState[0].Should().BeApproximately(1.5, 1e-6).And.BeLessThanOrEqualTo(1.5);
    }

    private static (double Order, double Error) Measure(double lambda)
    {
        // Rounding of the time in the difference for ∂f/∂t takes over for shorter steps.
        int[] steps = [20, 40, 80];
        double[] errors = [.. steps.Select(n =>
        {
            OdeSolution solution = OdeSolver.Solve(StiffMethods.ProtheroRobinson(lambda), [Math.Sin(0.5)], 0, 2, new OdeSolverOptions { Method = OdeMethod.Rodas5P, FixedStep = 2.0 / n });
            return solution.Times.ToArray().Select((t, i) => Math.Abs(solution[i, 0] - Math.Sin(t + 0.5))).Max();
        })];
        return (Math.Log2(errors[0] / errors[1]), errors[2]);
    }

    private static double[][] Gamma(RosenbrockTableau tableau)
    {
        int n = tableau.Stages;
        var inverse = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            inverse[i * n + i] = 1.0 / tableau.Diagonal;
            SparseRow row = tableau.JacobianCouplings[i];
            for (int j = 0; j < row.Indices.Length; j++)
                inverse[i * n + row.Indices[j]] = -row.Coefficients[j];
        }

        var pivots = new int[n];
        LuKernels.Widest.Factor(inverse, pivots).Should().BeTrue();
        var gamma = new double[n][];
        for (int i = 0; i < n; i++)
            gamma[i] = new double[n];
        for (int j = 0; j < n; j++)
        {
            var column = new double[n];
            column[j] = 1.0;
            LuKernels.Widest.Solve(inverse, pivots, column);
            for (int i = 0; i < n; i++)
                gamma[i][j] = column[i];
        }

        return gamma;
    }
}
