using ScottPlot;
using ScottPlot.Plottables;
using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>Two components against each other: the vector field, what was observed, and curves.</summary>
internal static class PhasePortraitFigure
{
    private const int Width = 800;
    private const int Height = 620;

    /// <summary>About the pixels of the panel that are left to the data.</summary>
    private const double DataWidth = 715;
    private const double DataHeight = 545;

    /// <summary>The derivative of a state at a time.</summary>
    public delegate void Derivative(double time, ReadOnlySpan<double> state, Span<double> derivative);

    public static Figure Create(Derivative derivative, int dimension, IReadOnlyList<Trajectory> observations, IReadOnlyList<Curve> curves, PhasePortraitOptions options, IReadOnlyList<string>? dataNames)
    {
        curves = [.. curves, .. options.Curves ?? []];
        Require(dimension, observations, curves);
        string[] names = Names.Of(options.StateNames, dataNames, dimension);
        double time = options.Time ?? (observations.Count > 0 ? observations[0].Times[0] : curves.Count > 0 ? curves[0].Times[0] : 0);
        if (!double.IsFinite(time))
            throw new ArgumentException(Invariant($"Time = {time} is not finite."), nameof(options));
        if (dimension == 1)
            return PhaseLineFigure.Create(derivative, time, observations, curves, options, names[0]);
        Names.Require(options.X, nameof(options.X), dimension);
        Names.Require(options.Y, nameof(options.Y), dimension);
        if (options.X == options.Y)
            throw new ArgumentException(Invariant($"X and Y are both {options.X}; a portrait needs two components."), nameof(options));

        double[] section = Section(options.Section, dimension, observations, curves);
        (Span x, Span y) = View(observations, curves, options, section);
        Plot plot = Panel.Create("", Typeface.Fit(names[options.X], Panel.LabelSize, Width - 120), Typeface.Fit(names[options.Y], Panel.LabelSize, Height - 120));
        if (options.Field != FieldStyle.None)
            DrawField(plot, new SampledField(AcrossSection(derivative, time, section, options), x, y, DataWidth, DataHeight), options.Field, FieldName(dimension, options.Section is not null));
        DrawObservations(plot, observations, options);
        DrawCurves(plot, curves, options);
        Panel.Show(plot, x, y);
        if (options.EqualScales)
            plot.Axes.SquareUnits();
        return Composition.Grid(Width, Height, [plot], [1]);
    }

    public static void DrawCurves(Plot plot, IReadOnlyList<Curve> curves, Func<Curve, Coordinates[]> points)
    {
        int alternatives = 0;
        foreach (Curve curve in CurveLook.InLayers(curves))
            CurveLook.Draw(plot, points(curve), curve, ref alternatives);
    }

    private static string FieldName(int dimension, bool isGiven) => dimension == 2 ? "field" : isGiven ? "field, in the section's plane" : "field, all other components at their means";

    private static void DrawCurves(Plot plot, IReadOnlyList<Curve> curves, PhasePortraitOptions options)
    {
        DrawCurves(plot, curves, curve => [.. Enumerable.Range(0, curve.Length).Select(i => new Coordinates(curve[i, options.X], curve[i, options.Y]))]);
        Coordinates[] starts = [.. curves.Where(curve => curve.Style == CurveStyle.Fit).Select(curve => new Coordinates(curve[0, options.X], curve[0, options.Y])).Distinct()];
        Panel.Points(plot, starts, Palette.Blue, 9, "start", MarkerShape.OpenCircle);
    }

    private static void DrawObservations(Plot plot, IReadOnlyList<Trajectory> observations, PhasePortraitOptions options)
    {
        Coordinates[] points = [.. observations.SelectMany(trajectory => Enumerable.Range(0, trajectory.Length).Select(n =>
            new Coordinates(trajectory.StateAt(n)[options.X], trajectory.StateAt(n)[options.Y])))];
        Panel.Points(plot, points, Palette.Ink.WithAlpha(0.7), Panel.MarkerSize(points.Length) * 0.8f, "observed");
    }

    private static void DrawField(Plot plot, SampledField field, FieldStyle style, string name)
    {
        if (style == FieldStyle.Arrows)
        {
            DrawArrows(plot, field);
        }
        else
        {
            foreach ((double X, double Y)[] line in new Streamlines(field).Draw())
            {
                Panel.Line(plot, [.. line.Select(point => field.Coordinates(point.X, point.Y))], Palette.Field, 1.2f);
                DrawHead(plot, field, line[line.Length / 2]);
            }
        }

        plot.Legend.ManualItems.Add(new LegendItem { LabelText = name, LineColor = Palette.Field, LineWidth = 1.5f });
    }

    private static void DrawHead(Plot plot, SampledField field, (double X, double Y) at)
    {
        if (field.Direction(at.X, at.Y, out double dx, out double dy))
            AddArrow(plot, field, (at.X - 4 * dx, at.Y - 4 * dy), (at.X + 4 * dx, at.Y + 4 * dy), width: 0);
    }

    private static void DrawArrows(Plot plot, SampledField field)
    {
        const double Spacing = 36, Half = 11;
        for (double x = Spacing / 2; x < field.Width; x += Spacing)
        {
            for (double y = Spacing / 2; y < field.Height; y += Spacing)
            {
                if (field.Direction(x, y, out double dx, out double dy))
                    AddArrow(plot, field, (x - Half * dx, y - Half * dy), (x + Half * dx, y + Half * dy), width: 1.5f);
            }
        }
    }

    private static void AddArrow(Plot plot, SampledField field, (double X, double Y) from, (double X, double Y) to, float width)
    {
        AddArrow(plot, field.Coordinates(from.X, from.Y), field.Coordinates(to.X, to.Y), width);
    }

    public static void AddArrow(Plot plot, Coordinates from, Coordinates to, float width)
    {
        Arrow arrow = plot.Add.Arrow(from, to);
        arrow.ArrowFillColor = Palette.Field;
        arrow.ArrowLineWidth = 0;
        arrow.ArrowWidth = width;
        arrow.ArrowheadLength = arrow.ArrowheadAxisLength = 8;
        arrow.ArrowheadWidth = 7;
    }

    private static Func<double, double, (double X, double Y)> AcrossSection(Derivative derivative, double time, double[] section, PhasePortraitOptions options)
    {
        double[] state = [.. section], slope = new double[section.Length];
        return (x, y) =>
        {
            (state[options.X], state[options.Y]) = (x, y);
            derivative(time, state, slope);
            return (slope[options.X], slope[options.Y]);
        };
    }

    private static double[] Section(IReadOnlyList<double>? given, int dimension, IReadOnlyList<Trajectory> observations, IReadOnlyList<Curve> curves)
    {
        if (given is null)
            return [.. Enumerable.Range(0, dimension).Select(component => Values(observations, curves, component).Where(double.IsFinite).DefaultIfEmpty(0).Average())];
        if (given.Count != dimension)
            throw new ArgumentException(Invariant($"Section has {given.Count} numbers; {dimension} are needed."), nameof(PhasePortraitOptions.Section));
        for (int i = 0; i < given.Count; i++)
        {
            if (!double.IsFinite(given[i]))
                throw new ArgumentException(Invariant($"Section[{i}] = {given[i]} is not finite."), nameof(PhasePortraitOptions.Section));
        }

        return [.. given];
    }

    /// <summary>Of one component, what was observed, or else what the curves show.</summary>
    private static IEnumerable<double> Values(IReadOnlyList<Trajectory> observations, IReadOnlyList<Curve> curves, int component) => observations.Count > 0
        ? observations.SelectMany(trajectory => Enumerable.Range(0, trajectory.Length).Select(n => trajectory.StateAt(n)[component]))
        : curves.SelectMany(curve => Enumerable.Range(0, curve.Length).Select(i => curve[i, component]));

    private static (Span X, Span Y) View(IReadOnlyList<Trajectory> observations, IReadOnlyList<Curve> curves, PhasePortraitOptions options, double[] section)
    {
        Span x = Of(options.X), y = Of(options.Y);
        if (!options.EqualScales)
            return (x, y);
        double unit = Math.Max(x.Length / DataWidth, y.Length / DataHeight);
        return (Centered(x, unit * DataWidth), Centered(y, unit * DataHeight));

        // Curves that run away do not make everything else small.
        Span Of(int component)
        {
            Span seen = Span.Around(Values(observations, curves, component).DefaultIfEmpty(section[component]), 0.12);
            if (observations.Count == 0)
                return seen;
            Span both = seen.Including(Span.Around(curves.SelectMany(curve => Enumerable.Range(0, curve.Length).Select(i => curve[i, component])).DefaultIfEmpty(section[component]), 0.12));
            return new Span(Math.Max(both.Low, seen.Low - seen.Length / 2), Math.Min(both.High, seen.High + seen.Length / 2));
        }

        static Span Centered(Span span, double length) => new((span.Low + span.High - length) / 2, (span.Low + span.High + length) / 2);
    }

    private static void Require(int dimension, IReadOnlyList<Trajectory> observations, IReadOnlyList<Curve> curves)
    {
        for (int i = 0; i < observations.Count; i++)
        {
            if (observations[i].Dimension != dimension)
                throw new ArgumentException(Invariant($"data has dimension {observations[i].Dimension}, but the field has dimension {dimension}."), nameof(observations));
            Span.RequireDrawable(observations[i], nameof(observations));
        }

        for (int i = 0; i < curves.Count; i++)
        {
            if (curves[i] is null)
                throw new ArgumentException(Invariant($"Curves[{i}] is null."), nameof(curves));
            if (curves[i].Dimension != dimension)
                throw new ArgumentException(Invariant($"Curves[{i}] has dimension {curves[i].Dimension}, but the field has dimension {dimension}."), nameof(curves));
        }
    }
}
