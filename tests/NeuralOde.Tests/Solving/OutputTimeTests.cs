using CsCheck;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

public class OutputTimeTests
{
    public static TheoryData<OdeSolverOptions> Ways { get; } =
    [
        new OdeSolverOptions(),
        new OdeSolverOptions { StepToOutputTimes = true },
        new OdeSolverOptions { Method = OdeMethod.BogackiShampine3, RelativeTolerance = 1e-4 },
        new OdeSolverOptions { Method = OdeMethod.RungeKutta4, FixedStep = 0.1 },
        new OdeSolverOptions { FixedStep = 0.1, StepToOutputTimes = true },
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_solve_over_a_single_time_returns_the_initial_state_without_an_evaluation(OdeSolverOptions options)
    {
        Problems.Recording recording = Problems.Record(Problems.Pendulum);
        foreach (double[] times in new double[][] { [3], [3, 3], [3, 3, 3] })
        {
            OdeSolution solution = OdeSolver.Solve(recording.Field, [1, 2], times, options);
            solution.Status.Should().Be(OdeStatus.Success);
            solution.Times.ToArray().Should().Equal(times);
            solution.States.ToArray().Should().Equal(times.SelectMany(_ => new[] { 1.0, 2.0 }));
            solution.FinalTime.Should().Be(3);
            solution.FinalState.ToArray().Should().Equal(1, 2);
            solution.Statistics.Should().Be(default(OdeStatistics));
        }

        recording.Evaluations.Should().Be(0);
    }

    [Fact]
    public void A_solve_over_an_empty_interval_is_known_at_that_point()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 2], t0: 3, t1: 3);
        solution.Times.ToArray().Should().Equal(3);
        solution.Evaluate(3).Should().Equal(1, 2);
        FluentActions.Invoking(() => solution.EvaluateDerivative(3)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => solution.Evaluate(3.0000001)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Repeated_times_get_copies_of_the_same_state(OdeSolverOptions options)
    {
        double[] times = [0, 0, 0.25, 0.25, 0.7, 1, 1, 1];
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], times, options).EnsureSuccess();
        solution.Times.ToArray().Should().Equal(times);
        foreach ((int first, int second) in new[] { (0, 1), (2, 3), (5, 6), (6, 7) })
            solution.State(first).ShouldHaveTheBitsOf(solution.State(second), $"outputs {first} and {second}");
        solution.FinalState.ShouldHaveTheBitsOf(solution.State(7), "the end");
    }

    [Fact]
    public void Neither_the_steps_nor_an_output_depends_on_how_many_times_are_asked_for() =>
        Gen.Double[0, 10].Array[0, 30].Sample(inner =>
        {
            double[] times = [0, .. inner.Order(), 10];
            OdeSolution many = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], times), two = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10]);
            (many.Statistics with { Evaluations = 0 }).Should().Be(two.Statistics with { Evaluations = 0 });
            // The default method takes two evaluations more in each step with an output inside.
            (many.Statistics.Evaluations - two.Statistics.Evaluations).Should().BeInRange(0, 2L * Math.Min(inner.Length, many.Statistics.AcceptedSteps));
            many.FinalState.ShouldHaveTheBitsOf(two.FinalState, "the end");
            for (int i = 1; i <= inner.Length; i++)
                many.State(i).ShouldHaveTheBitsOf(OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, times[i], 10]).State(1), $"t = {times[i]}");
        }, iter: 50);

    [Fact]
    public void Outputs_are_the_dense_output_at_their_times()
    {
        double[] times = [.. Enumerable.Range(0, 101).Select(i => 0.1 * i)];
        OdeSolution solution = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], times, new OdeSolverOptions { DenseOutput = true });
        for (int i = 0; i < times.Length; i++)
            solution.Evaluate(times[i]).ShouldBeNear(solution.State(i).ToArray(), 1e-15, $"t = {times[i]}");
    }

    [Fact]
    public void Steps_to_output_times_end_on_them_exactly()
    {
        double[] times = [0, 0.1, 0.30000000000000004, 0.3000000000000001, 1, 2.5, 7];
        var options = new OdeSolverOptions { StepToOutputTimes = true, DenseOutput = true, RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-12 };
        OdeSolution landed = OdeSolver.Solve(Problems.Decay, [1], times, options).EnsureSuccess();
        landed.Times.ToArray().Should().Equal(times);
        for (int i = 0; i < times.Length; i++)
        {
            landed[i, 0].Should().BeApproximately(Math.Exp(-times[i]), 1e-9);
            landed.Evaluate(times[i])[0].Should().Be(landed[i, 0], "a step ends there, so nothing is interpolated");
        }
    }

    [Fact]
    public void A_forward_solve_and_one_back_again_return_to_the_start()
    {
        var options = new OdeSolverOptions { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 };
        Gen.Select(Gen.Double[-3, 3], Gen.Double[-2, 2], Gen.Double[-5, 5], Gen.Double[-6, 6]).Sample((angle, velocity, t0, length) =>
        {
            OdeSolution there = OdeSolver.Solve(Problems.Pendulum, [angle, velocity], [t0, t0 + length], options).EnsureSuccess();
            OdeSolution back = OdeSolver.Solve(Problems.Pendulum, there.FinalState, [t0 + length, t0], options).EnsureSuccess();
            back.FinalTime.Should().Be(t0);
            back.FinalState.ToArray().ShouldBeNear([angle, velocity], 1e-7, "there and back");
        }, iter: 100);
    }

    [Fact]
    public void Time_that_runs_backward_mirrors_time_that_runs_forward_bit_by_bit()
    {
        VectorField mirrored = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            Problems.NonAutonomous.Evaluate(-t, y, dydt);
            dydt[0] = -dydt[0];
            dydt[1] = -dydt[1];
        });
        double[] times = [0.5, 0.8, 2, 3];
        OdeSolution forward = OdeSolver.Solve(Problems.NonAutonomous, [1, 0.5], times);
        OdeSolution backward = OdeSolver.Solve(mirrored, [1, 0.5], [.. times.Select(t => -t)]);
        backward.States.ShouldHaveTheBitsOf(forward.States, "the mirrored problem");
        backward.Statistics.Should().Be(forward.Statistics);
    }
}
