using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>Batches of stiff samples, together and alone.</summary>
public class StiffBatchTests
{
    public static TheoryData<string> Names { get; } = [.. StiffMethods.Names];

    /// <summary>The first component never changes: it is the stiffness of the second.</summary>
    private static VectorField AnyStiffness { get; } = VectorField.FromFunction(2, (t, y, dydt) => dydt[1] = -y[0] * (y[1] - Math.Cos(t)) - 0.1 * y[1] * y[1]);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_has_the_same_bits_alone_and_in_any_batch(string name)
    {
        OdeMethod method = StiffMethods.Find(name);
        foreach ((VectorField field, double[][] states, double end) in Cases())
        {
            var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-8 };
            foreach (OdeSolverOptions variant in Variants(options, end))
            {
                double[][] times = [.. states.Select((_, i) => i % 3 == 2 ? [end, 0.7 * end] : new[] { 0, 0.01 * end, 0.4 * end, (1 - 0.03 * i) * end })];
                OdeBatchSolution batch = OdeSolver.SolveBatch(field, states, times, variant);
                OdeBatchSolution reversed = OdeSolver.SolveBatch(field, [.. states.Reverse()], [.. times.Reverse()], variant);
                for (int i = 0; i < states.Length; i++)
                {
                    OdeSolution alone = OdeSolver.Solve(field, states[i], times[i], variant);
                    ShouldBeTheSame(batch[i], alone, $"{method}, sample {i}");
                    ShouldBeTheSame(reversed[states.Length - 1 - i], alone, $"{method}, sample {i} reversed");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_sample_that_fails_leaves_the_others_alone(string name)
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = y[0] < 0 && t > 0.5 ? double.NaN : 0;
            dydt[1] = -1e3 * (y[1] - Math.Sin(t));
        });
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name) };
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[1, 1], [-1, 1], [1, 2]], [0.0, 1], options);
        batch.Select(sample => sample.Status).Should().Equal(OdeStatus.Success, OdeStatus.NonFiniteState, OdeStatus.Success);
        batch[1].Failure!.Component.Should().Be(0);
        batch[1].FinalTime.Should().BeApproximately(0.5, 1e-6);
        ShouldBeTheSame(batch[2], OdeSolver.Solve(field, [1, 2], [0.0, 1], options), "its neighbour");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void One_step_can_serve_all(string name)
    {
        var options = new OdeSolverOptions { Method = StiffMethods.Find(name), ErrorControl = ErrorControl.Joint, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 };
        OdeBatchSolution batch = OdeSolver.SolveBatch(AnyStiffness, [[1, 2], [1e4, 0], [30, 1]], [0.0, 1, 3], options).EnsureSuccess();
        batch.Select(sample => (sample.Statistics.AcceptedSteps, sample.Statistics.RejectedSteps)).Distinct().Should().ContainSingle();
        for (int i = 0; i < 3; i++)
        {
            OdeSolution exact = OdeSolver.Solve(AnyStiffness, batch[i].State(0), [0, 3], new OdeSolverOptions { Method = OdeMethod.Rodas5P, RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 });
            batch[i].FinalState[1].Should().BeApproximately(exact.FinalState[1], name == "TrBdf2" ? 1e-3 : 2e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Networks_are_solved_with_their_own_Jacobians(string name)
    {
        var network = new NeuralVectorField(new MultilayerPerceptron(4, [9], 3, Activation.Tanh, seed: 5), takesTime: true);
        OdeSolution solution = OdeSolver.Solve(network, [1, -1, 0.5], [0, 5], new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-7 }).EnsureSuccess();
        OdeSolution reference = OdeSolver.Solve(network, [1, -1, 0.5], [0, 5], new OdeSolverOptions { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 });
        solution.FinalState.ToArray().ShouldBeNear(reference.FinalState.ToArray(), name == "TrBdf2" ? 1e-4 : 1e-5, name);
        (solution.Statistics.VectorJacobianProducts > 0).Should().Be(name != "Automatic");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_allocate_nothing(string name)
    {
        var few = new OdeSolverOptions { Method = StiffMethods.Find(name), RelativeTolerance = 1e-2, AbsoluteTolerance = 1e-2 };
        var many = few with { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7, MaxStep = 0.01 };
        foreach (VectorField field in new[] { AnyStiffness, new NeuralVectorField(new MultilayerPerceptron(3, [5], 2, seed: 1), takesTime: true) })
        {
            foreach (int samples in new[] { 1, 3 })
            {
                long bytesOfFew = 0, bytesOfMany = -1;
                for (int attempt = 0; attempt < 40 && bytesOfFew != bytesOfMany; attempt++)
                {
                    if (attempt > 0)
                        Thread.Sleep(50);
                    bytesOfFew = Bytes(field, few, samples);
                    bytesOfMany = Bytes(field, many, samples);
                }

                bytesOfMany.Should().Be(bytesOfFew);
            }
        }
    }

    private static long Bytes(VectorField field, OdeSolverOptions options, int samples)
    {
        double[][] states = [.. Enumerable.Range(0, samples).Select(i => new[] { Math.Pow(50, i), 0.5 })];
        double[] times = [0, 0.5, 2];
        return Allocations.During(() =>
        {
            if (samples == 1)
                OdeSolver.Solve(field, states[0], times, options).EnsureSuccess();
            else
                OdeSolver.SolveBatch(field, states, times, options).EnsureSuccess();
        });
    }

    private static IEnumerable<(VectorField Field, double[][] States, double End)> Cases()
    {
        yield return (AnyStiffness, [[1, 0], [1e5, 2], [-0.5, 1], [300, 1], [1e3, 3], [2, 1], [0, 1], [10, -0.2], [1e7, 1], [4e3, 1]], 3);
        yield return (StiffMethods.VanDerPol1000, [[2, 0], [1.5, 0], [-2, 1]], 900);
        yield return (StiffProblems.Rober.FieldWithJacobian, [[1, 0, 0], [0.5, 0, 0.5], [0.9, 1e-5, 0.1], [1, 0, 0], [0.2, 0, 0.8]], 40);
        yield return (new NeuralVectorField(new MultilayerPerceptron(3, [7], 2, Activation.Silu, seed: 3), takesTime: true), Batches.Random(11, 2, 4), 2);
        yield return (new NeuralVectorField(new MultilayerPerceptron(9, [6], 9, Activation.Tanh, seed: 4)), Batches.Random(4, 9, 5), 2);
    }

    private static IEnumerable<OdeSolverOptions> Variants(OdeSolverOptions options, double end)
    {
        yield return options;
        yield return options with { StepToOutputTimes = true, RelativeTolerance = 1e-3 };
        if (options.Method!.AllowsFixedStep)
            yield return options with { FixedStep = end / 40 };
    }

    private static void ShouldBeTheSame(OdeSolution actual, OdeSolution expected, string because)
    {
        actual.Failure.Should().Be(expected.Failure, because);
        actual.States.ShouldHaveTheBitsOf(expected.States, because);
        actual.FinalState.ShouldHaveTheBitsOf(expected.FinalState, because);
        // Products are counted for whole batches only.
        (actual.Statistics with { VectorJacobianProducts = 0 }).Should().Be(expected.Statistics with { VectorJacobianProducts = 0 }, because);
    }
}
