namespace NeuralOde.Fuzzing;

/// <summary>Arguments that make no sense are refused with an <see cref="ArgumentException"/>.</summary>
internal static class SolverMisuse
{
    public static void Run(Random random, Action<string, string> report)
    {
        var valid = new OdeSolverOptions { Method = random.One(OdeMethod.All.Where(method => method.IsAdaptive).ToArray()) };
        double bad = random.One(double.NaN, double.NegativeInfinity, -1.0, -double.Epsilon), notFinite = random.One(double.NaN, double.PositiveInfinity, double.NegativeInfinity);
        double[] state = [1.0, 2.0];
        double[] times = [0.0, 0.5, 1.0];
        (string name, OdeSolverOptions options, double[] state, double[] times)[] cases =
        [
            ($"RelativeTolerance {bad}", valid with { RelativeTolerance = bad }, state, times),
            ("RelativeTolerance 1", valid with { RelativeTolerance = random.One(1.0, 2.0, double.PositiveInfinity) }, state, times),
            ($"AbsoluteTolerance {bad}", valid with { AbsoluteTolerance = bad }, state, times),
            ("both tolerances 0", valid with { AbsoluteTolerance = 0.0, RelativeTolerance = 0.0 }, state, times),
            ("three tolerances for two components", valid with { AbsoluteTolerances = [1e-3, 1e-3, 1e-3] }, state, times),
            ($"a tolerance {bad}", valid with { RelativeTolerances = [1e-3, bad] }, state, times),
            ($"InitialStep {bad}", valid with { InitialStep = random.One(bad, 0.0) }, state, times),
            ($"MaxStep {bad}", valid with { MaxStep = random.One(bad, 0.0) }, state, times),
            ($"MinStep {bad}", valid with { MinStep = bad }, state, times),
            ("MinStep beyond MaxStep", valid with { MinStep = 2.0, MaxStep = 1.0 }, state, times),
            ("MaxSteps 0", valid with { MaxSteps = random.One(0, -1, int.MinValue) }, state, times),
            ("no threads", valid with { MaxDegreeOfParallelism = random.One(0, -1) }, state, times),
            ($"FixedStep {bad}", valid with { Method = OdeMethod.RungeKutta4, FixedStep = random.One(bad, 0.0) }, state, times),
            ("no FixedStep", valid with { Method = random.One(OdeMethod.Euler, OdeMethod.RungeKutta4, OdeMethod.ThreeEighthsRule) }, state, times),
            ("FixedStep of a method that has none", valid with { Method = random.One(OdeMethod.Adams, OdeMethod.Bdf, OdeMethod.Automatic), FixedStep = 0.1 }, state, times),
            ($"jump time {notFinite}", valid with { JumpTimes = [0.5, notFinite] }, state, times),
            ($"state {notFinite}", valid, [1.0, notFinite], times),
            ("a state of another dimension", valid, random.One([], [1.0], new[] { 1.0, 2.0, 3.0 }), times),
            ($"time {notFinite}", valid, state, random.One([notFinite, 1.0], new[] { 0.0, notFinite })),
            ("times that turn back", valid, state, random.One([0.0, 1.0, 0.5], new[] { 0.0, -1.0, 1.0 })),
            ("no times", valid, state, []),
            ("no such output", valid with { Output = (OdeOutput)random.Next(100, 200) }, state, times),
            ("no such control", valid with { ErrorControl = (ErrorControl)random.Next(100, 200) }, state, times),
            ("events in joint control", valid with { ErrorControl = ErrorControl.Joint, Events = [new OdeEvent((t, y) => y[0])] }, state, times),
            ("a null event", valid with { Events = [null!] }, state, times),
            ("a controller that grows", valid with { Controller = new StepSizeController { MinimumFactor = random.One(0.0, 1.5, double.NaN) } }, state, times),
        ];
        (string what, OdeSolverOptions options, double[] wrongState, double[] wrongTimes) = random.One(cases);
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => (dydt[0], dydt[1]) = (y[1], -y[0]));
        try
        {
            if (random.Chance(0.5))
                OdeSolver.Solve(field, wrongState, wrongTimes, options);
            else
                OdeSolver.SolveBatch(field, [wrongState, wrongState], wrongTimes, options);
            report("misuse", $"{what} is taken by {options.Method}");
        }
        catch (ArgumentException)
        {
            // As it should be.
        }
        catch (Exception exception)
        {
            report("misuse", $"{what} gives {exception.GetType().Name}: {exception.Message}");
        }
    }
}
