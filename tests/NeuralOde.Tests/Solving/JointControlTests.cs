using NeuralOde.Tests.Gradients;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>One step for a whole batch.</summary>
public class JointControlTests
{
    private static readonly double[][] Starts = [[1, 0], [0.1, 2], [-2, 0.3], [3, -1], [0, 0.5]];
    private static readonly OdeSolverOptions Joint = new() { ErrorControl = ErrorControl.Joint, Output = OdeOutput.Steps };

    public static TheoryData<OdeMethod> Methods { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive && (method.Tableau is not null || method == OdeMethod.Adams))];

    [Theory]
    [MemberData(nameof(Methods))]
    public void All_samples_take_the_steps_of_one_large_system(OdeMethod method)
    {
        VectorField stacked = VectorField.FromFunction(10, (t, y, dydt) =>
        {
            for (int sample = 0; sample < 5; sample++)
                Problems.NonAutonomousPendulum.Evaluate(t, y.Slice(2 * sample, 2), dydt.Slice(2 * sample, 2));
        });
        foreach (ErrorNorm norm in new[] { ErrorNorm.RootMeanSquare, ErrorNorm.Maximum })
        {
            foreach (double tolerance in new[] { 1e-3, 1e-6 })
            {
                OdeSolverOptions options = Joint with { Method = method, ErrorNorm = norm, RelativeTolerance = tolerance, AbsoluteTolerance = 1e-2 * tolerance };
                OdeSolution expected = OdeSolver.Solve(stacked, [.. Starts.SelectMany(start => start)], [0.0, 5], options).EnsureSuccess();
                OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.NonAutonomousPendulum, Starts, [0.0, 5], options).EnsureSuccess();
                for (int sample = 0; sample < 5; sample++)
                {
                    batch[sample].Times.ShouldHaveTheBitsOf(batch[0].Times, "one step serves all");
                    batch[sample].Times.ToArray().ShouldBeNear(expected.Times.ToArray(), 1e-9, $"{norm} at {tolerance}");
                    batch[sample].FinalState.ToArray().ShouldBeNear(expected.FinalState.Slice(2 * sample, 2).ToArray(), 1e-9, $"{norm} at {tolerance}");
                    batch[sample].Statistics.Should().Be(expected.Statistics);
                }

                batch.Statistics.Evaluations.Should().Be(expected.Statistics.Evaluations);
            }
        }
    }

    [Fact]
    public void A_batch_of_one_is_as_with_errors_per_sample()
    {
        OdeSolution joint = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 5, Joint), own = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 5);
        joint.States.ShouldHaveTheBitsOf(own.States, "a batch of one");
    }

    [Fact]
    public void Output_times_between_the_first_and_the_last_may_differ()
    {
        OdeSolverOptions options = Joint with { Output = OdeOutput.Times, RelativeTolerance = 1e-9 };
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, [[1, 0], [2, 0]], [[0.0, 1, 2, 5], [0.0, 5]], options).EnsureSuccess();
        batch[0].State(1).ToArray().ShouldBeNear(OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 1], options).State(1).ToArray(), 1e-7, "y(1)");
        batch[1].Count.Should().Be(2);
    }

    [Fact]
    public void Samples_of_different_times_are_refused()
    {
        void Refuse(double[][] times, string message, bool lands = false) =>
            FluentActions.Invoking(() => OdeSolver.SolveBatch(Problems.Pendulum, Starts[..times.Length], times, Joint with { StepToOutputTimes = lands }))
                .Should().Throw<ArgumentException>().WithParameterName("times").WithMessage(message);
        Refuse([[0.0, 1], [0.0, 1], [0.0, 2.5]], "Sample 2 ends at t = 2.5 and sample 0 at t = 1: with ErrorControl.Joint*");
        Refuse([[0.0, 1], [0.5, 1]], "Sample 1 starts at t = 0.5 and sample 0 at t = 0:*");
        Refuse([[0.0, 1], [0.0]], "Sample 1 ends at t = 0 and sample 0 at t = 1:*");
        Refuse([[0.0, 0.5, 1], [0.0, 0.25, 1]], "Sample 1 has its output 1 at t = 0.25 and sample 0 at t = 0.5:*", lands: true);
        Refuse([[0.0, 0.5, 1], [0.0, 1]], "Sample 1 has 2 output times and sample 0 has 3:*", lands: true);
    }

    [Fact]
    public void A_step_that_one_sample_cannot_take_ends_all_and_the_culprit_is_named()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { dydt[0] = 1; dydt[1] = Math.Sqrt(2 - y[0]); });
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0, 0], [-9, 0], [1, 0]], [0.0, 5], Joint);
        batch.Should().OnlyContain(sample => sample.Status == OdeStatus.NonFiniteState);
        batch.Should().OnlyContain(sample => Math.Abs(sample.FinalTime - 1) < 1e-6);
        foreach (OdeSolution sample in batch)
        {
            (sample.Failure!.Component, sample.Failure.Sample).Should().Be((1, 2));
            sample.Failure.Message.Should().Contain("Component 1 of sample 2");
        }
    }

    [Fact]
    public void A_sample_that_cannot_begin_fails_alone()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -Math.Sqrt(y[0]));
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[4], [-1], [9]], [0.0, 1], Joint with { Output = OdeOutput.Times });
        batch.Select(sample => sample.Status).Should().Equal(OdeStatus.Success, OdeStatus.NonFiniteDerivative, OdeStatus.Success);
        batch[0].FinalState[0].Should().BeApproximately(1.5 * 1.5, 1e-5);
        OdeBatchSolution without = OdeSolver.SolveBatch(field, [[4], [9]], [0.0, 1], Joint);
        batch[2].FinalState.ShouldHaveTheBitsOf(without[1].FinalState, "the sample that failed does not count in the norm");
    }

    [Theory]
    [InlineData(OdeStatus.TooManySteps)]
    [InlineData(OdeStatus.StepSizeUnderflow)]
    public void A_limit_ends_all_at_once(OdeStatus status)
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * y[0]);
        OdeSolverOptions options = status == OdeStatus.TooManySteps ? Joint with { MaxSteps = 5 } : Joint with { MinStep = 0.01 };
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0.1], [1], [0.2]], [0.0, 2], options);
        batch.Should().OnlyContain(sample => sample.Status == status && sample.FinalTime == batch[0].FinalTime);
    }

    [Fact]
    public void Jump_times_of_one_sample_are_stops_of_all()
    {
        InputSignal[] inputs = [InputSignal.PiecewiseConstant([0, 1.25], [1, 2]), InputSignal.PiecewiseConstant([0, 2.5], [1, 2])];
        VectorField field = VectorField.FromFunction(1, inputs, (t, y, u, dydt) => dydt[0] = u[0]);
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0], [0]], [0.0, 4], Joint).EnsureSuccess();
        foreach (OdeSolution sample in batch)
            sample.Times.ToArray().Should().Contain(1.25).And.Contain(2.5);
        batch[0].FinalState[0].Should().BeApproximately(1.25 + 5.5, 1e-13);
        batch[1].FinalState[0].Should().BeApproximately(2.5 + 3, 1e-13);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_are_those_of_finite_differences(bool isContinuous)
    {
        double[] times = [0.1, 0.4, 0.9, 1.3];
        var problem = new GradientProblem(GradientProblems.Field("network of time"), [times, times, times], [[0.9, 0.7], [-0.4, 0.2], [1.5, -1]], GradientProblems.WeightedSquares);
        OdeSolverOptions options = Joint with { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 };
        GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), options, problem)
            .ShouldAgreeWith(FiniteDifferences.Of(problem, options with { ErrorControl = ErrorControl.PerSample }), 1e-7);
    }

    [Fact]
    public void The_way_back_of_the_continuous_adjoint_needs_the_same_output_times_for_all()
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [4], 2, seed: 1)) { Solver = new OdeSolverOptions { ErrorControl = ErrorControl.Joint } };
        BatchGradientResult Compute() => model.ComputeBatchGradient([[1, 0], [0, 1]], [[0.0, 0.5, 1], [0.0, 0.6, 1]], (_, _, _) => 0);
        Compute().Failure.Should().BeNull();
        model.Gradient = GradientMethod.ContinuousAdjoint();
        FluentActions.Invoking(Compute).Should().Throw<ArgumentException>().WithMessage("Sample 1 has its output 1 at t = 0.6 and sample 0 at t = 0.5:*");
    }

    [Fact]
    public void A_trainer_refuses_segments_of_different_times_and_takes_those_of_the_same()
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(1, [4], 1, seed: 1)) { Solver = new OdeSolverOptions { ErrorControl = ErrorControl.Joint } };
        var options = new TrainingOptions { Iterations = 3, SegmentLength = 3, BatchSize = 4 };
        TrajectoryDataset oneLong = TrajectoryDataset.FromTrajectory([0.0, 0.5, 1.0, 1.5, 2, 2.5], new double[,] { { 1 }, { 0.6 }, { 0.37 }, { 0.22 }, { 0.1 }, { 0.05 } });
        FluentActions.Invoking(() => new Trainer(model, options).Fit(oneLong)).Should().Throw<ArgumentException>().WithMessage("Sample *ErrorControl.Joint*");

        double[] times = [0.0, 0.5, 1.0];
        var same = TrajectoryDataset.FromTrajectories([.. Enumerable.Range(1, 4).Select(i => new Trajectory(times, new double[,] { { i }, { 0.6 * i }, { 0.37 * i } }))]);
        new Trainer(model, options).Fit(same).Iterations.Should().Be(3);
    }

    [Fact]
    public void Fixed_steps_of_all_stop_where_one_meets_a_number_that_is_not_finite()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = Math.Sqrt(1.05 - y[0]) >= 0 ? 1 : double.NaN);
        OdeBatchSolution batch = OdeSolver.SolveBatch(field, [[0], [-7]], [0.0, 2], Joint with { FixedStep = 0.25 });
        batch.Should().OnlyContain(sample => sample.Status == OdeStatus.NonFiniteState && sample.FinalTime == 1.0 && sample.Failure!.Sample == 0);
    }
}
