using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Where events are found.</summary>
public class EventLocationTests
{
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-14 };

    public static TheoryData<string> Methods { get; } = [.. OdeMethod.All.Where(method => method.Order >= 2 && method.IsAdaptive && !method.IsStiff).Select(method => method.Name)];

    [Theory]
    [InlineData(1e-8)]
    [InlineData(1.0)]
    [InlineData(3.0)]
    [InlineData(1e6)]
    public void A_ball_hits_the_ground_at_the_square_root_of_twice_its_height_over_gravity(double height)
    {
        var impact = new OdeEvent((t, y) => y[0], EventDirection.Falling, EventAction.Terminate, name: "impact");
        OdeSolution fall = OdeSolver.Solve(EventProblems.Throw(8), [height, 0], 0, 1e4, new OdeSolverOptions { Events = [impact] });
        double expected = Math.Sqrt(2 * height / 8);
        fall.Status.Should().Be(OdeStatus.TerminatedByEvent);
        fall.FinalTime.Should().BeApproximately(expected, 1e-13 * expected);
        fall.FinalState[0].Should().BeInRange(-1e-14 * height, 0);
        fall.FinalState[1].Should().BeApproximately(-8 * expected, 1e-12 * expected);
        OdeEventOccurrence only = fall.Events.Should().ContainSingle().Subject;
        only.Time.Should().Be(fall.FinalTime);
        only.Event.Should().Be(0);
        only.Name.Should().Be("impact");
        only.Direction.Should().Be(EventDirection.Falling);
        only.StateBefore.ToArray().Should().Equal(fall.FinalState.ToArray());
        only.StateAfter.ToArray().Should().Equal(fall.FinalState.ToArray());
    }

    [Fact]
    public void Termination_is_no_failure()
    {
        var impact = new OdeEvent((t, y) => y[0], action: EventAction.Terminate);
        OdeSolution fall = OdeSolver.Solve(EventProblems.Fall, [1, 0], 0, 10, new OdeSolverOptions { Events = [impact] });
        fall.Failure.Should().BeNull();
        fall.EnsureSuccess().Should().BeSameAs(fall);
        OdeBatchSolution batch = OdeSolver.SolveBatch(EventProblems.Fall, [[1, 0], [1000, 0]], [0, 10], new OdeSolverOptions { Events = [impact] });
        batch.IsSuccess.Should().BeTrue();
        batch.EnsureSuccess().Select(sample => sample.Status).Should().Equal(OdeStatus.TerminatedByEvent, OdeStatus.Success);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Growth_reaches_e_at_time_1(string method)
    {
        VectorField growth = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0]);
        OdeMethod which = OdeMethod.All.Single(candidate => candidate.Name == method);
        bool isHigh = which.Order >= 5;
        OdeSolverOptions options = isHigh ? Tight : new OdeSolverOptions { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        // Its dense output is two orders below its steps.
        if (which == OdeMethod.Verner7)
            options = options with { RelativeTolerance = 1e-14 };
        var reached = new OdeEvent((t, y) => y[0] - Math.E, action: EventAction.Terminate);
        OdeSolution solution = OdeSolver.Solve(growth, [1], 0, 50, options with { Method = which, Events = [reached] });
        // The error of the solution at time 1, in units of its slope, is the error in time.
        solution.FinalTime.Should().BeApproximately(1, !isHigh ? 1e-6 : which == OdeMethod.Adams ? 1e-12 : 1e-13);
        solution.FinalState[0].Should().BeInRange(Math.E, Math.E * (1 + 1e-15));
    }

    [Theory]
    [InlineData(EventDirection.Both, 1.0, 0.5, 1.5, 2.5, 3.5)]
    [InlineData(EventDirection.Rising, 1.0, 1.5, 3.5, 5.5)]
    [InlineData(EventDirection.Falling, 1.0, 0.5, 2.5, 4.5)]
    [InlineData(EventDirection.Both, -1.0, 0.5, 1.5, 2.5, 3.5)]
    [InlineData(EventDirection.Rising, -1.0, 1.5, 3.5, 5.5)]
    [InlineData(EventDirection.Falling, -1.0, 0.5, 2.5, 4.5)]
    public void An_oscillator_crosses_zero_in_both_directions_seen_along_the_integration(EventDirection direction, double sense, params double[] first)
    {
        // cos t is the same backward in time.
        var zero = new OdeEvent((t, y) => y[0], direction);
        OdeSolution solution = OdeSolver.Solve(EventProblems.Oscillator, [1, 0], 0, sense * 100.2 * Math.PI, Tight with { Method = OdeMethod.DormandPrince8, Events = [zero] }).EnsureSuccess();
        double spacing = first[1] - first[0];
        solution.Events.Should().HaveCount(direction == EventDirection.Both ? 100 : 50);
        for (int i = 0; i < solution.Events.Count; i++)
        {
            double expected = (first[0] + i * spacing) * Math.PI;
            solution.Events[i].Time.Should().BeApproximately(sense * expected, 1e-11 * expected);
            solution.Events[i].StateBefore[1].Should().BeApproximately(-sense * Math.Sin(expected), 1e-10);
            solution.Events[i].Direction.Should().Be(Math.Sin(expected) > 0 ? EventDirection.Falling : EventDirection.Rising);
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-1.0)]
    public void Several_events_in_one_step_come_in_time_order_with_their_indices(double sense)
    {
        OdeEvent[] events = [new((t, y) => y[0] - 0.75, name: "late"), new((t, y) => y[0] - 0.25, name: "early"), new((t, y) => 0.5 - sense * t, name: "middle"), new((t, y) => y[0] - 0.25, name: "early too")];
        OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(0, sense), [0], 0, sense, new OdeSolverOptions { InitialStep = 1, Events = events }).EnsureSuccess();
        solution.Statistics.AcceptedSteps.Should().Be(1);
        solution.Events.Select(occurrence => occurrence.Event).Should().Equal(1, 3, 2, 0);
        solution.Events.Select(occurrence => occurrence.Name).Should().Equal("early", "early too", "middle", "late");
        EventProblems.EventTimes(solution).ShouldBeNear([0.25 * sense, 0.25 * sense, 0.5 * sense, 0.75 * sense], 2e-16, "y = t");
        solution.Events.Select(occurrence => occurrence.Direction).Should().Equal(EventDirection.Rising, EventDirection.Rising, EventDirection.Falling, EventDirection.Rising);
    }

    [Theory]
    [InlineData(0.05, 1e-3)]
    [InlineData(0.5, 1e-3)]
    [InlineData(0.512345, 1e-6)]
    [InlineData(0.98, 1e-4)]
    public void Two_crossings_between_the_points_looked_at_are_found(double center, double halfWidth)
    {
        double[] parabola = [center * center - halfWidth * halfWidth, -2 * center, 1];
        foreach (EventDirection direction in Enum.GetValues<EventDirection>())
        {
            OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(parabola), [parabola[0]], 0, 1,
                new OdeSolverOptions { InitialStep = 1, Events = [new OdeEvent((t, y) => y[0], direction)] }).EnsureSuccess();
            solution.Statistics.AcceptedSteps.Should().Be(1);
            double[] expected = direction switch
            {
                EventDirection.Falling => [center - halfWidth],
                EventDirection.Rising => [center + halfWidth],
                _ => [center - halfWidth, center + halfWidth],
            };
            solution.Events.Should().HaveCount(expected.Length);
            for (int i = 0; i < expected.Length; i++)
                solution.Events[i].Time.Should().BeApproximately(expected[i], 1e-15 / halfWidth);
        }
    }

    [Fact]
    public void A_function_that_comes_near_zero_without_crossing_it_is_no_event()
    {
        foreach (double center in new[] { 0.001, 0.03, 0.5, 0.512345, 0.97, 0.999 })
        {
            double[] parabola = [center * center + 1e-9, -2 * center, 1];
            OdeSolver.Solve(EventProblems.Polynomial(parabola), [parabola[0]], 0, 1, new OdeSolverOptions { InitialStep = 1, Events = [new OdeEvent((t, y) => y[0])] })
                .EnsureSuccess().Events.Should().BeEmpty();
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-1.0)]
    public void A_function_that_is_zero_at_the_initial_time_is_no_event_there(double sense)
    {
        // sin t, and sin t − 1 that turns away at the first step's side.
        var zero = new OdeEvent((t, y) => y[0]);
        var top = new OdeEvent((t, y) => y[1] - 1);
        OdeSolution solution = OdeSolver.Solve(EventProblems.Oscillator, [0, 1], 0, sense * 5, Tight with { Events = [zero, top] }).EnsureSuccess();
        OdeEventOccurrence only = solution.Events.Should().ContainSingle().Subject;
        only.Time.Should().BeApproximately(sense * Math.PI, 1e-11);
        only.Direction.Should().Be(sense > 0 ? EventDirection.Falling : EventDirection.Rising);
    }

    [Theory]
    [InlineData(EventAction.Record, OdeStatus.Success)]
    [InlineData(EventAction.Terminate, OdeStatus.TerminatedByEvent)]
    public void A_function_that_becomes_zero_at_the_end_is_an_event_there(EventAction action, OdeStatus status)
    {
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            foreach (double rate in new[] { 1.0, -1.0 })
            {
                var zero = new OdeEvent((t, y) => rate * (sense * t - 1), rate > 0 ? EventDirection.Rising : EventDirection.Falling, action);
                OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(0, sense * rate), [0], 0, sense, new OdeSolverOptions { Events = [zero] });
                solution.Status.Should().Be(status);
                solution.FinalTime.Should().Be(sense);
                solution.Events.Should().ContainSingle().Which.Time.Should().Be(sense);
            }
        }
    }

    public static TheoryData<OdeMethod> Adaptive { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void The_state_at_an_event_lies_behind_the_crossing_and_the_time_before_it_does_not(OdeMethod method)
    {
        for (int i = 0; i < 50; i++)
        {
            double level = 1.5 + 0.37 * i;
            var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-4, Events = [new OdeEvent((t, y) => y[0] - level)] };
            OdeSolution solution = OdeSolver.Solve(Problems.Decay, [100], 0, 10, options);
            OdeEventOccurrence only = solution.Events.Should().ContainSingle().Subject;
            only.StateBefore[0].Should().BeLessThanOrEqualTo(level);
            solution.Evaluate(only.Time)[0].Should().Be(only.StateBefore[0]);
            // But for the rounding of the dense output.
            solution.Evaluate(Math.BitDecrement(Math.BitDecrement(only.Time)))[0].Should().BeGreaterThanOrEqualTo(level * (1 - 1e-14));
        }
    }

    [Fact]
    public void Everything_at_the_time_of_termination_is_reported_and_nothing_behind_it()
    {
        OdeEvent[] events =
        [
            new((t, y) => y[0] - 0.5, name: "record"),
            new((t, y) => y[0] - 0.75, name: "behind"),
            new((t, y) => y[0] - 0.5, action: EventAction.Terminate, name: "end"),
            new((t, y) => 0.5 - y[0], name: "record too"),
            new((t, y) => y[0] - 0.75, action: EventAction.Terminate, name: "end behind"),
            new((t, y) => y[0] - 0.25, name: "before"),
        ];
        OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(0, 1), [0], 0, 1, new OdeSolverOptions { Events = events });
        solution.Status.Should().Be(OdeStatus.TerminatedByEvent);
        solution.FinalTime.Should().BeApproximately(0.5, 3e-16);
        solution.Events.Select(occurrence => occurrence.Name).Should().Equal("before", "record", "end", "record too");
    }

    [Fact]
    public void A_solve_that_goes_on_from_a_terminal_event_does_not_meet_it_again()
    {
        foreach (EventDirection direction in Enum.GetValues<EventDirection>())
        {
            var end = new OdeEvent((t, y) => y[0] - 0.3, direction, EventAction.Terminate);
            OdeSolverOptions options = Tight with { Events = [end] };
            double time = 0;
            double[] state = [1, 0];
            List<double> times = [];
            for (int solve = 0; solve < 12; solve++)
            {
                OdeSolution part = OdeSolver.Solve(EventProblems.Oscillator, state, time, 1000, options);
                part.Status.Should().Be(OdeStatus.TerminatedByEvent);
                time = part.FinalTime;
                state = part.FinalState.ToArray();
                times.Add(time);
            }

            double first = Math.Acos(0.3);
            double[] expected = [.. Enumerable.Range(0, 12).SelectMany(turn => new[] { first + turn * 2 * Math.PI, (turn + 1) * 2 * Math.PI - first })];
            double[] wanted = direction switch
            {
                EventDirection.Both => expected[..12],
                EventDirection.Falling => [.. expected.Where((_, i) => i % 2 == 0)],
                _ => [.. expected.Where((_, i) => i % 2 == 1)],
            };
            for (int i = 0; i < 12; i++)
                times[i].Should().BeApproximately(wanted[i], 1e-10);
        }
    }

    [Fact]
    public void A_solve_that_turns_back_at_a_terminal_event_does_not_meet_it_at_once()
    {
        // The velocity is reversed outside of the solver, and the clock goes on or starts anew.
        foreach ((EventDirection direction, bool goesOn) in new[] { (EventDirection.Both, true), (EventDirection.Falling, true), (EventDirection.Falling, false) })
        {
            double start = 0;
            var end = new OdeEvent((t, y) => y[0], direction, EventAction.Terminate);
            double[] state = [2, 0];
            for (int bounce = 0; bounce < 20; bounce++)
            {
                OdeSolution part = OdeSolver.Solve(EventProblems.Fall, state, start, 1000, new OdeSolverOptions { Events = [end] });
                (part.FinalTime - start).Should().BeApproximately((bounce == 0 ? 1 : 2) * Math.Sqrt(4 / EventProblems.Gravity), 1e-12);
                state = [part.FinalState[0], -part.FinalState[1]];
                start = goesOn ? part.FinalTime : 0;
            }
        }
    }

    [Fact]
    public void Functions_of_time_alone_are_events_too()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Decay, [1], -5, 5, new OdeSolverOptions { Events = [new OdeEvent((t, y) => t), new OdeEvent((t, y) => t - 1.0 / 3), new OdeEvent((t, y) => 4.7 - t)] });
        solution.Events.Select(occurrence => occurrence.Event).Should().Equal(0, 1, 2);
        solution.Events[0].Time.Should().BeInRange(0, 1e-15);
        solution.Events[1].Time.Should().BeApproximately(1.0 / 3, 1e-15);
        solution.Events[2].Time.Should().Be(4.7);
    }

    [Fact]
    public void Infinite_values_have_signs()
    {
        OdeSolution solution = OdeSolver.Solve(EventProblems.Polynomial(0, 1), [0], 0, 1,
            new OdeSolverOptions { Events = [new OdeEvent((t, y) => y[0] < 1.0 / 3 ? double.NegativeInfinity : double.PositiveInfinity)] }).EnsureSuccess();
        solution.Events.Should().ContainSingle().Which.Time.Should().BeApproximately(1.0 / 3, 1e-15);
    }

    [Fact]
    public void The_right_hand_side_and_the_events_see_no_time_outside_the_interval()
    {
        foreach (double end in new[] { 3.0, -3.0 })
        {
            double first = 0, last = 0;
            Problems.Recording recording = Problems.Record(EventProblems.Oscillator);
            var zero = new OdeEvent((t, y) =>
            {
                (first, last) = (Math.Min(first, t), Math.Max(last, t));
                return y[0];
            }, stateChange: (t, y) => y[1] *= -0.5);
            OdeSolver.Solve(recording.Field, [1, 0], 0, end, new OdeSolverOptions { Events = [zero] });
            recording.First.Should().Be(Math.Min(end, 0));
            recording.Last.Should().Be(Math.Max(end, 0));
            first.Should().Be(Math.Min(end, 0));
            last.Should().Be(Math.Max(end, 0));
        }
    }

    [Fact]
    public void Events_that_are_recorded_leave_the_solution_as_it_is()
    {
        var options = new OdeSolverOptions { Events = [new OdeEvent((t, y) => y[0]), new OdeEvent((t, y) => y[1] - 0.1)] };
        OdeSolution watched = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 20, options);
        OdeSolution alone = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 20);
        watched.Events.Count.Should().BeGreaterThan(5);
        watched.Times.ToArray().Should().Equal(alone.Times.ToArray());
        watched.States.ToArray().Should().Equal(alone.States.ToArray());
        watched.Statistics.Should().Be(alone.Statistics);
    }
}
