using System.Text.Json;

namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>
/// Solutions that creep for long and then jump. The Jacobian of the jump is a thousand to a million times too stiff for what follows; kept there, it makes Newton's increments
/// and the filtered error estimate tiny whatever the state is, and the solution ends on the wrong branch.
/// </summary>
public class RelaxationOscillatorTests
{
    private static readonly double[] Tolerances = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10];

    public static TheoryData<string> Names { get; } = [.. StiffMethods.Names];

    /// <summary>Those whose steps in the jump, which takes a millionth, are long enough for the time of a million.</summary>
    public static TheoryData<string> FifthOrderNames { get; } = [.. StiffMethods.Names.Where(name => name != "TrBdf2")];

    public static TheoryData<string> NewtonNames { get; } = ["TrBdf2", "KennedyCarpenter5", "Kvaerno5", "Bdf"];

    public static TheoryData<string> FixedStepNames { get; } = ["TrBdf2", "KennedyCarpenter5", "Kvaerno5"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Van_der_Pols_oscillator_is_right_at_every_stiffness_and_tolerance(string name)
    {
        foreach (double mu in new[] { 1e2, 1e3, 1e4, 1e5 })
        {
            foreach (double tolerance in Tolerances)
                ShouldBeRight(name, VanDerPol(mu), [2, 0], $"vanderpol_{mu}", tolerance, new OdeSolverOptions { AbsoluteTolerance = tolerance });
        }
    }

    [Theory]
    [MemberData(nameof(FifthOrderNames))]
    public void Van_der_Pols_oscillator_of_stiffness_a_million_is_right_by_default(string name) =>
        ShouldBeRight(name, VanDerPol(1e6), [2, 0], "vanderpol_1000000", 1e-6, new OdeSolverOptions());

    [Theory]
    [MemberData(nameof(Names))]
    public void So_it_is_where_the_steps_can_not_grow(string name)
    {
        foreach (double tolerance in new[] { 1e-4, 1e-6 })
            ShouldBeRight(name, VanDerPol(1e4), [2, 0], "vanderpol_10000", tolerance, new OdeSolverOptions { AbsoluteTolerance = tolerance, MaxStep = 20 });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void So_it_is_in_a_batch_and_with_one_step_for_all(string name)
    {
        VectorField slow = VanDerPol(1e4);
        double[] times = Times("vanderpol_10000"), expected = Values("vanderpol_10000");
        foreach (ErrorControl control in new[] { ErrorControl.PerSample, ErrorControl.Joint })
        {
            var options = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-5, ErrorControl = control };
            OdeBatchSolution batch = OdeSolver.SolveBatch(slow, [[2, 0], [-2, 0], [1.9, 0]], [0, .. times], options).EnsureSuccess();
            batch[0].FinalState[0].Should().BeApproximately(expected[^1], 0.02, control.ToString());
            batch[1].FinalState[0].Should().BeApproximately(-expected[^1], 0.02, control.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_Oregonator_is_right_over_three_periods(string name)
    {
        VectorField field = VectorField.FromFunction(3, (t, y, dydt) =>
        {
            dydt[0] = 77.27 * (y[1] + y[0] * (1 - 8.375e-6 * y[0] - y[1]));
            dydt[1] = (y[2] - (1 + y[0]) * y[1]) / 77.27;
            dydt[2] = 0.161 * (y[0] - y[2]);
        });
        foreach (double tolerance in Tolerances[1..])
            ShouldBeRight(name, field, [1, 2, 3], "oregonator", tolerance, new OdeSolverOptions { AbsoluteTolerance = 1e-3 * tolerance }, jumps: 3);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FitzHughs_and_Nagumos_neuron_is_right(string name)
    {
        foreach (double epsilon in new[] { 1e-3, 1e-5 })
        {
            VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
            {
                dydt[0] = (y[0] - y[0] * y[0] * y[0] / 3 - y[1] + 0.5) / epsilon;
                dydt[1] = y[0] + 0.7 - 0.8 * y[1];
            });
            foreach (double tolerance in Tolerances)
                ShouldBeRight(name, field, [-1, 1], epsilon == 1e-3 ? "fitzhughnagumo_0.001" : "fitzhughnagumo_1e-05", tolerance, new OdeSolverOptions { AbsoluteTolerance = tolerance }, jumps: 6);
        }
    }

    [Theory]
    [MemberData(nameof(NewtonNames))]
    public void A_stiffness_that_fades_away_does_not_leave_the_solution_frozen(string name)
    {
        foreach (double stiffness in new[] { 1e4, 1e6, 1e8 })
        {
            foreach (double maxStep in new[] { double.PositiveInfinity, 0.01 })
            {
                foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8 })
                    ShouldBeRight(name, Fading(stiffness), [2], $"fading_{stiffness}", tolerance, new OdeSolverOptions { AbsoluteTolerance = tolerance, MaxStep = maxStep, StepToOutputTimes = true });
            }
        }
    }

    [Theory]
    [MemberData(nameof(FixedStepNames))]
    public void Nor_does_it_with_fixed_steps(string name)
    {
        foreach (double stiffness in new[] { 1e4, 1e6, 1e8 })
        {
            string reference = $"fading_{stiffness}";
            var options = new OdeSolverOptions { Method = StiffMethods.Find(name), FixedStep = 3.0 / 4100 };
            OdeSolution solution = OdeSolver.Solve(Fading(stiffness), [2], [0, .. Times(reference)], options).EnsureSuccess();
            Values(reference).Select((y, i) => Math.Abs(solution[i + 1, 0] - y)).Max().Should().BeLessThan(1e-3, reference);
        }
    }

    private static void ShouldBeRight(string name, VectorField field, double[] start, string reference, double tolerance, OdeSolverOptions options, int jumps = 1)
    {
        double[] times = Times(reference), expected = Values(reference);
        OdeSolution solution = OdeSolver.Solve(field, start, [0, .. times], options with { Method = StiffMethods.Find(name), RelativeTolerance = tolerance, MaxSteps = 1_000_000 }).EnsureSuccess();
        double[] errors = [.. expected.Select((y, i) => Math.Abs(solution[i + 1, 0] - y) / Math.Max(1.0, Math.Abs(y)))];
        // Points next to a jump may differ by its height, where the jump comes a little early or late.
        double bound = Math.Min(0.1, 25 * Math.Pow(tolerance, 2.0 / 3.0));
        string because = $"{reference} at {tolerance}: {solution.Statistics}";
        errors[^1].Should().BeLessThan(bound, because);
        errors.OrderDescending().ElementAt(jumps).Should().BeLessThan(bound, because);
    }

    private static VectorField VanDerPol(double mu) => VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = mu * (1.0 - y[0] * y[0]) * y[1] - y[0];
    });

    /// <summary>On the curve cos t until the time 1, in a hundredth of which the stiffness goes, and free then.</summary>
    private static VectorField Fading(double stiffness) => VectorField.FromFunction(1, (t, y, dydt) =>
        dydt[0] = -stiffness / (1.0 + Math.Exp(2.0 * (t - 1.0) / 0.01)) * (y[0] - Math.Cos(t)) - 2.0 * y[0] + Math.Sin(3.0 * t));

    private static double[] Values(string name) => Reference.Relaxation(name).GetProperty("y").Numbers();

    private static double[] Times(string name)
    {
        JsonElement reference = Reference.Relaxation(name);
        double end = reference.GetProperty("end").GetDouble();
        int count = reference.GetProperty("y").GetArrayLength();
        return [.. Enumerable.Range(1, count).Select(i => i == count ? end : end * i / count)];
    }
}
