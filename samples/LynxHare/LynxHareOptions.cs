using System.CommandLine;

namespace NeuralOde.Samples;

/// <summary>What the command line asks for.</summary>
internal sealed record LynxHareOptions
{
    private static readonly Option<int> IterationsOption = CommandLine.Number("--iterations", 1000,
        count => count >= 1, "a whole number, at least 1", "Descent steps of each of the three stages of training.");

    private static readonly Option<int> SeedOption = CommandLine.Number("--seed", 1,
        _ => true, "a whole number", "Seed of the first network's weights; the others count on from it.");

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder for the picture, the table and the models.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("output", "lynx-hare"),
    };

    private static readonly Option<bool> JsonOption = new("--json") { Description = "Print the results as one line of JSON at the end." };

    public required int Iterations { get; init; }

    public required int Seed { get; init; }

    public required string Output { get; init; }

    public required bool PrintsJson { get; init; }

    public static RootCommand CreateCommand() => new("Learns from the lynx and hare pelts of 1900 to 1914 and forecasts the six years held out.")
    {
        IterationsOption, SeedOption, OutputOption, JsonOption,
    };

    public static LynxHareOptions From(ParseResult parsed) => new()
    {
        Iterations = parsed.GetValue(IterationsOption),
        Seed = parsed.GetValue(SeedOption),
        Output = parsed.GetValue(OutputOption)!,
        PrintsJson = parsed.GetValue(JsonOption),
    };
}
