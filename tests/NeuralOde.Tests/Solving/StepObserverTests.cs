using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Solving;

/// <summary>Who watches a solve sees every accepted step and changes none.</summary>
public class StepObserverTests
{
    [Fact]
    public void It_sees_every_accepted_step_in_order_with_its_state()
    {
        foreach (OdeMethod method in OdeMethod.All)
        {
            var seen = new List<(int Sample, double Start, double Time, double[] State)>();
            var options = new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive ? null : 0.1, RelativeTolerance = 1e-4, InitialStep = 0.5 };
            OdeSolution plain = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], 0, 3, options).EnsureSuccess();
            OdeSolution watched = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], 0, 3,
                options with { StepObserver = (in OdeStep step) => seen.Add((step.Sample, step.StartTime, step.Time, step.State.ToArray())) });
            watched.States.ShouldHaveTheBitsOf(plain.States, "nobody notices");
            watched.Statistics.Should().Be(plain.Statistics);
            seen.Select(step => step.Time).Should().Equal(plain.Times[1..].ToArray());
            seen.Select(step => step.Start).Should().Equal(plain.Times[..^1].ToArray());
            seen.SelectMany(step => step.State).Should().Equal(plain.States[2..].ToArray());
            seen.Should().OnlyContain(step => step.Sample == 0);
        }
    }

    [Fact]
    public void In_a_batch_it_sees_the_steps_of_every_sample()
    {
        double[][] states = [[1, 0], [2, 1], [0.1, 0], [3, 0], [1, 1]], times = [[0.0, 1], [1.0, -1], [0.0, 10], [2.0], [0.0, 3]];
        var seen = new List<(int Sample, double Time, double[] State)>();
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, states, times, new OdeSolverOptions
        {
            Output = OdeOutput.Steps,
            StepObserver = (in OdeStep step) => seen.Add((step.Sample, step.Time, step.State.ToArray())),
        });
        for (int i = 0; i < 5; i++)
        {
            seen.Where(step => step.Sample == i).Select(step => step.Time).Should().Equal(batch[i].Times[1..].ToArray());
            seen.Where(step => step.Sample == i).SelectMany(step => step.State).Should().Equal(batch[i].States[2..].ToArray());
        }
    }

    [Fact]
    public void Its_exceptions_pass_through_and_the_next_solve_works()
    {
        bool fails = true;
        var options = new OdeSolverOptions { StepObserver = (in OdeStep step) => { if (fails && step.Time > 0.5) throw new InvalidOperationException("enough"); } };
        FluentActions.Invoking(() => OdeSolver.Solve(Problems.Decay, [1], [0.0, 1], options)).Should().Throw<InvalidOperationException>().WithMessage("enough");
        FluentActions.Invoking(() => OdeSolver.SolveBatch(Problems.Decay, [[1], [2]], [0.0, 1], options)).Should().Throw<InvalidOperationException>().WithMessage("enough");
        fails = false;
        OdeSolver.Solve(Problems.Decay, [1], [0.0, 1], options).EnsureSuccess();
    }

    [Fact]
    public void It_may_cancel_the_solve()
    {
        using var source = new CancellationTokenSource();
        int steps = 0;
        var options = new OdeSolverOptions { StepObserver = (in OdeStep step) => { if (++steps == 3) source.Cancel(); } };
        FluentActions.Invoking(() => OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 100], options, source.Token)).Should().Throw<OperationCanceledException>();
        steps.Should().Be(3);
    }

    [Fact]
    public void A_model_shows_its_predictions_in_the_units_of_the_data_and_not_its_gradients()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: false, ModelExamples.Units);
        var seen = new List<double[]>();
        model.Solver = new OdeSolverOptions { StepObserver = (in OdeStep step) => seen.Add(step.State.ToArray()) };
        OdeSolution prediction = model.Predict([2.0, 10.0], [0.0, 1]);
        seen.Count.Should().Be((int)prediction.Statistics.AcceptedSteps);
        seen[^1].Should().Equal(prediction.FinalState.ToArray());
        seen.Clear();
        foreach (GradientMethod method in new[] { GradientMethod.DiscreteAdjoint(), GradientMethod.ContinuousAdjoint() })
        {
            model.Gradient = method;
            model.ComputeGradient([2.0, 10.0], [0.0, 1], (state, cotangent) => 0).Failure.Should().BeNull();
        }

        seen.Should().BeEmpty();
    }

    [Fact]
    public void It_allocates_nothing()
    {
        double sum = 0;
        foreach (int samples in new[] { 1, 9 })
        {
            double[][] states = Batches.Random(samples, 2, seed: 1);
            var options = new OdeSolverOptions { FixedStep = 0.1, StepObserver = (in OdeStep step) => sum += step.State[0] };
            OdeSolverOptions small = options with { FixedStep = 0.0001 };
            AllocationTests.ShouldAgree(
                () => OdeSolver.SolveBatch(Problems.Pendulum, states, [0.0, 0.5, 1], options).EnsureSuccess(),
                () => OdeSolver.SolveBatch(Problems.Pendulum, states, [0.0, 0.5, 1], small).EnsureSuccess());
        }
    }
}
