using NeuralOde.Samples;

return CommandLine.Run(SpiralOptions.CreateCommand(), args, parsed =>
{
    SpiralOptions options = SpiralOptions.From(parsed);
    CommandLine.PrepareFolder(options.Output);
    SpiralResult result = SpiralExperiment.Run(options);
    SpiralReport.WriteFiles(result, options.Output);
    SpiralReport.Print(result, options.Output);
    if (options.PrintsJson)
        SpiralReport.PrintJson(result);
    if (result.IsInterrupted)
        return CommandLine.Interrupted;
    DivergedException.ThrowIf(result.History, options.Iterations);
    if (result.Prediction.Failure is { } failure)
        throw new DivergedException($"Diverged: the prediction failed. {failure.Message}");
    return 0;
});
