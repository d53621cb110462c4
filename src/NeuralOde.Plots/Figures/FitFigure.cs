using ScottPlot;
using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>Observations and curves over time, a panel for each component.</summary>
internal static class FitFigure
{
    private const int Width = 1000;

    public static Figure Create(Trajectory observations, IReadOnlyList<Curve> curves, FitOptions options, IReadOnlyList<string>? dataNames)
    {
        Span.RequireDrawable(observations, nameof(observations));
        for (int i = 0; i < curves.Count; i++)
        {
            if (curves[i] is null)
                throw new ArgumentException(Invariant($"curves[{i}] is null."), nameof(curves));
            if (curves[i].Dimension < observations.Dimension)
                throw new ArgumentException(Invariant($"curves[{i}] has dimension {curves[i].Dimension}, but the observations have dimension {observations.Dimension}."), nameof(curves));
        }

        int dimension = Math.Max(observations.Dimension, curves.Count == 0 ? 0 : curves.Max(curve => curve.Dimension));
        string[] names = Names.Of(options.StateNames, dataNames, dimension);
        int[] components = Names.Components(options.Components, dimension);
        var timeline = new Timeline(observations, curves, options.HeldOutAfter);
        int columns = components.Length <= 4 ? 1 : components.Length <= 8 ? 2 : 3;
        Plot[] panels = [.. components.Select((component, place) =>
            Draw(observations, curves, component, names[component], timeline, options, isLast: place + columns >= components.Length, Width / columns))];
        int rowHeight = components.Length switch { 1 => 380, 2 => 250, _ => 190 };
        return Composition.Grid(Width, rowHeight, panels, [.. Enumerable.Repeat(1.0, columns)], lastRowExtra: components.Length > columns ? 36 : 0);
    }

    /// <summary>Asks a model from the first observation on.</summary>
    public static Figure Create(NeuralOdeModel model, TrajectoryDataset data, TrajectoryDataset? heldOut, FitOptions options)
    {
        if ((uint)options.Trajectory >= (uint)data.Count)
            throw new ArgumentOutOfRangeException(nameof(options), options.Trajectory, Invariant($"Trajectory = {options.Trajectory} is not in [0, {data.Count})."));
        Trajectory seen = data[options.Trajectory], all = seen;
        if (heldOut is not null)
        {
            all = Joined.Follow(seen, heldOut, options.Trajectory, data.Count);
            options = options with { HeldOutAfter = options.HeldOutAfter ?? seen.Times[^1] };
        }

        double end = options.ForecastUntil ?? all.Times[^1];
        if (!double.IsFinite(end))
            throw new ArgumentException(Invariant($"ForecastUntil = {end} is not finite."), nameof(options));
        Curve curve = ModelCurve.Predict(model, all, options.InitialState, end, Invariant($"trajectory {options.Trajectory}"));
        Figure figure = Create(all, [curve], options, data.StateNames);
        return figure;
    }

    private static Plot Draw(Trajectory observations, IReadOnlyList<Curve> curves, int component, string name, Timeline timeline, FitOptions options, bool isLast, int width)
    {
        string title = Typeface.Fit(name, Panel.TitleSize, width - 100);
        Plot plot = Panel.Create(title, isLast ? options.TimeLabel : "", options.ValueLabel);
        if (!isLast)
            Panel.HideTimeLabels(plot);
        if (timeline.ForecastStart is { } start)
        {
            double edge = timeline.IsBackward ? timeline.Shown.Low : timeline.Shown.High;
            Panel.Shade(plot, start, edge);
        }

        int alternatives = 0;
        foreach (Curve curve in CurveLook.InLayers(curves))
        {
            if (component < curve.Dimension)
                DrawCurve(plot, curve, component, timeline, ref alternatives);
        }

        double[] observed = component < observations.Dimension ? [.. Enumerable.Range(0, observations.Length).Select(n => observations.StateAt(n)[component])] : [];
        Coordinates[] points = [.. observed.Select((value, n) => new Coordinates(observations.Times[n], value))];
        float size = Panel.MarkerSize(observations.Length * (width < Width ? 2 : 1));
        Panel.Points(plot, [.. points.Where(point => !timeline.IsHeldOut(point.X))], Palette.Ink, size, "observed");
        Panel.Points(plot, [.. points.Where(point => timeline.IsHeldOut(point.X))], Palette.Ink, size + 1, "held out", MarkerShape.OpenCircle);
        if (observed.Length == 0 || observed.All(double.IsNaN))
            plot.Title($"{title} (not observed)", Panel.TitleSize);
        Panel.Show(plot, timeline.Shown, Vertical(observed, curves, component));
        return plot;
    }

    /// <summary>
    /// What the observations need, and the curves too, unless they leave the observations by more than their range: a prediction that runs away is cut off
    /// rather than all else pressed flat.
    /// </summary>
    private static Span Vertical(double[] observed, IReadOnlyList<Curve> curves, int component)
    {
        Span drawn = Span.Around(curves.Where(curve => component < curve.Dimension).SelectMany(curve => Enumerable.Range(0, curve.Length).Select(i => curve[i, component])), 0.08);
        if (!observed.Any(double.IsFinite))
            return drawn;
        Span needed = Span.Around(observed, 0.08);
        if (curves.Count == 0)
            return needed;
        Span both = needed.Including(drawn), most = new(needed.Low - needed.Length, needed.High + needed.Length);
        return new Span(Math.Max(both.Low, most.Low), Math.Min(both.High, most.High));
    }

    private static void DrawCurve(Plot plot, Curve curve, int component, Timeline timeline, ref int alternatives)
    {
        Coordinates[] points = [.. Enumerable.Range(0, curve.Length).Select(i => new Coordinates(curve.Times[i], curve[i, component]))];
        if (curve.Style != CurveStyle.Fit || timeline.ForecastStart is not { } start)
        {
            CurveLook.Draw(plot, points, curve, ref alternatives);
            return;
        }

        // Both parts have the point where one becomes the other.
        int seen = points.TakeWhile(point => !timeline.IsAfter(point.X, start)).Count();
        Panel.Line(plot, points[..seen], Palette.Blue, CurveLook.Width, curve.Name);
        Panel.Line(plot, points[Math.Max(0, seen - 1)..], Palette.Vermillion, CurveLook.Width, seen < points.Length ? $"{curve.Name}, forecast" : "");
    }
}
