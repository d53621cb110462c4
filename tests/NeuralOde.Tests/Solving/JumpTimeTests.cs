using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Right-hand sides that jump at declared times.</summary>
public class JumpTimeTests
{
    private static readonly double[] Starts = Reference.Problem("torchdiffeq_jump", "y0").Numbers();
    private static readonly double[] Ends = Reference.Problem("torchdiffeq_jump", "y_1").Numbers();
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-14, JumpTimes = [0.5] };

    /// <summary>The same jump, written with either comparison: which side the time itself belongs to must not matter.</summary>
    private static readonly VectorField[] Fields =
    [
        VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 0.5 ? -0.5 * y[0] : y[0] * y[0]),
        VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t <= 0.5 ? -0.5 * y[0] : y[0] * y[0]),
    ];

    public static TheoryData<OdeMethod> Adaptive { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    [Fact]
    public void A_jump_costs_neither_accuracy_nor_rejections_whichever_way_it_is_written()
    {
        foreach (OdeMethod method in new[] { OdeMethod.DormandPrince5, OdeMethod.Tsitouras5, OdeMethod.DormandPrince8 })
        {
            foreach (VectorField field in Fields)
            {
                for (int i = 0; i < Starts.Length; i++)
                {
                    OdeSolution solution = OdeSolver.Solve(field, [Starts[i]], [0.0, 1], Tight with { Method = method }).EnsureSuccess();
                    solution.FinalState[0].Should().BeApproximately(Ends[i], 1e-12 * Ends[i] * (i + 1) * 4, method.Name);
                    solution.Statistics.RejectedSteps.Should().BeLessThan(5, method.Name);
                    OdeSolution back = OdeSolver.Solve(field, [Ends[i]], [1.0, 0], Tight with { Method = method }).EnsureSuccess();
                    back.FinalState[0].Should().BeApproximately(Starts[i], 1e-11, method.Name);
                    back.Statistics.RejectedSteps.Should().BeLessThan(5, method.Name);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void Every_method_lands_on_the_jump_and_the_comparison_changes_no_bit(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, JumpTimes = [0.5], RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-8 };
        OdeSolution one = OdeSolver.Solve(Fields[0], [1], 0, 1, options).EnsureSuccess(), other = OdeSolver.Solve(Fields[1], [1], 0, 1, options).EnsureSuccess();
        one.Times.ToArray().Should().Contain(0.5);
        one.FinalState[0].Should().BeApproximately(Ends[0], 3e-3);
        other.States.ShouldHaveTheBitsOf(one.States, "nobody looks at the jump time itself");
        other.Statistics.Should().Be(one.Statistics);
        if (method.Tableau is null || method.Order < 3)
            return;
        OdeSolution undeclared = OdeSolver.Solve(Fields[0], [1], 0, 1, options with { JumpTimes = null });
        undeclared.Statistics.RejectedSteps.Should().BeGreaterThan(one.Statistics.RejectedSteps, "it has to be found by rejected steps");
    }

    /// <summary>The third stage of Kværnø's method lies behind the end of the step, as its documentation says.</summary>
    public static TheoryData<OdeMethod> AllowingFixedSteps { get; } = [.. OdeMethod.All.Where(method => method.AllowsFixedStep && method != OdeMethod.Kvaerno5)];

    [Theory]
    [MemberData(nameof(AllowingFixedSteps))]
    public void Fixed_steps_land_on_it_and_count_anew(OdeMethod method)
    {
        // y' = 1 or 3: what no method gets wrong on one side, and all get wrong across.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 0.5 ? 1 : 3);
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 1, new OdeSolverOptions { Method = method, FixedStep = 0.2, JumpTimes = [0.5] }).EnsureSuccess();
        solution.Times.ToArray().Should().Equal(0, 0.2, 0.4, 0.5, 0.7, 0.9, 1);
        solution.FinalState[0].Should().BeApproximately(2, 1e-13);
    }

    [Fact]
    public void Jump_times_may_be_unsorted_repeated_at_the_ends_and_outside()
    {
        foreach (VectorField field in Fields)
        {
            double expected = OdeSolver.Solve(field, [1], [0.0, 1], Tight).FinalState[0];
            foreach (double[] times in new double[][] { [0.5, 0.5, 0.5], [7, 0.5, -3], [1, 0.5, 0], [0.5, 1e300, -1e300] })
            {
                OdeSolution solution = OdeSolver.Solve(field, [1], [0.0, 1], Tight with { JumpTimes = times });
                solution.FinalState[0].Should().BeApproximately(expected, 1e-14);
                solution.Statistics.RejectedSteps.Should().BeLessThan(5);
            }
        }
    }

    [Fact]
    public void At_the_ends_of_a_solve_the_inner_side_counts()
    {
        // From 0.5 on only the quadratic law matters, up to 0.5 only the linear one, whichever way either is solved.
        foreach (VectorField field in Fields)
        {
            OdeSolver.Solve(field, [1], [0.5, 1], Tight).EnsureSuccess().FinalState[0].Should().BeApproximately(2, 1e-11);
            OdeSolver.Solve(field, [2], [1.0, 0.5], Tight).EnsureSuccess().FinalState[0].Should().BeApproximately(1, 1e-11);
            OdeSolver.Solve(field, [1], [0.0, 0.5], Tight).EnsureSuccess().FinalState[0].Should().BeApproximately(Math.Exp(-0.25), 1e-12);
            OdeSolver.Solve(field, [1], [0.5, 0.0], Tight).EnsureSuccess().FinalState[0].Should().BeApproximately(Math.Exp(0.25), 1e-12);
            OdeSolver.Solve(field, [1], [0.5, 0.5], Tight).EnsureSuccess().FinalState[0].Should().Be(1);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Outputs_may_lie_on_jump_times(bool lands)
    {
        foreach (VectorField field in Fields)
        {
            OdeSolution solution = OdeSolver.Solve(field, [1], [0.0, 0.25, 0.5, 0.5, 0.75, 1], Tight with { StepToOutputTimes = lands }).EnsureSuccess();
            double atJump = Math.Exp(-0.25);
            solution.States.ToArray().ShouldBeNear([1, Math.Exp(-0.125), atJump, atJump, 1 / (1 / atJump - 0.25), 1 / (1 / atJump - 0.5)], 1e-10, "the closed solution");
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void The_slope_of_dense_output_jumps_and_has_the_right_value_on_either_side(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8, JumpTimes = [0.5] };
        foreach (VectorField field in Fields)
        {
            OdeSolution solution = OdeSolver.Solve(field, [1], 0, 1, options).EnsureSuccess();
            double y = solution.Evaluate(0.5)[0];
            solution.EvaluateDerivative(Math.BitDecrement(0.5))[0].Should().BeApproximately(-0.5 * y, 1e-4);
            solution.EvaluateDerivative(Math.BitIncrement(0.5))[0].Should().BeApproximately(y * y, 1e-4);
            solution.Evaluate(Math.BitDecrement(0.5))[0].Should().BeApproximately(solution.Evaluate(Math.BitIncrement(0.5))[0], 1e-14);
            OdeSolution upToHere = OdeSolver.Solve(field, [1], 0, 0.5, options);
            upToHere.EvaluateDerivative(0.5)[0].Should().BeApproximately(-0.5 * upToHere.FinalState[0], 1e-4);
        }
    }

    [Fact]
    public void Many_jumps_close_together_are_all_landed_on()
    {
        double[] jumps = [0.5, Math.BitIncrement(0.5), Math.BitIncrement(Math.BitIncrement(0.5)), 0.5 + 1e-15, 0.5 + 1e-9, 0.6, 0.7];
        VectorField counting = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = jumps.Count(jump => jump < t));
        double expected = jumps.Sum(jump => 1 - jump);
        OdeSolution solution = OdeSolver.Solve(counting, [0], 0, 1, new OdeSolverOptions { JumpTimes = [.. jumps.Reverse()] }).EnsureSuccess();
        solution.Times.ToArray().Should().Contain(jumps);
        solution.FinalState[0].Should().BeApproximately(expected, 1e-13);
        solution.Statistics.RejectedSteps.Should().Be(0);
    }

    [Fact]
    public void A_sample_has_the_same_bits_alone_and_in_a_ragged_batch()
    {
        double[][] states = [[1], [2], [0.3], [-1]], times = [[0.0, 0.4, 1], [0.2, 0.9], [1.0, 0.5, 0], [0.5, 0.7]];
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive))
        {
            var options = new OdeSolverOptions { Method = method, JumpTimes = [0.5], RelativeTolerance = 1e-4, AbsoluteTolerance = 1e-6 };
            OdeBatchSolution batch = OdeSolver.SolveBatch(Fields[1], states, times, options).EnsureSuccess();
            for (int i = 0; i < states.Length; i++)
            {
                OdeSolution alone = OdeSolver.Solve(Fields[1], states[i], times[i], options);
                batch[i].States.ShouldHaveTheBitsOf(alone.States, $"{method}, sample {i}");
                batch[i].Statistics.Should().Be(alone.Statistics);
            }
        }
    }

    [Fact]
    public void A_derivative_that_is_not_finite_behind_the_jump_ends_there()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 0.5 ? 1 : double.NaN);
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 1, new OdeSolverOptions { JumpTimes = [0.5] });
        solution.Status.Should().Be(OdeStatus.NonFiniteDerivative);
        solution.FinalTime.Should().Be(0.5);
        solution.FinalState[0].Should().BeApproximately(0.5, 1e-14);
    }
}
