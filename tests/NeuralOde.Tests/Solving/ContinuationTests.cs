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
        cost.Evaluations.Should().Be(recording.Evaluations - before).And.Be(1 + 12 * cost.AcceptedSteps + 10 * cost.RejectedSteps);
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

    [Theory]
    [MemberData(nameof(All))]
    public void A_batch_goes_on_with_the_bits_of_each_sample_alone(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive ? null : 0.125, RelativeTolerance = 1e-5, InitialStep = method.IsAdaptive ? 1e-4 : null };
        // The last sample has taken no step yet, the fourth goes back.
        double[][] states = [[1, 0], [2, 1], [-1, 0.5], [0.1, 0], [1, 1]], times = [[0.0, 1], [0.5, 1, 2], [-1.0, 3], [5.0, 4], [1, 1]];
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.NonAutonomousPendulum, states, times, options).EnsureSuccess();
        OdeBatchSolution second = batch.Continue(3.5), third = second.Continue([3.5, 4, 6]), fourth = third.Continue([[7.0], [2.0, 1], [8.0, 9], [6.0], [6.0, 7]]);
        for (int i = 0; i < states.Length; i++)
        {
            OdeSolution alone = batch[i].Continue(3.5);
            ShouldBeTheSame(second[i], alone);
            double between = 0.5 * (batch[i].FinalTime + 3.5);
            second[i].Evaluate(between).ShouldHaveTheBitsOf(alone.Evaluate(between), "every step is kept");
            ShouldBeTheSame(third[i], second[i].Continue([3.5, 4, 6]));
            ShouldBeTheSame(fourth[i], third[i].Continue(new double[][] { [7], [2, 1], [8, 9], [6], [6, 7] }[i]));
        }

        second.Statistics.Evaluations.Should().BeGreaterThan(0).And.BeLessThanOrEqualTo(second.Sum(sample => sample.Statistics.Evaluations));
    }

    [Fact]
    public void A_batch_goes_on_from_events_with_the_bits_of_each_sample_alone()
    {
        // Three balls on their way up; each stops at the top of every flight.
        VectorField fall = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], -9.81));
        var options = new OdeSolverOptions
        {
            DenseOutput = true,
            Events =
            [
                new OdeEvent((t, y) => y[0], EventDirection.Falling, stateChange: (t, y) => y[1] = -0.9 * y[1]),
                new OdeEvent((t, y) => y[1], EventDirection.Falling, EventAction.Terminate),
            ],
        };
        OdeBatchSolution batch = OdeSolver.SolveBatch(fall, [[1, 3], [2, 1], [5, 0.5]], [0.0, 10], options);
        for (int flight = 0; flight < 4; flight++)
        {
            OdeBatchSolution next = batch.Continue(10 + flight);
            for (int i = 0; i < 3; i++)
            {
                next[i].Status.Should().Be(OdeStatus.TerminatedByEvent);
                next[i].Events.Select(e => e.Event).Should().Equal([0, 1], "the ground, then the next top: not the one it starts from");
                OdeSolution alone = batch[i].Continue(10 + flight);
                ShouldBeTheSame(next[i], alone);
                next[i].Events.Select(e => e.Time).Should().Equal(alone.Events.Select(e => e.Time));
            }

            batch = next;
        }
    }

    [Fact]
    public void A_batch_out_of_steps_goes_on_and_one_that_failed_otherwise_does_not()
    {
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, [[1, 0], [0.1, 0]], new double[][] { [0, 20], [0, 1] }, Options with { MaxSteps = 20 });
        batch[0].Status.Should().Be(OdeStatus.TooManySteps);
        batch.Continue([[20.0], [2.0]])[0].FinalTime.Should().BeGreaterThan(batch[0].FinalTime);
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] < 0 ? double.NaN : -y[0]);
        OdeBatchSolution failed = OdeSolver.SolveBatch(field, [[1], [-1]], [0.0, 2]);
        FluentActions.Invoking(() => failed.Continue(3)).Should().Throw<InvalidOperationException>().WithMessage("Sample 1: The solve ended with NonFiniteDerivative and cannot go on: *");
        failed[0].Continue(3).FinalState[0].Should().BeApproximately(Math.Exp(-3), 1e-3);
    }

    [Fact]
    public void A_batch_with_an_input_for_every_sample_goes_on_and_so_does_one_with_one_step_for_all()
    {
        InputSignal[] inputs = [InputSignal.PiecewiseConstant([0, 1.5], [1, 3]), InputSignal.PiecewiseConstant([0], [2])];
        OdeBatchSolution driven = OdeSolver.SolveBatch(VectorField.FromFunction(1, inputs, (t, y, u, dydt) => dydt[0] = u[0]), [[1], [2]], [0.0, 1]).Continue([2.0]);
        driven[0].FinalState[0].Should().BeApproximately(4, 1e-12);
        driven[1].FinalState[0].Should().BeApproximately(6, 1e-12);
        OdeBatchSolution joint = OdeSolver.SolveBatch(Problems.Decay, [[1], [2]], [0.0, 1], Options with { ErrorControl = ErrorControl.Joint }).Continue(2);
        joint[0].Times.ToArray().Should().Equal(joint[1].Times.ToArray());
        joint[1].FinalState[0].Should().BeApproximately(2 * Math.Exp(-2), 1e-7);
    }

    [Fact]
    public void Times_of_a_batch_that_make_no_sense_are_refused()
    {
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Decay, [[1], [2]], new double[][] { [0, 1], [0, 2] }, Options);
        FluentActions.Invoking(() => batch.Continue(double.PositiveInfinity)).Should().Throw<ArgumentException>().WithParameterName("t1");
        FluentActions.Invoking(() => batch.Continue((double[])null!)).Should().Throw<ArgumentNullException>().WithParameterName("times");
        FluentActions.Invoking(() => batch.Continue(Array.Empty<double>())).Should().Throw<ArgumentException>().WithMessage("times[0] is empty*");
        FluentActions.Invoking(() => batch.Continue([[3.0]])).Should().Throw<ArgumentException>().WithMessage("times has 1 entries for 2 samples.*");
        FluentActions.Invoking(() => batch.Continue([1.5, 3])).Should().Throw<ArgumentException>().WithMessage("times[1] go from 1.5 to 3 past FinalTime = 2;*");
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => batch.Continue(3, source.Token)).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void A_prediction_of_a_model_goes_on_in_the_units_of_the_data()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: false, ModelExamples.Units);
        model.Solver = Options;
        OdeSolution whole = model.Predict([2.0, 10.0], [0.0, 1, 2]), second = model.Predict([2.0, 10.0], [0.0, 1]).Continue([2.0]);
        second.FinalState.ToArray().ShouldBeNear(whole.FinalState.ToArray(), 1e-6, "the same end");
        model.PredictBatch([[1.0, 9.0], [2.0, 10.0]], [[0.0, 1], [0.0, 1]]).Continue([2.0])[1].FinalState.ShouldHaveTheBitsOf(second.FinalState, "a batch does, too");
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

    private static void ShouldBeTheSame(OdeSolution sample, OdeSolution alone)
    {
        sample.Status.Should().Be(alone.Status);
        sample.Times.ToArray().Should().Equal(alone.Times.ToArray());
        sample.States.ShouldHaveTheBitsOf(alone.States, "it is as alone");
        sample.FinalState.ShouldHaveTheBitsOf(alone.FinalState, "it is as alone");
        sample.Statistics.Should().Be(alone.Statistics);
    }
}
