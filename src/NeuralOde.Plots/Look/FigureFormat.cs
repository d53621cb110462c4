using System.Text;
using System.Text.RegularExpressions;
using ScottPlot;
using SkiaSharp;
using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>Draws a figure's panels as PNG or SVG.</summary>
internal static partial class FigureFormat
{
    public static byte[] Png(Figure figure)
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(Pixels(figure.Width, figure.Scale), Pixels(figure.Height, figure.Scale), SKColorType.Rgba8888, SKAlphaType.Premul))
            ?? throw new InvalidOperationException($"There is no memory for a picture of {figure.Width} × {figure.Height} pixels at Scale {figure.Scale}.");
        surface.Canvas.Scale((float)figure.Scale);
        Draw(figure, surface.Canvas);
        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public static string Svg(Figure figure)
    {
        using var stream = new MemoryStream();
        // The document is complete once its canvas is closed.
        using (SKCanvas canvas = SKSvgCanvas.Create(new SKRect(0, 0, figure.Width, figure.Height), stream))
            Draw(figure, canvas);
        string svg = Encoding.UTF8.GetString(stream.ToArray());
        svg = TextTag().Replace(svg, tag => LastComma().Replace(FontFamily().Replace(tag.Value, "font-family=\"$1, Verdana, sans-serif\""), "$1\""));
        return Root().Replace(svg, Invariant(
            $"""<svg$1 width="{figure.Width * figure.Scale}" height="{figure.Height * figure.Scale}" viewBox="0 0 {figure.Width} {figure.Height}">"""), 1);
    }

    private static int Pixels(int length, double scale) => (int)Math.Round(length * scale);

    private static void Draw(Figure figure, SKCanvas canvas)
    {
        canvas.Clear(SKColors.White);
        PixelRect[] areas = figure.Areas(new PixelRect(0, figure.Width, figure.Height, 0));
        Align(figure, areas);
        for (int i = 0; i < areas.Length; i++)
        {
            if (areas[i].Width >= 1 && areas[i].Height >= 1)
                figure.Panels[i].Render(canvas, areas[i]);
        }
    }

    /// <summary>
    /// Draws once for nothing, so that every plot knows its limits (else it draws itself twice, of which an SVG keeps both), and gives panels that
    /// start at the same place on the left axes of the same width.
    /// </summary>
    private static void Align(Figure figure, PixelRect[] areas)
    {
        using var nowhere = new SKNoDrawCanvas(figure.Width, figure.Height);
        var widths = new float[areas.Length];
        for (int i = 0; i < areas.Length; i++)
        {
            if (areas[i].Width < 1 || areas[i].Height < 1)
                continue;
            Plot plot = figure.Panels[i];
            plot.RenderManager.ClearCanvasBeforeEachRender = false;
            plot.Render(nowhere, areas[i]);
            widths[i] = plot.RenderManager.LastRender.Layout.PanelSizes.GetValueOrDefault(plot.Axes.Left);
        }

        for (int i = 0; i < areas.Length; i++)
        {
            float widest = 0;
            for (int j = 0; j < areas.Length; j++)
            {
                if (Math.Abs(areas[j].Left - areas[i].Left) < 1)
                    widest = Math.Max(widest, widths[j]);
            }

            if (widths[i] > 0 && widths[i] < widest)
            {
                figure.Panels[i].Axes.Left.MinimumSize = widest;
                figure.Panels[i].Render(nowhere, areas[i]);
            }
        }
    }

    [GeneratedRegex("<text [^>]*>")]
    private static partial Regex TextTag();

    /// <summary>Readers without the font get one of the same widths.</summary>
    [GeneratedRegex("font-family=\"([^\"]*)\"")]
    private static partial Regex FontFamily();

    /// <summary>Lists of places that end in a comma are wrong, and Firefox ignores them.</summary>
    [GeneratedRegex("( [xy]=\"[^\"]*?),\\s*\"")]
    private static partial Regex LastComma();

    [GeneratedRegex("<svg((?: xmlns(?::\\w+)?=\"[^\"]*\")*)[^>]*>")]
    private static partial Regex Root();
}
