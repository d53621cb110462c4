namespace NeuralOde.Tests.Gradients;

/// <summary>Networks that are driven by input signals have the gradients that differences of solves have.</summary>
public sealed class ForcedGradientTests
{
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-13 };

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_shared_input_gives_the_gradients_of_finite_differences(bool isContinuous, bool takesTime)
    {
        GradientProblem problem = GradientProblems.Ragged(new NeuralVectorField(Network(takesTime), Signal(0), takesTime), 9);
        Gradient(problem, isContinuous).ShouldAgreeWith(FiniteDifferences.Of(problem, Tight), 1e-7);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_input_per_sample_gives_the_sum_of_what_the_samples_give_alone(bool isContinuous, bool takesTime)
    {
        Network network = Network(takesTime);
        InputSignal[] signals = [.. Enumerable.Range(0, 5).Select(Signal)];
        GradientProblem problem = GradientProblems.Ragged(new NeuralVectorField(network, signals, takesTime), 5);
        LossGradient all = Gradient(problem, isContinuous);
        LossGradient[] each = [.. signals.Select((signal, i) => Gradient(problem.OnlySample(i) with { Field = new NeuralVectorField(network, signal, takesTime) }, isContinuous))];
        all.ShouldAgreeWith(new LossGradient(
            each.Sum(one => one.Loss),
            [.. Enumerable.Range(0, network.ParameterCount).Select(k => each.Sum(one => one.Parameters[k]))],
            [.. each.Select(one => one.InitialStates[0])],
            [.. each.Select(one => one.Times[0])]), 1e-12);
        each[0].Parameters.Should().NotBeEquivalentTo(each[1].Parameters);
    }

    private static InputSignal Signal(int seed) =>
        InputSignal.CubicSpline([-0.5, 0.27, 0.8, 1.6], new double[,] { { 1, 0 }, { -1, 0.5 + seed }, { Math.Sin(seed), 1 }, { 0, -1 } });

    private static MultilayerPerceptron Network(bool takesTime) => new(takesTime ? 5 : 4, [6], 2, Activation.Tanh, seed: 3);

    private static LossGradient Gradient(GradientProblem problem, bool isContinuous) =>
        GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), Tight, problem);
}
