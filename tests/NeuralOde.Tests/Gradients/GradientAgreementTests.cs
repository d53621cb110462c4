namespace NeuralOde.Tests.Gradients;

public sealed class GradientAgreementTests
{
    public static TheoryData<string> Fields => [.. GradientProblems.FieldNames];

    [Theory]
    [MemberData(nameof(Fields))]
    public void Both_adjoints_agree_at_tight_tolerance(string field)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), 9);

        Gradient(problem, GradientMethod.ContinuousAdjoint(), 1e-12)
            .ShouldAgreeWith(Gradient(problem, GradientMethod.DiscreteAdjoint(), 1e-12), 1e-9);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void The_difference_between_the_adjoints_follows_the_tolerance(string field)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), 9);
        foreach (double tolerance in new[] { 1e-4, 1e-6, 1e-8, 1e-10 })
        {
            Gradient(problem, GradientMethod.ContinuousAdjoint(), tolerance)
                .ShouldAgreeWith(Gradient(problem, GradientMethod.DiscreteAdjoint(), tolerance), 100.0 * tolerance);
        }
    }

    [Fact]
    public void Resetting_the_state_at_every_observation_keeps_the_way_back_of_a_decaying_solution_stable()
    {
        // Solved backward in one go, the errors of y' = −10 y would grow by e³⁰.
        TrainableVectorField decay = TrainableVectorField.FromFunction(dimension: 1, parameters: [10.0],
            (t, y, p, dydt) => dydt[0] = -p[0] * y[0],
            (t, y, p, c, cy, cp) =>
            {
                cy[0] = -p[0] * c[0];
                cp[0] = -y[0] * c[0];
            });
        double[] times = [.. Enumerable.Range(0, 31).Select(n => 0.1 * n)];
        var problem = new GradientProblem(decay, [times], [[1.0]], GradientProblems.WeightedSquares);

        Gradient(problem, GradientMethod.ContinuousAdjoint(), 1e-9)
            .ShouldAgreeWith(Gradient(problem, GradientMethod.DiscreteAdjoint(), 1e-9), 1e-7);
    }

    [Fact]
    public void The_backward_solve_may_have_a_tolerance_of_its_own()
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false), 2);
        LossGradient reference = Gradient(problem, GradientMethod.DiscreteAdjoint(), 1e-12);

        LossGradient loose = Gradient(problem, GradientMethod.ContinuousAdjoint(relativeTolerance: 1e-3, absoluteTolerance: 1e-3), 1e-12);

        loose.Loss.Should().Be(reference.Loss);
        LossGradient.RelativeDifference(loose.Parameters, reference.Parameters).Should().BeInRange(1e-9, 1e-2);
    }

    [Theory]
    [InlineData("network", false)]
    [InlineData("network", true)]
    [InlineData("Lotka-Volterra", false)]
    [InlineData("Lotka-Volterra", true)]
    public void Moving_the_start_of_an_autonomous_solve_is_moving_its_end_the_other_way(string field, bool isContinuous)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), 7);
        problem = problem with
        {
            Times = [.. Enumerable.Range(0, 7).Select(s => new[] { 0.1 * s, 0.75 - 0.15 * s, 1.5 - 0.4 * s })],
            Loss = (sample, output, state, cotangent) => output < 2 ? 0.0 : GradientProblems.WeightedSquares(sample, output, state, cotangent),
        };

        LossGradient gradient = Gradient(problem, isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), 1e-12);

        foreach (double[] times in gradient.Times)
        {
            times[0].Should().BeApproximately(-times[2], 1e-9 * Math.Abs(times[2]));
            times[1].Should().Be(0.0);
        }
    }

    private static LossGradient Gradient(GradientProblem problem, GradientMethod method, double tolerance) =>
        GradientHarness.Compute(method, new OdeSolverOptions { RelativeTolerance = tolerance, AbsoluteTolerance = 0.01 * tolerance }, problem);
}
