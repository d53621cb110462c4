using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Performance;

/// <summary>At the sizes of the performance page: what is made once runs again and again without allocating.</summary>
public sealed class SteadyAllocationTests
{
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 };

    [Theory]
    [InlineData("discrete", Precision.Double)]
    [InlineData("continuous", Precision.Double)]
    [InlineData("discrete", Precision.Single)]
    [InlineData("continuous", Precision.Single)]
    public void A_gradient_of_a_large_network_allocates_nothing_once_warm(string method, Precision precision)
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(64, [256], 64, seed: 3) { Precision = precision }) { Gradient = Models.ModelExamples.Method(method), Solver = Options };
        double[][] starts = [.. Enumerable.Range(0, 128).Select(i => Enumerable.Range(0, 64).Select(k => Math.Sin(1 + 3 * i + 7 * k)).ToArray())];
        GradientEngine engine = model.CreateEngine(starts.Length);
        double[] cotangents = EvaluationCountTests.Start(engine, starts, [0, 0.1], out OutputGrid grid, out double[] states);
        var gradient = new double[model.Parameters.Length];

        ShouldAllocateNothing(() =>
        {
            engine.Solve(grid, states, out _, CancellationToken.None);
            engine.Backward(cotangents, gradient, withTimes: true, out _, CancellationToken.None);
        });
        gradient.Should().Contain(value => value != 0.0);
    }

    /// <summary>The caller's thread; the pool may enlarge its queue now and then.</summary>
    [Theory]
    [InlineData("discrete", 1)]
    [InlineData("discrete", 2)]
    [InlineData("continuous", 1)]
    [InlineData("continuous", 2)]
    public void Nor_does_one_in_parts_on_any_number_of_threads(string method, int threads)
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(2, [50], 2, seed: 3))
        {
            Gradient = Models.ModelExamples.Method(method),
            Solver = Options with { MaxDegreeOfParallelism = threads },
        };
        double[][] starts = [.. Enumerable.Range(0, 300).Select(i => new[] { Math.Sin(i), Math.Cos(i) })];
        GradientEngine engine = model.CreateEngine(starts.Length);
        double[] cotangents = EvaluationCountTests.Start(engine, starts, [0, 0.3, 1], out OutputGrid grid, out double[] states);
        var gradient = new double[model.Parameters.Length];

        ShouldAllocateNothing(() =>
        {
            engine.Solve(grid, states, out _, CancellationToken.None);
            engine.Backward(cotangents, gradient, withTimes: true, out _, CancellationToken.None);
        });
        engine.PartCount.Should().Be(3);
        gradient.Should().Contain(value => value != 0.0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_training_iteration_in_parts_allocates_nothing_beyond_its_report(int threads)
    {
        NeuralOdeModel model = TrainingProblems.Model();
        model.Solver = model.Solver with { MaxDegreeOfParallelism = threads };
        var sampler = new SegmentSampler(TrainingProblems.Regular(400, 0.05), segmentLength: 4, batchSize: 300, seed: 1);
        var minibatch = new Minibatch(model, sampler, Loss.MeanAbsoluteError);
        var gradient = new double[model.Parameters.Length];

        ShouldAllocateNothing(() =>
        {
            sampler.Draw(iteration: 3);
            minibatch.Forward(out _, CancellationToken.None);
            minibatch.Backward(gradient, CancellationToken.None);
        });
        gradient.Should().Contain(value => value != 0.0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(512)]
    public void A_solve_that_is_run_again_allocates_nothing(int samples)
    {
        VectorField field = VectorField.FromFunction(2, static (t, y, dydt) => (dydt[0], dydt[1]) = (1.5 * y[0] - y[0] * y[1], y[0] * y[1] - 3 * y[1]));
        var layout = new BatchLayout(samples);
        OdeSolverOptions options = Options.Resolve(OdeSolver.DefaultMethod) with { Output = OdeOutput.Times };
        var solve = new BatchSolve(field.CreateEvaluator(layout), options);
        var grid = new OutputGrid(samples);
        var states = new double[layout.Length(2)];
        for (int sample = 0; sample < samples; sample++)
        {
            grid.Set(sample, [0, 1, 3.5]);
            layout.Scatter([1 + 0.01 * sample, 2], sample, states);
        }

        ShouldAllocateNothing(() => solve.Run(grid, states, CancellationToken.None));
        solve.FindFailure(out _).Should().BeNull();
        solve.Integrator.Statistics.AcceptedSteps.Should().BeGreaterThan(10 * samples);
    }

    /// <summary>The runtime compiles hot code again while the tests run, which may allocate; a loop that allocates does so every time.</summary>
    internal static void ShouldAllocateNothing(Action action)
    {
        action();
        long bytes = -1;
        for (int attempt = 0; attempt < 40 && bytes != 0; attempt++)
        {
            if (attempt > 0)
                Thread.Sleep(50);
            bytes = Allocations.During(action);
        }

        bytes.Should().Be(0);
    }
}
