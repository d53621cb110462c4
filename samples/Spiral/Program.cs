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
    return 0;
});
