using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Models;

/// <summary>What a model keeps from one gradient to the next.</summary>
public sealed class GradientMemoryTests
{
    [Fact]
    public void Batch_sizes_in_turn_find_their_memory_again()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(hidden: 40);
        void Compute(int samples) => model.ComputeBatchGradient([.. Enumerable.Repeat(new[] { 1.0, -0.5 }, samples)], [.. Enumerable.Repeat(ModelExamples.Times, samples)],
            (_, prediction, cotangent) => ModelExamples.Loss(prediction, cotangent)).EnsureSuccess();
        void Turn()
        {
            Compute(8);
            Compute(3);
            Compute(16);
            Compute(1);
        }

        long kept = Allocations.During(Turn);
        long anew = Allocations.During(() =>
        {
            model.ReleaseMemory();
            Turn();
        });
        kept.Should().BeLessThan(anew / 5);
    }

    [Fact]
    public void What_is_released_is_collected()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(hidden: 40);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        model.Solver = model.Solver with { FixedStep = 1e-3 };
        model.ComputeGradient([1.0, -0.5], [0.0, 10.0], ModelExamples.Loss).EnsureSuccess();
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        kept.Should().BeGreaterThan(10_000 * 8 * 7 * 2, "10 000 steps are on the tape");
        model.ReleaseMemory();
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(kept / 2);
        GC.KeepAlive(model);
    }

    [Fact]
    public void A_loss_that_is_not_finite_is_not_a_success()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        foreach (double value in new[] { double.NaN, double.PositiveInfinity })
        {
            GradientResult result = model.ComputeGradient([1.0, -0.5], ModelExamples.Times, (_, cotangent) =>
            {
                cotangent.Fill(1);
                return value;
            });
            result.Status.Should().Be(OdeStatus.NonFiniteLoss);
            result.Loss.Should().Be(value);
            result.Failure!.Message.Should().Contain("loss").And.Contain("1.5");
            result.Parameters.ToArray().Should().OnlyContain(element => double.IsNaN(element));
            result.Invoking(r => r.EnsureSuccess()).Should().Throw<OdeSolverException>();
        }
    }

    [Fact]
    public void The_sample_whose_loss_is_not_finite_is_named()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        BatchGradientResult result = model.ComputeBatchGradient([[1.0, -0.5], [0.5, 0.5], [0.1, 0.2]], [[0.0, 1.0], [0.0, 2.0], [0.0, 3.0]],
            (sample, _, _) => sample == 1 ? double.NaN : 1.0);
        result.FailedSample.Should().Be(1);
        result.Failure!.Time.Should().Be(2.0);

        // Each is finite, the sum is not.
        result = model.ComputeBatchGradient([[1.0, -0.5], [0.5, 0.5]], [[0.0, 1.0], [0.0, 2.0]], (_, _, _) => 1.5e308);
        result.Status.Should().Be(OdeStatus.NonFiniteLoss);
        result.FailedSample.Should().Be(-1);
    }
}
