using CsCheck;

namespace NeuralOde.Tests.Solving;

/// <summary>The vector field is never asked about a time outside the interval of the solve.</summary>
public class IntervalTests
{
    public static TheoryData<string> PreciseNames { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 4).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(PreciseNames))]
    public void Times_far_from_zero_cost_no_more_than_their_rounding(string name)
    {
        foreach (double start in new[] { 1e6, 1e9, -1e9 })
        {
            foreach (double length in new[] { 1.0, -1.0, 30.0, -30.0 })
            {
                foreach (double tolerance in new[] { 1e-3, 1e-6, 1e-9 })
                {
                    var options = new OdeSolverOptions { Method = OdeMethod.All.Single(method => method.Name == name), RelativeTolerance = tolerance, AbsoluteTolerance = 1e-3 * tolerance };
                    VectorField field = VectorField.FromFunction(3, (t, y, dydt) => { dydt[0] = y[1]; dydt[1] = -y[0]; dydt[2] = Math.Cos(t - start); });
                    OdeSolution solution = OdeSolver.Solve(field, [1, 0, 0], [start, start + length], options).EnsureSuccess();
                    double bound = 1000 * tolerance + 10 * 2.2e-16 * Math.Abs(start);
                    solution.FinalState[0].Should().BeApproximately(Math.Cos(length), bound, $"{start}, {length}, {tolerance}");
                    solution.FinalState[2].Should().BeApproximately(Math.Sin(length), bound, $"{start}, {length}, {tolerance}");
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 0.1 + 0.2)]
    [InlineData(0.1, 0.3)]
    [InlineData(0.1, 0.7)]
    [InlineData(-1, 1.0000000000000007)]
    [InlineData(1.0000000000000002, 1.0000000000000009)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(1e9 + 0.1, 1e9 + 0.3)]
    [InlineData(1e16, 1e16 + 2)]
    [InlineData(0, 5e-324)]
    [InlineData(-1e-300, 1e-300)]
    [InlineData(0, 1e300)]
    public void Tricky_intervals_are_not_left(double t0, double t1)
    {
        foreach (OdeSolverOptions options in Ways(Math.Abs(t1 - t0)))
        {
            Check(t0, t1, options);
            Check(t1, t0, options);
        }
    }

    [Fact]
    public void No_interval_is_left()
    {
        Gen<double> time = Gen.OneOf(Gen.Double[-2, 2], Gen.Int[-30, 30].Select(i => 0.1 * i), Gen.Select(Gen.Int[-3, 3], Gen.Int[-8, 8]).Select((whole, ulps) => whole + ulps * 2.220446049250313e-16));
        Gen.Select(time, time, Gen.Int[0, 12]).Sample((t0, t1, way) =>
        {
            if (t0 != t1)
                Check(t0, t1, Ways(Math.Abs(t1 - t0))[way]);
        }, iter: 3000);
    }

    [Fact]
    public void Differentiation_formulas_cross_an_interval_in_which_the_state_moves_by_less_than_its_rounding()
    {
        VectorField slow = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1e-3 - 1e-5 * y[0]);
        var random = new Random(3);
        for (int i = 0; i < 3000; i++)
        {
            double end = Math.Pow(10.0, -8.0 - 100.0 * random.NextDouble());
            OdeSolution solution = OdeSolver.Solve(slow, [0.5], [0.0, 0.5 * end, end], new OdeSolverOptions { Method = OdeMethod.Bdf, MaxSteps = 1000 });
            solution.Status.Should().Be(OdeStatus.Success, $"{solution.Failure} on the way to {end:R}");
        }
    }

    /// <summary>Options whose steps come close to the end in every way.</summary>
    private static OdeSolverOptions[] Ways(double length)
    {
        double Sane(double step) => Math.Max(step, double.Epsilon);
        return
        [
            new OdeSolverOptions(),
            new OdeSolverOptions { Method = OdeMethod.BogackiShampine3 },
            new OdeSolverOptions { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 },
            new OdeSolverOptions { InitialStep = 2 * length },
            new OdeSolverOptions { InitialStep = Sane(length) },
            new OdeSolverOptions { MaxStep = Sane(double.BitDecrement(length)) },
            new OdeSolverOptions { MaxStep = Sane(length / 3) },
            new OdeSolverOptions { FixedStep = Sane(length / 7) },
            new OdeSolverOptions { FixedStep = Sane(double.BitDecrement(length)), Method = OdeMethod.RungeKutta4 },
            new OdeSolverOptions { Method = OdeMethod.Adams },
            new OdeSolverOptions { Method = OdeMethod.Bdf },
            new OdeSolverOptions { Method = OdeMethod.KennedyCarpenter5 },
            new OdeSolverOptions { Method = OdeMethod.Rodas5P },
        ];
    }

    private static void Check(double t0, double t1, OdeSolverOptions options)
    {
        // An almost constant slope makes the solver propose steps far beyond the end.
        Problems.Recording recording = Problems.Record(VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = 1e-3 - 1e-5 * y[0]));
        OdeSolution solution = OdeSolver.Solve(recording.Field, [0.5], [t0, 0.5 * t0 + 0.5 * t1, t1], options with { MaxSteps = 1000 });
        recording.First.Should().BeGreaterThanOrEqualTo(Math.Min(t0, t1), $"of {options}");
        recording.Last.Should().BeLessThanOrEqualTo(Math.Max(t0, t1), $"of {options}");
        double shortest = Math.Min(options.MaxStep, options.FixedStep ?? double.PositiveInfinity);
        // Implicit methods divide by the step.
        bool isLongEnough = Math.Abs(t1 - t0) > 1e-290 || options.Method?.IsStiff != true;
        bool isResolved = isLongEnough && shortest > 1e-14 * Math.Max(Math.Abs(t0), Math.Abs(t1)) && Math.Abs(t1 - t0) < 1e6;
        if (isResolved)
            solution.Status.Should().Be(OdeStatus.Success, $"the problem is easy: {solution.Failure} with {options}");
        if (solution.Status == OdeStatus.Success)
            solution.FinalTime.Should().Be(t1);
    }
}
