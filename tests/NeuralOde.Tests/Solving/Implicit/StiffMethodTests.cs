namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>What the methods for stiff problems do on such problems.</summary>
public class StiffMethodTests
{
    public static TheoryData<string> Names { get; } = [.. StiffMethods.Names];

    public static TheoryData<string, string> NamesAndProblems
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string name in StiffMethods.Names)
            {
                cases.Add(name, "HIRES");
                cases.Add(name, "ROBER");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndProblems))]
    public void The_error_is_some_tolerances_and_falls_with_them(string name, string problem)
    {
        double previous = double.PositiveInfinity;
        foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
        {
            OdeSolution solution = SolveReference(name, problem, tolerance, withJacobian: true);
            double[] reference = ReferenceState(problem);
            double error = solution.FinalState.ToArray().Zip(reference, (y, r) => Math.Abs(y - r) / (Math.Abs(r) + 1e-8)).Max();
            error.Should().BeLessThan((name == "TrBdf2" ? 5000 : 50) * tolerance, $"{problem} at {tolerance}: {solution.Statistics}");
            // Below some tolerances luck decides.
            error.Should().BeLessThan(Math.Max(previous / 3, 10 * tolerance));
            previous = error;
            int steps = name == "TrBdf2" ? (int)(3.0 * Math.Pow(tolerance, -1.0 / 3) + 100) * 3 : (int)((name == "Automatic" ? 45.0 : name == "Bdf" ? 27.5 : 26.0) * Math.Pow(tolerance, -1.0 / 5)) + 40;
            (solution.Statistics.AcceptedSteps + solution.Statistics.RejectedSteps).Should().BeLessThan(steps);
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndProblems))]
    public void Without_a_Jacobian_differences_do(string name, string problem)
    {
        OdeSolution given = SolveReference(name, problem, 1e-6, withJacobian: true), differences = SolveReference(name, problem, 1e-6, withJacobian: false);
        differences.Statistics.AcceptedSteps.Should().BeInRange((long)(0.9 * given.Statistics.AcceptedSteps), (long)(1.1 * given.Statistics.AcceptedSteps) + 1);
        differences.Statistics.Evaluations.Should().BeGreaterThan(given.Statistics.Evaluations);
        differences.FinalState[0].Should().BeApproximately(given.FinalState[0], 1e-3 * given.FinalState[0]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Van_der_Pols_oscillator_of_stiffness_1000_takes_few_steps(string name)
    {
        // The value is that of the test set for IVP solvers for the stiffness of a million, whose scaled equations are these.
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-8 };
        OdeSolution solution = OdeSolver.Solve(StiffMethods.VanDerPol1000, [2, 0], [0, 2000], options).EnsureSuccess();
        solution.FinalState[0].Should().BeApproximately(1.706167732, name switch { "TrBdf2" => 2e-3, "Bdf" => 5e-4, "Kvaerno5" => 1e-4, _ => 1e-5 });
        solution.Statistics.Evaluations.Should().BeLessThan(15_000);
        solution.Statistics.AcceptedSteps.Should().BeLessThan(name switch { "TrBdf2" => 2000, "Bdf" => 1200, _ => 700 });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_huge_step_over_a_fast_decay_damps_it(string name)
    {
        if (!StiffMethods.Find(name).AllowsFixedStep)
            return;
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), FixedStep = 1 };
        VectorField decay = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = -1e8 * y[0]; dydt[1] = -1e3 * (y[1] - y[0]); });
        OdeSolution solution = OdeSolver.Solve(decay, [1, 1], [0, 1, 2], options).EnsureSuccess();
        Math.Abs(solution[1, 0]).Should().BeLessThan(1e-6);
        Math.Abs(solution[2, 1]).Should().BeLessThan(1e-3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_goes_backward_too(string name)
    {
        // Stiff backward: y' = 1e4 (y − cos t) grows forward and decays backward.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1e4 * (y[0] - Math.Cos(t)) - Math.Sin(t));
        OdeSolution solution = OdeSolver.Solve(field, [3], [2, 1, -1], new OdeSolverOptions { Method = StiffMethods.Find(name), StepToOutputTimes = true }).EnsureSuccess();
        solution[1, 0].Should().BeApproximately(Math.Cos(1), 1e-5);
        solution[2, 0].Should().BeApproximately(Math.Cos(-1), 1e-5);
        solution.Statistics.AcceptedSteps.Should().BeLessThan(1000);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_field_is_evaluated_within_the_interval_only(string name)
    {
        // Its third stage lies at 1.23 steps, as its documentation says.
        if (name == "Kvaerno5")
            return;
        foreach ((double t0, double t1) in new[] { (0.0, 2.0), (2.0, 0.5) })
        {
            Problems.Recording recording = Problems.Record(Problems.NonAutonomous);
            OdeSolver.Solve(recording.Field, Problems.NonAutonomousSolution(t0), t0, t1, new OdeSolverOptions { Method = StiffMethods.Find(name) }).EnsureSuccess();
            recording.First.Should().BeGreaterThanOrEqualTo(Math.Min(t0, t1));
            recording.Last.Should().BeLessThanOrEqualTo(Math.Max(t0, t1));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_reported_evaluations_are_those_made(string name)
    {
        Problems.Recording recording = Problems.Record(StiffProblems.Hires.Field);
        OdeSolution solution = OdeSolver.Solve(recording.Field, StiffProblems.Hires.InitialState, [0, 10], new OdeSolverOptions { Method = StiffMethods.Find(name) }).EnsureSuccess();
        solution.Statistics.Evaluations.Should().Be(recording.Evaluations);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_sides_of_a_jump_are_seen(string name)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -1e3 * (y[0] - (t < 1 ? 1 : -1)));
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), JumpTimes = [1.0] };
        OdeSolution solution = OdeSolver.Solve(field, [0], [0, 1, 2], options).EnsureSuccess();
        solution[1, 0].Should().BeApproximately(1, 1e-5);
        solution[2, 0].Should().BeApproximately(-1, 1e-5);
        solution.Statistics.RejectedSteps.Should().BeLessThan(30);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_trial_outside_the_fields_domain_is_retried_shorter(string name)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] + 0 * Math.Sqrt(20 - y[0]));
        foreach (double initialStep in new[] { 0.01, 1.0, 10.0 })
        {
            var options = new OdeSolverOptions { Method = StiffMethods.Find(name), InitialStep = initialStep, RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 };
            OdeSolver.Solve(field, [1], [0, Math.Log(19.9)], options).EnsureSuccess().FinalState[0].Should().BeApproximately(19.9, 2e-3);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_number_that_is_not_finite_is_reported_with_component_and_time(string name)
    {
        VectorField field = VectorField.FromFunction(3, (t, y, dydt) => { dydt[0] = -y[0]; dydt[1] = t > 1 ? double.NaN : 1; dydt[2] = y[1]; });
        OdeSolution solution = OdeSolver.Solve(field, [1, 0, 0], [0, 2], new OdeSolverOptions { Method = StiffMethods.Find(name) });
        solution.Failure!.Status.Should().Be(OdeStatus.NonFiniteState);
        solution.Failure.Component.Should().Be(1);
        solution.Failure.Time.Should().BeApproximately(1, 1e-6);
    }

    private static OdeSolution SolveReference(string name, string problem, double tolerance, bool withJacobian)
    {
        StiffProblems.Problem stiff = StiffProblems.Named(problem);
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = tolerance, AbsoluteTolerance = 1e-5 * tolerance };
        return OdeSolver.Solve(withJacobian ? stiff.FieldWithJacobian : stiff.Field, stiff.InitialState, [0, problem == "HIRES" ? 321.8122 : 100], options).EnsureSuccess();
    }

    private static double[] ReferenceState(string problem) =>
        (problem == "HIRES" ? Reference.Problem("hires", "y") : Reference.Problem("rober", "t_100")).Numbers();

    [Theory]
    [InlineData(1e4)]
    [InlineData(1e6)]
    [InlineData(1e8)]
    [InlineData(1e10)]
    public void Stiffness_that_vanishes_within_a_step_hides_no_error(double stiffness)
    {
        // y = cos t whatever the stiffness is.
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsStiff && method.Order >= 5))
        {
            foreach (double width in new[] { 1e-4, 0.01, 0.3 })
            {
                foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
                {
                    VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -stiffness * Math.Pow(1 - Math.Clamp((t - 1) / width, 0, 1), 2) * (y[0] - Math.Cos(t)) - Math.Sin(t));
                    OdeSolution solution = OdeSolver.Solve(field, [1], [0, 0.9, 1.1, 1.5, 3], new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }).EnsureSuccess();
                    for (int i = 0; i < solution.Count; i++)
                        solution[i, 0].Should().BeApproximately(Math.Cos(solution.Times[i]), 100 * tolerance, $"{method.Name}, width {width}, tolerance {tolerance}, t = {solution.Times[i]}");
                }
            }
        }
    }
}
