namespace NeuralOde.Tests.Solving;

/// <summary>Measured orders of every method and its dense output, on a problem that depends on time.</summary>
public class OrderTests
{
    private const double Margin = 0.15;
    private static readonly double[] OffGrid = [0.13, 0.37, 0.5, 0.71, 0.92];

    public static TheoryData<string> Methods { get; } = [.. OdeMethod.All.Where(method => method.AllowsFixedStep).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_error_at_the_steps_falls_with_the_order(string name)
    {
        OdeMethod method = Find(name);
        Slope(method, steps =>
        {
            // Of Verner's seventh order the usual problem shows too little beside the eighth.
            OdeSolution solution = method == OdeMethod.Verner7
                ? OdeSolver.Solve(Problems.Chirp, Problems.ChirpSolution(0), 0, 1.5, new OdeSolverOptions { Method = method, FixedStep = 1.5 / steps })
                : SolveFixed(method, 0, 2, steps);
            Func<double, double[]> exact = method == OdeMethod.Verner7 ? Problems.ChirpSolution : Problems.NonAutonomousSolution;
            return RootMeanSquare(solution.Times.ToArray().SelectMany((t, n) => exact(t).Select((y, i) => y - solution[n, i])));
        }).Should().BeApproximately(method.Order, Margin);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_error_of_one_steps_interpolant_falls_one_faster_than_its_order(string name)
    {
        OdeMethod method = Find(name);
        Slope(method, steps => RootMeanSquare(SingleSteps(method, steps, (solution, t) =>
            Problems.NonAutonomousSolution(t).Zip(solution.Evaluate(t), (y, u) => y - u)))).Should().BeApproximately(method.InterpolantOrder + 1, Margin);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_error_of_one_steps_interpolated_slope_falls_with_its_order(string name)
    {
        OdeMethod method = Find(name);
        Slope(method, steps => RootMeanSquare(SingleSteps(method, steps, (solution, t) =>
            Problems.NonAutonomousSlope(t).Zip(solution.EvaluateDerivative(t), (y, u) => y - u)))).Should().BeApproximately(method.InterpolantOrder, Margin);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Interpolation_between_the_steps_of_a_solve_loses_no_order_below_its_own(string name)
    {
        OdeMethod method = Find(name);
        Slope(method, steps =>
        {
            OdeSolution solution = SolveFixed(method, 0, 2, steps);
            double h = 2.0 / steps;
            return RootMeanSquare(Enumerable.Range(0, steps).SelectMany(n => OffGrid.SelectMany(theta =>
                Problems.NonAutonomousSolution((n + theta) * h).Zip(solution.Evaluate((n + theta) * h), (y, u) => y - u))));
        }).Should().BeApproximately(Math.Min(method.Order, method.InterpolantOrder + 1), Margin);
    }

    [Fact]
    public void The_orders_are_those_of_the_literature() =>
        OdeMethod.All.Select(method => (method.Name, method.Order, method.InterpolantOrder, method.IsAdaptive)).Should().BeEquivalentTo(
            [
                ("DormandPrince5", 5, 4, true), ("Tsitouras5", 5, 4, true), ("Verner7", 7, 5, true), ("DormandPrince8", 8, 7, true), ("BogackiShampine3", 3, 3, true),
                ("RungeKutta4", 4, 3, false), ("ThreeEighthsRule", 4, 3, false), ("Heun", 2, 2, true), ("Ralston", 2, 2, true),
                ("Midpoint", 2, 2, true), ("Euler", 1, 1, false),
                ("Kvaerno5", 5, 4, true), ("Adams", 13, 13, true), ("Bdf", 5, 5, true), ("TrBdf2", 2, 2, true), ("KennedyCarpenter5", 5, 4, true), ("Rodas5P", 5, 4, true),
                ("Automatic", 5, 4, true),
            ]);

    private static OdeMethod Find(string name) => OdeMethod.All.Single(method => method.Name == name);

    private static OdeSolution SolveFixed(OdeMethod method, double t0, double t1, int steps) =>
        OdeSolver.Solve(Problems.NonAutonomousWithJacobian, Problems.NonAutonomousSolution(t0), t0, t1, new OdeSolverOptions { Method = method, FixedStep = (t1 - t0) / steps });

    /// <summary>Single steps of length 2/steps from the exact solution at several times, measured at off-grid θ.</summary>
    private static IEnumerable<double> SingleSteps(OdeMethod method, int steps, Func<OdeSolution, double, IEnumerable<double>> error)
    {
        for (double t0 = 0.0; t0 < 2.0; t0 += 0.125)
        {
            double h = 2.0 / steps;
            OdeSolution step = SolveFixed(method, t0, t0 + h, 1);
            foreach (double theta in OffGrid)
            {
                foreach (double difference in error(step, t0 + theta * h))
                    yield return difference;
            }
        }
    }

    private static double RootMeanSquare(IEnumerable<double> values) => Math.Sqrt(values.Average(value => value * value));

    /// <summary>Minus the slope of log error over log steps, by least squares over steps where neither higher terms nor rounding count.</summary>
    private static double Slope(OdeMethod method, Func<int, double> error)
    {
        int[] steps = method.Order switch
        {
            7 => [14, 16, 20, 24, 28, 32],
            8 => [10, 12, 14, 16, 20, 24],
            5 => method == OdeMethod.KennedyCarpenter5 ? [20, 28, 40, 56, 80] : [40, 56, 80, 112, 160],
            _ => [160, 240, 320, 480, 640],
        };
        double[] x = [.. steps.Select(n => Math.Log(n))], y = [.. steps.Select(n => Math.Log(error(n)))];
        double meanX = x.Average(), meanY = y.Average();
        return -x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
