using NeuralOde.Tests.Gradients;

namespace NeuralOde.Tests.Dynamics;

/// <summary>The breakpoints of inputs are jump times: steps end there by themselves, and see the input from their own side.</summary>
public class ForcingJumpTests
{
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 };

    [Theory]
    [InlineData("steps")]
    [InlineData("ramps")]
    [InlineData("cubic hat")]
    public void A_solve_has_the_closed_solution_and_hardly_rejects_a_step(string name)
    {
        ForcedDecay problem = ForcedDecay.Named(name);
        double[] times = [0, 0.3, 0.5, 1.2, 1.5, 2, 2.4, 3.1, 3.3, 5];
        OdeSolution solution = OdeSolver.Solve(problem.Field, [0.8], times, Tight).EnsureSuccess();
        for (int i = 0; i < times.Length; i++)
            solution.States[i].Should().BeApproximately(problem.Solution(0.8, times[i]), 1e-10, "it is so at {0}", times[i]);
        solution.Statistics.RejectedSteps.Should().BeLessThanOrEqualTo(2 * problem.Signal.Breakpoints.Length);
    }

    public static TheoryData<OdeMethod> All { get; } = [.. OdeMethod.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_method_reaches_the_tolerance_across_the_steps_of_an_input(OdeMethod method)
    {
        const double FixedStep = 0.05;
        // Kvaerno5 evaluates behind the end of a step, and so behind a jump that ends it, with the input that comes after: that stage is wrong in the last step
        // before every jump. With an error estimate that costs rejected steps, not accuracy; with fixed steps it costs all orders but one.
        bool looksBehindJumps = method == OdeMethod.Kvaerno5;
        if (method.IsAdaptive)
        {
            int rejected = ShouldFollowTheSteps(new() { Method = method, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 }, 1e-5);
            if (looksBehindJumps)
                rejected.Should().BeInRange(10, 60);
            else
                rejected.Should().BeLessThanOrEqualTo(ForcedDecay.Steps.Signal.Breakpoints.Length + (method == OdeMethod.Bdf ? 2 : 1));
        }

        if (method.AllowsFixedStep)
            ShouldFollowTheSteps(new() { Method = method, FixedStep = FixedStep }, Math.Pow(FixedStep, looksBehindJumps ? 1 : method.Order));
    }

    /// <returns>The most rejected steps of a solve.</returns>
    private static int ShouldFollowTheSteps(OdeSolverOptions options, double tolerance)
    {
        int rejected = 0;
        foreach (double[] times in new double[][] { [0, 0.3, 0.7, 1.2, 1.5, 2, 3.1, 3.3, 5], [0, 5], [5, 3.3, 3.1, 2, 1.5, 0.6, 0] })
        {
            double Expected(double t) => ForcedDecay.Steps.Solution(0.8, t);
            OdeSolution solution = OdeSolver.Solve(ForcedDecay.Steps.Field, [Expected(times[0])], times, options).EnsureSuccess();
            // Backward, an error grows like exp(t).
            double growth = times[0] > times[^1] ? Math.Exp(5) : 1;
            for (int i = 0; i < times.Length; i++)
                solution[i, 0].Should().BeApproximately(Expected(times[i]), growth * tolerance, "it is so at {0}", times[i]);
            rejected = Math.Max(rejected, (int)solution.Statistics.RejectedSteps);
        }

        return rejected;
    }

    [Theory]
    [InlineData("steps")]
    [InlineData("ramps")]
    [InlineData("cubic hat")]
    public void The_way_back_ends_where_the_way_there_began(string name)
    {
        ForcedDecay problem = ForcedDecay.Named(name);
        OdeSolution back = OdeSolver.Solve(problem.Field, [problem.Solution(0.8, 4)], [4.0, 0], Tight).EnsureSuccess();
        back.FinalState[0].Should().BeApproximately(0.8, 1e-9);
        back.Statistics.RejectedSteps.Should().BeLessThanOrEqualTo(2 * problem.Signal.Breakpoints.Length);
    }

    [Fact]
    public void Steps_end_at_the_breakpoints_between_start_and_end_and_dense_output_is_right_beside_them()
    {
        foreach (ForcedDecay problem in new[] { ForcedDecay.Steps, ForcedDecay.Ramps, ForcedDecay.Hat })
        {
            OdeSolution solution = OdeSolver.Solve(problem.Field, [0.8], t0: 0, t1: 3.3, Tight).EnsureSuccess();
            solution.Times.ToArray().Should().Contain(problem.Signal.Breakpoints.ToArray().Where(t => t > 0 && t < 3.3));
            foreach (double t in problem.Signal.Breakpoints.ToArray().Where(t => t < 3.2))
            {
                foreach (double side in new[] { -1e-3, 0, 1e-3 })
                    solution.Evaluate(t + side)[0].Should().BeApproximately(problem.Solution(0.8, t + side), 1e-8);
            }
        }
    }

    [Fact]
    public void Steps_of_the_input_are_integrated_exactly_without_a_rejected_step()
    {
        // y' = u: any step that sees only one value is exact, and any that sees two is not.
        InputSignal signal = InputSignal.PiecewiseConstant([0, 1, 1.3, 2, 2.75], [1, -2, 4, 0.5, 3]);
        VectorField sum = VectorField.FromFunction(1, signal, (t, y, u, dydt) => dydt[0] = u[0]);
        double[] times = [0, 1, 1.3, 2, 2.75, 4], expected = [0, 1, 0.4, 3.2, 3.575, 7.325];
        foreach (bool backward in new[] { false, true })
        {
            double[] order = backward ? [.. times.Reverse()] : times, values = backward ? [.. expected.Reverse()] : expected;
            foreach (double[] wanted in new[] { order, [order[0], order[^1]] })
            {
                OdeSolution solution = OdeSolver.Solve(sum, [values[0]], wanted, new OdeSolverOptions()).EnsureSuccess();
                solution.FinalState[0].Should().BeApproximately(values[^1], 1e-13);
                if (wanted.Length > 2)
                    solution.States.ToArray().Zip(values).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-13);
                solution.Statistics.RejectedSteps.Should().Be(0);
            }
        }
    }

    [Fact]
    public void A_jump_at_the_start_or_the_end_or_outside_costs_nothing()
    {
        InputSignal signal = InputSignal.PiecewiseConstant([-2, 0, 1, 5], [9, 1, 2, 9]), constant = InputSignal.PiecewiseConstant([0], [1]);
        OdeSolution forced = Solve(signal), free = Solve(constant);
        forced.FinalState[0].Should().Be(free.FinalState[0]);
        forced.Statistics.AcceptedSteps.Should().Be(free.Statistics.AcceptedSteps);

        static OdeSolution Solve(InputSignal input) =>
            OdeSolver.Solve(VectorField.FromFunction(1, input, (t, y, u, dydt) => dydt[0] = u[0] - y[0]), [0.2], [0.0, 1], new OdeSolverOptions()).EnsureSuccess();
    }

    [Fact]
    public void Every_sample_of_a_batch_lands_on_its_own_breakpoints()
    {
        ForcedDecay[] problems = [ForcedDecay.Steps, ForcedDecay.Ramps, ForcedDecay.Hat];
        VectorField field = VectorField.FromFunction(1, [.. problems.Select(problem => problem.Signal)], (t, y, u, dydt) => dydt[0] = u[0] - y[0]);
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0.8], [-1], [3]], [0.0, 5], Tight).EnsureSuccess();
        double[] initial = [0.8, -1, 3];
        for (int i = 0; i < 3; i++)
        {
            batch[i].FinalState[0].Should().BeApproximately(problems[i].Solution(initial[i], 5), 1e-10);
            OdeSolution alone = OdeSolver.Solve(problems[i].Field, [initial[i]], [0.0, 5], Tight);
            batch[i].FinalState[0].Should().Be(alone.FinalState[0]);
            batch[i].Statistics.Should().Be(alone.Statistics);
        }
    }

    [Theory]
    [InlineData("steps", false)]
    [InlineData("steps", true)]
    [InlineData("ramps", false)]
    [InlineData("ramps", true)]
    public void Gradients_across_breakpoints_are_those_of_finite_differences(string name, bool isContinuous)
    {
        var field = new NeuralVectorField(new MultilayerPerceptron(2, [4], 1, seed: 2), ForcedDecay.Named(name).Signal);
        var problem = new GradientProblem(field, [[0, 0.3, 1.2, 1.9, 3.8], [0.4, 0.6, 1.8], [3.9, 2.2, 0.2]], [[0.8], [-0.3], [0.5]], GradientProblems.WeightedSquares);
        GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), Tight, problem)
            .ShouldAgreeWith(FiniteDifferences.Of(problem, Tight), 1e-7);
    }
}
