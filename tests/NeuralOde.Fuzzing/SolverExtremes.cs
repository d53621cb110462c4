using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>Numbers from one end of the floating-point range to the other, in every place: no exception, nothing that is not finite, and a Success that is right.</summary>
internal static class SolverExtremes
{
    // Solvers measure errors in nothing smaller.
    private const double SmallestNormal = 2.2250738585072014e-308;

    private static readonly double[] Sizes = [0.0, double.Epsilon, 1e-310, 1e-300, 1e-160, 1e-20, 1.0, 1e8, 1e20, 1e160, 1e300];

    public static void Run(Random random, Action<string, string> report)
    {
        OdeMethod method = random.One(OdeMethod.All.Where(method => method.IsAdaptive).ToArray());
        double t0 = random.One(-1.0, 1.0) * random.One(Sizes), y0 = random.One(-1.0, 1.0) * random.One(Sizes);
        double t1 = random.Chance(0.3) ? Draw.Roundings(t0, random.Next(-20, 21)) : t0 + random.One(-1.0, 1.0) * random.One(Sizes);
        double rate = random.One(0.0, 1.0, 1.0, 1e-300, 1e-10, 1e10, 1e300) * Math.Sign(t1 - t0);
        var options = new OdeSolverOptions
        {
            Method = method,
            RelativeTolerance = random.One(1e-3, 1e-6, 1e-9, 0.9, 1e-300, 0.0),
            AbsoluteTolerance = random.One(1e-6, 1e-9, 1e-300, 1e300, double.Epsilon),
            InitialStep = random.Chance(0.2) ? random.One(Sizes[1..]) : null,
            MaxStep = random.Chance(0.2) ? random.One(Sizes[1..]) : double.PositiveInfinity,
            MaxSteps = random.Next(1, 2000),
            Output = random.One(OdeOutput.Automatic, OdeOutput.End, OdeOutput.Steps),
            StepToOutputTimes = random.Chance(0.3),
            DenseOutput = random.Chance(0.3),
            JumpTimes = random.Chance(0.3) ? [Draw.Roundings(t0, random.Next(-2, 3)), random.One(Sizes)] : null,
        };
        string what = string.Create(CultureInfo.InvariantCulture,
            $"{method}, y' = -{rate:R} y from {y0:R} at {t0:R} to {t1:R}, rtol {options.RelativeTolerance}, atol {options.AbsoluteTolerance}, InitialStep {options.InitialStep}, MaxStep {options.MaxStep}");
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = -rate * y[0]);
        OdeSolution solution;
        try
        {
            solution = random.Chance(0.5) ? OdeSolver.Solve(field, [y0], t0, t1, options) : OdeSolver.SolveBatch(field, [[y0], [y0]], [t0, t1], options)[1];
        }
        catch (Exception exception)
        {
            report("exception", $"{what}: {exception.GetType().Name}: {exception.Message}");
            return;
        }

        if (!double.IsFinite(solution.FinalState[0]) || !double.IsFinite(solution.FinalTime))
            report("not finite", $"{what}: {solution.Status}, y({solution.FinalTime:R}) = {solution.FinalState[0]}");
        // Where the product of rate and state underflows, the field is another one than its formula.
        bool underflows = rate * y0 is var slope && Math.Abs(slope) < SmallestNormal && rate != 0.0 && y0 != 0.0;
        if (solution.Status != OdeStatus.Success || options.RelativeTolerance > 0.1 || underflows)
            return;
        double exact = y0 * Math.Exp(-rate * (t1 - t0)), error = Math.Abs(solution.FinalState[0] - exact);
        double tolerance = SmallestNormal + options.AbsoluteTolerance + (options.RelativeTolerance + 1e-12) * Math.Abs(y0);
        if (!(error <= 1000.0 * tolerance))
            report("wrong end", string.Create(CultureInfo.InvariantCulture, $"{what}: {solution.FinalState[0]:R}, not {exact:R}, after {solution.Statistics.AcceptedSteps} steps"));
    }
}
