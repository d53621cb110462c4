using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Solving;

/// <summary>What a solution keeps: output times, steps, or the end.</summary>
public class OutputModeTests
{
    private static readonly double[] Times = [0.0, 0.5, 0.5, 1.5, 4];

    public static TheoryData<OdeMethod> Adaptive { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void Steps_are_those_of_a_solve_over_the_interval_and_the_end_is_their_last(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-5 };
        OdeSolution interval = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 4, options).EnsureSuccess();
        OdeSolution steps = OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, options with { Output = OdeOutput.Steps }).EnsureSuccess();
        OdeSolution end = OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, options with { Output = OdeOutput.End }).EnsureSuccess();
        OdeSolution times = OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, options).EnsureSuccess();

        interval.Count.Should().Be((int)interval.Statistics.AcceptedSteps + 1);
        steps.Times.ShouldHaveTheBitsOf(interval.Times, "every step");
        steps.States.ShouldHaveTheBitsOf(interval.States, "every step");
        end.Times.ToArray().Should().Equal(4);
        end.States.ShouldHaveTheBitsOf(interval.FinalState, "the end");
        times.Times.ToArray().Should().Equal(Times);
        times.State(4).ShouldHaveTheBitsOf(interval.FinalState, "the end");
        foreach (OdeSolution solution in new[] { steps, end, times })
        {
            solution.FinalState.ShouldHaveTheBitsOf(interval.FinalState, "the end");
            FluentActions.Invoking(() => solution.Evaluate(1)).Should().Throw<InvalidOperationException>().WithMessage("*DenseOutput*");
        }

        OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, options with { Output = OdeOutput.End, DenseOutput = true }).Evaluate(1.234)
            .ShouldHaveTheBitsOf(interval.Evaluate(1.234), "dense output beside the end");
        OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, options with { Output = OdeOutput.Steps, DenseOutput = true }).Evaluate(1.234)
            .ShouldHaveTheBitsOf(interval.Evaluate(1.234), "dense output beside the steps");
    }

    [Fact]
    public void A_solve_over_an_interval_keeps_what_is_asked_for()
    {
        OdeSolution Solve(OdeOutput output, bool dense = false) => OdeSolver.Solve(Problems.Decay, [1], 0, 2, new OdeSolverOptions { Output = output, DenseOutput = dense });
        Solve(OdeOutput.Automatic).Times.ShouldHaveTheBitsOf(Solve(OdeOutput.Steps).Times, "the default");
        Solve(OdeOutput.Steps).Evaluate(1)[0].Should().BeApproximately(Math.Exp(-1), 1e-6);
        Solve(OdeOutput.Times).Times.ToArray().Should().Equal(0, 2);
        Solve(OdeOutput.End).Times.ToArray().Should().Equal(2);
        FluentActions.Invoking(() => Solve(OdeOutput.Times).Evaluate(1)).Should().Throw<InvalidOperationException>();
        FluentActions.Invoking(() => Solve(OdeOutput.End).Evaluate(1)).Should().Throw<InvalidOperationException>();
        Solve(OdeOutput.End, dense: true).Evaluate(1)[0].Should().BeApproximately(Math.Exp(-1), 1e-6);
    }

    [Theory]
    [InlineData(OdeOutput.Steps)]
    [InlineData(OdeOutput.End)]
    public void Every_sample_of_a_batch_keeps_its_own(OdeOutput output)
    {
        double[][] states = [[1, 0], [2, 0.5], [-1, 1]], times = [[0.0, 1, 3], [2.0, -1], [5.0]];
        var options = new OdeSolverOptions { Output = output };
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, states, times, options).EnsureSuccess();
        for (int i = 0; i < 3; i++)
        {
            OdeSolution alone = OdeSolver.Solve(Problems.Pendulum, states[i], times[i], options);
            batch[i].Times.ShouldHaveTheBitsOf(alone.Times, $"sample {i}");
            batch[i].States.ShouldHaveTheBitsOf(alone.States, $"sample {i}");
            batch[i].Times[^1].Should().Be(times[i][^1]);
            batch[i].Count.Should().Be(output == OdeOutput.End ? 1 : 1 + (int)batch[i].Statistics.AcceptedSteps);
        }
    }

    [Fact]
    public void Steps_land_on_the_output_times_where_they_must()
    {
        OdeSolution steps = OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, new OdeSolverOptions { Output = OdeOutput.Steps, StepToOutputTimes = true });
        steps.Times.ToArray().Should().Contain([0.5, 1.5]).And.OnlyHaveUniqueItems();
        OdeSolution end = OdeSolver.Solve(Problems.Pendulum, [1, 0], Times, new OdeSolverOptions { Output = OdeOutput.End, StepToOutputTimes = true });
        end.States.ShouldHaveTheBitsOf(steps.FinalState, "the same steps");
    }

    [Theory]
    [InlineData(OdeOutput.Steps, 6)]
    [InlineData(OdeOutput.End, 0)]
    public void After_a_failure_there_is_what_was_reached(OdeOutput output, int count)
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Decay, [1], [0.0, 10], new OdeSolverOptions { Output = output, FixedStep = 0.5, MaxSteps = 5 });
        solution.Status.Should().Be(OdeStatus.TooManySteps);
        solution.Count.Should().Be(count);
        solution.FinalTime.Should().Be(2.5);
        solution.FinalState.Length.Should().Be(1);
    }

    [Fact]
    public void The_end_alone_takes_the_same_memory_however_many_steps_and_times_there_are()
    {
        double[] many = [.. Enumerable.Range(0, 1001).Select(i => 0.001 * i)];
        var options = new OdeSolverOptions { Output = OdeOutput.End, FixedStep = 0.01 };
        OdeSolverOptions small = options with { FixedStep = 0.0001 };
        AllocationTests.ShouldAgree(
            () => OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 0.5, 1], options).EnsureSuccess(),
            () => OdeSolver.Solve(Problems.Pendulum, [1, 0], many, small).EnsureSuccess());
    }

    [Fact]
    public void A_model_gives_the_times_it_is_asked_for()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        foreach (OdeOutput output in new[] { OdeOutput.Steps, OdeOutput.End })
        {
            FluentActions.Invoking(() => model.Solver = new OdeSolverOptions { Output = output }).Should().Throw<ArgumentException>().WithMessage($"Output = {output}: a model's Solver*Predict or PredictBatch*");
        }

        model.Solver = new OdeSolverOptions { Output = OdeOutput.Times };
        model.Predict([1.0, 2.0], [0.0, 0.5, 1]).Count.Should().Be(3);
    }
}
