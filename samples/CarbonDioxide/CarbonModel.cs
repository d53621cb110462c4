namespace NeuralOde.Samples;

/// <summary>A neural ODE for carbon dioxide: its rate is a function of how much there is and of the season.</summary>
/// <remarks>
/// The network has no hidden layer. All of the forecast lies above what training saw, and there a hidden layer of tanh does what its first
/// weights happen to say: on the simulated record five seeds had errors from 0.5 to 21 ppm. A linear rate goes on as it was, for every seed.
/// </remarks>
internal static class CarbonModel
{
    /// <summary>Two years: the start of the forecast is not left to the noise of its last month.</summary>
    private const int StartMonths = 24;

    public static (NeuralOdeModel Model, TrainingResult Training) Fit(CarbonRecord record, int seed)
    {
        var data = TrajectoryDataset.FromTrajectories([record.SeenMonths], stateNames: ["co2"]);
        var network = new MultilayerPerceptron(inputs: 1 + data.InputDimension, hidden: [], outputs: 1, seed: seed);
        var model = new NeuralOdeModel(new NeuralVectorField(network, data.InputDimension));
        return (model, new Trainer(model).Fit(data));
    }

    /// <summary>One solution from a state fitted to the last months that were seen.</summary>
    /// <exception cref="OdeSolverException">It has no solution up to the last of the times.</exception>
    public static double[] Forecast(NeuralOdeModel model, CarbonRecord record, double[] times) =>
        model.Forecast(record.SeenMonths, times, new ForecastOptions { StartObservations = StartMonths }).EnsureSuccess().States.ToArray();
}
