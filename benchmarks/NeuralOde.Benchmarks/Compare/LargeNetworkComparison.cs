namespace NeuralOde.Benchmarks;

/// <summary>W3: 64 → 256 → tanh → 64 on a batch of 256 over [0, 1] at 1e-5 and 1e-7, the loss the mean of the squares of the end states.</summary>
internal static class LargeNetworkComparison
{
    private const int Samples = 256;
    private const int Dimension = 64;
    private const int Hidden = 256;
    private static readonly double[] Times = [0.0, 1.0];

    public static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds)
    {
        foreach (bool isSingle in (bool[])[false, true])
        {
            foreach (string task in (string[])["forward", "backprop", "adjoint"])
            {
                foreach (ComparedRow row in Run(programs, rounds, isSingle, task))
                    yield return row;
            }
        }

        foreach (ComparedRow row in RunWithoutRecords(rounds))
            yield return row;
    }

    /// <summary>Two threads beside one, both with two cores; nothing where there is only one. Threads keep the core that they started on: to be run before this process is pinned to one.</summary>
    public static IReadOnlyList<ComparedRow> RunOnTwoCores(int rounds)
    {
        if (Environment.ProcessorCount < 2)
            return [];
        var rows = new List<ComparedRow>();
        foreach (bool isContinuous in (bool[])[false, true])
        {
            Ours With(int threads, string version = "")
            {
                (NeuralOdeModel model, double[][] states) = CreateModel(isContinuous, isSingle: false);
                model.Solver = model.Solver with { MaxDegreeOfParallelism = threads };
                var run = new GradientRun(model, states, Times);
                run.Run();
                return new Ours(new Dictionary<string, double[]> { ["gradient"] = run.InPyTorchOrder() }, run.Run, version);
            }

            var alone = new ComparedPeer { Start = () => With(1, "one thread"), Tolerances = new Dictionary<string, double> { ["gradient"] = 0.0 }, Runs = 3 };
            rows.AddRange(Race.Run($"gradient, {(isContinuous ? "continuous" : "discrete")} adjoint, double, two threads on two cores", With(2), ourRuns: 3, [alone], rounds));
        }

        return rows;
    }

    /// <summary>A budget of 0 for records beside one in which all have room.</summary>
    private static IReadOnlyList<ComparedRow> RunWithoutRecords(int rounds)
    {
        Ours With(bool records, string version = "")
        {
            (NeuralOdeModel model, double[][] states) = CreateModel(isContinuous: false, isSingle: false);
            model.Gradient = records ? GradientMethod.DiscreteAdjoint() : GradientMethod.DiscreteAdjoint(recordingBudget: 0);
            var run = new GradientRun(model, states, Times);
            run.Run();
            return new Ours(new Dictionary<string, double[]> { ["gradient"] = run.InPyTorchOrder() }, run.Run, version);
        }

        var recorded = new ComparedPeer { Start = () => With(records: true, "everything recorded"), Tolerances = new Dictionary<string, double> { ["gradient"] = 0.0 }, Runs = 3 };
        return [.. Race.Run("gradient, discrete adjoint, double, nothing recorded", With(records: false), ourRuns: 3, [recorded], rounds)];
    }

    private static IEnumerable<ComparedRow> Run(PeerPrograms programs, int rounds, bool isSingle, string task)
    {
        (NeuralOdeModel model, double[][] states) = CreateModel(isContinuous: task == "adjoint", isSingle);
        var facts = new Dictionary<string, double[]>();
        NetworkFacts.Add(facts, (NeuralVectorField)model.Field, states, states);
        Ours ours = task == "forward" ? Forward(model, states, facts) : Gradient(model, states, facts);
        string type = isSingle ? "float32" : "float64";
        double tolerance = isSingle ? 1e-4 : 1e-5;
        var tolerances = task == "forward"
            ? new Dictionary<string, double> { ["end"] = tolerance }
            // Two gradients of solves at these tolerances differ by their errors.
            : new Dictionary<string, double> { ["loss"] = tolerance, ["gradient"] = 1e-4 };
        ComparedPeer[] peers =
        [
            new()
            {
                Start = () => programs.StartScript("torchdiffeq", "torchdiffeq_w3.py", "--task", task, "--dtype", type),
                Tolerances = tolerances,
                Goal = 1,
                Runs = 2,
            },
            new()
            {
                Start = () => programs.StartTorchSharp("--work", "w3", "--task", task, "--dtype", type),
                Tolerances = tolerances,
                Goal = 1,
                Runs = 2,
            },
            NetworkLimit.Create(programs, "w3", isSingle, ours.Run(1), isContinuous: task == "adjoint", goal: null, runs: 2),
        ];
        string title = task switch { "forward" => "forward", "adjoint" => "gradient, continuous adjoint", _ => "gradient, discrete adjoint" };
        return Race.Run($"{title}, {(isSingle ? "single" : "double")}", ours, ourRuns: 3, peers, rounds);
    }

    /// <summary>Predicts as users do.</summary>
    private static Ours Forward(NeuralOdeModel model, double[][] states, Dictionary<string, double[]> facts)
    {
        double[][] times = [.. states.Select(_ => Times)];
        facts["end"] = [.. model.PredictBatch(states, times).EnsureSuccess().SelectMany(solution => solution.FinalState.ToArray())];
        return new Ours(facts, () => (model.PredictBatch(states, times).Max(solution => solution.Statistics.Evaluations), 0));
    }

    private static Ours Gradient(NeuralOdeModel model, double[][] states, Dictionary<string, double[]> facts)
    {
        var run = new GradientRun(model, states, Times);
        run.Run();
        facts["loss"] = [run.Loss];
        facts["gradient"] = run.InPyTorchOrder();
        return new Ours(facts, run.Run);
    }

    private static (NeuralOdeModel Model, double[][] States) CreateModel(bool isContinuous, bool isSingle)
    {
        var random = new Lcg(3);
        var network = new Sequential(seed: 0, new Dense(Dimension, Hidden), new ActivationLayer(Hidden, Activation.Tanh), new Dense(Hidden, Dimension)) { Precision = isSingle ? Precision.Single : Precision.Double };
        Span<double> parameters = network.Parameters;
        foreach ((int inputs, int outputs) in ((int, int)[])[(Dimension, Hidden), (Hidden, Dimension)])
        {
            double limit = 3.0 / Math.Sqrt(inputs);
            NetworkFacts.DrawWeights(random, parameters, inputs, outputs, limit);
            foreach (ref double bias in parameters.Slice(inputs * outputs, outputs))
                bias = random.Uniform(-limit, limit);
            parameters = parameters[((inputs + 1) * outputs)..];
        }

        var model = new NeuralOdeModel(network)
        {
            Solver = new OdeSolverOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-7 },
            Gradient = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(),
        };
        double[][] states = [.. Enumerable.Range(0, Samples).Select(_ => Enumerable.Range(0, Dimension).Select(_ => random.Uniform(-1, 1)).ToArray())];
        return (model, states);
    }
}
