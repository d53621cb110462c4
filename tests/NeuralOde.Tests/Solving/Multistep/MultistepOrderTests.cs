namespace NeuralOde.Tests.Solving.Multistep;

/// <summary>Every single order, measured with equal steps that begin with an exact past.</summary>
public class MultistepOrderTests
{
    private const double Margin = 0.15;
    private const double Length = 6.0;
    private static readonly double[] OffGrid = [0.13, 0.37, 0.5, 0.71, 0.92];

    public static TheoryData<int> AdamsOrders { get; } = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    public static TheoryData<int> BdfOrders { get; } = [1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(AdamsOrders))]
    public void The_corrected_Adams_formula_is_one_order_higher_than_its_predictor(int order)
    {
        int[] steps = Steps(order + 1);
        (double[] atSteps, double[] between, double[] slopes) = Errors(steps, (step, exact) => RunAdams(order, step, exact));
        Slope(steps, atSteps).Should().BeApproximately(order + 1, Margin);
        Slope(steps, between).Should().BeApproximately(order + 1, Margin);
        Slope(steps, slopes).Should().BeGreaterThan(order + 1 - Margin);
    }

    [Theory]
    [MemberData(nameof(BdfOrders))]
    public void The_differentiation_formulas_have_their_order_at_the_steps_and_between(int order)
    {
        int[] steps = Steps(order);
        (double[] atSteps, double[] between, double[] slopes) = Errors(steps, (step, exact) => RunBdf(order, step, exact));
        Slope(steps, atSteps).Should().BeApproximately(order, Margin);
        Slope(steps, between).Should().BeApproximately(order, Margin);
        Slope(steps, slopes).Should().BeApproximately(order, Margin);
    }

    /// <summary>
    /// Turns once around the circle. Errors of all derivatives are of one size and turn with it, so that what follows the leading term is at a right
    /// angle to it and hardly shows in their size: orders are seen between steps too long and rounding.
    /// </summary>
    private static VectorField Field { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = -Math.Sin(t) + 0.1 * (y[0] - Math.Cos(t));
        dydt[1] = Math.Cos(t) + 0.1 * (y[1] - Math.Sin(t));
    });

    private static double[] Solution(double t) => [Math.Cos(t), Math.Sin(t)];

    private static double[] SlopeOfSolution(double t) => [-Math.Sin(t), Math.Cos(t)];

    /// <summary>Numbers of steps, the largest of which makes an error of some 1e-11.</summary>
    private static int[] Steps(int order)
    {
        double most = Math.Min(600.0, Length / Math.Pow(1e-11, 1.0 / order));
        return [.. new[] { 0.7, 0.8, 0.9, 1.0 }.Select(part => (int)(part * most))];
    }

    private static void RunAdams(int order, double step, Action<double, double[], Func<double, double[]>, Func<double, double[]>> check)
    {
        var options = new OdeSolverOptions { Method = OdeMethod.Adams, RelativeTolerance = 0.5, AbsoluteTolerance = 1e6 };
        SolveContext context = Context(options);
        var stepper = new AdamsStepper(context);
        stepper.Reset();
        stepper.Restart(0);
        stepper.BeginWithPast(0, order, step, Differences(SlopeOfSolution, step, order - 1));
        Run(context, stepper, step, check);
    }

    private static void RunBdf(int order, double step, Action<double, double[], Func<double, double[]>, Func<double, double[]>> check)
    {
        var options = new OdeSolverOptions { Method = OdeMethod.Bdf, RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-11 };
        SolveContext context = Context(options);
        var stepper = new BdfStepper(context, NumericalDifferentiation.MaximumOrder);
        stepper.Reset();
        stepper.BeginWithPast(0, step, Differences(Solution, step, order)[1..]);
        Run(context, stepper, step, check);
    }

    private static SolveContext Context(OdeSolverOptions options)
    {
        var context = new SolveContext(Field.CreateEvaluator(new BatchLayout(1)), options.Resolve(OdeMethod.Adams));
        context.Reset();
        return context;
    }

    /// <summary>Makes equal steps at one order: nobody asks the stepper for the next step, so it stays at its order.</summary>
    private static void Run(SolveContext context, Stepper stepper, double step, Action<double, double[], Func<double, double[]>, Func<double, double[]>> check)
    {
        StepRound round = stepper.CreateRound();
        var errors = new double[BatchLayout.Lanes];
        Solution(0.0).CopyTo(round.StartStates);
        int count = (int)Math.Round(Length / step);
        for (int n = 0; n < count; n++)
        {
            round.StartTimes[0] = round.FirstTimes[0] = n * step;
            round.EndTimes[0] = round.LastTimes[0] = (n + 1) * step;
            round.Steps[0] = step;
            stepper.Attempt(round, errors);
            context.Lanes.StageFailed[0].Should().BeFalse();
            stepper.PrepareInterpolation(round, [true]);
            double[] start = round.StartStates[..2].ToArray(), slopes = stepper.Slopes.ToArray();
            double[] Evaluate(double theta, bool derivative)
            {
                var weights = new double[stepper.Interpolant.Rows];
                if (derivative)
                    stepper.Interpolant.DerivativeWeights(theta, weights);
                else
                    stepper.Interpolant.Weights(theta, weights);
                return [.. Enumerable.Range(0, 2).Select(i => (derivative ? 0.0 : start[i]) + (derivative ? 1.0 : step) * weights.Select((w, row) => w * slopes[row * BatchLayout.Lanes + i]).Sum())];
            }

            check((n + 1) * step, round.EndStates[..2].ToArray(), theta => Evaluate(theta, derivative: false), theta => Evaluate(theta, derivative: true));
            stepper.Advance(round, round);
            round.EndStates.CopyTo(round.StartStates);
        }
    }

    private static (double[] AtSteps, double[] Between, double[] Slopes) Errors(int[] steps,
        Action<double, Action<double, double[], Func<double, double[]>, Func<double, double[]>>> run)
    {
        var results = steps.Select(count =>
        {
            List<double> atSteps = [], between = [], slopes = [];
            double step = Length / count;
            run(step, (end, state, value, derivative) =>
            {
                atSteps.AddRange(state.Zip(Solution(end), (u, y) => u - y));
                foreach (double theta in OffGrid)
                {
                    double t = end + (theta - 1.0) * step;
                    between.AddRange(value(theta).Zip(Solution(t), (u, y) => u - y));
                    slopes.AddRange(derivative(theta).Zip(SlopeOfSolution(t), (u, y) => u - y));
                }
            });
            return (RootMeanSquare(atSteps), RootMeanSquare(between), RootMeanSquare(slopes));
        }).ToArray();
        return ([.. results.Select(result => result.Item1)], [.. results.Select(result => result.Item2)], [.. results.Select(result => result.Item3)]);
    }

    /// <summary>Backward differences at 0 of a function on points a step apart, one number per component, from the 0th.</summary>
    private static double[][] Differences(Func<double, double[]> function, double step, int order)
    {
        double[][] values = [.. Enumerable.Range(0, order + 1).Select(i => function(-i * step))];
        var differences = new double[order + 1][];
        for (int j = 0; j <= order; j++)
        {
            differences[j] = values[0];
            values = [.. values.Zip(values.Skip(1), (newer, older) => newer.Zip(older, (a, b) => a - b).ToArray())];
        }

        return differences;
    }

    private static double RootMeanSquare(IEnumerable<double> values) => Math.Sqrt(values.Average(value => value * value));

    private static double Slope(int[] steps, double[] errors)
    {
        double[] x = [.. steps.Select(n => Math.Log((double)n))], y = [.. errors.Select(error => Math.Log(error))];
        double meanX = x.Average(), meanY = y.Average();
        return -x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
