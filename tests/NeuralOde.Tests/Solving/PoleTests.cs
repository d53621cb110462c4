using System.Globalization;
using System.Runtime.Intrinsics;

namespace NeuralOde.Tests.Solving;

/// <summary>A solution that ends at a pole does not go on after it, whatever the rounding of an error estimate says.</summary>
/// <remarks>
/// The scan of start speeds is short; the environment variable NEURALODE_POLE_SPEEDS makes it as long as wanted: 40000 is what docs/decisions/poles.md reports.
/// </remarks>
public class PoleTests
{
    private const double Mu = 398600.64;
    private const double Infall = 28800;

    private static readonly OdeSolverOptions Loose = new() { RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-6, Output = OdeOutput.End };

    private static readonly VectorField Line = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = -Mu * y[0] / (Math.Abs(y[0]) * y[0] * y[0]);
    });

    private static readonly VectorField Space = VectorField.FromFunction(6, (t, y, dydt) =>
    {
        double square = y[0] * y[0] + y[1] * y[1] + y[2] * y[2], pull = -Mu / (square * Math.Sqrt(square));
        (dydt[0], dydt[1], dydt[2]) = (y[3], y[4], y[5]);
        (dydt[3], dydt[4], dydt[5]) = (pull * y[0], pull * y[1], pull * y[2]);
    });

    // Speeds at which one method or another has passed the pole.
    private static readonly double[] Unlucky =
    [
        -7, -9.259564891222805, -9.965664828324142, -7.788913944569723, -9.543135783945987, -9.96719483597418, -8.113275566377832, -9.76148807440372, -8.459122956147807,
        -2.0607030351517577, -3.7334366718335916, -3.87924396219811, -7.32641632081604, -7.974898744937247,
    ];

    public static TheoryData<string> Methods { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 5).Select(method => method.Name)];

    public static TheoryData<string> Explicit { get; } =
        [.. OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 5 && method.Tableau is not null).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void No_fall_into_the_centre_comes_out_of_it(string name)
    {
        OdeMethod method = Find(name);
        int speeds = int.Parse(Environment.GetEnvironmentVariable("NEURALODE_POLE_SPEEDS") ?? "2000", CultureInfo.InvariantCulture) / (method.IsStiff && method != OdeMethod.Automatic ? 10 : 1);
        var random = new Random(speeds);
        foreach (double speed in Unlucky.Concat(Enumerable.Range(0, speeds).Select(_ => -1 - 9 * random.NextDouble())))
        {
            OdeSolver.Solve(Line, [1000, speed], [0.0, Infall], Loose with { Method = method }).Status.Should().NotBe(OdeStatus.Success, "{0} at {1:R}", name, speed);
            OdeSolver.Solve(Space, [600, 480, 640, 0.6 * speed, 0.48 * speed, 0.64 * speed], [0.0, Infall], Loose with { Method = method }).Status
                .Should().NotBe(OdeStatus.Success, "{0} at {1:R} in space", name, speed);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_time_at_which_a_fall_ends_is_the_time_of_the_pole(string name)
    {
        foreach (double speed in new[] { -1.0, -7, -10 })
        {
            OdeSolution solution = OdeSolver.Solve(Line, [1000, speed], [0.0, Infall], new OdeSolverOptions { Method = Find(name), Output = OdeOutput.End });
            solution.Status.Should().NotBe(OdeStatus.Success);
            solution.FinalTime.Should().BeApproximately(TimeOfFall(1000, speed), 1e-3);
        }
    }

    [Theory]
    [MemberData(nameof(Explicit))]
    public void Batches_in_lanes_and_in_rounds_and_single_solves_reject_the_same_steps(string name)
    {
        VectorField lanes = VectorField.FromLanes(2, (t, y, dydt) =>
        {
            dydt[0] = y[1];
            dydt[1] = Vector512.Create(-Mu) * y[0] / (Vector512.Abs(y[0]) * y[0] * y[0]);
        });
        double[][] states = [.. Unlucky.Concat(Enumerable.Range(0, 50).Select(i => -1 - 0.18 * i)).Select(speed => new[] { 1000, speed })];
        OdeSolverOptions options = Loose with { Method = Find(name) };
        OdeBatchSolution inLanes = OdeSolver.SolveBatch(lanes, states, [0.0, Infall], options), inRounds = OdeSolver.SolveBatch(Line, states, [0.0, Infall], options);
        for (int i = 0; i < states.Length; i++)
        {
            OdeSolution alone = OdeSolver.Solve(Line, states[i], [0.0, Infall], options), watched = OdeSolver.Solve(Line, states[i], [0.0, Infall], options with { StepObserver = (in OdeStep _) => { } });
            foreach (OdeSolution solution in new[] { inLanes[i], inRounds[i], watched })
            {
                solution.Statistics.Should().Be(alone.Statistics, "start {0}", i);
                solution.FinalState.ToArray().Should().Equal(alone.FinalState.ToArray());
                solution.Status.Should().Be(alone.Status);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void No_solution_passes_a_pole_of_its_own(string name)
    {
        foreach (double tolerance in new[] { 1e-3, 1e-4 })
        {
            OdeSolverOptions options = Loose with { Method = Find(name), RelativeTolerance = tolerance, AbsoluteTolerance = 1e-3 * tolerance, MaxSteps = 20_000 };
            for (int i = 0; i < 60; i++)
            {
                double start = i / 60.0;
                foreach ((VectorField field, double[] state, double end) in new (VectorField, double[], double)[]
                {
                    (Scalar((t, y) => y * y), [1 + start], 3),
                    (Scalar((t, y) => y * y * y), [1 + start], 3),
                    (Scalar((t, y) => 1 + y * y), [start], 7),
                    (Scalar((t, y) => t * t + y * y), [start], 4),
                    (Second((t, y) => 6 * y * y + t), [start, 0], 6),
                    (Second((t, y) => 2 * y * y * y), [1, 0.5 + start], 6),
                    (Second((t, y) => -1e6 / (y * y * y)), [100, -1 - 9 * start], 1000),
                    (Second((t, y) => -y / Math.Pow(Math.Abs(y), 3)), [1, -start], 30),
                })
                    OdeSolver.Solve(field, state, [0.0, end], options).Status.Should().NotBe(OdeStatus.Success, "{0} from {1} at {2}", name, string.Join(", ", state), tolerance);
            }
        }
    }

    [Fact]
    public void The_default_method_passes_no_pole_of_its_input()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1 / (1 - t));
        for (int i = 0; i < 1000; i++)
            OdeSolver.Solve(field, [0.01 + 0.001 * i], [0.0, 2.5], Loose).Status.Should().NotBe(OdeStatus.Success, "start {0}", i);
    }

    [Theory]
    [MemberData(nameof(Explicit))]
    public void Problems_without_poles_take_the_steps_of_a_method_that_does_not_look_for_them(string name)
    {
        OdeMethod method = Find(name), blind = Blind(method);
        foreach ((string problem, VectorField field, double[] state, double end) in WithoutPoles())
        {
            foreach (double tolerance in new[] { 1e-3, 1e-4, 1e-6, 1e-8, 1e-10 })
            {
                OdeSolverOptions options = Loose with { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = 1e-3 * tolerance };
                OdeSolution solution = OdeSolver.Solve(field, state, [0.0, end], options), expected = OdeSolver.Solve(field, state, [0.0, end], options with { Method = blind });
                solution.Statistics.Should().Be(expected.Statistics, "{0} on {1} at {2}", name, problem, tolerance);
                solution.FinalState.ToArray().Should().Equal(expected.FinalState.ToArray());
            }
        }
    }

    [Fact]
    public void A_method_that_does_not_look_for_poles_passes_some() =>
        Enumerable.Range(0, 4000).Count(i => OdeSolver.Solve(Line, [1000, -1 - 9 * i / 4000.0], [0.0, Infall], Loose with { Method = Blind(OdeMethod.DormandPrince5) }).Status == OdeStatus.Success)
            .Should().BePositive("or the tests above would show nothing");

    private static OdeMethod Find(string name) => OdeMethod.All.Single(method => method.Name == name);

    private static VectorField Scalar(Func<double, double, double> slope) => VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = slope(t, y[0]));

    private static VectorField Second(Func<double, double, double> slope) => VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], slope(t, y[0])));

    /// <summary>Kepler's equation: the time from r and r' &lt; 0 to the centre on a line of negative energy.</summary>
    private static double TimeOfFall(double distance, double speed)
    {
        double axis = -Mu / (speed * speed - 2 * Mu / distance), anomaly = Math.Acos(1 - distance / axis);
        // From the anomaly 2π − anomaly on the way in to 2π at the centre.
        return Math.Sqrt(axis * axis * axis / Mu) * (anomaly - Math.Sin(anomaly));
    }

    /// <summary>The method without the divided difference.</summary>
    private static OdeMethod Blind(OdeMethod method)
    {
        ButcherTableau tableau = method.Tableau!;
        int stages = tableau.EndStage + 1;
        double[][] couplings = [.. Tableaux.Couplings(tableau).Take(stages).Select((row, i) => row[..i])];
        return new OdeMethod(method.Name, new ButcherTableau(tableau.Order, tableau.SecondErrorWeights is null ? tableau.ErrorOrder - 1 : 5, tableau.Nodes[..stages], couplings,
            tableau.Weights[..stages], Tableaux.Dense(tableau.ErrorWeights!, stages),
            tableau.SecondErrorWeights is { } second ? Tableaux.Dense(second, stages) : null, secondEmbeddedOrder: 3))
        { Controller = method.Controller };
    }

    private static IEnumerable<(string Name, VectorField Field, double[] State, double End)> WithoutPoles()
    {
        yield return ("Arenstorf", Problems.Arenstorf(0.012277471), [0.994, 0, 0, -2.00158510637908252240537862224], 17.0652165601579625588917206249);
        yield return ("Lorenz", VectorField.FromFunction(3, (t, y, dydt) => (dydt[0], dydt[1], dydt[2]) =
            (10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8.0 / 3 * y[2])), [1, 1, 1], 10);
        yield return ("Van der Pol", VanDerPol(1), [2, 0], 20);
        yield return ("Van der Pol at the limit of stability", VanDerPol(100), [2, 0], 5);
        yield return ("Lotka–Volterra", Problems.LotkaVolterra, [10, 5], 15);
        yield return ("Brusselator", VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) =
            (1 + y[0] * y[0] * y[1] - 4 * y[0], 3 * y[0] - y[0] * y[0] * y[1])), [1.5, 3], 20);
        yield return ("Kepler .99", Detest.Field("D5"), [0.01, 0, 0, Math.Sqrt(1.99 / 0.01)], 7);
        yield return ("Pleiades", VectorField.FromFunction(28, Pleiades), [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0], 3);
        foreach (string name in Detest.Names)
            yield return (name, Detest.Field(name), Detest.InitialState(name), 20);
    }

    private static VectorField VanDerPol(double mu) => VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], mu * (1 - y[0] * y[0]) * y[1] - y[0]));

    private static void Pleiades(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        for (int i = 0; i < 7; i++)
        {
            (dydt[i], dydt[7 + i]) = (y[14 + i], y[21 + i]);
            double ax = 0, ay = 0;
            for (int j = 0; j < 7; j++)
            {
                if (i == j)
                    continue;
                double dx = y[j] - y[i], dy = y[7 + j] - y[7 + i], cube = Math.Pow(dx * dx + dy * dy, 1.5);
                ax += (j + 1) * dx / cube;
                ay += (j + 1) * dy / cube;
            }

            (dydt[14 + i], dydt[21 + i]) = (ax, ay);
        }
    }
}
