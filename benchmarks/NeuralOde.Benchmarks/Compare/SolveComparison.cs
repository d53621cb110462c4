using System.Globalization;
using static System.FormattableString;

namespace NeuralOde.Benchmarks;

/// <summary>
/// W2: one plain solve to the end state, at equal error: every program gets the loosest tolerance of a grid from which on its error
/// stays below the one asked for, so that a single lucky solve does not count.
/// </summary>
internal static class SolveComparison
{
    private const double BlockSeconds = 0.003;
    private static readonly double[] Errors = [1e-4, 1e-6, 1e-8];
    private static readonly double[] Tolerances = [.. Enumerable.Range(8, 41).Select(quarters => Math.Pow(10, -0.25 * quarters))];

    public static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds)
    {
        (string Program, string Method, double? Goal)[] peers = [("boost_odeint", "dopri5", 1.0), ("hairer_dopri5", "DOPRI5", null)];
        foreach (InitialValueProblem problem in InitialValueProblems.All.Where(problem => !problem.IsStiff))
        {
            (double Tolerance, long Evaluations, double Error)[] own = [.. Tolerances.Select(tolerance =>
            {
                (OdeSolution solution, long evaluations) = MethodMeasurement.Count(problem, Options(problem, tolerance));
                return (tolerance, evaluations, problem.ErrorOf(solution.FinalState));
            })];
            var theirs = new List<(string Program, string Method, double? Goal, List<WorkPoint> Points)>();
            foreach ((string name, string method, double? goal) in peers)
            {
                if (programs.Compile(name) is { } program)
                    theirs.Add((program, method, goal, Ask(program, method, problem, Tolerances, seconds: 0)));
            }

            foreach (double error in Errors)
            {
                if (Loosest(own, error, point => point.Error) is not { Evaluations: > 0 } ours)
                    continue;
                var entries = theirs.Select(peer => (peer.Program, peer.Method, peer.Goal, Point: Loosest(peer.Points, error, point => point.Error))).Where(peer => peer.Point is not null).ToArray();
                var ourBlocks = new List<double>();
                var theirBlocks = entries.Select(_ => new List<double>()).ToArray();
                OdeSolverOptions options = Options(problem, ours.Tolerance);
                MethodMeasurement.Time(problem, options, samples: 1, BlockSeconds);
                for (int round = 0; round < rounds; round++)
                {
                    ourBlocks.AddRange(MethodMeasurement.Time(problem, options, samples: 2, BlockSeconds));
                    for (int i = 0; i < entries.Length; i++)
                        theirBlocks[i].Add(Ask(entries[i].Program, entries[i].Method, problem, [entries[i].Point!.RelativeTolerance], BlockSeconds)[0].MinSeconds);
                }

                for (int i = 0; i < entries.Length; i++)
                {
                    WorkPoint point = entries[i].Point!;
                    yield return new ComparedRow(Invariant($"{problem.Title}, error ≤ {error:0e-0}"), point.Solver.Label,
                        new MeasuredBlock([.. ourBlocks], ours.Evaluations, 0), new MeasuredBlock([.. theirBlocks[i]], point.Evaluations, 0),
                        Invariant($"errors {ours.Error:0.0e-0} and {point.Error:0.0e-0}"), entries[i].Goal);
                }
            }
        }
    }

    private static OdeSolverOptions Options(InitialValueProblem problem, double tolerance) => MethodMeasurement.Options(problem, OdeSolver.DefaultMethod, tolerance);

    private static List<WorkPoint> Ask(string program, string method, InitialValueProblem problem, double[] tolerances, double seconds) => Peers.Measure(program,
    [
        "--problem", problem.Name, "--method", method, "--tolerances", string.Join(',', tolerances.Select(tolerance => tolerance.ToString("r", CultureInfo.InvariantCulture))),
        "--samples", "1", "--seconds", seconds.ToString(CultureInfo.InvariantCulture), "--patience", "1",
    ], problem);

    /// <summary>The first point, from loose to tight, from which on no error is larger.</summary>
    private static T? Loosest<T>(IReadOnlyList<T> points, double error, Func<T, double> errorOf)
    {
        int first = points.Count;
        while (first > 0 && errorOf(points[first - 1]) <= error)
            first--;
        return first < points.Count ? points[first] : default;
    }
}
