namespace NeuralOde.Tests.Solving;

/// <summary>Between the steps, where error control does not look, a solution is as good as at them.</summary>
public class InteriorErrorTests
{
    // The largest interior error, in the larger of the tolerance and the run's largest error at a step.
    private const double MostOnChirps = 15.0;
    private const double MostOnRelaxations = 10.0;

    public static TheoryData<string> Methods { get; } =
        [.. OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 5 && !method.IsStiff).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Outputs_on_chirps_are_nearly_as_good_as_steps(string name)
    {
        foreach ((VectorField field, Func<double, double> exact, double end) in Chirps())
        {
            foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8, 1e-10 })
                Ratio(name, field, exact, end, outputs: 2001, tolerance).Should().BeLessThanOrEqualTo(MostOnChirps, "{0} to {1} at {2}", name, end, tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Outputs_on_the_problem_of_Prothero_and_Robinson_are_nearly_as_good_as_steps(string name)
    {
        foreach (double rate in new[] { 1.0, 2.0 })
        {
            VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -rate * (y[0] - Math.Cos(t)) - Math.Sin(t));
            foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
                Ratio(name, field, Math.Cos, end: 6.28, outputs: 101, tolerance).Should().BeLessThanOrEqualTo(MostOnRelaxations, "{0} at {1}", name, tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Events_on_a_chirp_are_nearly_as_good_as_steps(string name)
    {
        const double Level = 0.5;
        (VectorField field, Func<double, double> exact, double end) = Chirps().First();
        foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
        {
            var options = new OdeSolverOptions
            {
                Method = Find(name),
                RelativeTolerance = tolerance,
                AbsoluteTolerance = tolerance,
                Output = OdeOutput.Steps,
                Events = [new OdeEvent((t, y) => y[0] - Level)],
            };
            OdeSolution solution = OdeSolver.Solve(field, [exact(0)], [0.0, end], options).EnsureSuccess();
            solution.Events.Count.Should().BeInRange(570, 576);
            double bound = MostOnChirps * Math.Max(tolerance, LargestError(solution, exact));
            solution.Events.Should().OnlyContain(occurrence => Math.Abs(exact(occurrence.Time) - Level) <= bound);
        }
    }

    [Theory]
    [InlineData(1e-4)]
    [InlineData(1e-6)]
    [InlineData(1e-8)]
    public void The_default_method_is_as_good_between_the_steps_of_systems_as_at_them(double tolerance)
    {
        VectorField vanDerPol = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = y[1];
            dydt[1] = (1 - y[0] * y[0]) * y[1] - y[0];
        });
        foreach ((VectorField field, double[] start) in new[] { (vanDerPol, new[] { 2.0, 0 }), (Problems.LotkaVolterra, [10, 5]), (Problems.Pendulum, [2, 0]) })
        {
            double[] times = [.. Enumerable.Range(0, 1001).Select(i => 0.02 * i)];
            // Two hundred times as many steps as the method under test takes, of another method.
            OdeSolution exact = OdeSolver.Solve(field, start, 0, 20, new OdeSolverOptions { Method = OdeMethod.DormandPrince8, RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-13, MaxStep = 0.02 });
            var options = new OdeSolverOptions { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance };
            OdeSolution outputs = OdeSolver.Solve(field, start, times, options).EnsureSuccess(), steps = OdeSolver.Solve(field, start, times, options with { Output = OdeOutput.Steps });
            double Error(OdeSolution solution) =>
                Enumerable.Range(0, solution.Count).Max(n => exact.Evaluate(solution.Times[n]).Select((value, i) => Math.Abs(value - solution[n, i])).Max());
            Error(outputs).Should().BeLessThanOrEqualTo(3 * Math.Max(tolerance, Error(steps)));
        }
    }

    [Fact]
    public void The_default_method_evaluates_twice_more_only_in_steps_whose_interior_is_asked_for()
    {
        OdeStatistics Cost(double[] times, Func<OdeSolverOptions, OdeSolverOptions>? change = null)
        {
            var options = new OdeSolverOptions();
            return OdeSolver.Solve(Problems.Pendulum, [2, 0], times, change?.Invoke(options) ?? options).EnsureSuccess().Statistics;
        }

        OdeStatistics end = Cost([0, 20]);
        end.Evaluations.Should().Be(2 + 10 * (end.AcceptedSteps + end.RejectedSteps));
        Cost([0, 10, 20]).Evaluations.Should().Be(end.Evaluations + 2);
        Cost([0, 10, 10.0001, 20]).Evaluations.Should().Be(end.Evaluations + 2, "both are in one step");
        Cost([0, 10, 20], options => options with { Output = OdeOutput.End }).Should().Be(end);
        Cost([0, 10, 20], options => options with { Output = OdeOutput.Steps }).Should().Be(end);
        Cost([0, 20], options => options with { DenseOutput = true }).Evaluations.Should().Be(end.Evaluations + 2 * end.AcceptedSteps);
        OdeStatistics landing = Cost([0, 10, 20], options => options with { StepToOutputTimes = true });
        landing.Evaluations.Should().Be(2 + 10 * (landing.AcceptedSteps + landing.RejectedSteps));
    }

    [Fact]
    public void What_is_not_finite_between_the_steps_rejects_a_step_whose_interior_is_asked_for()
    {
        // Of all stages of a first step of 0.5 only one for the interpolant, at 0.38 of it, lies in the gap.
        static double Slope(double t) => t is > 0.185 and < 0.195 ? double.NaN : 1;
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = Slope(t));
        var options = new OdeSolverOptions { InitialStep = 0.5, MaxStep = 0.5 };
        OdeSolver.Solve(field, [0], [0.0, 1], options).Statistics.Should().Be(new OdeStatistics { Evaluations = 21, AcceptedSteps = 2 });
        OdeSolution alone = OdeSolver.Solve(field, [0], [0.0, 0.1, 1], options), watched = OdeSolver.Solve(field, [0], [0.0, 0.1, 1], options with { StepObserver = (in OdeStep _) => { } });
        alone.Statistics.RejectedSteps.Should().BePositive();
        alone.Statistics.Should().Be(watched.Statistics);
        alone.Status.Should().Be(watched.Status);
        alone.States.ToArray().Should().Equal(watched.States.ToArray());
    }

    private static OdeMethod Find(string name) => OdeMethod.All.Single(method => method.Name == name);

    /// <summary>Fields of y' = g'(t) and products of it, whose solutions go through hundreds of oscillations of rising frequency.</summary>
    private static IEnumerable<(VectorField Field, Func<double, double> Exact, double End)> Chirps()
    {
        yield return (VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 2 * t * Math.Cos(t * t)), t => Math.Sin(t * t), 30 * Math.Sqrt(2));
        yield return (VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 2 * t * Math.Cos(t * t)), t => Math.Sin(t * t), 50);
        yield return (VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -2 * t * Math.Sin(t * t)), t => Math.Cos(t * t), 20);
        yield return (VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 3 * t * t * Math.Cos(t * t * t)), t => Math.Sin(t * t * t), 10);
        yield return (VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * 2 * t * Math.Cos(t * t)), t => Math.Exp(Math.Sin(t * t)), 10);
    }

    private static double Ratio(string name, VectorField field, Func<double, double> exact, double end, int outputs, double tolerance)
    {
        double[] times = [.. Enumerable.Range(0, outputs).Select(i => end * i / (outputs - 1))];
        var options = new OdeSolverOptions { Method = Find(name), RelativeTolerance = tolerance, AbsoluteTolerance = tolerance };
        OdeSolution solution = OdeSolver.Solve(field, [exact(0)], times, options).EnsureSuccess();
        OdeSolution steps = OdeSolver.Solve(field, [exact(0)], times, options with { Output = OdeOutput.Steps, DenseOutput = true });
        for (int i = 0; i < outputs; i += 100)
            steps.Evaluate(times[i])[0].Should().BeApproximately(solution[i, 0], 1e-14 * (1 + Math.Abs(solution[i, 0])), "outputs and dense output are one");
        return LargestError(solution, exact) / Math.Max(tolerance, LargestError(steps, exact));
    }

    private static double LargestError(OdeSolution solution, Func<double, double> exact) =>
        Enumerable.Range(0, solution.Count).Max(n => Math.Abs(exact(solution.Times[n]) - solution[n, 0]));
}
