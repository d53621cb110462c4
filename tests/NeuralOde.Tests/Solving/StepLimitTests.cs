namespace NeuralOde.Tests.Solving;

/// <summary>The shortest step, and what a solve says when it meets a limit.</summary>
public class StepLimitTests
{
    private static readonly OdeMethod[] Adaptive = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    [Fact]
    public void No_step_that_is_not_cut_short_to_land_is_shorter_than_MinStep()
    {
        foreach (OdeMethod method in Adaptive)
        {
            foreach (double t0 in new[] { 0.0, 0.7, -1e6 })
            {
                var options = new OdeSolverOptions { Method = method, MinStep = 0.1, InitialStep = 1e-3, RelativeTolerance = 1e-2, AbsoluteTolerance = 1e-2 };
                double[] times = OdeSolver.Solve(Problems.Pendulum, [1, 0], t0, t0 + 5, options).EnsureSuccess().Times.ToArray();
                for (int n = 1; n < times.Length - 1; n++)
                    (times[n] - times[n - 1]).Should().BeGreaterThanOrEqualTo(0.1 - 1e-9, method.Name);
            }
        }
    }

    [Fact]
    public void Tolerances_that_want_a_shorter_step_end_in_underflow_that_names_MinStep()
    {
        foreach (OdeMethod method in Adaptive)
        {
            foreach (double t0 in new[] { 0.0, 0.7, 3e5 })
            {
                var options = new OdeSolverOptions { Method = method, MinStep = 0.3, RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 };
                OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], t0, t0 + 50, options);
                // Where the step is much too long, an implicit method may not even get to its error estimate.
                OdeStatus[] statuses = method.IsStiff ? [OdeStatus.StepSizeUnderflow, OdeStatus.NewtonFailure] : [OdeStatus.StepSizeUnderflow];
                solution.Status.Should().BeOneOf(statuses, method.Name);
                Math.Abs(solution.Failure!.StepSize).Should().BeApproximately(0.3, 1e-8);
                solution.Failure.Message.Should().Contain("MinStep = 0.3").And.Contain("Lower MinStep");
                solution.Statistics.RejectedSteps.Should().BeLessThan(20, "nobody tries the same step again and again");
            }
        }
    }

    [Fact]
    public void An_underflow_at_a_singularity_does_not_blame_a_MinStep_that_is_far_below()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 1 ? 0.5 : 1e30);
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 2, new OdeSolverOptions { MinStep = 1e-200 });
        solution.Status.Should().Be(OdeStatus.StepSizeUnderflow);
        solution.Failure!.Message.Should().Contain("resolution of time").And.NotContain("MinStep");
    }

    [Fact]
    public void A_number_that_is_not_finite_stays_the_reason_where_MinStep_stops_the_shrinking()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -Math.Sqrt(1 - t));
        foreach (OdeMethod method in Adaptive)
        {
            OdeSolution solution = OdeSolver.Solve(field, [0], 0, 2, new OdeSolverOptions { Method = method, MinStep = 0.01, RelativeTolerance = 0.01, AbsoluteTolerance = 0.01 });
            solution.Status.Should().Be(OdeStatus.NonFiniteState, method.Name);
            solution.FinalTime.Should().BeInRange(0.9, 1, method.Name);
        }
    }

    public static TheoryData<string, OdeSolverOptions> BadLimits { get; } = new()
    {
        { "MinStep", new() { MinStep = -1 } },
        { "MinStep", new() { MinStep = double.NaN } },
        { "MinStep", new() { MinStep = double.PositiveInfinity } },
        { "MinStep", new() { MinStep = 0.2, MaxStep = 0.1 } },
        { "ErrorControl", new() { ErrorControl = (ErrorControl)7 } },
        { "Output", new() { Output = (OdeOutput)7 } },
        { "JumpTimes[1]", new() { JumpTimes = [0.5, double.NaN] } },
        { "JumpTimes[0]", new() { JumpTimes = [double.NegativeInfinity] } },
    };

    [Theory]
    [MemberData(nameof(BadLimits))]
    public void A_limit_that_makes_no_sense_is_named(string name, OdeSolverOptions options) =>
        FluentActions.Invoking(() => OdeSolver.Solve(Problems.Decay, [1], [0.0, 1], options)).Should().Throw<ArgumentException>().WithParameterName(name);

    [Fact]
    public void Every_method_keeps_to_its_first_and_longest_step_and_to_the_number_of_steps()
    {
        foreach (OdeMethod method in Adaptive)
        {
            var options = new OdeSolverOptions { Method = method, InitialStep = 1e-4, MaxStep = 0.125, MaxSteps = 30 };
            OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 50, options);
            double[] times = solution.Times.ToArray();
            times[1].Should().Be(1e-4, method.Name);
            times.Zip(times.Skip(1), (from, to) => to - from).Should().OnlyContain(step => step <= 0.125 * (1 + 1e-12));
            solution.Status.Should().Be(OdeStatus.TooManySteps);
            (solution.Statistics.AcceptedSteps + solution.Statistics.RejectedSteps).Should().Be(30);
            solution.Failure!.Message.Should().Contain("MaxSteps");
        }
    }
}
