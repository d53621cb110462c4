using System.CommandLine;

namespace NeuralOde.Samples;

/// <summary>What the command line asks for.</summary>
internal sealed record CarbonOptions
{
    private static readonly Option<string> DataOption = new("--data")
    {
        Description = "A CSV file with the columns date (yyyyMMdd) and co2 (ppm, empty where not observed).",
        HelpName = "file",
        DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "co2-twin.csv"),
    };

    private static readonly Option<int> SeedOption = CommandLine.Number("--seed", 1,
        _ => true, "a whole number", "Seed of the network's weights.");

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder for the picture, the table and the model.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("output", "carbon-dioxide"),
    };

    private static readonly Option<bool> JsonOption = new("--json") { Description = "Print the results as one line of JSON at the end." };

    public required string Data { get; init; }

    public required int Seed { get; init; }

    public required string Output { get; init; }

    public required bool PrintsJson { get; init; }

    public static RootCommand CreateCommand() => new("Learns from weekly carbon dioxide in the air and forecasts the last five years, which are held out.")
    {
        DataOption, SeedOption, OutputOption, JsonOption,
    };

    public static CarbonOptions From(ParseResult parsed) => new()
    {
        Data = parsed.GetValue(DataOption)!,
        Seed = parsed.GetValue(SeedOption),
        Output = parsed.GetValue(OutputOption)!,
        PrintsJson = parsed.GetValue(JsonOption),
    };
}
