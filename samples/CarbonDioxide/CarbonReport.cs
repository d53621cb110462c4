using NeuralOde.Plots;
using static System.FormattableString;

namespace NeuralOde.Samples;

/// <summary>What is printed and written at the end.</summary>
internal static class CarbonReport
{
    private const double YearsShownBefore = 6;

    /// <summary>Writes the picture, the forecasts and the model.</summary>
    public static void WriteFiles(CarbonForecast result, string folder)
    {
        SavePicture(result, Path.Combine(folder, "carbon-dioxide.png"));
        WriteForecasts(result, Path.Combine(folder, "forecasts.csv"));
        result.Model.Save(Path.Combine(folder, "carbon-dioxide.safetensors"));
    }

    public static void Print(CarbonForecast result, string folder)
    {
        Console.WriteLine();
        Console.WriteLine(Invariant($"Root mean square error of the years from {result.Record.Cut:f2} on, which were held out, in ppm"));
        foreach ((string name, double[] forecast) in Forecasts(result))
            Console.WriteLine(Invariant($"{name,-42}{result.Rmse(forecast),6:f2}"));
        Console.WriteLine($"Picture, table and model: {Path.GetFullPath(folder)}");
    }

    public static void PrintJson(CarbonForecast result) => JsonLine.Print(json =>
    {
        json.WriteFinite("rmse", result.Rmse(result.Network));
        json.WriteFinite("climatologyRmse", result.Rmse(result.Climatology));
        json.WriteFinite("persistenceRmse", result.Rmse(result.Persistence));
        json.WriteFinite("vectorAutoregressionRmse", result.Rmse(result.VectorAutoregression));
        json.WriteFinite("seconds", ProcessClock.Seconds);
    });

    private static (string Name, double[] Forecast)[] Forecasts(CarbonForecast result) =>
    [
        ("Neural ODE", result.Network),
        ("Climatology (linear trend, mean season)", result.Climatology),
        ("Persistence (last training year)", result.Persistence),
        ("Vector autoregression (monthly means)", result.VectorAutoregression),
    ];

    private static void SavePicture(CarbonForecast result, string path)
    {
        CarbonRecord record = result.Record;
        double[] times = record.HeldOut.Times.ToArray();
        int first = record.Weeks.Times.ToArray().Count(time => time < record.Cut - YearsShownBefore);
        Curve[] curves =
        [
            Line("climatology", times, result.Climatology, CurveStyle.Alternative),
            Line("neural ODE", times, result.Network, CurveStyle.Forecast),
        ];
        Figure.Fit(record.Weeks.Slice(first, record.Weeks.Length - first), curves, new FitOptions
        {
            HeldOutAfter = record.Cut,
            StateNames = ["carbon dioxide"],
            TimeLabel = "year",
            ValueLabel = "ppm",
        }).Save(path);
    }

    private static Curve Line(string name, double[] times, double[] values, CurveStyle style)
    {
        var states = new double[times.Length, 1];
        for (int n = 0; n < times.Length; n++)
            states[n, 0] = values[n];
        return new Curve(name, times, states) { Style = style };
    }

    private static void WriteForecasts(CarbonForecast result, string path)
    {
        using var file = new StreamWriter(path);
        file.Write("year,co2,neural_ode,climatology,persistence,vector_autoregression\n");
        Trajectory weeks = result.Record.HeldOut;
        for (int n = 0; n < weeks.Length; n++)
        {
            string observed = weeks.IsObserved(n, 0) ? Invariant($"{weeks.StateAt(n)[0]}") : "";
            file.Write(Invariant($"{weeks.Times[n]:f4},{observed},{string.Join(',', Forecasts(result).Select(row => Invariant($"{row.Forecast[n]:f2}")))}\n"));
        }
    }
}
