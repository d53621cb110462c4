namespace NeuralOde.Benchmarks;

/// <summary>What must be true of the errors of this library's methods, whatever the machine.</summary>
internal static class WorkPrecisionCheck
{
    /// <summary>Errors may be this many tolerances large on a problem that does not amplify them; the local errors of all steps add up.</summary>
    private const double AllowedTolerances = 300;

    /// <summary>Below this, rounding rules.</summary>
    private const double RoundingFloor = 1e-13;

    /// <summary>Of the size of the solution.</summary>
    private const double Saturated = 0.1;

    /// <summary>What is wrong, a line each.</summary>
    public static IEnumerable<string> Findings(InitialValueProblem problem, IReadOnlyList<WorkCurve> curves)
    {
        foreach (WorkCurve curve in curves.Where(curve => curve.Solver.IsOurs))
        {
            foreach (WorkPoint point in curve.Points)
            {
                // TR-BDF2 keeps the solution of the lower of the two orders that it compares.
                double tolerance = curve.Solver.Method == nameof(OdeMethod.TrBdf2) ? Math.Pow(point.RelativeTolerance, 2.0 / 3.0) : point.RelativeTolerance;
                double limit = Math.Max(AllowedTolerances * tolerance, RoundingFloor) * problem.Amplification;
                if (!(point.Error <= limit))
                    yield return FormattableString.Invariant($"{problem.Title}: {curve.Solver.Method} at {point.RelativeTolerance:0.##e-0} has the error {point.Error:0.0e-0}, more than {limit:0.0e-0}.");
            }

            // From end to end the error falls about as the square root of the tolerance at least; methods of order 2 come closest. An
            // error as large as the solution can not grow further, so that it says nothing yet.
            WorkPoint tightest = curve.Points[^1], loosest = curve.Points.FirstOrDefault(point => point.Error < Saturated, tightest);
            double largest = Math.Max(5 * loosest.Error * Math.Sqrt(tightest.RelativeTolerance / loosest.RelativeTolerance), RoundingFloor * problem.Amplification);
            if (loosest != tightest && tightest.Error > largest)
                yield return FormattableString.Invariant($"{problem.Title}: the error of {curve.Solver.Method} falls from {loosest.Error:0.0e-0} to {tightest.Error:0.0e-0} only.");
        }

        if (!curves.Any(curve => curve.Solver == Solver.Default) && !problem.IsStiff)
            yield return $"{problem.Title}: {Solver.Default.Method} has no solution.";
    }
}
