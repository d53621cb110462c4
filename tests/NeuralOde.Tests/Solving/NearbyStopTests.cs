using System.Runtime.Intrinsics;

namespace NeuralOde.Tests.Solving;

/// <summary>Stops a few roundings away from where a solve starts, or from one another: they cost a short step and nothing else.</summary>
public class NearbyStopTests
{
    private const double Tolerance = 1e-6;

    public static TheoryData<OdeMethod> All { get; } = [.. OdeMethod.All];

    public static TheoryData<OdeMethod> Adaptive { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    /// <summary>0.1 · i, which is i / 10.0 but for rounding: 0.30000000000000004, 0.6000000000000001, 0.7000000000000001.</summary>
    private static double[] Knots { get; } = [.. Enumerable.Range(0, 12).Select(i => 0.1 * i)];

    private static double[] Values { get; } = [.. Enumerable.Range(0, 12).Select(i => Math.Cos(1.7 * i))];

    internal static InputSignal[] Inputs { get; } =
        [InputSignal.PiecewiseConstant(Knots, Values), InputSignal.PiecewiseLinear(Knots, Values), InputSignal.CubicSpline(Knots, Values)];

    [Theory]
    [MemberData(nameof(All))]
    public void A_solve_may_start_and_end_some_roundings_from_the_breakpoints_of_its_input(OdeMethod method)
    {
        foreach (InputSignal input in Inputs)
        {
            VectorField field = VectorField.FromFunction(1, input, (t, y, u, dydt) => dydt[0] = u[0] - y[0]);
            ForAllNearbyTimes((t0, t1) => OdeSolver.Solve(field, [0.7], t0, t1, Options(method)), (t0, t1) => Exact(input, 0.7, t0, t1), method);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_solve_may_start_and_end_some_roundings_from_declared_jumps(OdeMethod method)
    {
        var jumping = InputSignal.PiecewiseConstant(Knots, Values);
        var field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = jumping.Evaluate(t)[0] - y[0]);
        ForAllNearbyTimes((t0, t1) => OdeSolver.Solve(field, [0.7], t0, t1, Options(method) with { JumpTimes = Knots }), (t0, t1) => Exact(jumping, 0.7, t0, t1), method);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_batch_in_joint_control_may_too(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, Inputs[0], (t, y, u, dydt) => dydt[0] = u[0] - y[0]);
        OdeSolverOptions options = Options(method) with { ErrorControl = method.IsAdaptive ? ErrorControl.Joint : ErrorControl.PerSample };
        for (int k = -4; k <= 4; k++)
        {
            double start = Roundings(Knots[3], k), end = Knots[4];
            OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0.7], [0.1]], [start, end], options).EnsureSuccess();
            batch[0].FinalState[0].Should().BeApproximately(Exact(Inputs[0], 0.7, start, end), 100 * Tolerance, "{0} from {1:R}", method, start);
            batch[1].FinalState[0].Should().BeApproximately(Exact(Inputs[0], 0.1, start, end), 100 * Tolerance, "{0} from {1:R}", method, start);
        }
    }

    /// <summary>What a stop near the start says about the steps must not last: a start at the knot takes about as many.</summary>
    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_breakpoint_near_the_start_costs_hardly_a_step(OdeMethod method)
    {
        foreach (double before in new[] { 1.0, 2, 3, 4, 1e3, 1e6, 1e9 })
        {
            VectorField field = VectorField.FromFunction(1, Inputs[1], (t, y, u, dydt) => dydt[0] = u[0] - y[0]);
            OdeSolution at = OdeSolver.Solve(field, [0.7], Knots[3], 1, Options(method)).EnsureSuccess();
            OdeSolution near = OdeSolver.Solve(field, [0.7], Knots[3] - before * (Knots[3] - Math.BitDecrement(Knots[3])), 1, Options(method)).EnsureSuccess();
            near.Statistics.AcceptedSteps.Should().BeLessThanOrEqualTo((int)(1.1 * at.Statistics.AcceptedSteps) + 3, "{0} from {1:R}", method, near.Times[0]);
        }
    }

    /// <summary>y'' = −y + 0.3 cos 3t, to be seen at times of which three at a time are neighbours.</summary>
    [Theory]
    [MemberData(nameof(Adaptive))]
    public void Output_times_may_be_some_roundings_apart_where_steps_land_on_them(OdeMethod method)
    {
        foreach (double offset in new[] { 0.0, 1, -0.5, 1e3 })
        {
            foreach (double direction in new[] { 1.0, -1 })
            {
                VectorField field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], 0.3 * Math.Cos(3 * (t - offset)) - y[0]));
                double[] coarse = [.. Enumerable.Range(0, 11).Select(i => offset + direction * 0.2 * i)];
                OdeSolverOptions options = new() { Method = method, RelativeTolerance = Tolerance, AbsoluteTolerance = Tolerance, StepToOutputTimes = true };
                OdeSolution apart = OdeSolver.Solve(field, [1, 0], coarse, options).EnsureSuccess();
                for (int k = 1; k <= 4; k++)
                {
                    double[] times = [.. coarse.SelectMany(t => Enumerable.Range(0, 3).Select(i => Roundings(t, (int)direction * k * i)))];
                    OdeSolution solution = OdeSolver.Solve(field, [1, 0], times, options).EnsureSuccess();
                    solution.Times.ToArray().Should().Equal(times);
                    double exact = 1.0375 * Math.Cos(times[^1] - offset) - 0.0375 * Math.Cos(3 * (times[^1] - offset));
                    double error = Math.Abs(apart.FinalState[0] - exact);
                    solution.FinalState[0].Should().BeApproximately(exact, 2 * error + Tolerance, "{0} from {1}, {2} roundings apart", method, offset, k);
                    (solution.Statistics.AcceptedSteps + solution.Statistics.RejectedSteps - 2 * coarse.Length)
                        .Should().BeLessThanOrEqualTo(2 * (apart.Statistics.AcceptedSteps + apart.Statistics.RejectedSteps), "{0} from {1}, {2} roundings apart", method, offset, k);
                }
            }
        }
    }

    /// <summary>Multistep methods keep their past over short cuts: at late times and tight tolerances differences over them would be nothing but rounding.</summary>
    [Fact]
    public void Multistep_methods_keep_their_past_over_short_cuts_of_any_length()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (50 * y[1], -50 * y[0]));
        foreach (OdeMethod method in new[] { OdeMethod.Adams, OdeMethod.Bdf })
        {
            foreach (double start in new[] { 0.0, 3000 })
            {
                double[] coarse = [.. Enumerable.Range(0, 9).Select(i => start + 0.01 * i)];
                OdeSolverOptions options = new() { Method = method, RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11, StepToOutputTimes = true };
                OdeSolution apart = OdeSolver.Solve(field, [1, 0], coarse, options).EnsureSuccess();
                double error = Math.Abs(apart.FinalState[0] - Math.Cos(50 * (coarse[^1] - start)));
                for (double gap = 1e-12; gap < 2e-7; gap *= 10)
                {
                    double[] times = [.. coarse.SelectMany(t => new[] { t, t + gap, t + 2 * gap }).Distinct()];
                    OdeSolution solution = OdeSolver.Solve(field, [1, 0], times, options).EnsureSuccess();
                    solution.FinalState[0].Should().BeApproximately(Math.Cos(50 * (times[^1] - start)), 3 * error + 1e-8, "{0} from {1}, gaps of {2}", method, start, gap);
                    solution.Statistics.AcceptedSteps.Should().BeLessThan((int)(1.5 * apart.Statistics.AcceptedSteps) + 3 * coarse.Length, "{0} from {1}, gaps of {2}", method, start, gap);
                }
            }
        }
    }

    /// <summary>The side that the function has after the change is found, although the step that follows is but a rounding or two.</summary>
    [Theory]
    [MemberData(nameof(Adaptive))]
    public void An_event_just_before_a_stop_changes_the_state_once(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -0.3 * y[0]);
        foreach (double direction in new[] { 1.0, -1 })
        {
            foreach (double scale in new[] { 1.0, -1e-3 })
            {
                for (int k = -3; k <= 3; k++)
                {
                    double start = -0.4, time = start + direction * 0.7, end = start + 2 * direction;
                    var change = new OdeEvent((t, y) => scale * (t - time), stateChange: (t, y) => y[0] = -0.5 * y[0]);
                    OdeSolution solution = OdeSolver.Solve(field, [1], [start, Roundings(time, k), end],
                        new OdeSolverOptions { Method = method, RelativeTolerance = Tolerance, AbsoluteTolerance = Tolerance, StepToOutputTimes = true, Events = [change] }).EnsureSuccess();
                    solution.Events.Should().ContainSingle("{0}, a stop {1} roundings from it", method, k).Which.Time.Should().BeApproximately(time, 1e-15);
                    solution.FinalState[0].Should().BeApproximately(-0.5 * Math.Exp(-0.6 * direction), 1e-3, "{0}, {1}", method, k);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Breakpoints_may_be_neighbours(OdeMethod method)
    {
        double[] times = [0.3, Roundings(0.3, 1), Roundings(0.3, 2), Roundings(0.3, 3), 0.5];
        var input = InputSignal.PiecewiseConstant(times, [1, -1, 2, 0, 3]);
        VectorField field = VectorField.FromFunction(1, input, (t, y, u, dydt) => dydt[0] = u[0] - y[0]);
        foreach (double start in times[..4])
        {
            OdeSolver.Solve(field, [0.7], start, 0.8, Options(method)).EnsureSuccess().FinalState[0].Should().BeApproximately(Exact(input, 0.7, start, 0.8), 100 * Tolerance, method.Name);
            OdeSolver.Solve(field, [0.7], start, 0.1, Options(method)).EnsureSuccess().FinalState[0].Should().BeApproximately(Exact(input, 0.7, start, 0.1), 100 * Tolerance, method.Name);
        }
    }

    /// <summary>Denormal intervals included, and whole solves of lanes, of a single state and of a batch.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void An_interval_may_be_as_short_as_it_can_be(OdeMethod method)
    {
        foreach (double start in new[] { 0.0, double.Epsilon, -1e-320, 1e-310, 1e-300, 1, -0.3, 1e9 })
        {
            foreach (int k in new[] { 1, 2, 3, 4, 20, -1, -3 })
            {
                double end = Roundings(start, k);
                foreach (int dimension in new[] { 1, 13 })
                {
                    VectorField field = VectorField.FromFunction(dimension, (t, y, dydt) =>
                    {
                        for (int i = 0; i < y.Length; i++)
                            dydt[i] = 3 - y[i];
                    });
                    double[] initial = [.. Enumerable.Repeat(1.0, dimension)];
                    ShouldHardlyMove(OdeSolver.Solve(field, initial, start, end, Options(method)), method);
                    OdeBatchSolution batch = OdeSolver.SolveBatch(field, [initial, initial], [start, end], Options(method));
                    ShouldHardlyMove(batch[1], method);
                }

                VectorField lanes = VectorField.FromLanes(1, (t, y, dydt) => dydt[0] = Vector512.Create(3.0) - y[0]);
                ShouldHardlyMove(OdeSolver.SolveBatch(lanes, [[1.0], [1.0], [1.0]], [start, end], Options(method))[2], method);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_solve_goes_on_from_a_very_short_one_as_if_it_began_there(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = Math.Cos(t) - y[0]);
        VectorField lanes = VectorField.FromLanes(1, (t, y, dydt) => dydt[0] = Vector512.Cos(t) - y[0]);
        foreach (double start in new[] { 0.0, 1 })
        {
            OdeSolution whole = OdeSolver.Solve(field, [0.7], start, start + 2, Options(method)).EnsureSuccess();
            foreach (OdeSolution piece in new[]
            {
                OdeSolver.Solve(field, [0.7], start, Roundings(start, 1), Options(method)),
                OdeSolver.SolveBatch(field, [[0.7], [0.7]], [start, Roundings(start, 1)], Options(method))[0],
                OdeSolver.SolveBatch(lanes, [[0.7], [0.7]], [start, Roundings(start, 1)], Options(method))[0],
            })
            {
                OdeSolution rest = piece.EnsureSuccess().Continue(start + 2).EnsureSuccess();
                rest.Statistics.AcceptedSteps.Should().BeLessThanOrEqualTo(whole.Statistics.AcceptedSteps + 1, "{0} from {1}", method, start);
                rest.FinalState[0].Should().BeApproximately(whole.FinalState[0], 10 * Tolerance, "{0} from {1}", method, start);
            }
        }
    }

    /// <summary>A step that rounding would swallow is lengthened, unless a rejection has asked for it.</summary>
    [Theory]
    [MemberData(nameof(Adaptive))]
    public void A_first_step_too_short_for_the_times_is_made_long_enough(OdeMethod method)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -y[0]);
        VectorField lanes = VectorField.FromLanes(1, (t, y, dydt) => dydt[0] = -y[0]);
        OdeSolverOptions options = Options(method) with { InitialStep = 1e-30 };
        foreach (OdeSolution solution in new[]
        {
            OdeSolver.Solve(field, [1], 1, 2, options), OdeSolver.SolveBatch(field, [[1.0], [1.0]], [1.0, 2], options)[0], OdeSolver.SolveBatch(lanes, [[1.0], [1.0]], [1.0, 2], options)[0],
        })
            solution.EnsureSuccess().FinalState[0].Should().BeApproximately(Math.Exp(-1), 100 * Tolerance, method.Name);
        OdeSolver.Solve(field, [1], 1, 2, options with { MaxStep = 1e-17 }).Status.Should().Be(OdeStatus.StepSizeUnderflow, "no step may be long enough");
        OdeSolver.SolveBatch(lanes, [[1.0], [1.0]], [1.0, 2], options with { MaxStep = 1e-17 })[0].Status.Should().Be(OdeStatus.StepSizeUnderflow, "no step may be long enough");
    }

    /// <summary>y(t1) for y' = u − y by Gauss's formula on every piece of u: exact to rounding.</summary>
    internal static double Exact(InputSignal input, double initial, double t0, double t1) =>
        Math.Exp(t0 - t1) * initial + Integral(input, t0, t1, (s, u) => Math.Exp(s - t1) * u);

    /// <summary>∫ g(s, u(s)) ds, signed.</summary>
    internal static double Integral(InputSignal input, double t0, double t1, Func<double, double, double> g)
    {
        double low = Math.Min(t0, t1), high = Math.Max(t0, t1), sum = 0;
        double[] ends = [low, .. input.Breakpoints.ToArray().Where(t => t > low && t < high), high];
        for (int i = 1; i < ends.Length; i++)
        {
            // At a breakpoint the input has the value after it.
            double start = ends[i - 1], length = ends[i] - start;
            double last = Math.BitDecrement(ends[i]);
            sum += MathNet.Numerics.Integration.GaussLegendreRule.Integrate(x => g(start + x * length, input.Evaluate(Math.Min(start + x * length, last))[0]), 0, 1, 16) * length;
        }

        return t1 < t0 ? -sum : sum;
    }

    internal static double Roundings(double time, int count)
    {
        for (int i = 0; i < Math.Abs(count); i++)
            time = count > 0 ? Math.BitIncrement(time) : Math.BitDecrement(time);
        return time;
    }

    private static void ForAllNearbyTimes(Func<double, double, OdeSolution> solve, Func<double, double, double> exact, OdeMethod method)
    {
        foreach (int knot in new[] { 1, 3, 6 })
        {
            for (int k = -4; k <= 4; k++)
            {
                double start = Roundings(Knots[knot], k);
                foreach (double end in new[] { Roundings(Knots[knot + 3], k), Roundings(Knots[knot - 1], k), Knots[knot] + 0.33, Knots[knot] - 0.07, Knots[knot] })
                {
                    OdeSolution solution = solve(start, end).EnsureSuccess();
                    solution.FinalTime.Should().Be(end);
                    solution.FinalState[0].Should().BeApproximately(exact(start, end), 100 * Tolerance, "{0} from {1:R} to {2:R}", method, start, end);
                }
            }
        }
    }

    private static void ShouldHardlyMove(OdeSolution solution, OdeMethod method)
    {
        solution.EnsureSuccess();
        double change = 2 * (solution.FinalTime - solution.Times[0]);
        solution.FinalState[0].Should().BeApproximately(1 + change, 1e-15 + 1e-5 * Math.Abs(change), "{0} from {1:R} to {2:R}", method, solution.Times[0], solution.FinalTime);
    }

    private static OdeSolverOptions Options(OdeMethod method) => new()
    {
        Method = method,
        RelativeTolerance = Tolerance,
        AbsoluteTolerance = Tolerance,
        FixedStep = method.IsAdaptive ? null : method.Order < 3 ? 1e-4 : 0.01,
    };
}
