using CsCheck;

namespace NeuralOde.Tests.Gradients;

public sealed class GradientPropertyTests
{
    private const double Step = 1e-3;

    private static readonly Gen<RandomProblem> Problems = Gen.Select(
        Gen.Int[1, 4], Gen.Int[0, 9], Gen.Int[1, 12], Gen.Bool, Gen.Bool, Gen.Int[0, 1_000_000],
        (dimension, width, samples, takesTime, stepToOutputTimes, seed) => new RandomProblem(dimension, width, samples, takesTime, stepToOutputTimes, seed));

    [Fact]
    public void The_slope_in_any_direction_of_parameters_and_initial_states_is_the_discrete_gradients()
    {
        var coarse = new OdeSolverOptions { FixedStep = 0.3 };
        Problems.Sample(random => ShouldBeTheSlope(random, GradientMethod.DiscreteAdjoint(), coarse, differences: coarse, tolerance: 1e-10), iter: 200);
    }

    [Fact]
    public void The_slope_in_any_direction_of_parameters_and_initial_states_is_the_continuous_gradients()
    {
        // Steps that adapt make the loss rough at the scale of the differences, fixed ones do not.
        var adaptive = new OdeSolverOptions { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 };
        var fine = new OdeSolverOptions { FixedStep = 0.02 };
        Problems.Sample(random => ShouldBeTheSlope(random, GradientMethod.ContinuousAdjoint(), adaptive, differences: fine, tolerance: 1e-7), iter: 100);
    }

    private static void ShouldBeTheSlope(RandomProblem random, GradientMethod method, OdeSolverOptions options, OdeSolverOptions differences, double tolerance)
    {
        options = options with { StepToOutputTimes = random.StepToOutputTimes };
        differences = differences with { StepToOutputTimes = random.StepToOutputTimes };
        GradientProblem problem = random.Create(out double[] parameterDirection, out double[][] stateDirections);
        LossGradient gradient = GradientHarness.Compute(method, options, problem);
        double expected = Dot(gradient.Parameters, parameterDirection) + Dot(LossGradient.Flat(gradient.InitialStates), LossGradient.Flat(stateDirections));

        // Central differences of sixth order; the more numbers move at once, the less each does.
        double step = Step / Math.Sqrt(Dot(parameterDirection, parameterDirection) + stateDirections.Sum(direction => Dot(direction, direction)));
        double slope = (45.0 * Difference(1) - 9.0 * Difference(2) + Difference(3)) / (60.0 * step);

        slope.Should().BeApproximately(expected, tolerance * (1.0 + Math.Abs(gradient.Loss) + Math.Abs(expected)));

        double Difference(int multiple) => Loss(multiple * step) - Loss(-multiple * step);

        double Loss(double distance)
        {
            double[] parameters = problem.Field.Parameters.ToArray();
            for (int k = 0; k < parameters.Length; k++)
                problem.Field.Parameters[k] += distance * parameterDirection[k];
            GradientProblem moved = problem with
            {
                InitialStates = [.. problem.InitialStates.Zip(stateDirections, (state, direction) => state.Zip(direction, (z, d) => z + distance * d).ToArray())],
            };
            var harness = new GradientHarness(moved, method.CreateEngine(moved.Field, differences, moved.Samples));
            harness.Solve().Should().BeNull();
            double loss = Enumerable.Range(0, moved.Samples).Sum(harness.Observe);
            parameters.CopyTo(problem.Field.Parameters);
            return loss;
        }
    }

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private sealed record RandomProblem(int Dimension, int Width, int Samples, bool TakesTime, bool StepToOutputTimes, int Seed)
    {
        public GradientProblem Create(out double[] parameterDirection, out double[][] stateDirections)
        {
            var random = new Random(Seed);
            // A width of 0 is a single linear layer.
            int[] hidden = Width == 0 ? [] : [Width];
            var field = new NeuralVectorField(new MultilayerPerceptron(Dimension + (TakesTime ? 1 : 0), hidden, Dimension, Activation.Tanh, Seed), TakesTime);
            for (int k = 0; k < field.ParameterCount; k++)
                field.Parameters[k] += 0.1 * Between(random);
            parameterDirection = [.. Direction(random, field.ParameterCount)];
            stateDirections = [.. Enumerable.Range(0, Samples).Select(_ => Direction(random, Dimension))];
            return new GradientProblem(field, [.. Enumerable.Range(0, Samples).Select(_ => Times(random))],
                [.. Enumerable.Range(0, Samples).Select(_ => Direction(random, Dimension))], GradientProblems.WeightedSquares);
        }

        private static double[] Times(Random random)
        {
            double direction = random.Next(2) == 0 ? 1.0 : -1.0;
            double[] times = [Between(random), .. new double[random.Next(6)]];
            for (int i = 1; i < times.Length; i++)
                times[i] = times[i - 1] + (random.Next(4) == 0 ? 0.0 : direction * 0.5 * random.NextDouble());
            return times;
        }

        private static double[] Direction(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => Between(random))];

        private static double Between(Random random) => 2.0 * random.NextDouble() - 1.0;
    }
}
