namespace NeuralOde.Samples;

/// <summary>A neural ODE for carbon dioxide: its rate is a function of how much there is and of the season.</summary>
/// <remarks>
/// Width (4 or 8) and prior (1, 10 or 100 times the plan's) were chosen by forecasts over the last five years of the records up to 1987,
/// 1990, 1993 and 1996, so without the years held out. A strong prior keeps the network nearly straight beyond the largest value it saw,
/// where all of the forecast lies; with it seeds hardly differ.
/// </remarks>
internal static class CarbonModel
{
    private const int HiddenUnits = 4;
    private const double PriorFactor = 100;

    /// <summary>Two years: the start of the forecast is not left to the noise of its last month.</summary>
    private const int StartMonths = 24;

    public static (NeuralOdeModel Model, TrainingResult Training) Fit(CarbonRecord record, int seed)
    {
        var data = TrajectoryDataset.FromTrajectories([record.SeenMonths], stateNames: ["co2"]);
        int seasons = data.InputDimension;
        var network = new MultilayerPerceptron(1 + seasons, [HiddenUnits], outputs: 1, Activation.Tanh, seed);
        var model = new NeuralOdeModel(new NeuralVectorField(network, seasons));
        var trainer = new Trainer(model, TrainingPlan.Default with
        {
            Stages = [.. TrainingPlan.Default.Stages.Select(stage => stage with { Prior = PriorFactor * stage.Prior })],
        });
        return (model, trainer.Fit(data));
    }

    /// <summary>One solution from a state fitted to the last months that were seen.</summary>
    /// <exception cref="OdeSolverException">It has no solution up to the last of the times.</exception>
    public static double[] Forecast(NeuralOdeModel model, CarbonRecord record, double[] times) =>
        model.Forecast(record.SeenMonths, times, new ForecastOptions { StartObservations = StartMonths }).EnsureSuccess().States.ToArray();
}
