using ScottPlot;

namespace NeuralOde.Plots;

/// <summary>A picture of one or several panels. Save it as it is, or change its panels first: each is a ScottPlot <see cref="Plot"/>.</summary>
/// <remarks>
/// Figures need neither a display nor installed fonts: DejaVu Sans comes with the package. Colours are those of Okabe and Ito, which colour-blind readers
/// tell apart. Drawing one figure is for one thread at a time; different figures may be drawn at once.
/// </remarks>
public sealed partial class Figure
{
    private const int LargestSide = 20_000;

    private readonly Func<PixelRect, PixelRect[]> _layout;
    private int _width;
    private int _height;
    private double _scale = 1;

    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="panels">The plots, drawn in this order.</param>
    /// <param name="layout">Gives each plot its part of the figure.</param>
    internal Figure(int width, int height, IReadOnlyList<Plot> panels, Func<PixelRect, PixelRect[]> layout)
    {
        Panels = panels;
        _layout = layout;
        Width = width;
        Height = height;
    }

    /// <summary>What the figure shows, each panel with its own axes. The legend above the panels, if there is one, is the last.</summary>
    public IReadOnlyList<Plot> Panels { get; }

    /// <summary>Width in pixels, at <see cref="Scale"/> 1; from 1 to 20 000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Width
    {
        get => _width;
        set => _width = CheckedSide(value);
    }

    /// <summary>Height in pixels, at <see cref="Scale"/> 1; from 1 to 20 000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int Height
    {
        get => _height;
        set => _height = CheckedSide(value);
    }

    /// <summary>Pixels of the picture for each of <see cref="Width"/> and <see cref="Height"/>, text and lines included; from 0.1 to 10, default: 1. For print and dense screens, 2 or 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public double Scale
    {
        get => _scale;
        set => _scale = value is >= 0.1 and <= 10 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, FormattableString.Invariant($"Scale = {value} is not in [0.1, 10]."));
    }

    /// <summary>Figures next to each other, from left to right, each as wide as by itself; as high as the highest.</summary>
    /// <param name="figures">At least one.</param>
    /// <returns>A figure of all their panels; the figures themselves may no longer be changed.</returns>
    /// <exception cref="ArgumentException">There is no figure, or one is null.</exception>
    public static Figure Beside(params IReadOnlyList<Figure> figures) => Composition.Join(figures, isHorizontal: true);

    /// <summary>Figures above each other, from top to bottom, each as high as by itself; as wide as the widest.</summary>
    /// <param name="figures">At least one.</param>
    /// <returns>A figure of all their panels; the figures themselves may no longer be changed.</returns>
    /// <exception cref="ArgumentException">There is no figure, or one is null.</exception>
    public static Figure Above(params IReadOnlyList<Figure> figures) => Composition.Join(figures, isHorizontal: false);

    /// <summary>Adds a panel that lies over the others, to enlarge a detail, for instance.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="left">Its left edge, as a part of the figure's width.</param>
    /// <param name="top">Its upper edge, as a part of the figure's height.</param>
    /// <param name="width">Its width, as a part of the figure's.</param>
    /// <param name="height">Its height, as a part of the figure's.</param>
    /// <returns>A figure of the same size with one panel more.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not in [0, 1], or the panel would leave the figure.</exception>
    public Figure WithInset(Plot panel, double left, double top, double width, double height) => Composition.AddInset(this, panel, left, top, width, height);

    /// <summary>Writes the figure as a file; an existing file is replaced in one step.</summary>
    /// <param name="path">The file, ending in <c>.png</c> or <c>.svg</c>; its folder exists.</param>
    /// <exception cref="ArgumentException">The path is empty or ends otherwise.</exception>
    /// <exception cref="IOException">The file cannot be written, is read-only, or is no regular file: no folder, device or pipe.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string extension = Path.GetExtension(path);
        byte[] content = extension.ToUpperInvariant() switch
        {
            ".PNG" => ToPng(),
            ".SVG" => System.Text.Encoding.UTF8.GetBytes(ToSvg()),
            _ => throw new ArgumentException($"path = '{path}' ends in '{extension}'; figures are written as .png or .svg.", nameof(path)),
        };
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>The figure as the content of a PNG file.</summary>
    public byte[] ToPng() => FigureFormat.Png(this);

    /// <summary>The figure as an SVG document.</summary>
    public string ToSvg() => FigureFormat.Svg(this);

    /// <summary>The figure for a control that shows it in a window: ScottPlot has some for WPF, WinForms, Avalonia and others.</summary>
    /// <returns>The same panels in the same places, whatever the size of the window.</returns>
    public Multiplot ToMultiplot()
    {
        var multiplot = new Multiplot(Panels[0]) { Layout = new MultiplotLayout(this) };
        foreach (Plot panel in Panels.Skip(1))
            multiplot.Subplots.Add(panel);
        return multiplot;
    }

    internal PixelRect[] Areas(PixelRect figure) => _layout(figure);

    private static int CheckedSide(int value) => value is >= 1 and <= LargestSide
        ? value
        : throw new ArgumentOutOfRangeException(nameof(value), value, $"A side of {value} pixels is not in [1, {LargestSide}].");

    private sealed class MultiplotLayout(Figure figure) : IMultiplotLayout
    {
        public PixelRect[] GetSubplotRectangles(SubplotCollection subplots, PixelRect figureRect) => figure.Areas(figureRect);
    }
}
