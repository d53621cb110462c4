namespace NeuralOde.Tests.Solving;

/// <summary>Events that change the state, over and over: the bounces of a ball against their closed form.</summary>
public class BouncingBallTests
{
    private const double Gravity = EventProblems.Gravity;

    [Theory]
    [InlineData(1.0, 10.0, 50.0, false, 0.0)]
    [InlineData(1.0, 10.0, 50.0, true, 0.0)]
    [InlineData(1.0, 10.0, 50.0, false, 5.0)]
    [InlineData(0.95, 10.0, 50.0, false, 0.0)]
    [InlineData(0.95, 10.0, 50.0, true, 0.0)]
    [InlineData(0.95, 10.0, 50.0, false, -300.0)]
    [InlineData(0.9, 10.0, 26.0, false, 0.0)]
    [InlineData(0.5, 10.0, 4.2, false, 0.0)]
    public void Bounces_come_when_and_as_high_as_they_must(double restitution, double height, double duration, bool resetsHeight, double ground)
    {
        // Backward in time a ball falls the same way.
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [ground + height, 0], 0, sense * duration,
                new OdeSolverOptions { Events = [EventProblems.Bounce(restitution, ground, resetsHeight)] }).EnsureSuccess();
            double[] expected = [.. BounceTimes(restitution, height, duration)];
            path.Events.Should().HaveCount(expected.Length);
            double speed = Math.Sqrt(2 * Gravity * height);
            for (int i = 0; i < expected.Length; i++)
            {
                path.Events[i].Time.Should().BeApproximately(sense * expected[i], 1e-11 * duration);
                path.Events[i].StateBefore[1].Should().BeApproximately(-sense * speed, 1e-10 * speed + 1e-11);
                path.Events[i].StateAfter[1].Should().Be(-restitution * path.Events[i].StateBefore[1]);
                speed *= restitution;
                double rest = (i + 1 < expected.Length ? expected[i + 1] : duration) - expected[i];
                double top = speed / Gravity;
                if (top < rest)
                    path.Evaluate(sense * (expected[i] + top))[0].Should().BeApproximately(ground + speed * speed / (2 * Gravity), 1e-11 * (height + Math.Abs(ground)));
            }

            // A bounce is located to a few roundings of its time and of the way within its step.
            ShouldStayAbove(path, ground, 8 * duration * 2.3e-16 * Math.Sqrt(2 * Gravity * height) + 1e-15 * Math.Abs(ground));
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-7.0)]
    [InlineData(1e3)]
    public void An_elastic_ball_keeps_its_energy(double start)
    {
        OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [10, 0], start, start + 50, new OdeSolverOptions { Events = [EventProblems.Bounce(1)] }).EnsureSuccess();
        for (int i = 0; i <= 5000; i++)
        {
            double[] state = path.Evaluate(start + 0.01 * i);
            (Gravity * state[0] + 0.5 * state[1] * state[1]).Should().BeApproximately(Gravity * 10, 1e-11 * Gravity * 10);
            state[0].Should().BeInRange(-1e-13, 10 + 1e-11);
        }
    }

    [Theory]
    [InlineData(0.5, 0.0, false)]
    [InlineData(0.9, 0.0, false)]
    [InlineData(0.9, 0.0, true)]
    [InlineData(0.5, 5.0, false)]
    [InlineData(0.9, 5.0, true)]
    [InlineData(0.99, -2.0, false)]
    public void Bounces_that_accumulate_end_the_solve_where_they_do(double restitution, double ground, bool resetsHeight)
    {
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            Problems.Recording recording = Problems.Record(EventProblems.Fall);
            OdeSolution path = OdeSolver.Solve(recording.Field, [ground + 10, 0], 0, sense * 1000,
                new OdeSolverOptions { Events = [EventProblems.Bounce(restitution, ground, resetsHeight)] });
            path.Status.Should().Be(OdeStatus.RepeatedEvent);
            path.Failure!.Event.Should().Be(0);
            path.Failure.Message.Should().Contain("Event 0").And.Contain("accumulate");
            double end = Math.Sqrt(20 / Gravity) * (1 + restitution) / (1 - restitution);
            Math.Abs(path.FinalTime).Should().BeApproximately(end, ground == 0.0 ? 1e-10 * end : 2e-7 / (1 - restitution));
            path.Events.Count.Should().BeLessThan((int)(60 / -Math.Log(restitution)) + 1100);
            recording.Evaluations.Should().BeLessThan(20L * path.Events.Count);
            ShouldStayAbove(path, ground, 1e-13 * (10 + Math.Abs(ground)));
            double[] expected = [.. BounceTimes(restitution, 10, 0.999 * end)];
            for (int i = 0; i < expected.Length; i++)
                Math.Abs(path.Events[i].Time).Should().BeApproximately(expected[i], 1e-9 * end);
        }
    }

    [Fact]
    public void A_ball_thrown_up_from_the_ground_comes_back()
    {
        foreach (double speed in new[] { 10.0, 1e-3, 1e-7 })
        {
            foreach (double sense in new[] { 1.0, -1.0 })
            {
                OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [0, sense * speed], 0, sense * 7.3 * speed,
                    new OdeSolverOptions { InitialStep = 7.3 * speed, Events = [EventProblems.Bounce(1)] }).EnsureSuccess();
                path.Events.Should().HaveCount((int)(7.3 * Gravity / 2));
                for (int i = 0; i < path.Events.Count; i++)
                    Math.Abs(path.Events[i].Time).Should().BeApproximately((i + 1) * 2 * speed / Gravity, 1e-12 * speed * (i + 1));
            }
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(5.0)]
    [InlineData(1e4)]
    public void A_bounce_much_shorter_than_a_step_does_not_let_the_ball_through(double ground)
    {
        foreach (double speed in new[] { 1e-2, 1e-5, 1e-7, 1e-9 })
        {
            OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [ground, speed], 3, 4, new OdeSolverOptions { InitialStep = 1, MaxSteps = 3000, Events = [EventProblems.Bounce(1, ground)] });
            path.Events.Should().NotBeEmpty();
            path.Status.Should().BeOneOf(OdeStatus.TooManySteps, OdeStatus.RepeatedEvent, OdeStatus.Success);
            path.FinalState[0].Should().BeGreaterThanOrEqualTo(ground - 1e-13 * Math.Max(1, ground));
        }
    }

    [Fact]
    public void A_ball_between_two_walls_meets_them_in_turn()
    {
        VectorField glide = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = 0; });
        var left = new OdeEvent((t, y) => y[0], EventDirection.Falling, stateChange: (t, y) => y[1] = -y[1], name: "left");
        var right = new OdeEvent((t, y) => y[0] - 1, EventDirection.Rising, stateChange: (t, y) => y[1] = -y[1], name: "right");
        OdeSolution path = OdeSolver.Solve(glide, [0.25, 1], 0, 100, new OdeSolverOptions { Events = [left, right] }).EnsureSuccess();
        path.Events.Should().HaveCount(100);
        for (int i = 0; i < 100; i++)
        {
            path.Events[i].Name.Should().Be(i % 2 == 0 ? "right" : "left");
            path.Events[i].Time.Should().BeApproximately(i + 0.75, 1e-11);
        }
    }

    [Fact]
    public void Two_balls_of_one_state_bounce_each_at_its_own_times_or_together()
    {
        VectorField balls = VectorField.FromFunction(4, (t, y, dydt) => (dydt[0], dydt[1], dydt[2], dydt[3]) = (y[1], -Gravity, y[3], -Gravity));
        OdeEvent[] events =
        [
            new((t, y) => y[0], EventDirection.Falling, stateChange: (t, y) => y[1] *= -1),
            new((t, y) => y[2], EventDirection.Falling, stateChange: (t, y) => y[3] *= -1),
        ];
        foreach ((double first, double second) in new[] { (10.0, 3.0), (10.0, 10.0), (2.0, 8.0) })
        {
            OdeSolution path = OdeSolver.Solve(balls, [first, 0, second, 0], 0, 20, new OdeSolverOptions { Events = events }).EnsureSuccess();
            path.Events.Where(hit => hit.Event == 0).Select(hit => hit.Time).Should().HaveCount(BounceTimes(1, first, 20).Count());
            path.Events.Where(hit => hit.Event == 1).Select(hit => hit.Time).Should().HaveCount(BounceTimes(1, second, 20).Count());
            foreach ((int which, double height) in new[] { (0, first), (1, second) })
            {
                foreach ((double actual, double expected) in path.Events.Where(hit => hit.Event == which).Select(hit => hit.Time).Zip(BounceTimes(1, height, 20)))
                    actual.Should().BeApproximately(expected, 1e-10);
            }

            path.Events.Select(hit => hit.Time).Should().BeInAscendingOrder();
        }
    }

    public static TheoryData<string> PreciseMethods { get; } =
        [.. OdeMethod.All.Where(method => method.IsAdaptive && (method.Order >= 3 || method == OdeMethod.TrBdf2)).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(PreciseMethods))]
    public void Bounces_that_accumulate_end_a_solve_with_any_method(string name)
    {
        OdeMethod method = OdeMethod.All.Single(candidate => candidate.Name == name);
        foreach ((double restitution, double height) in new[] { (0.8, 50.0), (0.3, 1.0), (0.7, 300.0), (0.9, 10.0) })
        {
            foreach (double tolerance in new[] { 1e-3, 1e-6, 1e-9 })
            {
                double end = Math.Sqrt(2 * height / Gravity) * (1 + restitution) / (1 - restitution);
                var options = new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = 1e-3 * tolerance, Events = [EventProblems.Bounce(restitution, resetsHeight: true)] };
                OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [height, 0], 0, 10 * end, options);
                path.Status.Should().Be(OdeStatus.RepeatedEvent, $"{restitution}, {height}, {tolerance}");
                path.FinalTime.Should().BeApproximately(end, 100 * tolerance * end);
            }
        }
    }

    [Fact]
    public void So_do_they_in_air_with_differentiation_formulas()
    {
        VectorField fall = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -Gravity - 0.01 * y[1] * Math.Abs(y[1]); });
        foreach (double restitution in new[] { 0.3, 0.5, 0.7, 0.8, 0.9 })
        {
            OdeSolution Fall(OdeMethod method, double tolerance) => OdeSolver.Solve(fall, [50, 0], 0, 1000,
                new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = 1e-3 * tolerance, Events = [EventProblems.Bounce(restitution, resetsHeight: true)] });
            OdeSolution path = Fall(OdeMethod.Bdf, 1e-6), reference = Fall(OdeMethod.DormandPrince8, 1e-10);
            path.Status.Should().Be(OdeStatus.RepeatedEvent);
            path.FinalTime.Should().BeApproximately(reference.FinalTime, 1e-3);
        }
    }

    /// <summary>The ball bounces at t, t (1 + 2e), t (1 + 2e + 2e²), … with t the time of its first fall.</summary>
    private static IEnumerable<double> BounceTimes(double restitution, double height, double duration)
    {
        double fall = Math.Sqrt(2 * height / Gravity), time = fall, factor = 1;
        while (time < duration)
        {
            yield return time;
            factor *= restitution;
            time += 2 * fall * factor;
        }
    }

    private static void ShouldStayAbove(OdeSolution path, double ground, double rounding)
    {
        double lowest = double.PositiveInfinity;
        for (int i = 0; i <= 20000; i++)
            lowest = Math.Min(lowest, path.Evaluate(path.FinalTime * (i / 20000.0))[0]);
        for (int i = 1; i < path.Count; i++)
        {
            for (int k = 0; k < 8; k++)
                lowest = Math.Min(lowest, path.Evaluate(path.Times[i - 1] + k / 8.0 * (path.Times[i] - path.Times[i - 1]))[0]);
        }

        lowest.Should().BeGreaterThanOrEqualTo(ground - rounding);
    }
}
