using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Models;

public sealed class ModelGradientTests
{
    private static readonly double[] Start = [2.0, 10.0];

    public static TheoryData<string, bool, bool> Models => new()
    {
        { "discrete", false, false }, { "discrete", true, true },
        { "continuous", false, false }, { "continuous", true, true },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void The_gradient_of_a_network_is_that_of_central_differences(string method, bool takesTime, bool standardized)
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime, standardized ? ModelExamples.Units : null);
        CheckAgainstDifferences(model, method, standardized ? Start : [1.0, -0.5]);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void The_gradient_of_a_field_of_functions_is_that_of_central_differences(string method) =>
        CheckAgainstDifferences(ModelExamples.LotkaVolterra(), method, [1.2, 0.8]);

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void The_gradient_of_a_ragged_batch_is_every_samples_own_and_the_sum_for_the_parameters(string method)
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        model.Gradient = ModelExamples.Method(method);
        model.Solver = ModelExamples.Tight;
        double[][] starts = [[2.0, 10.0], [1.0, -40.0], [0.0, 0.0]];
        double[][] times = [[0.0, 1.0, 2.0], [2.0, 1.5, 1.4, -1.0], [0.25]];
        BatchGradientResult batch = model.ComputeBatchGradient(starts, times, (_, prediction, cotangent) => ModelExamples.Loss(prediction, cotangent)).EnsureSuccess();

        batch.Count.Should().Be(3);
        double loss = 0;
        var parameters = new double[model.Parameters.Length];
        for (int sample = 0; sample < 3; sample++)
        {
            GradientResult alone = model.ComputeGradient(starts[sample], times[sample], ModelExamples.Loss).EnsureSuccess();
            Close(batch.InitialState(sample), alone.InitialState.ToArray(), 1e-8);
            Close(batch.Times(sample), alone.Times.ToArray(), 1e-8);
            loss += alone.Loss;
            for (int i = 0; i < parameters.Length; i++)
                parameters[i] += alone.Parameters[i];
        }

        batch.Loss.Should().BeApproximately(loss, 1e-9 * Math.Abs(loss));
        Close(batch.Parameters, parameters, 1e-8);
        batch.Statistics.Should().Be(batch.ForwardStatistics + batch.BackwardStatistics);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_repeated_call_gives_the_same_bits_and_reuses_its_memory(string method)
    {
        NeuralOdeModel model = ModelExamples.Perceptron(hidden: 50);
        model.Gradient = ModelExamples.Method(method);
        double[][] starts = [.. Enumerable.Range(0, 20).Select(i => new[] { 1.0 + 0.1 * i, -0.5 })];
        double[][] times = [.. starts.Select(_ => Enumerable.Range(0, 10).Select(i => 0.5 * i).ToArray())];
        BatchGradientResult first = Compute();

        long[] allocated = new long[9];
        for (int call = 0; call < allocated.Length; call++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            BatchGradientResult again = Compute();
            allocated[call] = GC.GetAllocatedBytesForCurrentThread() - before;
            again.Loss.Should().Be(first.Loss);
            again.Parameters.ToArray().Should().Equal(first.Parameters.ToArray());
        }

        allocated.Min().Should().BeLessThan(40_000, "only arguments and results are new");
        // The runtime compiles hot code again while the tests run, which may allocate in a call or two.
        allocated.Count(bytes => bytes == allocated.Min()).Should().BeGreaterThan(allocated.Length / 2);

        BatchGradientResult Compute() =>
            model.ComputeBatchGradient(starts, times, static (_, prediction, cotangent) => ModelExamples.Loss(prediction, cotangent));
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Calls_with_other_sizes_options_and_within_a_loss_do_not_disturb_one_another(string method)
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Gradient = ModelExamples.Method(method);
        double[] expected = model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss).Parameters.ToArray();

        model.ComputeBatchGradient([[0, 0], [1, 1], [2, 2]], [[0, 1], [0, 1, 2], [3, 1]], (_, prediction, cotangent) => ModelExamples.Loss(prediction, cotangent));
        model.Solver = model.Solver with { RelativeTolerance = 1e-3 };
        double[] loose = model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss).Parameters.ToArray();
        model.Solver = model.Solver with { RelativeTolerance = 1e-6 };
        double[] outer = model.ComputeGradient([1.0, -0.5], [0, 2], (prediction, cotangent) =>
        {
            model.ComputeGradient([9.0, 9.0], [1, 0], ModelExamples.Loss);
            return ModelExamples.Loss(prediction, cotangent);
        }).Parameters.ToArray();

        loose.Should().NotEqual(expected);
        outer.Should().Equal(expected);
    }

    [Fact]
    public void An_exception_in_the_loss_comes_out_as_it_is_and_leaves_the_model_usable()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        double[] expected = model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss).Parameters.ToArray();
        model.Invoking(m => m.ComputeGradient([1.0, -0.5], [0, 2], (_, _) => throw new TimeoutException("mine")))
            .Should().Throw<TimeoutException>().WithMessage("mine");
        model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss).Parameters.ToArray().Should().Equal(expected);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_cancelled_gradient_leaves_the_model_usable(string method)
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Gradient = ModelExamples.Method(method);
        double[] expected = model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss).Parameters.ToArray();
        using var source = new CancellationTokenSource();
        model.Invoking(m => m.ComputeGradient([1.0, -0.5], [0, 2], (prediction, cotangent) =>
        {
            source.Cancel();
            return ModelExamples.Loss(prediction, cotangent);
        }, source.Token)).Should().Throw<OperationCanceledException>("the backward pass checks too");
        model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss).Parameters.ToArray().Should().Equal(expected);
    }

    [Fact]
    public void Dense_output_is_of_no_use_to_a_gradient_and_costs_it_nothing()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        long plain = Allocations.During(() => model.ComputeGradient([1.0, -0.5], [0, 20], ModelExamples.Loss));
        model.Solver = model.Solver with { DenseOutput = true };
        Allocations.During(() => model.ComputeGradient([1.0, -0.5], [0, 20], ModelExamples.Loss)).Should().Be(plain);
    }

    private static void CheckAgainstDifferences(NeuralOdeModel model, string method, double[] start)
    {
        model.Solver = ModelExamples.Tight;
        model.Gradient = ModelExamples.Method(method);
        double[] state = [.. start], times = [.. ModelExamples.Times];
        GradientResult gradient = model.ComputeGradient(state, times, ModelExamples.Loss).EnsureSuccess();

        gradient.Loss.Should().Be(ModelExamples.LossOf(model, state, times));
        Close(gradient.InitialState, Differences(state), 1e-6);
        Close(gradient.Parameters, [.. Enumerable.Range(0, model.Parameters.Length).Select(i => ModelExamples.CentralDifference(Loss, model.Parameters, i))], 1e-6);
        Close(gradient.Times, Differences(times), 1e-6);

        double Loss() => ModelExamples.LossOf(model, state, times);
        double[] Differences(double[] values) => [.. values.Select((_, i) => ModelExamples.CentralDifference(Loss, values, i))];
    }

    /// <summary>Every number within a part of the largest.</summary>
    private static void Close(ReadOnlySpan<double> actual, double[] expected, double part)
    {
        double largest = expected.Max(Math.Abs);
        actual.ToArray().Should().Equal(expected, (x, y) => Math.Abs(x - y) <= part * largest);
    }
}
