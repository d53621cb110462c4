using CsCheck;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

public class StepControlTests
{
    [Theory]
    [InlineData(0, 1, 0.1, 10)]
    [InlineData(0, 1, 0.3, 4)]
    [InlineData(0, 0.9, 0.3, 3)]
    [InlineData(0, 0.7, 0.1, 7)]
    [InlineData(1, -2, 0.25, 12)]
    [InlineData(0, 0.05, 0.1, 1)]
    [InlineData(1e9 + 0.1, 1e9 + 1.1, 0.1, 10)]
    [InlineData(0.1, 1234.1, 0.01, 123400)]
    public void Fixed_steps_lie_on_their_grid_and_end_at_the_end(double t0, double t1, double step, int count)
    {
        foreach (OdeMethod method in count > 1000 ? [OdeMethod.RungeKutta4] : OdeMethod.All.Where(method => method.AllowsFixedStep))
        {
            OdeSolution solution = OdeSolver.Solve(Problems.Decay, [1], t0, t1, new OdeSolverOptions { Method = method, FixedStep = step, MaxSteps = 200_000 });
            solution.Count.Should().Be(count + 1);
            for (int n = 0; n < count; n++)
                solution.Times[n].Should().Be(t0 + Math.Sign(t1 - t0) * (n * step));
            solution.Times[count].Should().Be(t1);
            solution.Statistics.RejectedSteps.Should().Be(0);
        }
    }

    [Fact]
    public void Fixed_steps_leave_no_sliver() =>
        Gen.Select(Gen.Double[-3, 3], Gen.Double[-5, 5], Gen.Int[1, 300]).Sample((t0, length, count) =>
        {
            if (Math.Abs(length) < 0.01)
                return;
            OdeSolution solution = OdeSolver.Solve(Problems.Decay, [1], t0, t0 + length, new OdeSolverOptions { FixedStep = Math.Abs(length) / count });
            solution.Count.Should().Be(count + 1, $"the interval is {count} steps long");
        }, iter: 300);

    [Theory]
    [InlineData(0.1, 0, 1, 10)]
    [InlineData(0.1, 0.3, 1.3, 10)]
    [InlineData(0.07, 0, 7, 100)]
    [InlineData(0.1, 1, 0, 10)]
    public void A_longest_step_that_divides_the_interval_leaves_no_sliver(double longest, double t0, double t1, int expected)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1);
        var options = new OdeSolverOptions { MaxStep = longest, InitialStep = 1 };
        OdeSolver.Solve(field, [0], [t0, t1], options).Statistics.AcceptedSteps.Should().Be(expected);
    }

    [Fact]
    public void No_step_is_longer_than_MaxStep_nor_a_sliver() =>
        Gen.Select(Gen.Double[0.01, 2], Gen.Double[-3, 3], Gen.Double[-5, 5], Gen.Double[-6, -2]).Sample((longest, t0, length, digits) =>
        {
            if (Math.Abs(length) < 0.01)
                return;
            var options = new OdeSolverOptions { MaxStep = longest, RelativeTolerance = Math.Pow(10, digits) };
            double[] times = OdeSolver.Solve(Problems.Pendulum, [1, 0], t0, t0 + length, options).EnsureSuccess().Times.ToArray();
            for (int n = 1; n < times.Length; n++)
                Math.Abs(times[n] - times[n - 1]).Should().BeInRange(1e-9, longest * (1 + 1e-11));
        }, iter: 300);

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.03)]
    public void The_first_step_is_the_one_asked_for(double first)
    {
        OdeSolution forward = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 10, new OdeSolverOptions { InitialStep = first });
        forward.Times[1].Should().Be(first);
        OdeSolution backward = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, -10, new OdeSolverOptions { InitialStep = first });
        backward.Times[1].Should().Be(-first);
        OdeStatistics cost = backward.Statistics;
        cost.Evaluations.Should().Be(1 + 12 * cost.AcceptedSteps + 10 * cost.RejectedSteps, "a known first step needs no probe, and dense output two evaluations a step");
    }

    [Fact]
    public void A_first_step_that_is_too_long_is_rejected()
    {
        var options = new OdeSolverOptions { InitialStep = 9, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 10], options).EnsureSuccess();
        solution.Statistics.RejectedSteps.Should().BePositive();
        OdeSolution other = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 10], options with { InitialStep = 0.01 });
        solution.FinalState.ToArray().ShouldBeNear(other.FinalState.ToArray(), 1e-6, "a rejected step costs no accuracy");
    }

    [Fact]
    public void A_rejected_step_keeps_the_first_stage()
    {
        Problems.Recording recording = Problems.Record(Problems.LotkaVolterra);
        OdeStatistics statistics = OdeSolver.Solve(recording.Field, [1, 1], [0, 30], new OdeSolverOptions { InitialStep = 5 }).Statistics;
        statistics.RejectedSteps.Should().BePositive();
        statistics.Evaluations.Should().Be(recording.Evaluations);
        recording.Evaluations.Should().Be(1 + 10 * (statistics.AcceptedSteps + statistics.RejectedSteps));
    }

    [Theory]
    [InlineData("DormandPrince5", 6)]
    [InlineData("BogackiShampine3", 3)]
    [InlineData("Tsitouras5", 6)]
    [InlineData("Verner7", 10)]
    [InlineData("RungeKutta4", 4)]
    [InlineData("ThreeEighthsRule", 4)]
    [InlineData("Heun", 2)]
    [InlineData("Ralston", 2)]
    [InlineData("Midpoint", 2)]
    [InlineData("Euler", 1)]
    [InlineData("DormandPrince8", 12)]
    public void A_fixed_step_costs_the_methods_stages(string name, int perStep)
    {
        Problems.Recording recording = Problems.Record(Problems.Pendulum);
        var options = new OdeSolverOptions { Method = OdeMethod.All.Single(method => method.Name == name), FixedStep = 0.125 };
        OdeSolver.Solve(recording.Field, [1, 0], [0, 1], options).Statistics.Should().Be(new OdeStatistics { Evaluations = 1 + 8 * perStep, AcceptedSteps = 8 });
        recording.Evaluations.Should().Be(1 + 8 * perStep);
    }

    [Fact]
    public void A_vanishing_error_grows_the_step_by_the_largest_factor()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 0);
        OdeSolution solution = OdeSolver.Solve(field, [1], 0, 1e4, new OdeSolverOptions { InitialStep = 1, Controller = new StepSizeController { MaximumFactor = 10 } });
        solution.Times.ToArray().Should().Equal(0, 1, 11, 111, 1111, 10000);
    }

    [Fact]
    public void A_zero_relative_or_absolute_tolerance_is_legal()
    {
        OdeSolver.Solve(Problems.Decay, [1], [0, 1], new OdeSolverOptions { RelativeTolerance = 0, AbsoluteTolerance = 1e-9 })
            .FinalState[0].Should().BeApproximately(Math.Exp(-1), 1e-8);
        VectorField partlyZero = VectorField.FromFunction(2, (t, y, dydt) => dydt[0] = -y[0]);
        OdeSolver.Solve(partlyZero, [1, 0], [0, 1], new OdeSolverOptions { RelativeTolerance = 1e-9, AbsoluteTolerance = 0 }).EnsureSuccess()
            .FinalState[0].Should().BeApproximately(Math.Exp(-1), 1e-8);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1.0)]
    [InlineData(1e150)]
    [InlineData(1e300)]
    public void Without_an_absolute_tolerance_the_size_of_the_state_does_not_matter(double size)
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Decay, [size], [0, 1], new OdeSolverOptions { RelativeTolerance = 1e-9, AbsoluteTolerance = 0 }).EnsureSuccess();
        (solution.FinalState[0] / size).Should().BeApproximately(Math.Exp(-1), 1e-8);
    }

    [Fact]
    public void An_end_far_away_does_not_keep_a_solve_from_starting()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0] / (t + 1e-6));
        OdeSolution solution = OdeSolver.Solve(field, [1], 0, 1e12, new OdeSolverOptions { Method = OdeMethod.Tsitouras5 }).EnsureSuccess();
        solution.Evaluate(1.0)[0].Should().BeApproximately(1e-6, 1e-9);
        // Both formulas of Verner's pair keep (t + 1e-6)·y exactly, so nothing limits its steps but the largest factor, and only their ends are exact.
        OdeSolution ends = OdeSolver.Solve(field, [1], [0, 1.0, 1e12], new OdeSolverOptions { Method = OdeMethod.Verner7, StepToOutputTimes = true }).EnsureSuccess();
        ends[1, 0].Should().BeApproximately(1e-6, 1e-11);
    }

    [Fact]
    public void Every_controller_reaches_the_tolerance()
    {
        // I, Hairer's PI, a stronger PI, and the PID controller of Kennedy and Carpenter 2003.
        foreach ((double beta1, double beta2, double beta3) in new[] { (1.0, 0.0, 0.0), (0.85, -0.2, 0.0), (0.7, -0.4, 0.0), (0.49, -0.34, 0.1) })
        {
            foreach (double safety in new[] { 0.5, 0.9, 1.0 })
            {
                var options = new OdeSolverOptions { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-8, Controller = new StepSizeController { Beta1 = beta1, Beta2 = beta2, Beta3 = beta3, Safety = safety } };
                OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10], options).EnsureSuccess().FinalState.ToArray()
                    .ShouldBeNear(Reference.Problem("lotka_volterra_gradient", "u_10").Numbers(), 2e-6, $"beta ({beta1}, {beta2}, {beta3}), safety {safety}");
            }
        }
    }
}
