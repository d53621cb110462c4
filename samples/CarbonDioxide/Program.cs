using NeuralOde;
using NeuralOde.Samples;

return CommandLine.Run(CarbonOptions.CreateCommand(), args, parsed =>
{
    CarbonOptions options = CarbonOptions.From(parsed);
    CommandLine.PrepareFolder(options.Output);
    CarbonRecord record = CarbonRecord.Load(options.Data);
    (NeuralOdeModel model, TrainingResult training) = CarbonModel.Fit(record, options.Seed);
    Console.WriteLine(training);
    CarbonForecast forecast = CarbonForecast.Create(record, model);
    CarbonReport.WriteFiles(forecast, options.Output);
    CarbonReport.Print(forecast, options.Output);
    if (options.PrintsJson)
        CarbonReport.PrintJson(forecast);
    return 0;
});
