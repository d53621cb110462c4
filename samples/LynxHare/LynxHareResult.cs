namespace NeuralOde.Samples;

/// <summary>What came out, everything in logarithms of thousands of pelts.</summary>
internal sealed record LynxHareResult
{
    public required PeltRecords Records { get; init; }

    public required IReadOnlyList<NeuralOdeModel> Models { get; init; }

    public required LotkaVolterra LotkaVolterra { get; init; }

    public required bool IsInterrupted { get; init; }

    /// <summary>Forecasts at the years of the records, years × 2; persistence has no fit, only a forecast.</summary>
    public required IReadOnlyList<(string Name, string JsonName, double[][] Years, bool HasFit)> Forecasts { get; init; }

    public static LynxHareResult Create(PeltRecords records, IReadOnlyList<NeuralOdeModel> models, LotkaVolterra lotkaVolterra, bool isInterrupted)
    {
        double[] years = records.All.Times.ToArray();
        double[] lastObservation = records.Observed.StateAt(records.Observed.Length - 1).ToArray();
        return new LynxHareResult
        {
            Records = records,
            Models = models,
            LotkaVolterra = lotkaVolterra,
            IsInterrupted = isInterrupted,
            Forecasts =
            [
                ($"Neural ODE (mean of {models.Count})", "neuralOde", Mean(Predict(models, records, years)), true),
                ("Lotka–Volterra, fitted", "lotkaVolterra", States(lotkaVolterra.Predict(years)), true),
                ("Persistence", "persistence", [.. years.Select(_ => lastObservation)], false),
            ],
        };
    }

    /// <summary>Each network's solution from the first observation on.</summary>
    public static double[][][] Predict(IReadOnlyList<NeuralOdeModel> models, PeltRecords records, double[] times) =>
        [.. models.Select(model => States(model.Predict(records.All.StateAt(0), times)))];

    /// <summary>The mean of the logarithms, so the geometric mean of the pelts.</summary>
    public static double[][] Mean(double[][][] members) =>
        [.. Enumerable.Range(0, members[0].Length).Select(n => new[] { members.Average(states => states[n][0]), members.Average(states => states[n][1]) })];

    public static double[][] States(OdeSolution solution) =>
        [.. Enumerable.Range(0, solution.EnsureSuccess().Count).Select(n => solution.State(n).ToArray())];

    /// <summary>Root mean square over years and both species, in logarithms or in thousands of pelts.</summary>
    public double Rmse(double[][] forecast, bool isHeldOut, Func<double, double> unit)
    {
        int start = isHeldOut ? PeltRecords.ObservedYears : 0;
        int end = isHeldOut ? Records.All.Length : PeltRecords.ObservedYears;
        double squares = 0;
        for (int n = start; n < end; n++)
        {
            for (int i = 0; i < 2; i++)
                squares += Math.Pow(unit(forecast[n][i]) - unit(Records.All.StateAt(n)[i]), 2);
        }

        return Math.Sqrt(squares / (2 * (end - start)));
    }
}
