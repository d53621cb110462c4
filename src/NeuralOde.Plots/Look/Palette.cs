using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>The colours of all figures: those of M. Okabe and K. Ito, "Color Universal Design" (2008), which colour-blind readers tell apart, on a slate ink.</summary>
internal static class Palette
{
    public static readonly Color Ink = new("#334155");
    public static readonly Color Axis = new("#64748B");
    public static readonly Color Grid = new("#EEF2F6");
    public static readonly Color Faint = new("#CBD5E1");
    public static readonly Color Field = new("#B4C1D0");

    public static readonly Color Blue = new("#0072B2");
    public static readonly Color Vermillion = new("#D55E00");
    public static readonly Color Green = new("#009E73");
    public static readonly Color Purple = new("#CC79A7");
    public static readonly Color Orange = new("#E69F00");
    public static readonly Color Sky = new("#56B4E9");

    private static readonly Color[] Cycle = [Blue, Vermillion, Green, Purple, Orange, Sky, Ink];
    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.DenselyDashed, LinePattern.Dotted];

    /// <summary>The look of one of many lines: colours first, then the same colours with other patterns.</summary>
    public static (Color Color, LinePattern Pattern) Line(int index) =>
        (Cycle[index % Cycle.Length], Patterns[index / Cycle.Length % Patterns.Length]);
}
