using NeuralOde.Plots;

namespace NeuralOde.Samples;

/// <summary>The picture: hares above, lynxes below; data, fit and forecast over the years.</summary>
internal static class LynxHarePlot
{
    public static void Save(LynxHareResult result, string path)
    {
        Trajectory records = result.Records.All;
        double[] times = [.. Enumerable.Range(0, 20 * (records.Length - 1) + 1).Select(n => records.Times[0] + n / 20.0)];
        double[][][] members = LynxHareResult.Predict(result.Models, result.Records, times);
        Curve[] curves =
        [
            .. members.Select(member => Pelts("single networks", times, member, CurveStyle.Member)),
            Pelts("Lotka–Volterra, fitted", times, LynxHareResult.States(result.LotkaVolterra.Predict(times)), CurveStyle.Alternative),
            Pelts("neural ODE", times, LynxHareResult.Mean(members), CurveStyle.Fit),
        ];
        var observed = new Trajectory(records.Times, records.ToMatrix().PointwiseExp());
        Figure figure = Figure.Fit(observed, curves, new FitOptions
        {
            HeldOutAfter = records.Times[PeltRecords.ObservedYears - 1],
            StateNames = ["Hare", "Lynx"],
            TimeLabel = "year",
            ValueLabel = "thousands of pelts",
        });
        figure.Panels[0].Axes.SetLimitsY(0, 115);
        figure.Panels[1].Axes.SetLimitsY(0, 70);
        figure.Save(path);
    }

    private static Curve Pelts(string name, double[] times, double[][] logarithms, CurveStyle style)
    {
        var states = new double[times.Length, 2];
        for (int n = 0; n < times.Length; n++)
            (states[n, 0], states[n, 1]) = (Math.Exp(logarithms[n][0]), Math.Exp(logarithms[n][1]));
        return new Curve(name, times, states) { Style = style };
    }
}
