using NeuralOde.Tests.Dynamics;

namespace NeuralOde.Tests.Training;

/// <summary>Fields that are driven by an input which every trajectory brings.</summary>
public sealed class TrajectoryInputTests
{
    private static readonly double[] Times = [.. Enumerable.Range(0, 26).Select(n => 0.2 * n)];

    private static readonly InputSignal[] Signals = [ForcedDecay.Steps.Signal, ForcedDecay.Ramps.Signal, InputSignal.Constant(0.7)];

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void Training_finds_how_the_inputs_of_many_trajectories_act(string method)
    {
        NeuralOdeModel model = Linear(method);
        new Trainer(model, Options(400)).Fit(Data());
        model.Parameters[0].Should().BeApproximately(-1, 1e-3, "of the state");
        model.Parameters[1].Should().BeApproximately(1, 1e-3, "of the input");
    }

    [Fact]
    public void Validation_looks_at_the_inputs_of_its_own_trajectories()
    {
        NeuralOdeModel model = Linear();
        (model.Parameters[0], model.Parameters[1]) = (-1, 1);
        var trainer = new Trainer(model, Options(1) with { Optimizer = Optimizer.Sgd(1e-300) });
        trainer.Fit(Data(), TrajectoryDataset.FromTrajectories([Observed(ForcedDecay.Hat, 0.3)]), progress: null);
        trainer.BestValidationLoss.Should().BeLessThan(1e-12, "the parameters are the truth");
    }

    [Fact]
    public void Held_out_ends_of_trajectories_keep_their_input()
    {
        NeuralOdeModel model = Linear();
        (model.Parameters[0], model.Parameters[1]) = (-1, 1);
        var trainer = new Trainer(model, Options(1) with { Optimizer = Optimizer.Sgd(1e-300), ValidationFraction = 0.3 });
        trainer.Fit(TrajectoryDataset.FromTrajectories([Observed(ForcedDecay.Steps, 0.8)]));
        trainer.BestValidationLoss.Should().BeLessThan(1e-12);
    }

    [Fact]
    public void A_minibatch_gradient_is_that_of_a_field_with_these_inputs_of_its_own()
    {
        TrajectoryDataset data = Data();
        NeuralOdeModel model = Network();
        model.Gradient = model.Gradient with { ControlsError = false };
        var sampler = new SegmentSampler(data, segmentLength: 5, batchSize: 7, seed: 3);
        var minibatch = new Minibatch(model, sampler, Loss.MeanSquaredError);
        var gradient = new double[model.Parameters.Length];
        for (int iteration = 0; iteration < 4; iteration++)
        {
            sampler.Draw(iteration);
            minibatch.Forward(out double loss, CancellationToken.None).Should().BeNull();
            minibatch.Backward(gradient, CancellationToken.None).Should().BeNull();

            var fixedInputs = new NeuralOdeModel(new NeuralVectorField(((NeuralVectorField)model.Field).Network, [.. Enumerable.Range(0, 7).Select(i => sampler.Trajectory(i).Input!)])) { Gradient = model.Gradient };
            Trajectory[] segments = [.. Enumerable.Range(0, 7).Select(i => sampler.Trajectory(i).Slice(sampler.Start(i), sampler.Length(i)))];
            BatchGradientResult expected = fixedInputs.ComputeBatchGradient([.. segments.Select(s => s.StateAt(0).ToArray())], [.. segments.Select(s => s.Times.ToArray())],
                (sample, prediction, cotangent) => Loss.MeanSquaredError.Evaluate(prediction, segments[sample].States, cotangent) / 7 + Divide(cotangent, 7)).EnsureSuccess();
            loss.Should().BeApproximately(expected.Loss, 1e-14);
            for (int k = 0; k < gradient.Length; k++)
                gradient[k].Should().BeApproximately(expected.Parameters[k], 1e-13);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_gradient_under_inputs_is_that_of_finite_differences_whatever_the_last_call_was_given(bool takesTime)
    {
        var network = new MultilayerPerceptron(takesTime ? 4 : 3, [6], 2, Activation.Tanh, seed: 3);
        var model = new NeuralOdeModel(new NeuralVectorField(network, inputDimension: 1, takesTime)) { Solver = Models.ModelExamples.Tight };
        double[] times = [0, 0.4, 1.1, 2.3];
        foreach (InputSignal input in (InputSignal[])[Signals[0], InputSignal.CubicSpline([0, 1, 2, 3], [0, 1, -1, 0.5]), Signals[1]])
        {
            GradientResult gradient = model.ComputeGradient([0.5, -0.3], times, input, Models.ModelExamples.Loss).EnsureSuccess();
            double Loss() => Models.ModelExamples.Loss(model.Predict([0.5, -0.3], times, input).EnsureSuccess().States, new double[8]);
            foreach (int k in (int[])[0, 5, 9, network.ParameterCount - 1])
                gradient.Parameters[k].Should().BeApproximately(Models.ModelExamples.CentralDifference(Loss, model.Parameters, k), 1e-7);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void Batches_of_inputs_are_solved_and_differentiated_as_their_samples_alone(int samples)
    {
        NeuralOdeModel model = Network();
        double[][] starts = [.. Enumerable.Range(0, samples).Select(i => new[] { Math.Sin(i) })];
        double[][] times = [.. Enumerable.Range(0, samples).Select(i => new[] { 0.0, 1.0 + 0.001 * i })];
        InputSignal[] inputs = [.. Enumerable.Range(0, samples).Select(i => Signals[i % Signals.Length])];
        BatchGradientResult all = model.ComputeBatchGradient(starts, times, inputs, (_, p, c) => Models.ModelExamples.Loss(p, c)).EnsureSuccess();
        OdeBatchSolution solutions = model.PredictBatch(starts, times, inputs).EnsureSuccess();
        foreach (int i in (int[])[0, 1, samples - 1])
        {
            GradientResult alone = model.ComputeGradient(starts[i], times[i], inputs[i], Models.ModelExamples.Loss).EnsureSuccess();
            all.InitialState(i)[0].Should().BeApproximately(alone.InitialState[0], 1e-13);
            solutions[i].FinalState[0].Should().BeApproximately(model.Predict(starts[i], times[i], inputs[i]).FinalState[0], 1e-13);
        }
    }

    [Fact]
    public void A_prediction_under_an_input_is_the_solution_in_closed_form_and_can_go_on()
    {
        NeuralOdeModel model = Linear();
        (model.Parameters[0], model.Parameters[1]) = (-1, 1);
        OdeSolution solution = model.Predict([0.8], [0.0, 2.0], ForcedDecay.Steps.Signal, new OdeSolverOptions { RelativeTolerance = 1e-10, Method = OdeMethod.Rodas5P }).EnsureSuccess();
        solution.FinalState[0].Should().BeApproximately(ForcedDecay.Steps.Solution(0.8, 2), 1e-8);
        solution.Continue(4).FinalState[0].Should().BeApproximately(ForcedDecay.Steps.Solution(0.8, 4), 1e-8);
        var slope = new double[1];
        model.Derivative(0.0, [0.25], [2.0], slope);
        slope[0].Should().Be(1.75);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void One_step_for_all_samples_stops_at_the_jumps_of_all(string method)
    {
        NeuralOdeModel model = Linear(method);
        model.Solver = new OdeSolverOptions { ErrorControl = ErrorControl.Joint, RelativeTolerance = 1e-9 };
        double[][] starts = [[0.8], [0.8]], times = [[0, 4], [0, 4]];
        (model.Parameters[0], model.Parameters[1]) = (-1, 1);
        for (int round = 0; round < 2; round++)
        {
            ForcedDecay[] problems = round == 0 ? [ForcedDecay.Steps, ForcedDecay.Ramps] : [ForcedDecay.Hat, ForcedDecay.Steps];
            InputSignal[] inputs = [problems[0].Signal, problems[1].Signal];
            var ends = new double[2];
            model.ComputeBatchGradient(starts, times, inputs, (sample, p, c) => ends[sample] = p[1]).EnsureSuccess();
            for (int i = 0; i < 2; i++)
                ends[i].Should().BeApproximately(problems[i].Solution(0.8, 4), 1e-7);
        }
    }

    [Fact]
    public void Declared_jump_times_and_those_of_inputs_both_stop_the_steps()
    {
        var ends = new List<double>();
        var options = new OdeSolverOptions { JumpTimes = [1.2, 0.7], StepObserver = (in OdeStep step) => ends.Add(step.Time) };
        Linear().Predict([0.8], [0.0, 2.0], ForcedDecay.Steps.Signal, options).EnsureSuccess();
        ends.Should().Contain([0.7, 1.2, 1.5, 2.0]);
    }

    [Fact]
    public void Inputs_that_are_missing_superfluous_or_of_another_dimension_are_refused()
    {
        NeuralOdeModel driven = Linear();
        var free = new NeuralOdeModel(new MultilayerPerceptron(1, [3], 1));
        var own = new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(2, [3], 1), Signals[0]));
        var wide = new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(3, [3], 1), inputDimension: 2));

        Fails(() => driven.Predict([1.0], [0.0, 1.0]), "*input of 1 component*none was given*");
        Fails(() => driven.PredictBatch([[1.0]], [[0.0, 1.0]]), "*none was given*");
        Fails(() => driven.Predict([1.0], [0.0, 1.0], new OdeSolverOptions()), "*none was given*");
        Fails(() => driven.Derivative(0, [1.0], new double[1]), "*none was given*");
        Fails(() => driven.ComputeGradient([1.0], [0.0, 1.0], Models.ModelExamples.Loss), "*none was given*");
        Fails(() => driven.ComputeBatchGradient([[1.0]], [[0.0, 1.0]], (_, p, c) => 0), "*none was given*");
        Fails(() => driven.Predict([1.0], [0.0, 1.0], (InputSignal)null!), "*input is null*");
        Fails(() => driven.PredictBatch([[1.0]], [[0.0, 1.0]], [Signals[0], Signals[1]]), "*2 signals for 1 initial states*");
        Fails(() => driven.PredictBatch([[1.0], [1.0]], [[0.0, 1.0], [0.0, 1.0]], [Signals[0], InputSignal.Constant(1, 2)]), "*inputs[1] has 2 components*takes 1*");
        Fails(() => free.Predict([1.0], [0.0, 1.0], Signals[0]), "*takes no input*");
        Fails(() => own.Predict([1.0], [0.0, 1.0], Signals[0]), "*its own input signals*");
        Fails(() => OdeSolver.Solve(driven.Field, [1.0], 0, 1), "*has none here*");
        Fails(() => _ = new NeuralVectorField(new MultilayerPerceptron(2, [3], 1), inputDimension: 0), "*inputDimension must be at least 1*");
        Fails(() => _ = new NeuralVectorField(new MultilayerPerceptron(2, [3], 1), inputDimension: 2), "*needs 3 inputs (1 for the state, 2 for the input)*");

        TrajectoryDataset with = Data(), without = TrajectoryDataset.FromTrajectory([0, 1, 2], new double[,] { { 1 }, { 2 }, { 3 } });
        Fails(() => new Trainer(driven, Options(1)).Fit(without), "*data have no inputs*WithInput*");
        Fails(() => new Trainer(free, Options(1)).Fit(with), "*vector field takes none*ignore them*");
        Fails(() => new Trainer(own, Options(1)).Fit(with), "*input signal of its own*");
        Fails(() => new Trainer(wide, Options(1)).Fit(with), "*inputs of 1 components*takes 2*");
        Fails(() => new Trainer(driven, Options(1)).Fit(with, without, progress: null), "*data have no inputs*");
        new Trainer(own, Options(1)).Fit(without).Iterations.Should().Be(1, "a shared input of the field needs none in the data");
    }

    [Fact]
    public void A_resumed_run_has_the_bits_of_an_uninterrupted_one_and_wants_the_same_inputs()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.checkpoint");
        NeuralOdeModel whole = Network(), half = Network(), resumed = Network();
        new Trainer(whole, Options(20)).Fit(Data());
        var first = new Trainer(half, Options(20));
        foreach (TrainingProgress step in first.Run(Data()))
        {
            if (step.Iteration == 9)
                break;
        }

        first.SaveCheckpoint(path);
        var second = new Trainer(resumed, Options(20));
        second.RestoreCheckpoint(path);
        TrajectoryDataset other = TrajectoryDataset.FromTrajectories(Data().Select(trajectory => trajectory.WithInput(InputSignal.Constant(0.7))));
        second.Invoking(trainer => trainer.Fit(other)).Should().Throw<ArgumentException>().WithMessage("*not the data*");
        second.Fit(Data());
        resumed.Parameters.ToArray().Should().Equal(whole.Parameters.ToArray());
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_training_iteration_with_inputs_allocates_nothing(string method)
    {
        NeuralOdeModel model = Network(method);
        InputSignal[] combined = [.. Signals, InputSignal.Combine([InputSignal.PiecewiseLinear([0, 2, 5], [0, 1, 0])])];
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(combined.Select(signal => new Trajectory(Times, [.. Times.Select(Math.Cos)], dimension: 1).WithInput(signal)));
        var sampler = new SegmentSampler(data, segmentLength: 5, batchSize: 6, seed: 1);
        var minibatch = new Minibatch(model, sampler, Loss.MeanSquaredError);
        var gradient = new double[model.Parameters.Length];
        int iteration = 0;
        Performance.SteadyAllocationTests.ShouldAllocateNothing(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                sampler.Draw(iteration++);
                minibatch.Forward(out _, CancellationToken.None);
                minibatch.Backward(gradient, CancellationToken.None);
            }
        });
        gradient.Should().Contain(value => value != 0.0);
    }

    private static void Fails(Action action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    private static double Divide(Span<double> values, double by)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] /= by;
        return 0.0;
    }

    private static TrajectoryDataset Data() => TrajectoryDataset.FromTrajectories(
        [Observed(ForcedDecay.Steps, 0.8), Observed(ForcedDecay.Ramps, -0.5), Observed(ForcedDecay.Hat, 2)]);

    private static Trajectory Observed(ForcedDecay problem, double start) =>
        new Trajectory(Times, [.. Times.Select(t => problem.Solution(start, t))], dimension: 1).WithInput(problem.Signal);

    private static NeuralOdeModel Linear(string method = "discrete") =>
        new(new NeuralVectorField(new Sequential(seed: 1, new Dense(2, 1, hasBias: false)), inputDimension: 1)) { Gradient = Models.ModelExamples.Method(method) };

    private static NeuralOdeModel Network(string method = "discrete") =>
        new(new NeuralVectorField(new MultilayerPerceptron(2, [5], 1, seed: 4), inputDimension: 1)) { Gradient = Models.ModelExamples.Method(method) };

    private static TrainingOptions Options(int iterations) =>
        new() { Iterations = iterations, BatchSize = 10, SegmentLength = 5, Seed = 1, Optimizer = Optimizer.Adam(5e-2), Schedule = LearningRateSchedule.Cosine() };
}
