using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using static System.FormattableString;

namespace NeuralOde.Samples;

/// <summary>The picture: the loss on the left, the phase portrait on the right, with the unseen end of the spiral enlarged in its corner.</summary>
internal static class SpiralPlot
{
    private const int Width = 1200;
    private const int Height = 600;
    private const int LossWidth = 400;
    private const int InsetWidth = 210;
    private const int InsetHeight = 206;
    private const double PortraitAspect = 1.44;

    public static void Save(SpiralResult result, string path) => SampleFigure.Save(path, Width, Height,
        (PlotLoss(result), new PixelRect(6, LossWidth, Height, 0)),
        (PlotPhasePortrait(result), new PixelRect(LossWidth, Width, Height, 0)),
        (PlotExtrapolation(result), new PixelRect(Width - InsetWidth - 18, Width - 18, Height - 50, Height - 50 - InsetHeight)));

    private static Plot PlotLoss(SpiralResult result)
    {
        Plot plot = SampleFigure.CreatePlot("Training", "iteration", "loss of the minibatch (mean squared error)");
        TrainingProgress[] steps = [.. result.History.Where(step => step.Loss > 0 && double.IsFinite(step.Loss))];
        if (steps.Length > 0)
        {
            SampleFigure.AddLine(plot, [.. steps.Select(step => new Coordinates(step.Iteration, Math.Log10(step.Loss)))], SampleFigure.Truth, 1, "every iteration");
            SampleFigure.AddLine(plot, Smooth(steps), SampleFigure.Fit, 2.5f, "smoothed");
        }

        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            LabelFormatter = exponent => "10" + Superscript((int)exponent),
            MinorTickGenerator = new LogMinorTickGenerator(),
        };
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static Plot PlotPhasePortrait(SpiralResult result)
    {
        Plot plot = SampleFigure.CreatePlot(
            Invariant($"Phase portrait (RMSE {result.RmseTraining:f3} observed, {result.RmseExtrapolation:f3} unseen)"), "x", "y");
        AxisLimits view = LimitsOf(result.Truth, 0, SpiralProblem.ObservedTimes).ExpandedBy(0.12);
        // As wide as the panel, which leaves room on the right for the legend and the inset.
        view = new AxisLimits(view.Left, view.Left + PortraitAspect * view.VerticalSpan, view.Bottom, view.Top);
        AddVectorField(plot, result, view);
        AddCurves(plot, result);
        plot.Axes.Left.TickGenerator = new NumericAutomatic { TickDensity = 0.5 };
        plot.Axes.SetLimits(view);
        plot.Axes.SquareUnits();
        plot.ShowLegend(Alignment.UpperRight);
        return plot;
    }

    private static Plot PlotExtrapolation(SpiralResult result)
    {
        Plot plot = SampleFigure.CreatePlot("enlarged: t from 25 to 50", "", "");
        plot.Axes.Title.Label.FontSize = 13;
        AddCurves(plot, result);
        plot.Axes.SetLimits(LimitsOf(result.Truth, SpiralProblem.ObservedTimes, result.Truth.Count).ExpandedBy(0.15));
        plot.Axes.SquareUnits();
        plot.Axes.Right.FrameLineStyle.IsVisible = true;
        plot.Axes.Top.FrameLineStyle.IsVisible = true;
        plot.HideLegend();
        return plot;
    }

    private static void AddCurves(Plot plot, SpiralResult result)
    {
        if (result.Options.Noise > 0)
            SampleFigure.AddPoints(plot, [.. Enumerable.Range(0, result.Observations.Length).Select(n => Point(result.Observations.StateAt(n)))], SampleFigure.Faint, 4, "observations");
        int reached = result.Prediction.Count, observed = Math.Min(reached, SpiralProblem.ObservedTimes);
        SampleFigure.AddLine(plot, Points(result.Truth, 0, result.Truth.Count), SampleFigure.Truth, 6, "truth");
        SampleFigure.AddLine(plot, Points(result.Prediction, 0, observed), SampleFigure.Fit, 1.8f, "prediction, t ≤ 25 (observed)");
        if (reached > observed)
            SampleFigure.AddLine(plot, Points(result.Prediction, observed - 1, reached), SampleFigure.Forecast, 1.8f, "prediction, t > 25 (unseen)");
    }

    /// <summary>Arrows of one length: the direction of the learned dz/dt.</summary>
    private static void AddVectorField(Plot plot, SpiralResult result, AxisLimits view)
    {
        const int Rows = 15;
        double spacing = view.VerticalSpan / Rows;
        double halfLength = 0.3 * spacing;
        var derivative = new double[2];
        for (double x = view.Left + spacing / 2; x < view.Right; x += spacing)
        {
            for (double y = view.Bottom + spacing / 2; y < view.Top; y += spacing)
            {
                result.Model.Derivative(0, [x, y], derivative);
                double speed = Math.Sqrt(derivative[0] * derivative[0] + derivative[1] * derivative[1]);
                if (speed == 0)
                    continue;
                (double dx, double dy) = (halfLength * derivative[0] / speed, halfLength * derivative[1] / speed);
                StyleArrow(plot.Add.Arrow(x - dx, y - dy, x + dx, y + dy).ArrowStyle);
            }
        }

        plot.Legend.ManualItems.Add(new LegendItem { LabelText = "learned vector field (direction)", LineColor = SampleFigure.Faint, LineWidth = 1.5f });
    }

    private static void StyleArrow(ArrowStyle arrow)
    {
        arrow.FillColor = SampleFigure.Faint;
        arrow.LineWidth = 0;
        arrow.ArrowWidth = 1.5f;
        arrow.ArrowheadLength = 6;
        arrow.ArrowheadAxisLength = 6;
        arrow.ArrowheadWidth = 6;
    }

    /// <summary>The running geometric mean over a fiftieth of the iterations.</summary>
    private static Coordinates[] Smooth(TrainingProgress[] steps)
    {
        int window = Math.Max(1, steps.Length / 50);
        var smooth = new Coordinates[steps.Length - window + 1];
        double sum = steps.Take(window - 1).Sum(step => Math.Log10(step.Loss));
        for (int i = 0; i < smooth.Length; i++)
        {
            sum += Math.Log10(steps[i + window - 1].Loss);
            smooth[i] = new Coordinates(steps[i + window / 2].Iteration, sum / window);
            sum -= Math.Log10(steps[i].Loss);
        }

        return smooth;
    }

    private static string Superscript(int number) =>
        string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));

    private static AxisLimits LimitsOf(OdeSolution solution, int start, int end)
    {
        Coordinates[] points = Points(solution, start, end);
        return new AxisLimits(points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
    }

    private static AxisLimits ExpandedBy(this AxisLimits limits, double fraction)
    {
        double dx = fraction * limits.HorizontalSpan, dy = fraction * limits.VerticalSpan;
        return new AxisLimits(limits.Left - dx, limits.Right + dx, limits.Bottom - dy, limits.Top + dy);
    }

    private static Coordinates[] Points(OdeSolution solution, int start, int end) =>
        [.. Enumerable.Range(start, end - start).Select(n => Point(solution.State(n)))];

    private static Coordinates Point(ReadOnlySpan<double> state) => new(state[0], state[1]);
}
