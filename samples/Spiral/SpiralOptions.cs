using System.CommandLine;

namespace NeuralOde.Samples;

/// <summary>The dynamics to learn.</summary>
internal enum Problem
{
    Linear,
    Cubic,
}

/// <summary>The network to learn them with.</summary>
internal enum Architecture
{
    Tanh,
    Linear,
}

/// <summary>How gradients are computed.</summary>
internal enum Adjoint
{
    Continuous,
    Discrete,
}

/// <summary>The descent method.</summary>
internal enum Descent
{
    Adam,
    AdamW,
    RmsProp,
    Momentum,
    Sgd,
}

/// <summary>What the command line asks for.</summary>
internal sealed record SpiralOptions
{
    private static readonly Option<Problem> ProblemOption = CommandLine.Choice<Problem>("--problem",
        "Dynamics to learn: dz/dt = A z, or dz/dt = A z³ as in the demo of torchdiffeq.");

    private static readonly Option<Architecture> ArchitectureOption = CommandLine.Choice<Architecture>("--architecture",
        "Network: linear layers of 50 hidden units, with tanh between them or nothing.");

    private static readonly Option<Adjoint> GradientOption = CommandLine.Choice<Adjoint>("--gradient",
        "Gradient: the continuous adjoint of the neural-ODE paper, or the discrete adjoint, which differentiates the solver.");

    private static readonly Option<Descent> OptimizerOption = CommandLine.Choice<Descent>("--optimizer",
        "Descent method; momentum is sgd with Nesterov momentum 0.9.");

    private static readonly Option<double?> LearningRateOption = CommandLine.OptionalNumber<double>("--learning-rate",
        rate => double.IsFinite(rate) && rate > 0, "greater than 0", "Learning rate at the start; it falls to a hundredth along a cosine. [default: the optimizer's]");

    private static readonly Option<int> IterationsOption = CommandLine.Number("--iterations", 10_000,
        count => count >= 1, "a whole number, at least 1", "Descent steps, each on 20 segments of 10 observations.");

    private static readonly Option<int> SeedOption = CommandLine.Number("--seed", 1,
        _ => true, "a whole number", "Seed of the weights, the minibatches, the noise and the times.");

    private static readonly Option<double> NoiseOption = CommandLine.Number("--noise", 0.0,
        deviation => double.IsFinite(deviation) && deviation >= 0, "0 or more", "Standard deviation of the noise added to every observation.");

    private static readonly Option<bool> IrregularOption = new("--irregular") { Description = "Observe at random times instead of equally spaced ones." };

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder for the picture, the tables and the model.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("output", "spiral"),
    };

    private static readonly Option<bool> JsonOption = new("--json") { Description = "Print the results as one line of JSON at the end." };

    public required Problem Problem { get; init; }

    public required Architecture Architecture { get; init; }

    public required Adjoint Gradient { get; init; }

    public required Descent Descent { get; init; }

    public required double? LearningRate { get; init; }

    public required int Iterations { get; init; }

    public required int Seed { get; init; }

    public required double Noise { get; init; }

    public required bool IsIrregular { get; init; }

    public required string Output { get; init; }

    public required bool PrintsJson { get; init; }

    public static RootCommand CreateCommand() => new("Learns the dynamics of a spiral from 1000 observations on [0, 25] and predicts on to t = 50.")
    {
        ProblemOption, ArchitectureOption, GradientOption, OptimizerOption, LearningRateOption, IterationsOption, SeedOption, NoiseOption,
        IrregularOption, OutputOption, JsonOption,
    };

    public static SpiralOptions From(ParseResult parsed) => new()
    {
        Problem = parsed.GetValue(ProblemOption),
        Architecture = parsed.GetValue(ArchitectureOption),
        Gradient = parsed.GetValue(GradientOption),
        Descent = parsed.GetValue(OptimizerOption),
        LearningRate = parsed.GetValue(LearningRateOption),
        Iterations = parsed.GetValue(IterationsOption),
        Seed = parsed.GetValue(SeedOption),
        Noise = parsed.GetValue(NoiseOption),
        IsIrregular = parsed.GetValue(IrregularOption),
        Output = parsed.GetValue(OutputOption)!,
        PrintsJson = parsed.GetValue(JsonOption),
    };
}
