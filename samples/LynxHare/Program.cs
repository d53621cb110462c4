using NeuralOde.Samples;

return CommandLine.Run(LynxHareOptions.CreateCommand(), args, parsed =>
{
    LynxHareOptions options = LynxHareOptions.From(parsed);
    CommandLine.PrepareFolder(options.Output);
    PeltRecords records = PeltRecords.Load();
    using var interruption = new Interruption();
    var models = NeuralForecaster.Fit(records.Observed, options, interruption);
    LynxHareResult result = LynxHareResult.Create(records, models, LotkaVolterra.Fit(records.Observed), interruption.IsRequested);
    LynxHareReport.WriteFiles(result, options.Output);
    LynxHareReport.Print(result, options.Output);
    if (options.PrintsJson)
        LynxHareReport.PrintJson(result);
    return interruption.IsRequested ? CommandLine.Interrupted : 0;
});
