using NeuralOde.Tests.Solving;

namespace NeuralOde.Tests.Gradients;

/// <summary>The two adjoints of every explicit method: they differ by the errors of the solves, and those vanish with the method's order.</summary>
public sealed class MethodGradientTests
{
    private static readonly OdeMethod[] Methods = [.. OdeMethod.All.Where(method => method.Tableau is not null), Tableaux.Kutta3, Tableaux.CashKarp5];

    public static TheoryData<string> All => [.. Methods.Select(method => method.Name)];

    public static TheoryData<string> Adaptive => [.. Methods.Where(method => method.IsAdaptive).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void The_difference_between_the_adjoints_falls_with_the_order_of_the_method(string name)
    {
        OdeMethod method = Find(name);
        double step = method.Order switch { 1 => 0.01, < 5 => 0.05, 5 => 0.1, _ => 0.4 };
        // Outputs in the middle of steps, and so in the middle of steps a third as long.
        double[] times = [0.0, (Math.Floor(0.3 / step) + 0.5) * step, (Math.Floor(0.75 / step) + 0.5) * step, 1.6];
        var problem = new GradientProblem(GradientProblems.ForcedOscillator(), [times], [[0.9, 0.7]], GradientProblems.WeightedSquares);
        double Difference(double fixedStep)
        {
            var options = new OdeSolverOptions { Method = method, FixedStep = fixedStep };
            LossGradient discrete = GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), options, problem);
            LossGradient continuous = GradientHarness.Compute(GradientMethod.ContinuousAdjoint(), options, problem);
            return LossGradient.RelativeDifference(continuous.Parameters, discrete.Parameters)
                + LossGradient.RelativeDifference(LossGradient.Flat(continuous.InitialStates), LossGradient.Flat(discrete.InitialStates));
        }

        double coarse = Difference(step), fine = Difference(step / 3.0);

        coarse.Should().BeLessThan(0.1);
        fine.Should().BeGreaterThan(1e-13, "else rounding is compared");
        Math.Log(coarse / fine, 3.0).Should().BeGreaterThan(Math.Min(method.Order, method.InterpolantOrder + 1) - 0.3);
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void The_difference_between_the_adjoints_follows_the_tolerance(string name)
    {
        OdeMethod method = Find(name);
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: true), 9);
        foreach (double tolerance in method.Order == 2 ? [1e-3, 1e-5] : new[] { 1e-4, 1e-6, 1e-8 })
        {
            var options = new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = 0.01 * tolerance };
            GradientHarness.Compute(GradientMethod.ContinuousAdjoint(), options, problem)
                .ShouldAgreeWith(GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), options, problem), 300.0 * tolerance, $"of {name} at {tolerance}");
        }
    }

    [Fact]
    public void Outputs_between_the_steps_reach_back_through_the_stages_for_dense_output_alone()
    {
        // One step; the loss looks at its inside and its end in turn.
        var options = new OdeSolverOptions { Method = OdeMethod.DormandPrince8, FixedStep = 0.5 };
        foreach (double[] times in new double[][] { [0.0, 0.21, 0.5], [0.0, 0.05, 0.1, 0.33, 0.49, 0.5, 0.77, 1.0] })
        {
            GradientProblem problem = new(GradientProblems.LotkaVolterra(), [times], [[0.9, 0.7]], GradientProblems.WeightedSquares);
            LossGradient gradient = GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), options, problem);
            LossGradient.RelativeDifference(gradient.Parameters, FiniteDifferences.Parameters(problem, options)).Should().BeLessThan(1e-11);
            LossGradient.RelativeDifference(gradient.InitialStates[0], FiniteDifferences.InitialStates(problem, options)[0]).Should().BeLessThan(1e-11);
        }
    }

    [Fact]
    public void An_engine_forgets_the_outputs_of_the_run_before()
    {
        // Outputs inside the steps leave cotangents of the stages for dense output behind; the next run has none inside.
        var options = new OdeSolverOptions { Method = OdeMethod.DormandPrince8, FixedStep = 0.25 };
        TrainableVectorField field = GradientProblems.LotkaVolterra();
        var inside = new GradientProblem(field, [[0.0, 0.1, 1.0]], [[0.9, 0.7]], GradientProblems.WeightedSquares);
        var landing = inside with { Times = [[0.0, 0.5, 1.0]] };
        GradientEngine engine = GradientMethod.DiscreteAdjoint().CreateEngine(field, options, samples: 1);
        LossGradient expected = new GradientHarness(landing, GradientMethod.DiscreteAdjoint().CreateEngine(field, options, samples: 1)).Compute();

        new GradientHarness(inside, engine).Compute();
        LossGradient again = new GradientHarness(landing, engine).Compute();

        again.Parameters.Should().Equal(expected.Parameters);
        again.InitialStates[0].Should().Equal(expected.InitialStates[0]);
    }

    private static OdeMethod Find(string name) => Methods.Single(method => method.Name == name);
}
