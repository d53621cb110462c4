using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Solving;

/// <summary>A solve goes on where it ended.</summary>
public class ContinuationTests
{
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 };

    public static TheoryData<OdeMethod> All { get; } = [.. OdeMethod.All];

    [Theory]
    [MemberData(nameof(All))]
    public void It_arrives_where_one_solve_does(OdeMethod method)
    {
        OdeSolverOptions options = method.IsAdaptive ? Options with { Method = method, RelativeTolerance = 1e-6 } : Options with { Method = method, FixedStep = 0.125 };
        double[] expected = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 4], options).FinalState.ToArray();
        OdeSolution first = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 1.5, options).EnsureSuccess();
        OdeSolution second = first.Continue(4).EnsureSuccess();
        second.FinalTime.Should().Be(4);
        second.Times[0].Should().Be(1.5);
        second.State(0).ShouldHaveTheBitsOf(first.FinalState, "it goes on from there");
        second.FinalState.ToArray().ShouldBeNear(expected, 1e-3, method.Name);
        second.Evaluate(2.5).ShouldBeNear(OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 2.5], options).FinalState.ToArray(), 1e-3, method.Name);
    }

    [Fact]
    public void With_a_controller_without_memory_it_takes_the_bits_of_a_solve_that_lands_there()
    {
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive && method.Tableau is not null))
        {
            OdeSolverOptions options = Options with { Method = method, RelativeTolerance = 1e-5, Controller = StepSizeController.Integral, StepToOutputTimes = true, Output = OdeOutput.Steps };
            OdeSolution whole = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 1.5, 4], options).EnsureSuccess();
            OdeSolution first = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 1.5], options), second = first.Continue([4.0]).EnsureSuccess();
            double[] times = [.. first.Times, .. second.Times[1..]];
            times.Should().Equal(whole.Times.ToArray(), "{0} takes the same steps", method);
            second.FinalState.ShouldHaveTheBitsOf(whole.FinalState, method.Name);
        }
    }

    [Fact]
    public void No_first_step_is_estimated_anew_and_the_statistics_are_its_own()
    {
        OdeSolution first = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 2, Options with { InitialStep = 1e-6 });
        Problems.Recording recording = Problems.Record(Problems.Pendulum);
        OdeSolution again = OdeSolver.Solve(recording.Field, [1, 0], 0, 2, Options);
        long before = recording.Evaluations;
        OdeSolution second = again.Continue(4);
        OdeStatistics cost = second.Statistics;
        cost.Evaluations.Should().Be(recording.Evaluations - before).And.Be(1 + 6 * (cost.AcceptedSteps + cost.RejectedSteps));
        (second.Times[1] - second.Times[0]).Should().BeGreaterThan(0.01, "the step is the one proposed last");
        OdeSolution third = first.Continue(4);
        (third.Times[1] - third.Times[0]).Should().BeGreaterThan(0.01, "InitialStep is for the first step of all");
    }

    [Fact]
    public void Output_times_are_those_asked_for_and_may_begin_at_the_end_before()
    {
        OdeSolution first = OdeSolver.Solve(Problems.Decay, [1], [0.0, 1], Options);
        foreach (double[] times in new double[][] { [2.0, 3], [1.0, 2, 3], [1.0, 1.0], [1.0], [1.5], [0.5, 0.0], [1.0, -1] })
        {
            OdeSolution second = first.Continue(times).EnsureSuccess();
            second.Times.ToArray().Should().Equal(times);
            for (int i = 0; i < times.Length; i++)
                second.State(i)[0].Should().BeApproximately(Math.Exp(-times[i]), 1e-7);
        }

        first.Continue(1).Times.ToArray().Should().Equal(1);
        first.Continue(-2).FinalState[0].Should().BeApproximately(Math.Exp(2), 1e-6, "it may turn back");
    }

    [Fact]
    public void Its_output_is_what_the_options_say()
    {
        OdeSolution first = OdeSolver.Solve(Problems.Decay, [1], 0, 1, Options with { Output = OdeOutput.End });
        first.Continue(2).Times.ToArray().Should().Equal(2);
        first.Continue([1.5, 2.0]).Times.ToArray().Should().Equal(2);
        OdeSolution steps = OdeSolver.Solve(Problems.Decay, [1], [0.0, 1], Options with { Output = OdeOutput.Steps });
        steps.Continue([1.5, 2.0]).Times[0].Should().Be(1);
    }

    [Fact]
    public void A_solve_out_of_steps_goes_on_until_it_is_done()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 20], Options with { MaxSteps = 7, Controller = StepSizeController.Integral });
        int rounds = 0;
        while (solution.Status == OdeStatus.TooManySteps && rounds++ < 100)
            solution = solution.Continue([20.0]);
        solution.Status.Should().Be(OdeStatus.Success);
        rounds.Should().BeGreaterThan(5);
        solution.FinalState.ToArray().ShouldBeNear(OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 20], Options).FinalState.ToArray(), 1e-7, "as in one go");
    }

    [Fact]
    public void A_solve_that_failed_otherwise_does_not_go_on()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t < 1 ? 1 : double.NaN);
        OdeSolution solution = OdeSolver.Solve(field, [0], 0, 2);
        solution.Status.Should().Be(OdeStatus.NonFiniteState);
        FluentActions.Invoking(() => solution.Continue(3)).Should().Throw<InvalidOperationException>().WithMessage("The solve ended with NonFiniteState and cannot go on: *t = *");
        FluentActions.Invoking(() => solution.Continue([3.0])).Should().Throw<InvalidOperationException>().WithMessage("*NonFiniteState*");
    }

    [Fact]
    public void Times_that_make_no_sense_are_refused()
    {
        OdeSolution first = OdeSolver.Solve(Problems.Decay, [1], [0.0, 1], Options);
        FluentActions.Invoking(() => first.Continue(double.NaN)).Should().Throw<ArgumentException>().WithParameterName("t1");
        FluentActions.Invoking(() => first.Continue([])).Should().Throw<ArgumentException>().WithParameterName("times");
        FluentActions.Invoking(() => first.Continue([2.0, double.PositiveInfinity])).Should().Throw<ArgumentException>().WithParameterName("times");
        FluentActions.Invoking(() => first.Continue([2.0, 3, 2.5])).Should().Throw<ArgumentException>().WithParameterName("times");
        FluentActions.Invoking(() => first.Continue([0.5, 2.0])).Should().Throw<ArgumentException>().WithParameterName("times").WithMessage("times go from 0.5 to 2 past FinalTime = 1;*");
    }

    [Fact]
    public void A_sample_of_a_batch_goes_on_alone_unless_it_has_an_input_of_its_own()
    {
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Decay, [[1], [2]], [0.0, 1], Options);
        batch[1].Continue(2).FinalState[0].Should().BeApproximately(2 * Math.Exp(-2), 1e-7);
        InputSignal[] inputs = [InputSignal.PiecewiseConstant([0], [1]), InputSignal.PiecewiseConstant([0], [2])];
        OdeBatchSolution driven = OdeSolver.SolveBatch(VectorField.FromFunction(1, inputs, (t, y, u, dydt) => dydt[0] = u[0]), [[1], [2]], [0.0, 1]);
        FluentActions.Invoking(() => driven[1].Continue(2)).Should().Throw<InvalidOperationException>().WithMessage("*2 samples with an input each*");
    }

    [Fact]
    public void A_prediction_of_a_model_goes_on_in_the_units_of_the_data()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: false, ModelExamples.Units);
        model.Solver = Options;
        OdeSolution whole = model.Predict([2.0, 10.0], [0.0, 1, 2]), second = model.Predict([2.0, 10.0], [0.0, 1]).Continue([2.0]);
        second.FinalState.ToArray().ShouldBeNear(whole.FinalState.ToArray(), 1e-6, "the same end");
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        OdeSolution first = OdeSolver.Solve(Problems.Decay, [1], [0.0, 1]);
        FluentActions.Invoking(() => first.Continue(2, source.Token)).Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => first.Continue([2.0], source.Token)).Should().Throw<OperationCanceledException>();
    }
}
