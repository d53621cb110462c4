using ScottPlot;
using SkiaSharp;

namespace NeuralOde.Plots;

/// <summary>The font of all figures. It comes with the package, so that a machine without fonts draws the same picture as any other.</summary>
internal static class Typeface
{
    /// <summary>A name that no installed font has: figures look the same whatever is installed.</summary>
    private const string Name = "NeuralOde.Plots/DejaVu Sans";

    private static readonly Lazy<SKTypeface> Embedded = new(Load);

    /// <summary>The embedded font, or an installed one if a text has letters that the embedded one lacks.</summary>
    public static string For(string text)
    {
        SKTypeface embedded = Embedded.Value;
        if (text.EnumerateRunes().All(rune => rune.Value < ' ' || embedded.ContainsGlyph(rune.Value)))
            return Name;
        string detected = Fonts.Detect(text);
        return detected.Length > 0 ? detected : Name;
    }

    /// <summary>Width in pixels.</summary>
    public static float Width(string text, float size)
    {
        using var font = new SKFont(Embedded.Value, size);
        return font.MeasureText(text);
    }

    /// <summary>The text, or as much of its beginning as fits, then "…".</summary>
    public static string Fit(string text, float size, float width)
    {
        if (Width(text, size) <= width)
            return text;
        int length = text.Length - 1;
        while (length > 1 && Width(text[..length] + "…", size) > width)
            length--;
        if (char.IsHighSurrogate(text[length - 1]))
            length--;
        return text[..length].TrimEnd() + "…";
    }

    private static SKTypeface Load()
    {
        using Stream stream = typeof(Typeface).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        SKTypeface typeface = SKTypeface.FromStream(stream);
        lock (Fonts.FontResolvers)
            Fonts.FontResolvers.Add(new Resolver(typeface));
        return typeface;
    }

    private sealed class Resolver(SKTypeface typeface) : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => fontName == Name ? typeface : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? typeface : null;
    }
}
