using ScottPlot;
using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>Residuals over time, their histogram and their autocorrelation, a row for each component.</summary>
internal static class ResidualFigure
{
    private const int Width = 1200;
    private const int RowHeight = 230;
    private const int MostLags = 40;
    private static readonly double[] Columns = [0.46, 0.27, 0.27];

    public static Figure Create(NeuralOdeModel model, TrajectoryDataset data, ResidualOptions options)
    {
        var predictions = new OdeSolution[data.Count];
        for (int i = 0; i < data.Count; i++)
            predictions[i] = ModelCurve.PredictObservations(model, data[i], initialState: null, Invariant($"trajectory {i}"));
        // The first residual is 0, because the prediction starts there: it says nothing.
        return Create([.. data], predictions, first: 1, options, data.StateNames);
    }

    public static Figure Create(IReadOnlyList<Trajectory> observations, IReadOnlyList<OdeSolution> predictions, int first, ResidualOptions options, IReadOnlyList<string>? dataNames)
    {
        foreach (Trajectory trajectory in observations)
            Span.RequireDrawable(trajectory, nameof(observations));
        int dimension = observations[0].Dimension;
        string[] names = Names.Of(options.StateNames, dataNames, dimension);
        int[] components = Names.Components(options.Components, dimension);
        OdeFailure? failure = predictions.FirstOrDefault(prediction => prediction.Failure is not null)?.Failure;
        var panels = new List<Plot>();
        foreach (int component in components)
        {
            var residuals = new Residuals([.. observations.Zip(predictions, (seen, predicted) => Of(seen, predicted, component, first))]);
            bool isLast = component == components[^1];
            panels.Add(OverTime(residuals, names[component], isLast ? options.TimeLabel : "", failure));
            panels.Add(Distribution(residuals, isLast));
            panels.Add(Correlation(residuals, isLast));
        }

        return Composition.Grid(Width, RowHeight, panels, Columns, lastRowExtra: components.Length > 1 ? 20 : 40);
    }

    private static (double[] Times, double[] Values) Of(Trajectory seen, OdeSolution predicted, int component, int first)
    {
        double[] times = [.. seen.Times[first..]];
        return (times, [.. Enumerable.Range(first, times.Length).Select(n => n < predicted.Count ? seen.StateAt(n)[component] - predicted[n, component] : double.NaN)]);
    }

    private static Plot OverTime(Residuals residuals, string name, string timeLabel, OdeFailure? failure)
    {
        string statistics = residuals.Values.Length == 0 ? "no residuals" : $"RMSE {NumberText.Short(residuals.RootMeanSquare)}, mean {NumberText.Short(residuals.Mean)}, n = {residuals.Values.Length:#,0}";
        string failed = failure is null ? "" : $", prediction failed at {NumberText.Short(failure.Time)}";
        float room = (float)(Width * Columns[0]) - 110 - Typeface.Width($": {statistics}{failed}", Panel.TitleSize);
        Plot plot = Panel.Create($"{Typeface.Fit(name, Panel.TitleSize, Math.Max(60, room))}: {statistics}{failed}", timeLabel, "observed − predicted");
        if (residuals.Values.Length == 0)
            Panel.Note(plot, "nothing was observed where there is a prediction");
        double deviation = residuals.StandardDeviation;
        Panel.Horizontal(plot, 0, Palette.Axis, LinePattern.Solid);
        if (residuals.Vary)
        {
            Panel.Horizontal(plot, 2 * deviation, Palette.Axis, LinePattern.DenselyDashed, "± 2 standard deviations");
            Panel.Horizontal(plot, -2 * deviation, Palette.Axis, LinePattern.DenselyDashed);
        }

        Panel.Points(plot, [.. residuals.Series.SelectMany(one => one.Times.Zip(one.Values, (time, value) => new Coordinates(time, value)))],
            Palette.Blue, Panel.MarkerSize(residuals.Values.Length) * 0.9f, "residuals");
        Panel.Show(plot, Span.Around(residuals.Series.SelectMany(one => one.Times), 0.03), Vertical(residuals, deviation));
        return plot;
    }

    /// <summary>As far up as down, so that a bias is seen.</summary>
    private static Span Vertical(Residuals residuals, double deviation)
    {
        double largest = residuals.Values.Length == 0 ? 0 : Math.Max(residuals.Values.Max(Math.Abs), residuals.Vary ? 2 * deviation : 0);
        return largest > 0 ? Span.Around([-largest, largest], 0.12) : new Span(-1, 1);
    }

    private static Plot Distribution(Residuals residuals, bool isLast)
    {
        Plot plot = Panel.Create("distribution", isLast ? "residual" : "", "");
        if (!residuals.Vary)
        {
            Panel.Note(plot, residuals.Values.Length > 1 ? "all residuals are the same" : "too few residuals");
            Panel.Show(plot, Span.Around(residuals.Values), new Span(0, 1));
            return plot;
        }

        (double start, double width, int[] counts) = residuals.Histogram();
        plot.Add.Bars(counts.Select((count, i) => new Bar
        {
            Position = start + (i + 0.5) * width,
            Value = count,
            Size = width,
            FillColor = Palette.Sky.WithAlpha(0.55),
            LineColor = Colors.White,
            LineWidth = 1,
        }).ToArray());
        double mean = residuals.Mean, deviation = residuals.StandardDeviation;
        Span across = Span.Around([start, start + counts.Length * width, mean - 3 * deviation, mean + 3 * deviation], 0.03);
        Coordinates[] normal = [.. Enumerable.Range(0, 121).Select(i => across.Low + across.Length * i / 120).Select(value =>
            new Coordinates(value, residuals.Values.Length * width / deviation / Math.Sqrt(2 * Math.PI) * Math.Exp(-0.5 * Math.Pow((value - mean) / deviation, 2))))];
        Panel.Line(plot, normal, Palette.Vermillion, 2, "normal distribution");
        Panel.Show(plot, across, new Span(0, 1.1 * Math.Max(counts.Max(), normal.Max(point => point.Y))));
        return plot;
    }

    private static Plot Correlation(Residuals residuals, bool isLast)
    {
        Plot plot = Panel.Create("autocorrelation", isLast ? "lag (observations)" : "", "");
        plot.Axes.Bottom.TickGenerator = new LinearTicks { AreWhole = true };
        int lags = Math.Min(MostLags, residuals.Series.Max(one => one.Values.Length) / 2);
        if (!residuals.Vary || lags < 1)
        {
            Panel.Note(plot, residuals.Values.Length > 1 && lags > 0 ? "all residuals are the same" : "too few residuals");
            Panel.Show(plot, new Span(0, 2), new Span(-1, 1));
            return plot;
        }

        double[] correlations = residuals.Autocorrelations(lags);
        double band = 1.96 / Math.Sqrt(residuals.Values.Length);
        Panel.Horizontal(plot, 0, Palette.Axis, LinePattern.Solid);
        Panel.Horizontal(plot, band, Palette.Green, LinePattern.DenselyDashed, "95 % of white noise");
        Panel.Horizontal(plot, -band, Palette.Green, LinePattern.DenselyDashed);
        for (int lag = 1; lag <= lags; lag++)
        {
            if (double.IsFinite(correlations[lag - 1]))
                Panel.Line(plot, [new Coordinates(lag, 0), new Coordinates(lag, correlations[lag - 1])], Palette.Blue, lags > 25 ? 2 : 3);
        }

        Panel.Points(plot, [.. correlations.Select((value, i) => new Coordinates(i + 1, value))], Palette.Blue, lags > 25 ? 4 : 6);
        double most = Math.Max(1, correlations.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max());
        Panel.Show(plot, new Span(0, lags + 1), new Span(-1.08 * most, 1.08 * most));
        return plot;
    }
}
