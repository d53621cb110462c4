using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>What implicit methods give between the ends of their steps.</summary>
public class StepInteriorTests
{
    private const double End = 6.28;

    private static readonly double[] Times = [.. Enumerable.Range(0, 101).Select(i => End * i / 100)];

    private static readonly string[] OneStep = ["TrBdf2", "KennedyCarpenter5", "Kvaerno5", "Rodas5P"];

    // Dormand and Prince's method of eighth order knows nothing of matrices; it takes some thousand steps.
    private static readonly Lazy<OdeSolution> Hires = new(() => OdeSolver.Solve(StiffProblems.Hires.Field, StiffProblems.Hires.InitialState, 0, 321.8122,
        new OdeSolverOptions { Method = OdeMethod.DormandPrince8, RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13, MaxSteps = 1_000_000 }).EnsureSuccess());

    public static TheoryData<string> Names { get; } = [.. StiffMethods.Names];

    public static TheoryData<string> OneStepNames { get; } = [.. OneStep];

    [Theory]
    [MemberData(nameof(Names))]
    public void Outputs_dense_output_and_events_are_as_good_as_the_ends_of_steps_whatever_the_stiffness(string name)
    {
        foreach (double stiffness in new[] { 1, 10, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8 })
        {
            VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -stiffness * (y[0] - Math.Cos(t)) - Math.Sin(t));
            foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
                ShouldBeAsGoodInside(field, t => [Math.Cos(t)], name, tolerance, $"stiffness {stiffness}, tolerance {tolerance}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void So_they_are_where_the_stiffness_is_not_constant_or_not_linear_and_in_systems(string name)
    {
        foreach (double stiffness in new[] { 3, 2e2, 5e3, 3e5, 2e7 })
        {
            VectorField exponential = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -stiffness * (Math.Exp(y[0]) - Math.Exp(Math.Cos(t))) - Math.Sin(t));
            VectorField varying = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -stiffness * (1.05 + Math.Sin(2 * t)) * (y[0] - Math.Cos(t)) - Math.Sin(t));
            VectorField system = VectorField.FromFunction(3, (t, y, dydt) =>
            {
                double x = y[0] - Math.Cos(t), z = y[1] - Math.Sin(t), w = y[2] - Math.Exp(-0.3 * t);
                dydt[0] = -Math.Sin(t) - stiffness * (x - 0.5 * z);
                dydt[1] = Math.Cos(t) - 0.7 * stiffness * z - 3 * x;
                dydt[2] = -0.3 * Math.Exp(-0.3 * t) - w + 0.1 * x - z;
            });
            foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
            {
                string because = $"stiffness {stiffness}, tolerance {tolerance}";
                ShouldBeAsGoodInside(exponential, t => [Math.Cos(t)], name, tolerance, because);
                ShouldBeAsGoodInside(varying, t => [Math.Cos(t)], name, tolerance, because);
                ShouldBeAsGoodInside(system, t => [Math.Cos(t), Math.Sin(t), Math.Exp(-0.3 * t)], name, tolerance, because);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void So_they_are_where_the_solution_swings_several_times_in_a_step_that_its_end_would_allow(string name)
    {
        // The stiffness of 1e8 lets steps grow to many periods: at their ends the solution is right all the same.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -1e8 * (y[0] - Math.Sin(20 * t)) + 20 * Math.Cos(20 * t));
        foreach (double tolerance in new[] { 1e-4, 1e-8 })
            ShouldBeAsGoodInside(field, t => [Math.Sin(20 * t)], name, tolerance, $"tolerance {tolerance}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void HIRES_has_good_outputs_within_its_steps(string name)
    {
        double[] times = [.. Enumerable.Range(0, 101).Select(i => 321.8122 * i / 100)];
        foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
        {
            double stepEnds = 0;
            var options = new OdeSolverOptions
            {
                Method = StiffMethods.Find(name),
                RelativeTolerance = tolerance,
                AbsoluteTolerance = tolerance,
                StepObserver = (in OdeStep step) => stepEnds = Math.Max(stepEnds, Error(step.Time, step.State)),
            };
            OdeSolution solution = OdeSolver.Solve(StiffProblems.Hires.FieldWithJacobian, StiffProblems.Hires.InitialState, times, options).EnsureSuccess();
            Enumerable.Range(0, times.Length).Max(i => Error(times[i], solution.State(i))).Should().BeLessThan(10 * Math.Max(tolerance, stepEnds), "tolerance {0}", tolerance);
        }

        double Error(double time, ReadOnlySpan<double> state)
        {
            double[] expected = Hires.Value.Evaluate(Math.Min(time, Hires.Value.FinalTime));
            double error = 0;
            for (int i = 0; i < expected.Length; i++)
                error = Math.Max(error, Math.Abs(expected[i] - state[i]));
            return error;
        }
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void Kvaernos_estimate_and_the_others_see_the_errors_of_a_stiff_step(string name)
    {
        foreach (double stiffness in new[] { 1e2, 1e3, 1e4, 1e5 })
        {
            foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
            {
                double largest = 0;
                var options = new OdeSolverOptions
                {
                    Method = StiffMethods.Find(name),
                    RelativeTolerance = tolerance,
                    AbsoluteTolerance = tolerance,
                    StepObserver = (in OdeStep step) => largest = Math.Max(largest, Math.Abs(step.State[0] - Math.Sin(step.Time + 0.5))),
                };
                OdeSolver.Solve(StiffMethods.ProtheroRobinson(-stiffness), [Math.Sin(0.5)], [0, End], options).EnsureSuccess();
                largest.Should().BeLessThan(8 * tolerance, "stiffness {0}, tolerance {1}", stiffness, tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void Looking_inside_costs_three_to_seven_evaluations_of_the_steps_that_are_asked_for(string name)
    {
        VectorField field = Problems.NonAutonomousWithJacobian;
        double[] initial = Problems.NonAutonomousSolution(0);
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-4, AbsoluteTolerance = 1e-4 };
        OdeStatistics end = OdeSolver.Solve(field, initial, [0, 2], options).EnsureSuccess().Statistics;
        OdeStatistics one = OdeSolver.Solve(field, initial, [0, 1.234, 2], options).EnsureSuccess().Statistics;
        OdeStatistics dense = OdeSolver.Solve(field, initial, 0, 2, options).EnsureSuccess().Statistics;
        OdeStatistics steps = OdeSolver.Solve(field, initial, [0, 2], options with { Output = OdeOutput.Steps }).EnsureSuccess().Statistics;
        one.Evaluations.Should().Be(end.Evaluations + 3);
        dense.Evaluations.Should().Be(end.Evaluations + 3 * end.AcceptedSteps);
        steps.Should().Be(end);
        foreach (OdeStatistics other in new[] { one, dense })
            (other with { Evaluations = end.Evaluations }).Should().Be(end);

        var calls = 0;
        VectorField counted = VectorField.FromFunction(1, (t, y, dydt) =>
        {
            calls++;
            dydt[0] = -1e6 * (y[0] - Math.Cos(t)) - Math.Sin(t);
        });
        OdeSolution stiff = OdeSolver.Solve(counted, [1], 0, End, options).EnsureSuccess();
        stiff.Statistics.Evaluations.Should().Be(calls);
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void A_sample_keeps_its_bits_among_others_whose_interior_wants_other_corrections(string name)
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = -y[1] * (y[0] - Math.Cos(t)) - Math.Sin(t);
            dydt[1] = 0;
        });
        double[][] states = [[1, 1], [1, 1e7], [1.01, 1e3], [1, 30], [0.9, 1e5]];
        foreach (double tolerance in new[] { 1e-4, 1e-7 })
        {
            var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = tolerance, AbsoluteTolerance = tolerance, DenseOutput = true };
            OdeBatchSolution batch = OdeSolver.SolveBatch(field, states, Times, options);
            for (int sample = 0; sample < states.Length; sample++)
            {
                OdeSolution alone = OdeSolver.Solve(field, states[sample], Times, options).EnsureSuccess();
                batch[sample].States.ShouldHaveTheBitsOf(alone.States, $"sample {sample}");
                batch[sample].Evaluate(4.321).ShouldHaveTheBitsOf(alone.Evaluate(4.321), $"sample {sample}");
                batch[sample].Statistics.Should().Be(alone.Statistics);
            }
        }
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void Where_one_step_serves_all_the_interior_of_all_decides(string name)
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = -1e7 * (y[0] - y[1] * Math.Cos(t)) - y[1] * Math.Sin(t);
            dydt[1] = 0;
        });
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-6, ErrorControl = ErrorControl.Joint, DenseOutput = true };
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[1, 1], [0.001, 0.001], [2, 2]], Times, options);
        for (int sample = 0; sample < 3; sample++)
        {
            batch[sample].EnsureSuccess();
            batch[sample].Statistics.AcceptedSteps.Should().Be(batch[0].Statistics.AcceptedSteps);
            double size = new[] { 1, 0.001, 2 }[sample];
            for (int i = 0; i < Times.Length; i++)
                batch[sample][i, 0].Should().BeApproximately(size * Math.Cos(Times[i]), 2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void Looking_inside_never_passes_a_jump_time(string name)
    {
        double latest = 0;
        foreach (double jump in new[] { 0.5, 1.0 / 3 })
        {
            bool isBehind = false;
            VectorField field = VectorField.FromFunction(1, (t, y, dydt) =>
            {
                isBehind |= t >= jump;
                latest = Math.Max(latest, t);
                dydt[0] = -1e5 * (y[0] - (t < jump ? 1 : 2) * Math.Cos(t));
            }, (t, y, jacobian) => jacobian[0] = -1e5);
            double[] times = [0, .. Enumerable.Range(1, 40).Select(i => jump * i / 40)];
            OdeSolution solution = OdeSolver.Solve(field, [1], times, new OdeSolverOptions { Method = StiffMethods.Find(name), JumpTimes = [jump] }).EnsureSuccess();
            // Kværnø's third stage lies behind the end of its step.
            if (name != "Kvaerno5")
                isBehind.Should().BeFalse();
            for (int i = 1; i < times.Length; i++)
                solution[i, 0].Should().BeApproximately(Math.Cos(times[i]), 3e-5);
        }

        latest.Should().BePositive();
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void A_field_that_is_not_finite_where_the_dense_output_strays_costs_steps(string name)
    {
        // The logarithm ends a tenth below the solution; a poor dense output leads there.
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) =>
            dydt[0] = -1e7 * (Math.Log(y[0]) - Math.Log(1.1 + Math.Cos(t))) - Math.Sin(t));
        foreach (double tolerance in new[] { 1e-3, 1e-5, 1e-7 })
            ShouldBeAsGoodInside(field, t => [1.1 + Math.Cos(t)], name, tolerance, $"tolerance {tolerance}");
    }

    [Theory]
    [MemberData(nameof(OneStepNames))]
    public void Fixed_steps_have_their_dense_output_corrected_too(string name)
    {
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), FixedStep = 0.2 };
        OdeSolution solution = OdeSolver.Solve(StiffMethods.ProtheroRobinson(-1e8), [Math.Sin(0.5)], 0, 5, options).EnsureSuccess();
        solution.Statistics.RejectedSteps.Should().Be(0);
        for (double t = 0.01; t < 5; t += 0.0173)
            solution.Evaluate(t).ShouldBeNear([Math.Sin(t + 0.5)], 1e-8, $"y({t})");
    }

    private static void ShouldBeAsGoodInside(VectorField field, Func<double, double[]> exact, string method, double tolerance, string because)
    {
        double stepEnds = 0;
        var options = new OdeSolverOptions
        {
            Method = StiffMethods.Find(method),
            RelativeTolerance = tolerance,
            AbsoluteTolerance = tolerance,
            StepObserver = (in OdeStep step) => stepEnds = Math.Max(stepEnds, Error(step.Time, step.State)),
        };
        OdeSolution outputs = OdeSolver.Solve(field, exact(0), Times, options).EnsureSuccess();
        double inside = Enumerable.Range(0, Times.Length).Max(i => Error(Times[i], outputs.State(i)));
        inside.Should().BeLessThan(10 * Math.Max(tolerance, stepEnds), "{0}: outputs", because);

        stepEnds = 0;
        OdeSolution dense = OdeSolver.Solve(field, exact(0), 0, End, options).EnsureSuccess();
        inside = Enumerable.Range(0, 700).Max(i => Error(i * End / 700, dense.Evaluate(i * End / 700)));
        inside.Should().BeLessThan(10 * Math.Max(tolerance, stepEnds), "{0}: dense output", because);

        stepEnds = 0;
        OdeSolution events = OdeSolver.Solve(field, exact(0), [0.0, End], options with { Events = [new OdeEvent((t, y) => Math.Sin(9.1 * t + 0.3))] }).EnsureSuccess();
        events.Events.Should().HaveCountGreaterThan(15);
        inside = events.Events.Max(occurrence => Error(occurrence.Time, occurrence.StateBefore.ToArray()));
        inside.Should().BeLessThan(10 * Math.Max(tolerance, stepEnds), "{0}: events", because);

        double Error(double time, ReadOnlySpan<double> state)
        {
            double[] right = exact(time);
            double error = 0;
            for (int i = 0; i < right.Length; i++)
                error = Math.Max(error, Math.Abs(right[i] - state[i]));
            return error;
        }
    }
}
