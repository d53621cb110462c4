using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving.Implicit;

public class AutomaticMethodTests
{
    [Fact]
    public void Where_nothing_is_stiff_it_is_Tsitouras5()
    {
        foreach ((VectorField field, double[] state, double end) in new[] { (Problems.LotkaVolterra, [1.0, 1.0], 10.0), (Problems.Pendulum, [1.0, 0.0], 50.0), (Problems.NonAutonomous, Problems.NonAutonomousSolution(0), 2.0) })
        {
            OdeSolution automatic = OdeSolver.Solve(field, state, [0, end / 3, end], new OdeSolverOptions { Method = OdeMethod.Automatic });
            OdeSolution tsitouras = OdeSolver.Solve(field, state, [0, end / 3, end], new OdeSolverOptions { Method = OdeMethod.Tsitouras5 });
            automatic.Statistics.Should().Be(tsitouras.Statistics);
            automatic.States.ShouldHaveTheBitsOf(tsitouras.States, "the same steps");
        }
    }

    [Fact]
    public void It_changes_to_the_stiff_method_and_back_when_the_solution_does()
    {
        // Slow until t = 807, then a fast jump to the other side, slow again until t = 1614, then a second jump.
        var options = new OdeSolverOptions { Method = OdeMethod.Automatic, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9 };
        OdeStatistics statistics = OdeSolver.Solve(StiffMethods.VanDerPol1000, [2, 0], [0, 2000], options).EnsureSuccess().Statistics;
        statistics.MethodSwitches.Should().Be(5);
        OdeStatistics stiff = OdeSolver.Solve(StiffMethods.VanDerPol1000, [2, 0], [0, 2000], options with { Method = OdeMethod.Rodas5P }).EnsureSuccess().Statistics;
        statistics.Jacobians.Should().BeLessThan(stiff.Jacobians);
        statistics.Evaluations.Should().BeLessThan((long)(1.1 * stiff.Evaluations));
    }

    [Fact]
    public void Stiff_problems_cost_little_more_than_with_the_stiff_method()
    {
        foreach (StiffProblems.Problem problem in new[] { StiffProblems.Hires, StiffProblems.Rober })
        {
            long Evaluations(OdeMethod method) => OdeSolver.Solve(problem.Field, problem.InitialState, [0, 100], new OdeSolverOptions { Method = method, AbsoluteTolerance = 1e-11 }).EnsureSuccess().Statistics.Evaluations;
            Evaluations(OdeMethod.Automatic).Should().BeLessThan((long)(1.3 * Evaluations(OdeMethod.Rodas5P)) + 200);
        }
    }

    [Theory]
    [InlineData(1e-10, 1e-15)]
    [InlineData(1e-11, 1e-14)]
    [InlineData(1e-9, 1e-14)]
    public void At_tight_tolerances_too(double relative, double absolute)
    {
        // The steps are short because of the stiff components' errors, before stability limits them.
        OdeStatistics Statistics(OdeMethod method) => OdeSolver.Solve(StiffProblems.Hires.Field, StiffProblems.Hires.InitialState, [0, 321.8122],
            new OdeSolverOptions { Method = method, RelativeTolerance = relative, AbsoluteTolerance = absolute }).EnsureSuccess().Statistics;
        OdeStatistics automatic = Statistics(OdeMethod.Automatic), stiff = Statistics(OdeMethod.Rodas5P);
        automatic.Evaluations.Should().BeLessThan(stiff.Evaluations);
        automatic.AcceptedSteps.Should().BeLessThan(2 * stiff.AcceptedSteps);
    }

    [Theory]
    [InlineData(1e-2)]
    [InlineData(1e-3)]
    [InlineData(1e-4)]
    [InlineData(3e-5)]
    [InlineData(1e-6)]
    public void A_halt_after_explicit_steps_beyond_stability_is_overcome_by_the_stiff_method(double tolerance)
    {
        // The second component of Robertson's reaction, 3.6e-5, is nothing against these tolerances; an explicit step that makes it as much negative starts an explosion.
        // Reference at t = 40: Hairer and Wanner's 0.7158270687, at t = 1e4 solves at 1e-11 with Bdf and KennedyCarpenter5, equal to ten digits.
        foreach ((double end, double right) in new[] { (40.0, 0.7158270687), (1e4, 0.1073004286) })
        {
            OdeSolution solution = OdeSolver.Solve(StiffProblems.Rober.Field, [1, 0, 0], [0, 1e-3, end],
                new OdeSolverOptions { Method = OdeMethod.Automatic, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }).EnsureSuccess();
            solution.FinalState[0].Should().BeApproximately(right, tolerance);
            solution.Times.ToArray().Should().Equal(0, 1e-3, end);
            solution.Statistics.MethodSwitches.Should().Be(1);
        }
    }

    [Theory]
    [InlineData(ErrorControl.PerSample)]
    [InlineData(ErrorControl.Joint)]
    public void A_second_try_of_one_sample_leaves_the_others_as_they_are(ErrorControl control)
    {
        var options = new OdeSolverOptions { Method = OdeMethod.Automatic, RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-3, ErrorControl = control };
        OdeBatchSolution batch = OdeSolver.SolveBatch(StiffProblems.Rober.Field, new double[][] { [1, 0, 0], [0, 0, 1], [1, 0, 0] }, new double[] { 0, 1e-3, 40 }, options);
        batch.IsSuccess.Should().BeTrue();
        OdeSolution alone = OdeSolver.Solve(StiffProblems.Rober.Field, [1, 0, 0], [0, 1e-3, 40], options);
        batch[0].FinalState[0].Should().BeApproximately(0.7158270687, 1e-3);
        batch[1].FinalState.ToArray().Should().Equal(0, 0, 1);
        if (control == ErrorControl.Joint)
            return;
        batch[2].States.ShouldHaveTheBitsOf(alone.States, "a batch changes nothing");
        batch[2].Statistics.Should().Be(alone.Statistics);
    }

    [Fact]
    public void A_solution_that_ends_is_not_tried_again()
    {
        // y = 1/(1 - t).
        OdeSolution solution = OdeSolver.Solve(VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * y[0]), [1], [0, 2], new OdeSolverOptions { Method = OdeMethod.Automatic });
        solution.Status.Should().NotBe(OdeStatus.Success);
        solution.FinalTime.Should().BeApproximately(1, 1e-5);
        solution.Statistics.MethodSwitches.Should().Be(0);
    }

    [Fact]
    public void A_field_that_becomes_stiff_and_mild_again_is_followed()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -(1 + 1e5 * Math.Exp(-25 * (t - 2) * (t - 2))) * (y[0] - Math.Sin(t)));
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 6, new OdeSolverOptions { Method = OdeMethod.Automatic, MaxStep = 0.1 }).EnsureSuccess();
        solution.Statistics.MethodSwitches.Should().Be(2);
        OdeSolution reference = OdeSolver.Solve(field, [0], 0, 6, new OdeSolverOptions { Method = OdeMethod.Rodas5P, RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 });
        for (double t = 0.05; t < 6; t += 0.11)
            solution.Evaluate(t).ShouldBeNear(reference.Evaluate(t), 1e-5, $"t = {t}");
    }

    [Fact]
    public void Every_sample_of_a_batch_changes_its_method_for_itself()
    {
        // The input is a sample's own: the height of a peak of stiffness at t = 2, and the stiffness beside it.
        InputSignal[] inputs = [.. new double[][] { [0, 1e5], [0, 0], [1e5, 0], [0, 1] }.Select(u => InputSignal.PiecewiseConstant([0], new[,] { { u[0], u[1] } }))];
        static void Rate(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> dydt) =>
            dydt[0] = -(1 + u[1] + u[0] * Math.Exp(-25 * (t - 2) * (t - 2))) * (y[0] - Math.Sin(t));
        var options = new OdeSolverOptions { Method = OdeMethod.Automatic, MaxStep = 0.1 };
        OdeBatchSolution batch = OdeSolver.SolveBatch(VectorField.FromFunction(1, inputs, Rate), [[0], [0], [0], [0]], [0.0, 6], options).EnsureSuccess();
        batch.Select(sample => sample.Statistics.MethodSwitches).Should().Equal([1, 0, 2, 0], "stiff; mild; stiff for a while; mild");
        batch.Statistics.MethodSwitches.Should().Be(3);
        for (int i = 0; i < inputs.Length; i++)
        {
            OdeSolution alone = OdeSolver.Solve(VectorField.FromFunction(1, inputs[i], Rate), [0], [0.0, 6], options);
            batch[i].Statistics.Should().Be(alone.Statistics);
            batch[i].FinalState.ShouldHaveTheBitsOf(alone.FinalState, $"sample {i}");
        }

        batch[1].Statistics.Jacobians.Should().Be(0);
    }

    [Fact]
    public void Where_nothing_is_stiff_it_makes_no_matrix()
    {
        // A Jacobian and its factors would take 144 MB.
        const int n = 3000;
        VectorField field = VectorField.FromFunction(n, (t, y, dydt) =>
        {
            for (int i = 0; i < n; i++)
                dydt[i] = -y[i];
        });
        long before = GC.GetAllocatedBytesForCurrentThread();
        OdeSolution solution = OdeSolver.Solve(field, [.. Enumerable.Repeat(1.0, n)], 0, 1, new OdeSolverOptions { Method = OdeMethod.Automatic }).EnsureSuccess();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(16_000_000);
        solution.FinalState[0].Should().BeApproximately(Math.Exp(-1), 1e-5);
        solution.Statistics.Jacobians.Should().Be(0);
    }

    [Fact]
    public void It_takes_no_fixed_steps() =>
        FluentActions.Invoking(() => OdeSolver.Solve(Problems.Decay, [1], [0, 1], new OdeSolverOptions { Method = OdeMethod.Automatic, FixedStep = 0.1 }))
            .Should().Throw<ArgumentException>().WithMessage("Automatic chooses between its methods by the steps that they can take and cannot take fixed ones; leave FixedStep null, or choose Tsitouras5 or Rodas5P yourself.*");
}
