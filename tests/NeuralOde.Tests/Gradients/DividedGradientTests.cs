using NeuralOde.Tests.Models;

namespace NeuralOde.Tests.Gradients;

/// <summary>Gradients of large batches are computed in parts, on as many threads as one likes.</summary>
public sealed class DividedGradientTests
{
    private const int Samples = 300;
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 };

    public static TheoryData<string, string> MethodsAndFields()
    {
        var cases = new TheoryData<string, string>();
        foreach (string field in GradientProblems.FieldNames)
        {
            cases.Add("discrete", field);
            cases.Add("continuous", field);
        }

        return cases;
    }

    [Fact]
    public void Parts_are_whole_vectors_of_at_most_128_samples_and_none_is_small()
    {
        for (int samples = 1; samples < 3000; samples++)
        {
            var parts = new GradientParts(samples);
            int next = 0;
            for (int part = 0; part < parts.Count; part++)
            {
                parts.First(part).Should().Be(next);
                (next % 8).Should().Be(0);
                parts.Length(part).Should().BeInRange(samples > 128 ? 57 : samples, 128, "of {0} samples", samples);
                next += parts.Length(part);
            }

            next.Should().Be(samples);
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndFields))]
    public void Bits_and_statistics_do_not_depend_on_the_number_of_threads(string method, string field)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), Samples);
        (LossGradient expected, OdeStatistics forward, OdeStatistics backward) = Compute(1);
        foreach (int threads in new[] { 2, 3, 7 })
        {
            (LossGradient actual, OdeStatistics actualForward, OdeStatistics actualBackward) = Compute(threads);
            ShouldBeTheSame(actual, expected);
            actualForward.Should().Be(forward);
            actualBackward.Should().Be(backward);
        }

        (LossGradient, OdeStatistics, OdeStatistics) Compute(int threads)
        {
            GradientEngine engine = ModelExamples.Method(method).CreateEngine(problem.Field, Options with { MaxDegreeOfParallelism = threads }, Samples);
            engine.PartCount.Should().Be(3);
            LossGradient gradient = new GradientHarness(problem, engine).Compute();
            return (gradient, engine.ForwardStatistics, engine.BackwardStatistics);
        }
    }

    [Theory]
    [MemberData(nameof(MethodsAndFields))]
    public void A_sample_has_the_bits_of_the_undivided_batch_and_the_parameters_its_gradient_but_for_rounding(string method, string field)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), Samples);
        LossGradient actual = GradientHarness.Compute(ModelExamples.Method(method), Options, problem);

        LossGradient expected = new GradientHarness(problem, Undivided(method, problem)).Compute();

        actual.Loss.Should().Be(expected.Loss);
        LossGradient.Flat(actual.InitialStates).Should().Equal(LossGradient.Flat(expected.InitialStates));
        LossGradient.Flat(actual.Times).Should().Equal(LossGradient.Flat(expected.Times));
        LossGradient.RelativeDifference(actual.Parameters, expected.Parameters).Should().BeLessThan(1e-12);
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void An_engine_remembers_nothing_of_the_problem_before(string method)
    {
        GradientProblem lasting = GradientProblems.Ragged(GradientProblems.Network(takesTime: true), Samples);
        GradientProblem brief = lasting with { Times = [.. lasting.Times.Select((times, i) => i < 250 ? times[..Math.Min(2, times.Length)] : times)] };
        GradientEngine engine = ModelExamples.Method(method).CreateEngine(lasting.Field, Options with { MaxDegreeOfParallelism = 2 }, Samples);

        new GradientHarness(lasting, engine).Compute();

        ShouldBeTheSame(new GradientHarness(brief, engine).Compute(), GradientHarness.Compute(ModelExamples.Method(method), Options, brief));
        ShouldBeTheSame(new GradientHarness(lasting, engine).Compute(), GradientHarness.Compute(ModelExamples.Method(method), Options, lasting));
    }

    [Fact]
    public void Every_sample_keeps_its_own_input()
    {
        InputSignal[] signals = [.. Enumerable.Range(0, Samples).Select(i => InputSignal.PiecewiseConstant([0.0, 0.3 + 0.001 * i], [1.0, 0.01 * i]))];
        var network = new MultilayerPerceptron(2, [4], 1, seed: 2);
        double[][] times = [.. signals.Select(_ => new[] { 0.0, 1.0 })], states = [.. signals.Select((_, i) => new[] { 0.01 * i })];
        LossGradient all = GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), Options with { MaxDegreeOfParallelism = 2 },
            new GradientProblem(new NeuralVectorField(network, signals), times, states, GradientProblems.WeightedSquares));
        for (int first = 0; first < Samples; first += 60)
        {
            LossGradient some = GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), Options, new GradientProblem(new NeuralVectorField(network, signals[first..(first + 2)]),
                times[..2], states[first..(first + 2)], (sample, output, state, cotangent) => GradientProblems.WeightedSquares(first + sample, output, state, cotangent)));
            some.InitialStates[0].Should().Equal(all.InitialStates[first]);
            some.InitialStates[1].Should().Equal(all.InitialStates[first + 1]);
        }

        FluentActions.Invoking(() => GradientMethod.DiscreteAdjoint().CreateEngine(new NeuralVectorField(network, signals), Options, Samples + 1))
            .Should().Throw<ArgumentException>().WithMessage("*300 inputs*301 samples*");
    }

    [Theory]
    [InlineData("discrete", 1)]
    [InlineData("discrete", 3)]
    [InlineData("continuous", 1)]
    [InlineData("continuous", 3)]
    public void The_first_sample_that_fails_is_named_whatever_the_parts_and_threads(string method, int threads)
    {
        // y' = p y² from 1 blows up at t = 1.
        NeuralOdeModel model = ModelExamples.FiniteTimeBlowUp();
        model.Gradient = ModelExamples.Method(method);
        model.Solver = Options with { MaxDegreeOfParallelism = threads };
        double[][] starts = [.. Enumerable.Range(0, Samples).Select(i => new[] { i is 111 or 120 or 290 ? 1.0 : 0.1 })];
        double[][] times = [.. starts.Select(_ => new[] { 0.0, 2.0 })];

        BatchGradientResult blown = model.ComputeBatchGradient(starts, times, Loss);
        starts[111] = starts[120] = starts[290] = [0.2];
        BatchGradientResult badCotangents = model.ComputeBatchGradient(starts, times, (sample, prediction, cotangent) =>
        {
            cotangent[0] = sample is 210 or 299 ? double.NaN : 1.0;
            return 0.0;
        });
        BatchGradientResult good = model.ComputeBatchGradient(starts, times, Loss).EnsureSuccess();

        blown.FailedSample.Should().Be(111);
        blown.Failure!.Time.Should().BeApproximately(1.0, 1e-3);
        blown.Parameters.ToArray().Should().AllSatisfy(value => value.Should().Be(double.NaN));
        badCotangents.FailedSample.Should().Be(210);
        badCotangents.Status.Should().Be(OdeStatus.NonFiniteCotangent);
        good.FailedSample.Should().Be(-1);
    }

    [Theory]
    [InlineData("discrete", 1)]
    [InlineData("discrete", 3)]
    [InlineData("continuous", 1)]
    [InlineData("continuous", 3)]
    public void Failures_on_the_way_back_are_those_of_the_undivided_batch(string method, int threads)
    {
        TrainableVectorField field = TrainableVectorField.FromFunction(dimension: 2, parameters: [1.0],
            (t, y, p, dydt) => dydt[0] = dydt[1] = p[0],
            (t, y, p, c, cy, cp) =>
            {
                cy[1] = y[0] > 500.0 ? double.NaN : 0.0;
                cp[0] = y[0] < 0.0 ? double.PositiveInfinity : c[0];
            });
        foreach (bool isParameter in new[] { false, true })
        {
            double[][] starts = [.. Enumerable.Range(0, Samples).Select(i => new[] { i > 170 ? isParameter ? -i : 500.5 + i : i, 0.0 })];
            var problem = new GradientProblem(field, [.. starts.Select(_ => new[] { 0.0, 0.5 })], starts, GradientProblems.WeightedSquares);
            (OdeFailure expected, int expectedSample) = Fail(Undivided(method, problem));

            (OdeFailure actual, int sample) = Fail(ModelExamples.Method(method).CreateEngine(field, Options with { MaxDegreeOfParallelism = threads }, Samples));

            actual.Should().Be(expected);
            sample.Should().Be(expectedSample).And.Be(isParameter ? -1 : 171);

            (OdeFailure, int) Fail(GradientEngine engine)
            {
                var harness = new GradientHarness(problem, engine);
                harness.Solve().Should().BeNull();
                for (int i = 0; i < Samples; i++)
                    harness.Observe(i);
                OdeFailure? failure = harness.Backward();
                return (failure!, harness.FailedSample);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Exceptions_of_the_foremost_part_and_cancellation_pass_through_and_the_engine_goes_on(int threads)
    {
        bool throws = true;
        var source = new CancellationTokenSource();
        bool cancels = false;
        TrainableVectorField field = TrainableVectorField.FromFunction(1, Enumerable.Repeat(1.0, 20).ToArray(),
            (t, y, p, dydt) =>
            {
                if (throws && y[0] >= 200.0)
                    throw new NotSupportedException(y[0] >= 400.0 ? "later" : "foremost");
                if (cancels)
                    source.Cancel();
                dydt[0] = p[0];
            },
            (t, y, p, c, cy, cp) => cp[0] = c[0]);
        var model = new NeuralOdeModel(field) { Solver = Options with { MaxDegreeOfParallelism = threads } };
        double[][] starts = [.. Enumerable.Range(0, 600).Select(i => new[] { (double)i })], times = [.. starts.Select(_ => new[] { 0.0, 1.0 })];
        for (int run = 0; run < 20; run++)
            model.Invoking(m => m.ComputeBatchGradient(starts, times, Loss)).Should().Throw<NotSupportedException>().WithMessage("foremost");
        throws = false;
        BatchGradientResult good = model.ComputeBatchGradient(starts, times, Loss).EnsureSuccess();
        cancels = true;
        model.Invoking(m => m.ComputeBatchGradient(starts, times, Loss, source.Token)).Should().Throw<OperationCanceledException>().Which.CancellationToken.Should().Be(source.Token);
        cancels = false;
        model.ComputeBatchGradient(starts, times, Loss).Parameters.ToArray().Should().Equal(good.Parameters.ToArray());
    }

    [Fact]
    public void A_model_predicts_and_differentiates_with_the_same_bits_on_any_number_of_threads()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        double[][] starts = [.. Enumerable.Range(0, 200).Select(i => new[] { 0.01 * i, 10.0 - i })];
        double[][] times = [.. starts.Select((_, i) => new[] { 0.0, 0.5, 1.0 + 0.01 * i })];
        OdeBatchSolution predicted = model.PredictBatch(starts, times).EnsureSuccess();
        BatchGradientResult gradient = model.ComputeBatchGradient(starts, times, Loss).EnsureSuccess();
        foreach (int threads in new[] { 2, 3, 7 })
        {
            model.Solver = model.Solver with { MaxDegreeOfParallelism = threads };
            OdeBatchSolution again = model.PredictBatch(starts, times);
            again.Statistics.Should().Be(predicted.Statistics);
            for (int sample = 0; sample < starts.Length; sample++)
                again[sample].States.ToArray().Should().Equal(predicted[sample].States.ToArray());
            BatchGradientResult other = model.ComputeBatchGradient(starts, times, Loss);
            other.Loss.Should().Be(gradient.Loss);
            other.Parameters.ToArray().Should().Equal(gradient.Parameters.ToArray());
            other.Times(150).ToArray().Should().Equal(gradient.Times(150).ToArray());
            other.Statistics.Should().Be(gradient.Statistics);
        }
    }

    [Fact]
    public void One_step_for_all_cannot_be_divided_and_small_batches_are_not()
    {
        TrainableVectorField field = GradientProblems.Network(takesTime: false);
        Parts(Options with { ErrorControl = ErrorControl.Joint }, 1000).Should().Be(1);
        Parts(Options, 128).Should().Be(1);
        Parts(Options, 129).Should().Be(2);
        Parts(Options, 1000).Should().Be(8);
        GradientProblem problem = GradientProblems.Ragged(field, Samples);
        problem = problem with { Times = [.. problem.Times.Select(_ => new[] { 0.0, 0.6 })] };
        GradientEngine joint = GradientMethod.DiscreteAdjoint().CreateEngine(field, Options with { ErrorControl = ErrorControl.Joint, MaxDegreeOfParallelism = 4 }, Samples);
        new GradientHarness(problem, joint).Compute();
        (joint.ForwardStatistics.AcceptedSteps % Samples).Should().Be(0, "all take the same steps");

        int Parts(OdeSolverOptions options, int samples) => GradientMethod.DiscreteAdjoint().CreateEngine(field, options with { MaxDegreeOfParallelism = 4 }, samples).PartCount;
    }

    [Fact]
    public void One_thread_is_the_default_and_small_work_starts_none()
    {
        var threads = new HashSet<int>();
        bool isSlow = false;
        NeuralOdeModel Model(int parameters, int allowed) => new(TrainableVectorField.FromFunction(1, new double[parameters],
            (t, y, p, dydt) =>
            {
                lock (threads)
                    threads.Add(Environment.CurrentManagedThreadId);
                if (isSlow)
                    Thread.Sleep(1);
                dydt[0] = 1.0;
            },
            (t, y, p, c, cy, cp) => cp[0] = c[0]))
        { Solver = Options with { FixedStep = 1.0, MaxDegreeOfParallelism = allowed } };
        double[][] starts = [.. Enumerable.Range(0, 200).Select(i => new[] { (double)i })], times = [.. starts.Select(_ => new[] { 0.0, 1.0 })];
        Model(parameters: 100, allowed: 1).ComputeBatchGradient(starts, times, Loss);
        Model(parameters: 3, allowed: 8).ComputeBatchGradient(starts, times, Loss);
        Model(parameters: 100, allowed: 8).ComputeBatchGradient(starts[..128], times[..128], Loss);
        threads.Should().Equal(Environment.CurrentManagedThreadId);
        isSlow = true;
        Model(parameters: 100, allowed: 2).ComputeBatchGradient(starts, times, Loss);
        threads.Should().HaveCountGreaterThan(1);
    }

    private static AdjointEngine Undivided(string method, GradientProblem problem)
    {
        OdeSolverOptions resolved = Options.Resolve(OdeMethod.DormandPrince5) with { Output = OdeOutput.Times };
        var layout = new BatchLayout(problem.Samples);
        return method == "discrete" ? new DiscreteAdjoint(problem.Field, resolved, layout) : new ContinuousAdjoint(problem.Field, resolved, resolved, layout);
    }

    private static double Loss(int sample, ReadOnlySpan<double> prediction, Span<double> cotangent) => ModelExamples.Loss(prediction, cotangent);

    private static void ShouldBeTheSame(LossGradient actual, LossGradient expected)
    {
        actual.Loss.Should().Be(expected.Loss);
        actual.Parameters.Should().Equal(expected.Parameters);
        LossGradient.Flat(actual.InitialStates).Should().Equal(LossGradient.Flat(expected.InitialStates));
        LossGradient.Flat(actual.Times).Should().Equal(LossGradient.Flat(expected.Times));
    }
}
