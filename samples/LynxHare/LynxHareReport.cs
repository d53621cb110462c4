using static System.FormattableString;

namespace NeuralOde.Samples;

/// <summary>What is printed and written at the end.</summary>
internal static class LynxHareReport
{
    /// <summary>Writes the picture, the forecasts and the models.</summary>
    public static void WriteFiles(LynxHareResult result, string folder)
    {
        LynxHarePlot.Save(result, Path.Combine(folder, "lynx-hare.png"));
        WriteForecasts(result, Path.Combine(folder, "forecasts.csv"));
        for (int member = 0; member < result.Models.Count; member++)
            result.Models[member].Save(Path.Combine(folder, $"lynx-hare-{member + 1}.safetensors"));
    }

    public static void Print(LynxHareResult result, string folder)
    {
        Console.WriteLine();
        if (result.IsInterrupted)
            Console.WriteLine("Interrupted: these are the networks so far.");
        Console.WriteLine("Root mean square error      logarithms           thousands of pelts");
        Console.WriteLine("                            1900–14   1915–20    1900–14   1915–20");
        foreach ((string name, _, double[][] years, bool hasFit) in result.Forecasts)
        {
            string fitted = hasFit ? Invariant($"{result.Rmse(years, isHeldOut: false, x => x),7:f3}") : "      –";
            string fittedPelts = hasFit ? Invariant($"{result.Rmse(years, isHeldOut: false, Math.Exp),7:f1}") : "      –";
            Console.WriteLine(Invariant(
                $"{name,-28}{fitted}   {result.Rmse(years, isHeldOut: true, x => x),7:f3}    {fittedPelts}   {result.Rmse(years, isHeldOut: true, Math.Exp),7:f1}"));
        }

        double[] rates = result.LotkaVolterra.RateConstants;
        Console.WriteLine(Invariant($"Lotka–Volterra: α = {rates[0]:f3}, β = {rates[1]:f4}, γ = {rates[2]:f3}, δ = {rates[3]:f4}"));
        Console.WriteLine($"Picture, table and models: {Path.GetFullPath(folder)}");
    }

    public static void PrintJson(LynxHareResult result) => JsonLine.Print(json =>
    {
        json.WriteBoolean("interrupted", result.IsInterrupted);
        foreach ((_, string name, double[][] years, bool hasFit) in result.Forecasts)
        {
            json.WriteStartObject(name);
            if (hasFit)
            {
                json.WriteFinite("rmseLogFitted", result.Rmse(years, isHeldOut: false, x => x));
                json.WriteFinite("rmsePeltsFitted", result.Rmse(years, isHeldOut: false, Math.Exp));
            }

            json.WriteFinite("rmseLogHeldOut", result.Rmse(years, isHeldOut: true, x => x));
            json.WriteFinite("rmsePeltsHeldOut", result.Rmse(years, isHeldOut: true, Math.Exp));
            json.WriteEndObject();
        }

        json.WriteFinite("seconds", ProcessClock.Seconds);
    });

    private static void WriteForecasts(LynxHareResult result, string path)
    {
        using var file = new StreamWriter(path);
        file.Write("year,hare,lynx,neural_ode_hare,neural_ode_lynx,lotka_volterra_hare,lotka_volterra_lynx\n");
        for (int n = 0; n < result.Records.All.Length; n++)
        {
            double[] row = [.. result.Records.All.StateAt(n), .. result.Forecasts[0].Years[n], .. result.Forecasts[1].Years[n]];
            file.Write(Invariant($"{result.Records.All.Times[n]},{string.Join(',', row.Select(x => Invariant($"{Math.Exp(x):f2}")))}\n"));
        }
    }
}
