using System.Globalization;
using System.Xml.Linq;
using NeuralOde.Plots;
using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Tests.Plots;

/// <summary>What a figure shows, read from its panels.</summary>
internal static class Drawn
{
    /// <summary>The points of all lines and dots with this name.</summary>
    public static Coordinates[] Series(this Plot panel, string name) =>
        [.. panel.GetPlottables<Scatter>().Where(scatter => scatter.LegendText == name).SelectMany(scatter => scatter.Data.GetScatterPoints())];

    public static string[] Names(this Plot panel) => [.. panel.GetPlottables<Scatter>().Select(scatter => scatter.LegendText).Where(name => name.Length > 0)];

    public static string TitleText(this Plot panel) => panel.Axes.Title.Label.Text;

    public static AxisLimits Limits(this Plot panel) => panel.Axes.GetLimits();

    /// <summary>The pieces of text of a figure, each with the place of its first and last letter, if it is not turned.</summary>
    public static IEnumerable<(string Text, double Left, double Right, double Baseline)> Texts(Figure figure)
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        foreach (XElement text in XDocument.Parse(figure.ToSvg()).Descendants(svg + "text"))
        {
            string transform = text.Attribute("transform")?.Value ?? "translate(0 0)";
            if (!transform.StartsWith("translate", StringComparison.Ordinal))
                continue;
            double[] offset = Numbers(transform[(transform.IndexOf('(') + 1)..^1]);
            double[] x = Numbers(text.Attribute("x")!.Value), y = Numbers(text.Attribute("y")!.Value);
            yield return (text.Value.Trim(), offset[0] + x[0], offset[0] + x[^1], (offset.Length > 1 ? offset[1] : 0) + y[0]);
        }
    }

    public static double[] Numbers(string list) =>
        [.. list.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
}
