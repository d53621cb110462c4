namespace NeuralOde.Tests.Gradients;

public sealed class BatchIndependenceTests
{
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };

    public static TheoryData<bool, string> MethodsAndFields()
    {
        var cases = new TheoryData<bool, string>();
        foreach (string field in GradientProblems.FieldNames)
        {
            cases.Add(false, field);
            cases.Add(true, field);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(MethodsAndFields))]
    public void A_samples_gradients_have_the_same_bits_whatever_it_is_batched_with(bool isContinuous, string field)
    {
        GradientProblem all = GradientProblems.Ragged(GradientProblems.Field(field), 20);
        LossGradient expected = Compute(isContinuous, all);
        foreach (int[] members in new[] { new[] { 3, 0 }, [19, 4, 4, 11], [8, 7, 6, 5, 4, 3, 2, 1, 0], [.. Enumerable.Range(2, 17)] })
        {
            LossGradient actual = Compute(isContinuous, Members(all, members));
            for (int sample = 0; sample < members.Length; sample++)
            {
                actual.InitialStates[sample].Should().Equal(expected.InitialStates[members[sample]]);
                actual.Times[sample].Should().Equal(expected.Times[members[sample]]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndFields))]
    public void The_gradients_of_a_batch_are_those_of_its_samples_alone_and_their_sum(bool isContinuous, string field)
    {
        GradientProblem all = GradientProblems.Ragged(GradientProblems.Field(field), 9);
        LossGradient[] alone = [.. Enumerable.Range(0, 9).Select(sample => Compute(isContinuous, all.OnlySample(sample)))];
        var sum = new double[all.Field.ParameterCount];
        foreach (LossGradient one in alone)
        {
            for (int k = 0; k < sum.Length; k++)
                sum[k] += one.Parameters[k];
        }

        var expected = new LossGradient(alone.Sum(one => one.Loss), sum,
            [.. alone.Select(one => one.InitialStates[0])], [.. alone.Select(one => one.Times[0])]);

        LossGradient actual = Compute(isContinuous, all);

        actual.Loss.Should().BeApproximately(expected.Loss, 1e-13 * Math.Abs(expected.Loss));
        actual.ShouldAgreeWith(expected, 1e-12);
    }

    private static GradientProblem Members(GradientProblem all, int[] members) => new(all.Field,
        [.. members.Select(sample => all.Times[sample])], [.. members.Select(sample => all.InitialStates[sample])],
        (sample, output, state, cotangent) => all.Loss(members[sample], output, state, cotangent));

    private static LossGradient Compute(bool isContinuous, GradientProblem problem) =>
        GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), Options, problem);
}
