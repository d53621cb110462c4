namespace NeuralOde.Benchmarks;

/// <summary>
/// The gradient that the documentation of SciMLSensitivity.jl times (its page "Benchmarks"): one trajectory of the cubic spiral from (2, 0), 30 points on
/// [0, 1.5], 2-50-2 tanh fed u³, the sum of the squared misses, Tsit5 at SciML's default tolerances, 1e-3 and 1e-6.
/// </summary>
internal static class SciMlComparison
{
    private const int BlockLength = 50;
    private static readonly double[] Start = [2.0, 0.0];
    private static readonly double[] Times = [.. Enumerable.Range(0, 30).Select(i => 1.5 * i / 29)];

    public static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds)
    {
        foreach (bool isSingle in (bool[])[false, true])
        {
            foreach (bool isContinuous in (bool[])[true, false])
            {
                foreach (ComparedRow row in Run(programs, rounds, isSingle, isContinuous))
                    yield return row;
            }
        }
    }

    private static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds, bool isSingle, bool isContinuous)
    {
        Sequential network = SpiralTraining.CreateNetwork(isCube: true, new Lcg(5), limit: Math.Sqrt(6.0 / (2 + 50)), isSingle ? Precision.Single : Precision.Double);
        var model = new NeuralOdeModel(network)
        {
            Solver = new OdeSolverOptions { Method = OdeMethod.Tsitouras5, RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-6 },
            Gradient = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(),
        };
        TrajectoryLossFunction loss = SumOfSquaredMisses(SpiralTraining.Solve(isCube: true, Times).States.ToArray());
        var facts = new Dictionary<string, double[]>();
        AddFacts(facts, "", model, network, loss);
        // Two programs at 1e-3 are apart by their own errors; that they do the same is seen where these are small.
        var tolerances = new Dictionary<string, double> { ["loss"] = 1e-3, ["gradient"] = 1e-2 };
        if (!isSingle)
        {
            OdeSolverOptions documented = model.Solver;
            model.Solver = documented with { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-11 };
            AddFacts(facts, " at 1e-9", model, network, loss);
            model.Solver = documented;
            tolerances["loss at 1e-9"] = 1e-6;
            tolerances["gradient at 1e-9"] = 1e-6;
        }

        // As users call it.
        var ours = new Ours(facts, () =>
        {
            GradientResult result = model.ComputeGradient(Start, Times, loss);
            return (result.ForwardStatistics.Evaluations, result.BackwardStatistics.VectorJacobianProducts);
        });
        var peer = new ComparedPeer
        {
            Start = () => programs.StartScript("torchdiffeq", "torchdiffeq_sciml.py", "--gradient", isContinuous ? "adjoint" : "backprop", "--dtype", isSingle ? "float32" : "float64"),
            Tolerances = tolerances,
            Runs = isContinuous ? 2 : 5,
        };
        return Race.Run($"gradient, {(isContinuous ? "continuous" : "discrete")} adjoint, {(isSingle ? "single" : "double")}", ours, BlockLength, [peer], rounds);
    }

    private static void AddFacts(Dictionary<string, double[]> facts, string suffix, NeuralOdeModel model, Network network, TrajectoryLossFunction loss)
    {
        GradientResult result = model.ComputeGradient(Start, Times, loss).EnsureSuccess();
        facts["loss" + suffix] = [result.Loss];
        facts["gradient" + suffix] = NetworkFacts.InPyTorchOrder(network, result.Parameters);
    }

    private static TrajectoryLossFunction SumOfSquaredMisses(double[] truth) => (prediction, cotangent) =>
    {
        double sum = 0;
        for (int i = 0; i < prediction.Length; i++)
        {
            double miss = prediction[i] - truth[i];
            sum += miss * miss;
            cotangent[i] = 2 * miss;
        }

        return sum;
    };
}
