using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Training;

/// <summary>Initial states that are learned, and components that nobody measured.</summary>
public sealed class LearnedStartTests
{
    public static TheoryData<string, bool> Ways => new() { { "discrete", false }, { "continuous", false }, { "discrete", true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public void The_gradients_of_starts_and_parameters_are_those_of_central_differences(string method, bool isHidden)
    {
        int dimension = isHidden ? 3 : 2;
        NeuralOdeModel model = new(new MultilayerPerceptron(dimension, [5], dimension, seed: 3)) { Gradient = ModelExamples.Method(method) with { ControlsError = false }, Solver = ModelExamples.Tight };
        int[]? measured = isHidden ? [2, 0] : null;
        TrajectoryDataset data = GapTests.WithGaps(TrainingProblems.Irregular(), 0.3);
        (int, int, int)[] segments = TrainingSegments.FindWindows(data, 7);
        var starts = new StartTable(Optimizer.Adam(), dimension, segments.Length);
        starts.Place(data, segments, measured ?? [0, 1]);
        for (int i = 0; i < starts.Values.Length; i++)
            starts.Values[i] += 0.2 * Math.Sin(3 * i + 1);
        var sampler = new SegmentSampler(data, segments, batchSize: 5, seed: 4);
        sampler.Draw(2);
        var gradients = new StartGradient(starts, sampler, new LearnedSegments(data, segments), continuityWeight: 0.7);
        var minibatch = new Minibatch(model, sampler, Loss.MeanSquaredError, gradients, measured);
        var gradient = new double[model.Parameters.Length];
        minibatch.Forward(out _, CancellationToken.None).Should().BeNull();
        minibatch.Backward(gradient, CancellationToken.None).Should().BeNull();
        double[] ofStarts = [.. gradients.Gradients];
        int[] touched = [.. gradients.Touched];
        double Loss_()
        {
            minibatch.Forward(out double loss, CancellationToken.None).Should().BeNull();
            return loss;
        }

        for (int k = 0; k < gradient.Length; k += 4)
            gradient[k].Should().BeApproximately(ModelExamples.CentralDifference(Loss_, model.Parameters, k), 1e-6);
        touched.Should().OnlyHaveUniqueItems().And.HaveCountGreaterThan(5, "the next segments' starts are touched too");
        for (int start = 0; start < starts.Count; start++)
        {
            int place = Array.IndexOf(touched, start);
            for (int i = 0; i < dimension; i++)
            {
                double expected = ModelExamples.CentralDifference(Loss_, starts.Values, start * dimension + i);
                (place < 0 ? 0.0 : ofStarts[place * dimension + i]).Should().BeApproximately(expected, 1e-6);
            }
        }
    }

    [Fact]
    public void Starts_begin_at_the_observations_or_between_them()
    {
        double nan = double.NaN;
        TrajectoryDataset data = TrajectoryDataset.FromTrajectory([0, 1, 3, 4, 5, 6], new[,] { { nan, nan, nan }, { 1, nan, nan }, { nan, 5, nan }, { 4, 7, nan }, { nan, nan, nan }, { 2, nan, nan } });
        (int Trajectory, int Start, int Length)[] segments = TrainingSegments.FindWindows(data, 2);
        segments.Select(segment => segment.Start).Should().Equal(1, 2, 3, 4);
        var starts = new StartTable(Optimizer.Adam(), 4, segments.Length);
        starts.Place(data, segments, [3, 0, 1]);
        starts.Values.Should().Equal(5, 0, 0, 1, 5, 0, 0, 3, 7, 0, 0, 4, 7, 0, 0, 3);
    }

    [Fact]
    public void Learned_starts_are_nearer_to_the_truth_than_noisy_observations()
    {
        var noise = new MathNet.Numerics.Distributions.Normal(0, 0.1, new MathNet.Numerics.Random.Xoshiro256StarStar(5));
        Trajectory[] truth = [.. Enumerable.Range(0, 12).Select(i => TrainingProblems.SpiralTrajectory([.. Enumerable.Range(0, 25).Select(n => 0.2 * n)], 1 + 0.1 * i, i))];
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(truth.Select(trajectory => new Trajectory(trajectory.Times, [.. trajectory.States.ToArray().Select(z => z + noise.Sample())], 2)));
        NeuralOdeModel model = TrainingProblems.FailingAbove(double.PositiveInfinity);
        var trainer = new Trainer(model, Options(500) with { SegmentLength = null, BatchSize = null });
        trainer.LearnedStarts.Should().BeEmpty();
        trainer.Fit(data);
        trainer.LearnedStarts.Should().HaveCount(12);
        double learned = 0, observed = 0;
        for (int i = 0; i < 12; i++)
        {
            (trainer.LearnedStarts[i].Trajectory, trainer.LearnedStarts[i].Observation, trainer.LearnedStarts[i].Time).Should().Be((i, 0, 0.0));
            for (int c = 0; c < 2; c++)
            {
                learned += Math.Pow(trainer.LearnedStarts[i].State[c] - truth[i].StateAt(0)[c], 2);
                observed += Math.Pow(data[i].StateAt(0)[c] - truth[i].StateAt(0)[c], 2);
            }
        }

        // A fit to 50 numbers by two knows its start about √(50 / 2 / 2) times as well; half is a safe bound.
        learned.Should().BeLessThan(0.25 * observed);
        model.Parameters[0].Should().BeApproximately(0.1, 0.02);
        model.Parameters[1].Should().BeApproximately(1.0, 0.02);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(9)]
    public void A_driven_system_with_an_unmeasured_state_is_learned(int? segmentLength)
    {
        // x'' = −x − 0.4 x' + u, of which only x is measured.
        InputSignal Push(int i) => InputSignal.PiecewiseConstant([0, 1.3 + 0.2 * i, 3.1, 4.4], [Math.Sin(i), -1.0 + 0.3 * i, 0.5, -0.7 * Math.Cos(i)]);
        double[] times = [.. Enumerable.Range(0, 33).Select(n => 0.2 * n)];
        Trajectory Observe(int i)
        {
            VectorField truth = VectorField.FromFunction(2, Push(i), (t, y, u, d) => (d[0], d[1]) = (y[1], u[0] - y[0] - 0.4 * y[1]));
            OdeSolution path = OdeSolver.Solve(truth, [Math.Cos(2 * i), Math.Sin(3 * i)], times, new OdeSolverOptions { RelativeTolerance = 1e-9 }).EnsureSuccess();
            var measured = new double[times.Length, 1];
            for (int n = 0; n < times.Length; n++)
                measured[n, 0] = n % 5 == 3 ? double.NaN : path[n, 0];
            return new Trajectory(times, measured, Push(i));
        }

        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(Enumerable.Range(0, 8).Select(Observe));
        var model = new NeuralOdeModel(new NeuralVectorField(new Sequential(seed: 2, new Dense(3, 2)), inputDimension: 1)) { Standardization = Standardization.FromDataset(data, dimension: 2) };
        var trainer = new Trainer(model, Options(1500) with { SegmentLength = segmentLength, BatchSize = null, Optimizer = Optimizer.Adam(3e-2) });
        trainer.Fit(data).End.Should().Be(TrainingEnd.Completed);

        double squares = 0, variance = 0;
        foreach (LearnedStart start in trainer.LearnedStarts.Where(each => each.Observation == 0))
        {
            Trajectory observed = data[start.Trajectory];
            OdeSolution prediction = model.Predict(start.State, observed.Times, observed.Input!).EnsureSuccess();
            for (int n = 0; n < observed.Length; n++)
            {
                if (!observed.IsObserved(n, 0))
                    continue;
                squares += Math.Pow(prediction[n, 0] - observed.StateAt(n)[0], 2);
                variance += Math.Pow(observed.StateAt(n)[0], 2);
            }
        }

        Math.Sqrt(squares / variance).Should().BeLessThan(0.02, "one prediction over the whole trajectory from its first start");
    }

    [Fact]
    public void Doses_of_every_subject_at_irregular_times_with_gaps_give_the_rates()
    {
        // gut' = −1.2 gut + dose, blood' = 1.2 gut − 0.4 blood.
        var random = new MathNet.Numerics.Random.Xoshiro256StarStar(3);
        Trajectory Subject(int i)
        {
            double first = 0.3 + random.NextDouble(), second = 3 + random.NextDouble();
            InputSignal dose = InputSignal.PiecewiseConstant([0, first, first + 0.5, second, second + 0.5], [0, 2 + random.NextDouble(), 0, 1 + random.NextDouble(), 0]);
            double time = 0;
            double[] times = [.. Enumerable.Range(0, 14 + i % 5).Select(n => n == 0 ? 0 : time += 0.15 + 0.6 * random.NextDouble())];
            VectorField truth = VectorField.FromFunction(2, dose, (t, y, u, d) => (d[0], d[1]) = (u[0] - 1.2 * y[0], 1.2 * y[0] - 0.4 * y[1]));
            OdeSolution course = OdeSolver.Solve(truth, [3 * random.NextDouble(), 0.2 + 0.1 * i], times, new OdeSolverOptions { RelativeTolerance = 1e-9 }).EnsureSuccess();
            var states = new double[times.Length, 2];
            for (int n = 0; n < times.Length; n++)
            {
                for (int c = 0; c < 2; c++)
                    states[n, c] = n > 0 && random.NextDouble() < 0.3 ? double.NaN : course[n, c];
            }

            return new Trajectory(times, states, dose);
        }

        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(Enumerable.Range(0, 20).Select(Subject));
        var model = new NeuralOdeModel(new NeuralVectorField(new Sequential(seed: 5, new Dense(3, 2, hasBias: false)), inputDimension: 1));
        new Trainer(model, Options(2000) with { InitialStates = InitialStates.Observed, BatchSize = 20, Optimizer = Optimizer.Adam(0.1) }).Fit(data);
        var slope = new double[2];
        model.Derivative(0, [1.0, 0.0], [0.0], slope);
        slope.Should().BeEquivalentTo([-1.2, 1.2], Near);
        model.Derivative(0, [0.0, 1.0], [0.0], slope);
        slope.Should().BeEquivalentTo([0, -0.4], Near);
        model.Derivative(0, [0.0, 0.0], [1.0], slope);
        slope.Should().BeEquivalentTo([1.0, 0.0], Near);
    }

    [Fact]
    public void Fifty_ragged_series_with_a_covariate_teach_what_it_does()
    {
        // z' = −c z with a constant c of every series.
        Trajectory Series(double c, double start, int length)
        {
            double[] times = [.. Enumerable.Range(0, length).Select(n => 0.25 * n + 0.05 * Math.Sin(n))];
            return new Trajectory(times, [.. times.Select(t => start * Math.Exp(-c * t))], 1).WithInput(InputSignal.Constant(c));
        }

        TrajectoryDataset data = TrajectoryDataset.FromTrajectories(Enumerable.Range(0, 50).Select(i => Series(0.4 + 0.024 * (i * 7 % 50), 1 + i * 3 % 11 / 10.0, 2 + i % 19)), stateNames: ["z"], inputNames: ["rate"]);
        var model = new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(2, [16], 1, seed: 2), inputDimension: 1)) { Standardization = Standardization.FromDataset(data) };
        new Trainer(model, Options(1500) with { InitialStates = InitialStates.Observed, BatchSize = 20, Optimizer = Optimizer.Adam(1e-2) }).Fit(data);
        foreach ((double c, double start) in ((double, double)[])[(0.5, 1.7), (0.95, 1.2), (1.4, 2.0)])
        {
            Trajectory unseen = Series(c, start, 16);
            OdeSolution prediction = model.Predict([start], unseen.Times, unseen.Input!).EnsureSuccess();
            for (int n = 0; n < 16; n++)
                prediction[n, 0].Should().BeApproximately(unseen.StateAt(n)[0], 0.05 * start);
        }
    }

    [Fact]
    public void A_resumed_run_has_the_bits_of_an_uninterrupted_one()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run.checkpoint");
        TrajectoryDataset data = GapTests.WithGaps(TrainingProblems.Irregular(), 0.3);
        TrainingOptions options = Options(30) with { BatchSize = 4 };
        var whole = new Trainer(Hidden(), options);
        whole.Fit(data);
        var first = new Trainer(Hidden(), options);
        foreach (TrainingProgress step in first.Run(data))
        {
            if (step.Iteration == 13)
                break;
        }

        first.SaveCheckpoint(path);
        var second = new Trainer(Hidden(), options);
        second.RestoreCheckpoint(path);
        second.Fit(data);
        second.Model.Parameters.ToArray().Should().Equal(whole.Model.Parameters.ToArray());
        for (int i = 0; i < whole.LearnedStarts.Count; i++)
            second.LearnedStarts[i].State.ToArray().Should().Equal(whole.LearnedStarts[i].State.ToArray());

        var again = new Trainer(Hidden(), options);
        foreach (string tensor in (string[])["starts.steps", "starts.optimizer.exp_avg", "starts.optimizer.exp_avg_sq"])
        {
            first.SaveCheckpoint(path);
            ModelFileParts.Change(path, (tensors, _) => tensors.RemoveAll(each => each.Name == tensor));
            again.Invoking(trainer => trainer.RestoreCheckpoint(path)).Should().Throw<ModelFileException>().WithMessage($"*'{tensor}' is missing*");
        }

        first.SaveCheckpoint(path);
        new Trainer(Hidden(), options with { InitialStates = InitialStates.Observed }).Invoking(trainer => trainer.RestoreCheckpoint(path)).Should().Throw<ArgumentException>().WithMessage("*another set of training options*");
        new Trainer(Hidden(), options with { ContinuityWeight = 2 }).Invoking(trainer => trainer.RestoreCheckpoint(path)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_run_goes_on_with_the_starts_of_the_one_before()
    {
        TrajectoryDataset data = TrainingProblems.Regular();
        var whole = new Trainer(TrainingProblems.Model(), Options(20));
        whole.Fit(data);
        var parts = new Trainer(TrainingProblems.Model(), Options(20));
        IEnumerable<TrainingProgress> early = parts.Run(data);
        parts.Run(data).Take(7).Count().Should().Be(7);
        early.Count().Should().Be(13);
        parts.Model.Parameters.ToArray().Should().Equal(whole.Model.Parameters.ToArray());
    }

    [Fact]
    public void An_iteration_with_learned_starts_allocates_nothing()
    {
        TrajectoryDataset data = GapTests.WithGaps(TrainingProblems.Irregular(), 0.3);
        NeuralOdeModel model = Hidden();
        (int, int, int)[] segments = TrainingSegments.FindWindows(data, 5);
        var starts = new StartTable(Optimizer.Adam(), 3, segments.Length);
        starts.Place(data, segments, [0, 1]);
        var sampler = new SegmentSampler(data, segments, batchSize: 6, seed: 4);
        var gradients = new StartGradient(starts, sampler, new LearnedSegments(data, segments), 1.0);
        var minibatch = new Minibatch(model, sampler, Loss.MeanSquaredError, gradients, [0, 1]);
        var gradient = new double[model.Parameters.Length];
        int iteration = 0;
        Performance.SteadyAllocationTests.ShouldAllocateNothing(() =>
        {
            for (int i = 0; i < 5; i++)
            {
                sampler.Draw(iteration++);
                minibatch.Forward(out _, CancellationToken.None);
                minibatch.Backward(gradient, CancellationToken.None);
                for (int k = 0; k < gradients.Count; k++)
                    starts.Step(gradients.Touched[k], gradients.Gradients.Slice(3 * k, 3), 1e-6);
            }
        });
        gradients.Gradients.ToArray().Should().Contain(value => value != 0.0);
    }

    [Fact]
    public void Hidden_components_need_learned_starts_and_no_validation()
    {
        TrajectoryDataset data = TrainingProblems.Regular();
        Fails(() => new Trainer(Hidden(), Options(1) with { InitialStates = InitialStates.Observed }).Fit(data), "*data have 2 components; the model has 3*InitialStates.Learned*");
        Fails(() => new Trainer(Hidden(), Options(1)).Fit(data, data, progress: null), "*validation starts from observed states*");
        Fails(() => new Trainer(Hidden(), Options(1) with { ValidationFraction = 0.3 }).Fit(data), "*validation starts from observed states*");
        Fails(() => new Trainer(new NeuralOdeModel(new MultilayerPerceptron(1, [3], 1)), Options(1)).Fit(data), "*data have 2 components; the model has 1*");
        Fails(() => _ = new Trainer(Hidden(), Options(1) with { ContinuityWeight = -1 }), "*ContinuityWeight*");
        Fails(() => _ = new Trainer(Hidden(), Options(1) with { InitialStates = (InitialStates)7 }), "*no such initial states*");
        Fails(() => _ = new NeuralOdeModel(new MultilayerPerceptron(2, [3], 2)) { MeasuredComponents = [] }, "*MeasuredComponents is empty*");
        Fails(() => _ = new NeuralOdeModel(new MultilayerPerceptron(2, [3], 2)) { MeasuredComponents = [2] }, "*MeasuredComponents[0] = 2*");
        Fails(() => _ = new NeuralOdeModel(new MultilayerPerceptron(2, [3], 2)) { MeasuredComponents = [1, 1] }, "*MeasuredComponents[1] = 1 is named before*");
        Fails(() => new Trainer(new NeuralOdeModel(new MultilayerPerceptron(3, [3], 3)) { MeasuredComponents = [1] }, Options(1)).Fit(data), "*MeasuredComponents names 1*");
        Fails(() => Standardization.FromDataset(data, 1), "*dimension = 1*");
        Fails(() => Standardization.FromDataset(data, 3, [0]), "*measuredComponents has 1*");
        Fails(() => Standardization.FromDataset(data, 3, [0, 3]), "*measuredComponents[1] = 3*");
    }

    [Fact]
    public void Learned_starts_may_be_validated_from_observed_ones()
    {
        var trainer = new Trainer(TrainingProblems.Model(), Options(40) with { ValidationFraction = 0.3, ValidationInterval = 10 });
        trainer.Fit(TrainingProblems.Regular()).BestValidationLoss.Should().BePositive();
    }

    [Fact]
    public void Components_may_be_measured_in_another_order_and_the_file_says_so()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        TrajectoryDataset data = TrainingProblems.Regular(), swapped = TrajectoryDataset.FromTrajectories(data.Select(trajectory =>
            new Trajectory(trajectory.Times, [.. Enumerable.Range(0, 2 * trajectory.Length).Select(i => trajectory.States[i ^ 1])], 2)));
        NeuralOdeModel straight = TrainingProblems.Model(), crossed = new(new MultilayerPerceptron(2, [8], 2, Activation.Tanh, seed: 3))
        {
            Solver = straight.Solver,
            MeasuredComponents = [1, 0],
            Standardization = Standardization.FromDataset(swapped, 2, [1, 0]),
        };
        straight = new(new MultilayerPerceptron(2, [8], 2, Activation.Tanh, seed: 3)) { Solver = straight.Solver, Standardization = Standardization.FromDataset(data) };
        foreach (InitialStates states in Enum.GetValues<InitialStates>())
        {
            new Trainer(straight, Options(10) with { InitialStates = states }).Fit(data);
            new Trainer(crossed, Options(10) with { InitialStates = states }).Fit(swapped);
            for (int k = 0; k < straight.Parameters.Length; k++)
                crossed.Parameters[k].Should().BeApproximately(straight.Parameters[k], 1e-7);
        }

        crossed.Save(path);
        NeuralOdeModel.Load(path).MeasuredComponents.Should().Equal(1, 0);
        ModelFileParts.ChangeMetadata(path, "measured", "{\"components\":[0,5]}");
        FluentActions.Invoking(() => NeuralOdeModel.Load(path)).Should().Throw<ModelFileException>();
    }

    private static void Fails(Action action, string message) => action.Should().Throw<ArgumentException>().WithMessage(message);

    private static FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> Near(FluentAssertions.Equivalency.EquivalencyAssertionOptions<double> options) =>
        options.WithStrictOrdering().Using<double>(context => context.Subject.Should().BeApproximately(context.Expectation, 0.03)).WhenTypeIs<double>();

    private static NeuralOdeModel Hidden() => new(new MultilayerPerceptron(3, [6], 3, seed: 3));

    private static TrainingOptions Options(int iterations) => TrainingProblems.Options(iterations) with
    {
        InitialStates = InitialStates.Learned,
        Optimizer = Optimizer.Adam(2e-2),
        Schedule = LearningRateSchedule.Cosine(),
    };
}
