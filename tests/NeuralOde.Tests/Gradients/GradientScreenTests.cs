namespace NeuralOde.Tests.Gradients;

/// <summary>What is smooth is not solved again to know its gradient's error.</summary>
public sealed class GradientScreenTests
{
    private static readonly double[] Tolerances = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8];

    [Theory]
    [InlineData("few outputs", 2)]
    [InlineData("many outputs", 20)]
    public void A_measured_gradient_of_a_network_costs_at_most_three_tenths_more(string outputs, int count)
    {
        double[] narrow = [1.5, 0.5], wide = [.. Enumerable.Range(0, 64).Select(k => Math.Sin(1 + 7 * k))];
        foreach (double tolerance in Tolerances)
        {
            foreach (OdeMethod method in new[] { OdeMethod.DormandPrince5, OdeMethod.Tsitouras5 })
            {
                Cost(new NeuralVectorField(new MultilayerPerceptron(2, [50], 2, Activation.Tanh, seed: 7)), narrow, Grid(5, count), Solver(tolerance, method)).Should().BeLessThan(1.3, "{0} at {1}", outputs, tolerance);
                Cost(new NeuralVectorField(new MultilayerPerceptron(64, [256], 64, Activation.Tanh, seed: 3)), wide, Grid(1, count), Solver(tolerance, method)).Should().BeLessThan(1.3, "{0} at {1}", outputs, tolerance);
            }
        }
    }

    [Theory]
    [InlineData(1e-5)]
    [InlineData(1e-6)]
    [InlineData(1e-7)]
    [InlineData(1e-8)]
    public void So_does_one_of_hares_and_lynxes_with_outputs_inside_the_steps_and_declared_jumps(double tolerance)
    {
        foreach (OdeMethod method in new[] { OdeMethod.DormandPrince5, OdeMethod.Tsitouras5 })
        {
            foreach (double[] jumps in new double[][] { [], [2.05, 6.35] })
                Cost(GradientProblems.LotkaVolterra(), [10, 5], Grid(10, 101), Solver(tolerance, method) with { JumpTimes = jumps }).Should().BeLessThan(1.3);
        }
    }

    [Theory]
    [InlineData(1e-4)]
    [InlineData(1e-6)]
    public void A_sample_has_the_same_error_in_any_batch_of_two_or_more_whichever_samples_are_in_doubt(double tolerance)
    {
        var model = new NeuralOdeModel(GradientProblems.Network(takesTime: true)) { Solver = Solver(tolerance, OdeMethod.DormandPrince5) };
        double[][] times = [.. GradientProblems.TimePatterns.Values], starts = [.. times.Select((_, s) => new[] { 1 + 0.3 * Math.Sin(2 * s), 0.8 + 0.3 * Math.Cos(3 * s) })];
        BatchGradientResult Compute(double[][] from, double[][] over) =>
            model.ComputeBatchGradient(from, over, (_, prediction, cotangent) => Squares(prediction, cotangent)).EnsureSuccess();

        BatchGradientResult batch = Compute(starts, times);
        for (int s = 0; s < times.Length; s++)
            batch.ParameterErrorOf(s).Should().Be(Compute([starts[s], starts[s]], [times[s], times[s]]).ParameterErrorOf(0), "of sample {0}", s);
    }

    [Fact]
    public void The_estimate_is_not_below_a_tenth_of_the_error()
    {
        // dL/dp of y' = p cos(t) y at p = 1, L = y(t): y sin t, against steps so long that the error is seen.
        TrainableVectorField field = TrainableVectorField.FromFunction(1, [1.0], (t, y, p, dydt) => dydt[0] = p[0] * Math.Cos(t) * y[0],
            (t, y, p, c, cy, cp) => (cy[0], cp[0]) = (c[0] * p[0] * Math.Cos(t), c[0] * Math.Cos(t) * y[0]));
        foreach (double step in new[] { 0.1, 0.05 })
        {
            GradientResult result = new NeuralOdeModel(field) { Solver = new OdeSolverOptions { Method = OdeMethod.DormandPrince5, FixedStep = step, RelativeTolerance = 1e-3 } }
                .ComputeGradient([1.0], [0, 4], (prediction, cotangent) => prediction[^1] * (cotangent[^1] = 1));
            double error = Math.Abs(result.Parameters[0] - Math.Exp(Math.Sin(4)) * Math.Sin(4));
            error.Should().BePositive();
            result.ParameterError.Should().BeInRange(error / 10, 1e-3);
        }
    }

    /// <summary>Evaluations and vector–Jacobian products of a gradient that is measured, in those of one that is not.</summary>
    private static double Cost(TrainableVectorField field, double[] start, double[] times, OdeSolverOptions solver)
    {
        double Work(bool controls)
        {
            var model = new NeuralOdeModel(field) { Solver = solver, Gradient = GradientMethod.DiscreteAdjoint() with { ControlsError = controls } };
            GradientResult result = model.ComputeGradient(start, times, Squares).EnsureSuccess();
            if (controls)
                result.ParameterError.Should().BePositive();
            return result.ForwardStatistics.Evaluations + result.BackwardStatistics.Evaluations + result.BackwardStatistics.VectorJacobianProducts;
        }

        return Work(controls: true) / Work(controls: false);
    }

    private static OdeSolverOptions Solver(double tolerance, OdeMethod method) => new() { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * 1e-3 };

    private static double[] Grid(double end, int count) => [.. Enumerable.Range(0, count).Select(i => end * i / (count - 1))];

    private static double Squares(ReadOnlySpan<double> prediction, Span<double> cotangent)
    {
        double sum = 0;
        for (int i = 0; i < prediction.Length; i++)
            (sum, cotangent[i]) = (sum + prediction[i] * prediction[i], 2 * prediction[i]);
        return sum;
    }
}
