namespace NeuralOde.Tests.Solving;

/// <summary>What a solution shows of states that events changed.</summary>
public class EventOutputTests
{
    // y' = 1, and y back to 0 where it reaches 2, at t = 2, 4, 6: the teeth of a saw.
    private static readonly OdeEvent Reset = new((t, y) => y[0] - 2, EventDirection.Rising, stateChange: (t, y) => y[0] -= 2, name: "reset");

    private static readonly VectorField Rise = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1);

    private static readonly VectorField Sink = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -1);

    [Theory]
    [InlineData(1.0)]
    [InlineData(-1.0)]
    public void Every_step_is_kept_and_the_time_of_a_change_comes_twice(double sense)
    {
        OdeSolution saw = OdeSolver.Solve(sense > 0 ? Rise : Sink, [0], 0, 7 * sense, new OdeSolverOptions { Events = [Reset] }).EnsureSuccess();
        saw.Events.Should().HaveCount(3);
        foreach (OdeEventOccurrence occurrence in saw.Events)
        {
            int before = saw.Times.IndexOf(occurrence.Time);
            saw.Times[before + 1].Should().Be(occurrence.Time);
            saw.State(before)[0].Should().Be(occurrence.StateBefore[0]);
            saw.State(before + 1)[0].Should().Be(occurrence.StateAfter[0]);
            saw.Evaluate(occurrence.Time)[0].Should().Be(occurrence.StateAfter[0]);
            saw.Evaluate(occurrence.Time - sense * 1e-12)[0].Should().BeApproximately(2 - 1e-12, 1e-14);
            saw.Evaluate(occurrence.Time + sense * 1e-12)[0].Should().BeApproximately(1e-12, 1e-14);
        }

        for (int i = 0; i < 700; i++)
        {
            double time = 0.01 * (i + 0.5);
            saw.Evaluate(sense * time)[0].Should().BeApproximately(time % 2, 1e-13);
            saw.EvaluateDerivative(sense * time)[0].Should().BeApproximately(sense, 1e-13);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Derivatives_are_those_of_the_state_after_a_change(bool isFixed)
    {
        var kick = new OdeEvent((t, y) => y[0] - 1, EventDirection.Falling, stateChange: (t, y) => y[0] *= 4);
        OdeSolution decay = OdeSolver.Solve(Problems.Decay, [2], 0, 5, new OdeSolverOptions
        {
            RelativeTolerance = 1e-11,
            FixedStep = isFixed ? 0.01 : null,
            Events = [kick],
        }).EnsureSuccess();
        decay.Events.Should().HaveCount(4);
        for (int i = 0; i < 4; i++)
            decay.Events[i].Time.Should().BeApproximately(Math.Log(2) + i * Math.Log(4), 1e-8);
        foreach (OdeEventOccurrence occurrence in decay.Events)
        {
            decay.EvaluateDerivative(occurrence.Time)[0].Should().BeApproximately(-4, 1e-6);
            decay.EvaluateDerivative(occurrence.Time - 1e-9)[0].Should().BeApproximately(-1, 1e-6);
        }

        for (int i = 0; i <= 1000; i++)
            decay.EvaluateDerivative(0.005 * i)[0].Should().BeApproximately(-decay.Evaluate(0.005 * i)[0], 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Output_times_at_a_change_show_the_state_after_it(bool stepsToOutputs)
    {
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            var atTwo = new OdeEvent((t, y) => sense * t - 2, stateChange: (t, y) => y[0] = 10);
            double[] times = [.. new[] { 0, 1, 2, 2, 2.5, 3 }.Select(time => sense * time)];
            OdeSolution solution = OdeSolver.Solve(sense > 0 ? Rise : Sink, [0], times,
                new OdeSolverOptions { StepToOutputTimes = stepsToOutputs, DenseOutput = true, Events = [atTwo] }).EnsureSuccess();
            solution.Events.Should().ContainSingle().Which.Time.Should().Be(2 * sense);
            solution.Times.ToArray().Should().Equal(times);
            solution.States.ToArray().Select(state => Math.Round(state, 10)).Should().Equal(0, 1, 10, 10, 10.5, 11);
            solution.Evaluate(2 * sense)[0].Should().Be(10);
        }
    }

    [Fact]
    public void A_change_at_the_last_time_is_in_the_final_state()
    {
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            var atEnd = new OdeEvent((t, y) => sense * t - 3, stateChange: (t, y) => y[0] = -8);
            OdeSolution solution = OdeSolver.Solve(sense > 0 ? Rise : Sink, [0], 0, 3 * sense, new OdeSolverOptions { Events = [atEnd] }).EnsureSuccess();
            solution.FinalTime.Should().Be(3 * sense);
            solution.FinalState[0].Should().Be(-8);
            solution.States[^1].Should().Be(-8);
            solution.States[^2].Should().BeApproximately(3, 1e-14);
            solution.Times[^2].Should().Be(3 * sense);
            solution.Evaluate(3 * sense)[0].Should().Be(-8);
            solution.Evaluate(2.5 * sense)[0].Should().BeApproximately(2.5, 1e-14);
            solution.EvaluateDerivative(3 * sense)[0].Should().BeApproximately(sense, 1e-14);
        }
    }

    [Fact]
    public void With_both_the_state_changes_before_the_solve_ends()
    {
        var stop = new OdeEvent((t, y) => y[0] - 2, action: EventAction.Terminate, stateChange: (t, y) => y[0] = 7);
        OdeSolution solution = OdeSolver.Solve(Rise, [0], [0, 1, 3], new OdeSolverOptions { DenseOutput = true, Events = [stop] }).EnsureSuccess();
        solution.Status.Should().Be(OdeStatus.TerminatedByEvent);
        solution.FinalTime.Should().BeApproximately(2, 1e-15);
        solution.FinalState.ToArray().Should().Equal(7);
        solution.Count.Should().Be(2);
        solution.Evaluate(solution.FinalTime)[0].Should().Be(7);
        OdeEventOccurrence only = solution.Events.Should().ContainSingle().Subject;
        only.StateBefore[0].Should().BeApproximately(2, 1e-14);
        only.StateAfter[0].Should().Be(7);
    }

    [Fact]
    public void Outputs_end_with_the_event_that_terminates()
    {
        var stop = new OdeEvent((t, y) => y[0] - 2.2, action: EventAction.Terminate);
        OdeSolution solution = OdeSolver.Solve(Rise, [0], [0, 1, 2, 3, 4], new OdeSolverOptions { DenseOutput = true, Events = [stop] });
        solution.Times.ToArray().Should().Equal(0, 1, 2);
        solution.FinalTime.Should().BeApproximately(2.2, 1e-15);
        string known = FormattableString.Invariant($"*from t = 0 to t = {solution.FinalTime:R} only*");
        solution.Invoking(it => it.Evaluate(2.3)).Should().Throw<ArgumentOutOfRangeException>().WithMessage(known);
        solution.Invoking(it => it.EvaluateDerivative(-0.1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage(known);
    }

    [Fact]
    public void Changes_at_the_same_time_follow_each_other_in_index_order()
    {
        OdeEvent[] events =
        [
            new((t, y) => t - 1, stateChange: (t, y) => y[0] *= 10, name: "times ten"),
            new((t, y) => t - 1, name: "watch"),
            new((t, y) => 1 - t, stateChange: (t, y) => y[0] += 1, name: "plus one"),
        ];
        OdeSolution solution = OdeSolver.Solve(Rise, [1], 0, 2, new OdeSolverOptions { Events = events }).EnsureSuccess();
        solution.Events.Select(occurrence => (occurrence.Name, Math.Round(occurrence.StateBefore[0], 10), Math.Round(occurrence.StateAfter[0], 10)))
            .Should().Equal(("times ten", 2, 20), ("watch", 20, 20), ("plus one", 20, 21));
        solution.FinalState[0].Should().BeApproximately(22, 1e-13);
        solution.Times.ToArray().Count(time => time == 1).Should().Be(2);
    }

    [Fact]
    public void A_change_of_another_component_does_not_fire_the_event_again()
    {
        // The second component counts the passages of the first, which goes on.
        foreach (EventDirection direction in Enum.GetValues<EventDirection>())
        {
            VectorField field = VectorField.FromFunction(3, (t, y, dydt) => (dydt[0], dydt[1], dydt[2]) = (y[1], -y[0], 0));
            var passage = new OdeEvent((t, y) => y[0] - 0.5, direction, stateChange: (t, y) => y[2]++);
            OdeSolution solution = OdeSolver.Solve(field, [1, 0, 0], 0, 20 * Math.PI, new OdeSolverOptions { RelativeTolerance = 1e-10, Events = [passage] }).EnsureSuccess();
            int passages = direction == EventDirection.Both ? 20 : 10;
            solution.Events.Should().HaveCount(passages);
            solution.FinalState[2].Should().Be(passages);
            solution.FinalState[0].Should().BeApproximately(1, 1e-7);
        }
    }

    [Fact]
    public void A_change_that_carries_another_function_over_zero_is_no_crossing_of_it()
    {
        var jump = new OdeEvent((t, y) => y[0] - 1, EventDirection.Rising, stateChange: (t, y) => y[0] = 3);
        var level = new OdeEvent((t, y) => y[0] - 2);
        var above = new OdeEvent((t, y) => y[0] - 3.5);
        OdeSolver.Solve(Rise, [0], 0, 2, new OdeSolverOptions { Events = [jump, level, above] }).EnsureSuccess()
            .Events.Select(occurrence => occurrence.Event).Should().Equal(0, 2);
    }

    [Fact]
    public void Fixed_steps_are_counted_anew_from_a_change()
    {
        // The interpolant of Euler's method is exact on a straight line.
        var change = new OdeEvent((t, y) => y[0] - 1.05, EventDirection.Rising, stateChange: (t, y) => y[0] = -1);
        OdeSolution solution = OdeSolver.Solve(Rise, [0], 0, 2, new OdeSolverOptions { Method = OdeMethod.Euler, FixedStep = 0.3, Events = [change] }).EnsureSuccess();
        solution.Times.ToArray().Select(time => Math.Round(time, 10)).Should().Equal(0, 0.3, 0.6, 0.9, 1.05, 1.05, 1.35, 1.65, 1.95, 2);
        solution.FinalState[0].Should().BeApproximately(-0.05, 1e-14);
    }

    [Fact]
    public void Events_and_jump_times_meet()
    {
        // y' changes from 1 to −2 at t = 1, where y = 1 is reached as well.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 1 ? 1 : -2);
        double[] Times(double level, EventStateChange? change = null)
        {
            OdeSolution solution = OdeSolver.Solve(field, [0], 0, 3, new OdeSolverOptions { JumpTimes = [1.0], Events = [new OdeEvent((t, y) => y[0] - level, stateChange: change)] }).EnsureSuccess();
            return EventProblems.EventTimes(solution);
        }

        Times(0.5).ShouldBe(0.5, 1.25);
        Times(-1).ShouldBe(2);
        Times(0.5, (t, y) => y[0] = 0.2).ShouldBe(0.5, 0.8);
        Times(1 + 1e-9).Should().BeEmpty();
        foreach (double time in new[] { 1.0, 1.5 })
        {
            OdeSolution solution = OdeSolver.Solve(field, [0], 0, 3, new OdeSolverOptions { JumpTimes = [1.0], Events = [new OdeEvent((t, y) => t - time, stateChange: (t, y) => y[0] = 0)] });
            solution.Events.Should().ContainSingle().Which.Time.Should().Be(time);
            solution.FinalState[0].Should().BeApproximately(-2 * (3 - time), 1e-13);
        }
    }
}

internal static class EventTimeAssertions
{
    public static void ShouldBe(this double[] times, params double[] expected)
    {
        times.Should().HaveCount(expected.Length);
        for (int i = 0; i < expected.Length; i++)
            times[i].Should().BeApproximately(expected[i], 1e-13);
    }
}
