namespace NeuralOde.Benchmarks;

/// <summary>What must be true of the errors of this library's methods, whatever the machine.</summary>
internal static class WorkPrecisionCheck
{
    /// <summary>Errors may be this many tolerances large on a problem that does not amplify them; the local errors of all steps add up.</summary>
    private const double AllowedTolerances = 300;

    /// <summary>Below this, rounding rules.</summary>
    private const double RoundingFloor = 1e-13;

    /// <summary>What is wrong, a line each.</summary>
    public static IEnumerable<string> Findings(InitialValueProblem problem, IReadOnlyList<WorkCurve> curves)
    {
        foreach (WorkCurve curve in curves.Where(curve => curve.Solver.IsOurs))
        {
            foreach (WorkPoint point in curve.Points)
            {
                double limit = Math.Max(AllowedTolerances * problem.Amplification * point.RelativeTolerance, RoundingFloor * problem.Amplification);
                if (!(point.Error <= limit))
                    yield return FormattableString.Invariant($"{problem.Title}: {curve.Solver.Method} at {point.RelativeTolerance:0.##e-0} has the error {point.Error:0.0e-0}, more than {limit:0.0e-0}.");
            }

            // From end to end the error falls about as the square root of the tolerance at least; methods of order 2 come closest.
            (WorkPoint loosest, WorkPoint tightest) = (curve.Points[0], curve.Points[^1]);
            double largest = Math.Max(5 * loosest.Error * Math.Sqrt(tightest.RelativeTolerance / loosest.RelativeTolerance), RoundingFloor * problem.Amplification);
            if (curve.Points.Count > 1 && tightest.Error > largest)
                yield return FormattableString.Invariant($"{problem.Title}: the error of {curve.Solver.Method} falls from {loosest.Error:0.0e-0} to {tightest.Error:0.0e-0} only.");
        }

        if (!curves.Any(curve => curve.Solver == Solver.Default) && !problem.IsStiff)
            yield return $"{problem.Title}: {Solver.Default.Method} has no solution.";
    }
}
