namespace NeuralOde.Tests.Gradients;

public sealed class FiniteDifferenceTests
{
    private static readonly Dictionary<string, OdeSolverOptions> Solvers = new()
    {
        ["Dormand-Prince"] = new() { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
        ["Dormand-Prince, landing"] = new() { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12, StepToOutputTimes = true },
        ["Bogacki-Shampine"] = new() { Method = OdeMethod.BogackiShampine3, RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
        ["Runge-Kutta"] = new() { Method = OdeMethod.RungeKutta4, FixedStep = 0.004 },
        ["Runge-Kutta, landing"] = new() { Method = OdeMethod.RungeKutta4, FixedStep = 0.004, StepToOutputTimes = true },
        ["Dormand-Prince, fixed"] = new() { FixedStep = 0.015 },
    };

    private static readonly GradientMethod[] Methods = [GradientMethod.DiscreteAdjoint(), GradientMethod.ContinuousAdjoint()];

    public static TheoryData<string, string> FieldsAndPatterns()
    {
        var cases = new TheoryData<string, string>();
        foreach (string field in GradientProblems.FieldNames)
        {
            foreach (string pattern in GradientProblems.TimePatterns.Keys)
                cases.Add(field, pattern);
        }

        return cases;
    }

    public static TheoryData<string, int> FieldsAndBatches()
    {
        var cases = new TheoryData<string, int>();
        foreach (string field in GradientProblems.FieldNames)
        {
            foreach (int samples in new[] { 2, 7, 9, 20 })
                cases.Add(field, samples);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(FieldsAndPatterns))]
    public void The_gradients_of_one_sample_are_the_difference_quotients(string field, string pattern) =>
        ShouldBeDifferenceQuotients(GradientProblems.One(field, pattern));

    [Theory]
    [MemberData(nameof(FieldsAndBatches))]
    public void The_gradients_of_a_ragged_batch_are_the_difference_quotients(string field, int samples) =>
        ShouldBeDifferenceQuotients(GradientProblems.Ragged(GradientProblems.Field(field), samples));

    private static void ShouldBeDifferenceQuotients(GradientProblem problem)
    {
        LossGradient expected = FiniteDifferences.Of(problem, FiniteDifferences.Tight);
        foreach ((string solver, OdeSolverOptions options) in Solvers)
        {
            foreach (GradientMethod method in Methods)
            {
                LossGradient actual = GradientHarness.Compute(method, options, problem);
                actual.Loss.Should().BeApproximately(expected.Loss, 1e-8 * (1.0 + Math.Abs(expected.Loss)));
                actual.ShouldAgreeWith(expected, relative: 2e-8, $"with {method} and {solver}");
            }
        }
    }
}
