using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Performance;

/// <summary>
/// What the work of the performance page may cost, in evaluations and products: numbers that no clock and no neighbour changes. The bounds are
/// today's counts and one step more, which rounding on another processor may take.
/// </summary>
public sealed class EvaluationCountTests
{
    private const int OneStep = 10;

    // A solve of hundreds of steps may take some more of them.
    private static long Bound(long count) => count + count / 100 + OneStep;

    public static TheoryData<string, long> Solves { get; } = new()
    {
        { "Lotka–Volterra", 1322 },
        { "Van der Pol", 1162 },
        { "Lorenz", 1882 },
        { "Arenstorf", 1452 },
    };

    [Theory]
    [MemberData(nameof(Solves))]
    public void A_plain_solve_at_1e_6_takes_no_more_evaluations(string problem, long count)
    {
        (VectorField field, double[] start, double end) = problem switch
        {
            "Lotka–Volterra" => (VectorField.FromFunction(2, static (t, y, d) => (d[0], d[1]) = (1.5 * y[0] - y[0] * y[1], y[0] * y[1] - 3 * y[1])), new[] { 10.0, 5 }, 15.0),
            "Van der Pol" => (VectorField.FromFunction(2, static (t, y, d) => (d[0], d[1]) = (y[1], (1 - y[0] * y[0]) * y[1] - y[0])), [2, 0], 20),
            "Lorenz" => (VectorField.FromFunction(3, static (t, y, d) => (d[0], d[1], d[2]) = (10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3 * y[2])), [1, 1, 1], 10),
            _ => (VectorField.FromFunction(4, Arenstorf), [0.994, 0, 0, -2.0015851063790825], 17.065216560157962),
        };

        OdeSolution solution = OdeSolver.Solve(field, start, [0, end], new OdeSolverOptions { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9 }).EnsureSuccess();

        solution.Statistics.Evaluations.Should().BeLessThanOrEqualTo(Bound(count));
    }

    /// <summary>W1: 2-50-2, 20 windows of ten points, 1e-7 and 1e-9.</summary>
    [Theory]
    [InlineData("discrete", 20, 0, 19)]
    [InlineData("continuous", 20, 63, 63)]
    public void An_iteration_on_the_spiral_takes_no_more(string method, long forward, long backward, long products)
    {
        NeuralOdeModel model = TrainingProblems.Model(method, hidden: 50);
        model.Solver = new OdeSolverOptions { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 };
        double[] times = [.. Enumerable.Range(0, 10).Select(i => i * 25.0 / 999)];
        double[][] starts = [.. Enumerable.Range(0, 20).Select(i => TrainingProblems.Spiral(1.2 * i))];

        Check(Compute(model, starts, times), forward, backward, products);
    }

    /// <summary>W3's network, with 16 samples: 64-256-64, t in [0, 1], 1e-5 and 1e-7.</summary>
    [Theory]
    [InlineData("discrete", 52, 0, 50)]
    [InlineData("continuous", 52, 67, 67)]
    public void A_gradient_of_a_large_network_takes_no_more(string method, long forward, long backward, long products)
    {
        var model = new NeuralOdeModel(new MultilayerPerceptron(64, [256], 64, seed: 3))
        {
            Gradient = Models.ModelExamples.Method(method),
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 },
        };
        foreach (ref double parameter in model.Parameters)
            parameter *= 2;
        double[][] starts = [.. Enumerable.Range(0, 16).Select(i => Enumerable.Range(0, 64).Select(k => Math.Sin(1 + 3 * i + 7 * k)).ToArray())];

        Check(Compute(model, starts, [0, 1]), forward, backward, products);
    }

    private static void Check((OdeStatistics Forward, OdeStatistics Backward) cost, long forward, long backward, long products)
    {
        cost.Forward.Evaluations.Should().BeLessThanOrEqualTo(forward + OneStep);
        // The discrete adjoint reads what the forward solve recorded.
        cost.Backward.Evaluations.Should().BeLessThanOrEqualTo(backward > 0 ? backward + OneStep : 0);
        cost.Backward.VectorJacobianProducts.Should().BeLessThanOrEqualTo(products + OneStep);
    }

    /// <summary>As training does: no gradient with respect to times, which would take an evaluation for each output.</summary>
    private static (OdeStatistics Forward, OdeStatistics Backward) Compute(NeuralOdeModel model, double[][] starts, double[] times)
    {
        GradientEngine engine = model.CreateEngine(starts.Length);
        var cotangents = Start(engine, starts, times, out OutputGrid grid, out double[] states);
        engine.Solve(grid, states, out _, CancellationToken.None).Should().BeNull();
        engine.Backward(cotangents, new double[model.Parameters.Length], withTimes: false, out _, CancellationToken.None).Should().BeNull();
        return (engine.ForwardStatistics, engine.BackwardStatistics);
    }

    internal static double[] Start(GradientEngine engine, double[][] starts, double[] times, out OutputGrid grid, out double[] states)
    {
        grid = new OutputGrid(starts.Length);
        states = new double[engine.StateLength];
        var cotangents = new double[times.Length * engine.StateLength];
        var ones = Enumerable.Repeat(1.0, engine.Dimension).ToArray();
        for (int sample = 0; sample < starts.Length; sample++)
        {
            grid.Set(sample, times);
            engine.Layout.Scatter(starts[sample], sample, states);
            for (int i = 1; i < times.Length; i++)
                engine.Layout.Scatter(ones, sample, cotangents.AsSpan(i * engine.StateLength, engine.StateLength));
        }

        return cotangents;
    }

    private static void Arenstorf(double t, ReadOnlySpan<double> y, Span<double> d)
    {
        const double Mu = 0.012277471, M = 1 - Mu;
        double d1 = Math.Pow((y[0] + Mu) * (y[0] + Mu) + y[1] * y[1], 1.5), d2 = Math.Pow((y[0] - M) * (y[0] - M) + y[1] * y[1], 1.5);
        (d[0], d[1]) = (y[2], y[3]);
        d[2] = y[0] + 2 * y[3] - M * (y[0] + Mu) / d1 - Mu * (y[0] - M) / d2;
        d[3] = y[1] - 2 * y[2] - M * y[1] / d1 - Mu * y[1] / d2;
    }
}
