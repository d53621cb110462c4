using ScottPlot;
using ScottPlot.TickGenerators;

namespace NeuralOde.Samples;

/// <summary>The picture: hares above, lynxes below; data, fit and forecast over the years.</summary>
internal static class LynxHarePlot
{
    private const int Width = 1200;
    private const int Height = 640;

    public static void Save(LynxHareResult result, string path)
    {
        double[] times = [.. Enumerable.Range(0, 20 * (result.Records.All.Length - 1) + 1).Select(n => result.Records.All.Times[0] + n / 20.0)];
        double[][][] members = LynxHareResult.Predict(result.Models, result.Records, times);
        double[][] classic = LynxHareResult.States(result.LotkaVolterra.Predict(times));
        SampleFigure.Save(path, Width, Height,
            (PlotSpecies(result, 0, "Hare", times, members, classic), new PixelRect(6, Width, Height / 2, 0)),
            (PlotSpecies(result, 1, "Lynx", times, members, classic), new PixelRect(6, Width, Height, Height / 2)));
    }

    private static Plot PlotSpecies(LynxHareResult result, int species, string name, double[] times, double[][][] members, double[][] classic)
    {
        Plot plot = SampleFigure.CreatePlot(name, species == 1 ? "year" : "", "thousands of pelts");
        Trajectory records = result.Records.All;
        double split = records.Times[PeltRecords.ObservedYears - 1];
        ScottPlot.Plottables.HorizontalSpan unseen = plot.Add.HorizontalSpan(split, records.Times[^1] + 0.5, SampleFigure.Forecast.WithAlpha(0.06));
        unseen.LineStyle.IsVisible = false;

        foreach (double[][] member in members)
            SampleFigure.AddLine(plot, Curve(times, member, species, times[0], times[^1]), SampleFigure.Faint, 1.2f, member == members[0] ? "single networks" : null);
        ScottPlot.Plottables.Scatter lotkaVolterra = plot.Add.ScatterLine(Curve(times, classic, species, times[0], times[^1]), new Color("#0F766E"));
        lotkaVolterra.LinePattern = LinePattern.Dashed;
        lotkaVolterra.LineWidth = 1.5f;
        lotkaVolterra.LegendText = "Lotka–Volterra, fitted";
        double[][] mean = LynxHareResult.Mean(members);
        SampleFigure.AddLine(plot, Curve(times, mean, species, times[0], split), SampleFigure.Fit, 2.5f, "neural ODE, fit");
        SampleFigure.AddLine(plot, Curve(times, mean, species, split, times[^1]), SampleFigure.Forecast, 2.5f, "neural ODE, forecast");
        SampleFigure.AddPoints(plot, Points(records, species, 0, PeltRecords.ObservedYears), SampleFigure.Ink, 8, "observed");
        ScottPlot.Plottables.Scatter heldOut = plot.Add.ScatterPoints(Points(records, species, PeltRecords.ObservedYears, records.Length), SampleFigure.Ink);
        heldOut.MarkerShape = MarkerShape.OpenCircle;
        heldOut.MarkerSize = 9;
        heldOut.LegendText = "held out";

        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true, LabelFormatter = year => $"{year:0}" };
        plot.Axes.Left.TickGenerator = new NumericAutomatic { TickDensity = 0.5 };
        plot.Axes.SetLimits(records.Times[0] - 0.5, records.Times[^1] + 0.5, 0, species == 0 ? 115 : 70);
        if (species == 0)
            plot.ShowLegend(Alignment.UpperCenter, Orientation.Horizontal);
        else
            plot.HideLegend();
        return plot;
    }

    private static Coordinates[] Curve(double[] times, double[][] states, int species, double from, double to) =>
        [.. times.Zip(states).Where(point => point.First >= from && point.First <= to).Select(point => new Coordinates(point.First, Math.Exp(point.Second[species])))];

    private static Coordinates[] Points(Trajectory records, int species, int start, int end) =>
        [.. Enumerable.Range(start, end - start).Select(n => new Coordinates(records.Times[n], Math.Exp(records.StateAt(n)[species])))];
}
