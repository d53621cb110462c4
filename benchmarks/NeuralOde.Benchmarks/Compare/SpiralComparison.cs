namespace NeuralOde.Benchmarks;

/// <summary>W1: a training iteration on a spiral, as <see cref="SpiralTraining"/> says.</summary>
internal static class SpiralComparison
{
    private const int CheckedIterations = 10;
    private const int BlockLength = 10;

    public static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds)
    {
        foreach (bool isCube in (bool[])[true, false])
        {
            foreach (bool isContinuous in (bool[])[true, false])
            {
                foreach (ComparedRow row in Run(programs, rounds, isCube, isContinuous))
                    yield return row;
            }
        }
    }

    private static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds, bool isCube, bool isContinuous)
    {
        string variant = isCube ? "cube" : "linear";
        // A first run on a model of its own compiles everything, and tells how many evaluations the iterations measured will take.
        var rehearsal = new SpiralTraining(isCube, isContinuous);
        for (int i = 0; i < CheckedIterations + BlockLength; i++)
            rehearsal.Iterate();
        MeasuredBlock expected = Timed(rehearsal, []).Run(rounds * BlockLength);

        var training = new SpiralTraining(isCube, isContinuous);
        var field = (NeuralVectorField)training.Model.Field;
        var random = new Lcg(2);
        var facts = new Dictionary<string, double[]>();
        NetworkFacts.Add(facts, field, Draw(random, 2.0), Draw(random, 1.0));
        var losses = new double[CheckedIterations];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = training.Iterate();
            if (i == 0)
                facts["gradient"] = NetworkFacts.InPyTorchOrder(field.Network, training.Gradient);
        }

        facts["losses"] = losses;
        string gradient = isContinuous ? "adjoint" : "backprop";
        var tolerances = new Dictionary<string, double> { ["losses"] = 1e-5, ["gradient"] = 1e-5 };
        ComparedPeer[] peers =
        [
            new()
            {
                Start = () => programs.StartScript("torchdiffeq", "torchdiffeq_w1.py", "--variant", variant, "--gradient", gradient),
                Tolerances = tolerances,
                Goal = isContinuous ? 100 : 40,
                Runs = BlockLength,
            },
            new()
            {
                Start = () => programs.StartTorchSharp("--work", "w1", "--variant", variant, "--gradient", gradient),
                Tolerances = tolerances,
                Goal = isContinuous ? 30 : 15,
                Runs = BlockLength,
            },
            NetworkLimit.Create(programs, "w1-" + variant, isSingle: false, expected, isContinuous, goal: isContinuous ? null : 1 / 1.5, runs: BlockLength),
        ];
        return Race.Run($"iteration, {variant}, {(isContinuous ? "continuous" : "discrete")} adjoint", Timed(training, facts), BlockLength, peers, rounds);
    }

    private static Ours Timed(SpiralTraining training, Dictionary<string, double[]> facts) => new(facts, () =>
    {
        training.Iterate();
        return (training.ForwardStatistics.Evaluations, training.BackwardStatistics.VectorJacobianProducts);
    });

    private static double[][] Draw(Lcg random, double limit) => [.. Enumerable.Range(0, 20).Select(_ => new[] { random.Uniform(-limit, limit), random.Uniform(-limit, limit) })];
}
