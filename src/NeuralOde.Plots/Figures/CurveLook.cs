using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>What curves look like.</summary>
internal static class CurveLook
{
    public const float Width = 2.4f;

    private static readonly Color[] Alternatives = [Palette.Green, Palette.Purple, Palette.Orange, Palette.Ink];
    private static readonly LinePattern[] Patterns = [LinePattern.DenselyDashed, LinePattern.Dotted, LinePattern.Dashed];

    /// <summary>Curves in the order in which they are drawn: later ones lie above.</summary>
    public static IEnumerable<Curve> InLayers(IEnumerable<Curve> curves) => curves.OrderBy(curve => curve.Style switch
    {
        CurveStyle.Points => 0,
        CurveStyle.Truth => 1,
        CurveStyle.Member => 2,
        CurveStyle.Alternative => 3,
        _ => 4,
    });

    /// <param name="plot">Where to draw.</param>
    /// <param name="points">The points.</param>
    /// <param name="curve">The curve that they are of.</param>
    /// <param name="alternatives">How many alternatives were drawn before.</param>
    public static void Draw(Plot plot, Coordinates[] points, Curve curve, ref int alternatives)
    {
        switch (curve.Style)
        {
            case CurveStyle.Truth:
                Panel.Line(plot, points, Palette.Sky.WithAlpha(0.6), 6, curve.Name);
                break;
            case CurveStyle.Member:
                Panel.Line(plot, points, Palette.Field, 1.2f, curve.Name);
                break;
            case CurveStyle.Alternative:
                int index = alternatives++;
                Panel.Line(plot, points, Alternatives[index % Alternatives.Length], 1.8f, curve.Name, Patterns[index / Alternatives.Length % Patterns.Length]);
                break;
            case CurveStyle.Points:
                Panel.Points(plot, points, Palette.Ink.WithAlpha(0.7), Panel.MarkerSize(points.Length) * 0.8f, curve.Name);
                break;
            case CurveStyle.Forecast:
                Panel.Line(plot, points, Palette.Vermillion, Width, curve.Name);
                break;
            default:
                Panel.Line(plot, points, Palette.Blue, Width, curve.Name);
                break;
        }
    }
}
