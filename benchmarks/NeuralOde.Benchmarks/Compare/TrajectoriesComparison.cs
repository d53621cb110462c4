using System.Globalization;
using System.Runtime.Intrinsics;

namespace NeuralOde.Benchmarks;

/// <summary>W4: 4096 trajectories to t = 10, each with its own parameters, start and steps, at 1e-6 and 1e-9; the end states alone.</summary>
internal static class TrajectoriesComparison
{
    private const int Count = 4096;
    private const double Step = 0.01;
    private static readonly double[] Times = [0.0, 10.0];

    // The end state alone, in the maximum norm as Boost has it: what the peers are asked for.
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-9, ErrorNorm = ErrorNorm.Maximum, Output = OdeOutput.End };

    public static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds)
    {
        foreach (bool isLotkaVolterra in (bool[])[true, false])
        {
            foreach (ComparedRow row in Run(programs, rounds, isLotkaVolterra))
                yield return row;
        }
    }

    /// <summary>Two threads beside one, both with two cores; nothing where there is only one. Threads keep the core that they started on: to be run before this process is pinned to one.</summary>
    public static IReadOnlyList<ComparedRow> RunOnTwoCores(int rounds)
    {
        if (Environment.ProcessorCount < 2)
            return [];
        var rows = new List<ComparedRow>();
        foreach (bool isLotkaVolterra in (bool[])[true, false])
        {
            (VectorField field, double[][] starts) = Create(isLotkaVolterra);
            Ours With(int threads, string version = "")
            {
                OdeSolverOptions options = Options with { MaxDegreeOfParallelism = threads };
                double[] ends = [.. OdeSolver.SolveBatch(field, starts, Times, options).SelectMany(solution => solution.FinalState.ToArray())];
                double evaluations = OdeSolver.SolveBatch(field, starts, Times, options).Average(solution => (double)solution.Statistics.Evaluations);
                return new Ours(new Dictionary<string, double[]> { ["end"] = ends }, () =>
                {
                    OdeSolver.SolveBatch(field, starts, Times, options);
                    return (evaluations, 0);
                }, version);
            }

            var alone = new ComparedPeer { Start = () => With(1, "one thread"), Tolerances = new Dictionary<string, double> { ["end"] = 0.0 }, Goal = 1.8, Runs = 25 };
            rows.AddRange(Race.Run($"{Title(isLotkaVolterra)}, two threads on two cores", With(2), ourRuns: 25, [alone], rounds));
        }

        return rows;
    }

    private static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds, bool isLotkaVolterra)
    {
        (VectorField field, double[][] starts) = Create(isLotkaVolterra);
        OdeBatchSolution Solve() => OdeSolver.SolveBatch(field, starts, Times, Options);

        OdeBatchSolution checkedOne = Solve().EnsureSuccess();
        OdeBatchSolution oneStep = OdeSolver.SolveBatch(field, starts, [0.0, Step], new OdeSolverOptions { FixedStep = Step, Output = OdeOutput.End }).EnsureSuccess();
        var facts = new Dictionary<string, double[]>
        {
            ["end"] = [.. checkedOne.SelectMany(solution => solution.FinalState.ToArray())],
            ["one step"] = [.. oneStep.SelectMany(solution => solution.FinalState.ToArray())],
        };
        double evaluations = checkedOne.Average(solution => (double)solution.Statistics.Evaluations);
        var ours = new Ours(facts, () =>
        {
            Solve();
            return (evaluations, 0);
        });
        string problem = isLotkaVolterra ? "lotka-volterra" : "van-der-pol";
        // Both are wrong by their own errors of 1e-6 a unit of time, which the trajectories amplify.
        var tolerances = new Dictionary<string, double> { ["end"] = 1e-3 };
        ComparedPeer[] peers =
        [
            new() { Start = () => programs.StartCompiled("boost_trajectories", [], "--problem", problem), Tolerances = tolerances, Goal = 3, Runs = 2 },
            new()
            {
                Start = () => programs.StartCompiled("trajectories_limit", ["-ffp-contract=fast"], "--problem", problem, "--evaluations", Math.Round(evaluations).ToString(CultureInfo.InvariantCulture)),
                Tolerances = new Dictionary<string, double> { ["one step"] = 1e-13 },
                Runs = 4,
            },
            new() { Start = () => programs.StartScript("torchdiffeq", "torch_w4.py", "--library", "torchdiffeq", "--problem", problem), Tolerances = tolerances, Runs = 1 },
            new() { Start = () => programs.StartScript("torchode", "torch_w4.py", "--library", "torchode", "--problem", problem), Tolerances = tolerances, Runs = 1 },
        ];
        return Race.Run(Title(isLotkaVolterra), ours, ourRuns: 2, peers, rounds);
    }

    private static string Title(bool isLotkaVolterra) => isLotkaVolterra ? "4096 Lotka–Volterra" : "4096 Van der Pol";

    private static (VectorField Field, double[][] Starts) Create(bool isLotkaVolterra)
    {
        var random = new Lcg(4);
        var parameters = new double[Count][];
        var starts = new double[Count][];
        for (int i = 0; i < Count; i++)
        {
            parameters[i] = isLotkaVolterra ? [random.Uniform(1, 2), random.Uniform(2, 4)] : [random.Uniform(0.5, 5)];
            (double low, double high) = isLotkaVolterra ? (0.5, 5) : (-2, 2);
            starts[i] = [random.Uniform(low, high), random.Uniform(low, high)];
        }

        return (CreateField(isLotkaVolterra, parameters), starts);
    }

    private static VectorField CreateField(bool isLotkaVolterra, double[][] parameters) => isLotkaVolterra
        ? VectorField.FromLanes(2, parameters, static (t, y, p, dydt) =>
        {
            Vector512<double> both = y[0] * y[1];
            dydt[0] = p[0] * y[0] - both;
            dydt[1] = both - p[1] * y[1];
        }, isAutonomous: true)
        : VectorField.FromLanes(2, parameters, static (t, y, p, dydt) =>
        {
            dydt[0] = y[1];
            dydt[1] = p[0] * (Vector512<double>.One - y[0] * y[0]) * y[1] - y[0];
        }, isAutonomous: true);
}
