namespace NeuralOde.Tests.Solving;

/// <summary>Events with every method: one-step methods, explicit and implicit, and those with a past.</summary>
public class EventMethodTests
{
    private static readonly (EventDirection Direction, double Sense)[] Ways =
        [.. Enum.GetValues<EventDirection>().SelectMany(direction => new[] { (direction, 1.0), (direction, -1.0) })];

    public static TheoryData<string> Methods { get; } = [.. OdeMethod.All.Select(method => method.Name)];

    /// <summary>The methods whose steps are exact for polynomials of their order from the first one on.</summary>
    public static TheoryData<string> OneStepMethods { get; } =
        [.. OdeMethod.All.Where(method => method != OdeMethod.Adams && method != OdeMethod.Bdf).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_oscillator_crosses_zero_where_its_cosine_does(string method)
    {
        double[] crossings = [0.5 * Math.PI, 1.5 * Math.PI, 2.5 * Math.PI, 3.5 * Math.PI];
        foreach ((EventDirection direction, double sense) in Ways)
        {
            double[] expected = [.. crossings.Where((_, i) => direction == EventDirection.Both || direction == (i % 2 == 0 ? EventDirection.Falling : EventDirection.Rising))];
            OdeSolution solution = OdeSolver.Solve(EventProblems.Oscillator, [1, 0], 0, sense * 12,
                Options(method, euler: 2e-4, kutta: 0.01) with { Events = [new OdeEvent((t, y) => y[0], direction)] }).EnsureSuccess();
            ShouldBe(EventProblems.EventTimes(solution), expected, sense, Method(method).Order == 2 ? 3e-4 : 3e-5);
            foreach (OdeEventOccurrence occurrence in solution.Events)
                Math.Abs(occurrence.StateBefore[0]).Should().BeLessThan(1e-14, "the state is where the function has just left its side");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_ball_bounces_for_fifty_seconds_and_never_goes_below_the_ground(string method)
    {
        const double height = 10.0, duration = 50.0;
        double fall = Math.Sqrt(2 * height / EventProblems.Gravity);
        double[] expected = [.. Enumerable.Range(0, 18).Select(bounce => (2 * bounce + 1) * fall).Where(time => time < duration)];
        // Methods of second order follow a parabola exactly; those with a past begin at first order.
        bool isExact = method is not ("Adams" or "Bdf");
        foreach (double sense in new[] { 1.0, -1.0 })
        {
            OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [height, 0], 0, sense * duration,
                Options(method, euler: 1e-3, kutta: 0.01) with { Events = [EventProblems.Bounce(1)] }).EnsureSuccess();
            // Euler's method adds g h to the speed at every bounce, and the last one comes just before the end.
            if (method == "Euler")
                ShouldBe(EventProblems.EventTimes(path)[..17], expected[..17], sense, 17 * 17 * 1e-3);
            else
                ShouldBe(EventProblems.EventTimes(path), expected, sense, isExact ? 1e-9 : 1e-2);
            double lowest = Enumerable.Range(0, 20001).Min(i => path.Evaluate(sense * duration * (i / 20000.0))[0]);
            lowest.Should().BeGreaterThan(-2e-12, "what is left is the rounding of 50 s at 14 m/s");
            path.States.ToArray().Where((_, i) => i % 2 == 0).Min().Should().BeGreaterThan(-2e-12);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_bounce_counts_in_its_direction_only(string method)
    {
        // Forward and backward in time the ball comes from above: there are falling crossings and no rising ones.
        foreach ((EventDirection direction, double sense) in Ways)
        {
            var bounce = new OdeEvent((t, y) => y[0], direction, stateChange: (t, y) => y[1] *= -1);
            OdeSolution path = OdeSolver.Solve(EventProblems.Fall, [1, 0], 0, sense * 2, Options(method, euler: 1e-3, kutta: 0.01) with { Events = [bounce] }).EnsureSuccess();
            path.Events.Should().HaveCount(direction == EventDirection.Rising ? 0 : 2);
            path.Events.Should().NotContain(hit => hit.Direction == EventDirection.Rising);
            if (direction == EventDirection.Rising)
                path.FinalState[0].Should().BeApproximately(1 - 0.5 * EventProblems.Gravity * 4, method == "Euler" ? 0.02 : 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(OneStepMethods))]
    public void Where_a_method_is_exact_so_is_the_time_of_the_event(string method)
    {
        OdeMethod which = Method(method);
        int degree = Math.Min(which.Order, which.InterpolantOrder);
        foreach ((EventDirection direction, double sense) in Ways)
        {
            // t^degree passes 0.7^degree at 0.7 and −0.7^degree, or that again, at −0.7.
            double level = Math.Pow(0.7, degree) * (degree % 2 == 0 ? 1.0 : sense);
            var levels = new OdeEvent((t, y) => y[degree - 1] - level, direction, EventAction.Terminate);
            OdeSolution solution = OdeSolver.Solve(Powers(degree), new double[degree], 0, sense,
                Options(method, euler: 0.3, kutta: 0.3) with { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, Events = [levels] }).EnsureSuccess();
            bool isRising = level > 0.0;
            bool isMet = direction == EventDirection.Both || direction == (isRising ? EventDirection.Rising : EventDirection.Falling);
            solution.Status.Should().Be(isMet ? OdeStatus.TerminatedByEvent : OdeStatus.Success);
            solution.FinalTime.Should().BeApproximately(sense * (isMet ? 0.7 : 1.0), 1e-13);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_line_passes_a_level_at_its_own_time(string method)
    {
        foreach ((EventDirection direction, double sense) in Ways)
        {
            foreach (double slope in new[] { 1.0, -1.0 })
            {
                VectorField line = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = slope);
                var level = new OdeEvent((t, y) => y[0] - 0.7 * slope * sense, direction, EventAction.Terminate);
                OdeSolution solution = OdeSolver.Solve(line, [0], 0, sense, Options(method, euler: 0.3, kutta: 0.3) with { Events = [level] }).EnsureSuccess();
                bool isMet = direction == EventDirection.Both || direction == (slope * sense > 0.0 ? EventDirection.Rising : EventDirection.Falling);
                solution.FinalTime.Should().BeApproximately(sense * (isMet ? 0.7 : 1.0), 1e-13);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_solve_that_an_event_has_ended_goes_on_to_the_next_and_back(string method)
    {
        foreach ((EventDirection direction, double sense) in Ways)
        {
            // The function is rounded much coarser than time and never zero: what counts as that must be known where the solve goes on.
            var end = new OdeEvent((t, y) => y[0] + 1e4 - 1e4 + 1e-12, direction, EventAction.Terminate);
            int first = direction == EventDirection.Rising ? 1 : 0, stride = direction == EventDirection.Both ? 1 : 2;
            OdeSolution part = OdeSolver.Solve(EventProblems.Oscillator, [1, 0], 0, sense * 100, Options(method, euler: 1e-3, kutta: 0.01) with { Events = [end] });
            for (int crossing = first; crossing < first + 3 * stride; crossing += stride)
            {
                part.Status.Should().Be(OdeStatus.TerminatedByEvent);
                part.FinalTime.Should().BeApproximately(sense * (crossing + 0.5) * Math.PI, 3e-4);
                part.Events.Should().ContainSingle();
                part = part.Continue(sense * 100);
            }

            // Seen the other way a crossing is the opposite one.
            OdeSolution back = part.Continue(part.FinalTime - sense * 6);
            back.Events.Should().ContainSingle();
            (part.FinalTime - back.FinalTime).Should().BeApproximately(sense * Math.PI, 3e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Whatever_is_kept_and_whoever_watches_the_events_are_the_same(string method)
    {
        double[] times = [0, 1, 2, 3, 4, 5];
        OdeSolverOptions options = Options(method, euler: 1e-3, kutta: 0.01) with
        {
            Events = [EventProblems.Bounce(0.9), new OdeEvent((t, y) => y[0] - 2, name: "2 m"), new OdeEvent((t, y) => t - 4.5, action: EventAction.Terminate)],
        };
        OdeSolution plain = OdeSolver.Solve(EventProblems.Fall, [10, 0], times, options);
        plain.Status.Should().Be(OdeStatus.TerminatedByEvent);
        plain.Times.ToArray().Should().Equal(times[..5]);
        plain.Events.Select(hit => hit.Name).Should().Equal("2 m", "bounce", "2 m", "2 m", "bounce", "2 m", "");

        List<(double Start, double End, double Height, double Speed)> steps = [];
        OdeSolution watched = OdeSolver.Solve(EventProblems.Fall, [10, 0], times,
            options with { Output = OdeOutput.Steps, StepObserver = (in OdeStep step) => steps.Add((step.StartTime, step.Time, step.State[0], step.State[1])) });
        OdeSolution[] others =
        [
            watched,
            OdeSolver.Solve(EventProblems.Fall, [10, 0], 0, 5, options),
            OdeSolver.Solve(EventProblems.Fall, [10, 0], times, options with { Output = OdeOutput.End }),
            OdeSolver.Solve(EventProblems.Fall, [10, 0], times, options with { Output = OdeOutput.End, DenseOutput = true }),
        ];
        foreach (OdeSolution other in others)
        {
            EventProblems.EventTimes(other).Should().Equal(EventProblems.EventTimes(plain));
            other.FinalTime.Should().Be(plain.FinalTime);
            other.FinalState.ToArray().Should().Equal(plain.FinalState.ToArray());
            other.Statistics.Should().Be(plain.Statistics);
        }

        others[2].Times.ToArray().Should().Equal(plain.FinalTime);
        others[2].States.ToArray().Should().Equal(plain.FinalState.ToArray());
        double[] changes = [.. plain.Events.Where(hit => hit.Name == "bounce").Select(hit => hit.Time)];
        watched.Times.ToArray().GroupBy(time => time).Where(group => group.Count() == 2).Select(group => group.Key).Should().Equal(changes);
        others[1].Times.ToArray().Should().Equal(watched.Times.ToArray());
        others[3].Evaluate(changes[0]).Should().Equal(plain.Events.First(hit => hit.Name == "bounce").StateAfter.ToArray());

        steps.Should().HaveCount((int)plain.Statistics.AcceptedSteps);
        steps.Skip(1).Zip(steps).Should().OnlyContain(pair => pair.First.Start == pair.Second.End);
        foreach (OdeEventOccurrence hit in plain.Events.Where(hit => hit.Name == "bounce"))
            steps.Should().ContainSingle(step => step.End == hit.Time).Which.Speed.Should().Be(hit.StateBefore[1]);
    }

    private static OdeMethod Method(string name) => OdeMethod.All.Single(method => method.Name == name);

    private static OdeSolverOptions Options(string name, double euler, double kutta)
    {
        OdeMethod method = Method(name);
        return new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive ? null : method.Order == 1 ? euler : kutta };
    }

    /// <summary>y1 = t, y2 = t², … as an autonomous system, with its Jacobian.</summary>
    private static VectorField Powers(int degree) => VectorField.FromFunction(degree, (t, y, dydt) =>
    {
        dydt[0] = 1.0;
        for (int i = 1; i < degree; i++)
            dydt[i] = (i + 1) * y[i - 1];
    }, (t, y, jacobian) =>
    {
        for (int i = 1; i < degree; i++)
            jacobian[i * degree + i - 1] = i + 1;
    }, isAutonomous: true);

    private static void ShouldBe(double[] times, double[] expected, double sense, double accuracy)
    {
        times.Should().HaveCount(expected.Length);
        for (int i = 0; i < times.Length; i++)
            times[i].Should().BeApproximately(sense * expected[i], accuracy);
    }
}
