namespace NeuralOde.Tests.Gradients;

/// <summary>Gradients from differences of solves: the judge of every other gradient.</summary>
/// <remarks>
/// Central differences of sixth order: with steps of 5e-3 the truncation error is below rounding for smooth problems of size 1.
/// </remarks>
internal static class FiniteDifferences
{
    private const double Step = 5e-3;

    /// <summary>Solves so tightly that only the mathematics remains.</summary>
    public static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-14 };

    private static readonly (double Shift, double Weight)[] Stencil =
        [(-3, -1d / 60), (-2, 3d / 20), (-1, -3d / 4), (1, 3d / 4), (2, -3d / 20), (3, 1d / 60)];

    public static LossGradient Of(GradientProblem problem, OdeSolverOptions options)
    {
        double loss = Losses(problem, options).Sum();
        return new LossGradient(loss, Parameters(problem, options), InitialStates(problem, options), Times(problem, options));
    }

    public static double[] Parameters(GradientProblem problem, OdeSolverOptions options)
    {
        var gradient = new double[problem.Field.ParameterCount];
        for (int k = 0; k < gradient.Length; k++)
        {
            double parameter = problem.Field.Parameters[k];
            foreach ((double shift, double weight) in Stencil)
            {
                problem.Field.Parameters[k] = parameter + shift * Step;
                gradient[k] += weight / Step * Losses(problem, options).Sum();
            }

            problem.Field.Parameters[k] = parameter;
        }

        return gradient;
    }

    /// <summary>All samples are shifted at once: none depends on another.</summary>
    public static double[][] InitialStates(GradientProblem problem, OdeSolverOptions options)
    {
        double[][] gradient = [.. problem.InitialStates.Select(state => new double[state.Length])];
        for (int i = 0; i < problem.Dimension; i++)
        {
            foreach ((double shift, double weight) in Stencil)
            {
                double[] losses = Losses(problem with { InitialStates = Shifted(problem.InitialStates, i, shift * Step) }, options);
                for (int sample = 0; sample < problem.Samples; sample++)
                    gradient[sample][i] += weight / Step * losses[sample];
            }
        }

        return gradient;
    }

    /// <summary>
    /// Every output is solved for on its own, from the initial time straight to it, so that a shifted time may pass its
    /// neighbours and an output at the initial time may lie on either side of it.
    /// </summary>
    public static double[][] Times(GradientProblem problem, OdeSolverOptions options)
    {
        double[][] gradient = [.. problem.Times.Select(times => new double[times.Length])];
        for (int sample = 0; sample < problem.Samples; sample++)
        {
            double start = problem.Times[sample][0];
            for (int output = 1; output < problem.Times[sample].Length; output++)
            {
                double end = problem.Times[sample][output];
                foreach ((double shift, double weight) in Stencil)
                {
                    gradient[sample][output] += weight / Step * LossOfOne(problem, options, sample, output, start, end + shift * Step);
                    gradient[sample][0] += weight / Step * LossOfOne(problem, options, sample, output, start + shift * Step, end);
                }
            }
        }

        return gradient;
    }

    private static double LossOfOne(GradientProblem problem, OdeSolverOptions options, int sample, int output, double start, double end) =>
        Losses(new GradientProblem(problem.Field, [[start, end]], [problem.InitialStates[sample]],
            (_, at, state, cotangent) => at == 0 ? 0.0 : problem.Loss(sample, output, state, cotangent)), options)[0];

    /// <summary>Every sample's own part of the loss.</summary>
    private static double[] Losses(GradientProblem problem, OdeSolverOptions options)
    {
        var harness = new GradientHarness(problem, GradientMethod.ContinuousAdjoint().CreateEngine(problem.Field, options, problem.Samples));
        harness.Solve().Should().BeNull();
        return [.. Enumerable.Range(0, problem.Samples).Select(harness.Observe)];
    }

    private static double[][] Shifted(double[][] states, int component, double shift) =>
        [.. states.Select(state => state.Select((value, i) => i == component ? value + shift : value).ToArray())];
}
