using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>A solution with a pole ends there: nothing behind it is a solution.</summary>
internal static class SolverPole
{
    public static void Run(Random random, Action<string, string> report)
    {
        OdeMethod method = random.One(OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 5).ToArray());
        double tolerance = random.PowerOfTen(-9.0, -3.0), direction = random.One(-1.0, 1.0), start = random.One(0.0, random.Between(-5.0, 5.0));
        double y0 = random.Between(0.1, 5.0);
        // y' = y² reaches its pole after 1/y0, y' = 1 + y² after π/2 − atan y0, both to −∞ and on again from the other side.
        bool isTangent = random.Chance(0.5);
        double pole = isTangent ? Math.PI / 2.0 - Math.Atan(y0) : 1.0 / y0, end = start + direction * pole * random.Between(1.05, 2.0);
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = direction * ((isTangent ? 1.0 : 0.0) + y[0] * y[0]));
        string what = string.Create(CultureInfo.InvariantCulture, $"{method}, y' = {(isTangent ? "1 + " : "")}y² from {y0:R} at {start:R} to {end:R}, tolerance {tolerance:g3}");
        try
        {
            OdeSolution solution = OdeSolver.Solve(field, [y0], start, end, new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * random.PowerOfTen(-3.0, 0.0) });
            if (solution.Status == OdeStatus.Success)
                report("pole", string.Create(CultureInfo.InvariantCulture, $"{what}: Success behind the pole at {start + direction * pole:R}, y = {solution.FinalState[0]:g3}"));
            else if (Math.Abs(solution.FinalTime - start) > pole * (1.0 + 100.0 * tolerance))
                report("pole", string.Create(CultureInfo.InvariantCulture, $"{what}: {solution.Status} only at {solution.FinalTime:R}, behind the pole at {start + direction * pole:R}"));
        }
        catch (Exception exception)
        {
            report("exception", $"{what}: {exception.GetType().Name}: {exception.Message}");
        }
    }
}
