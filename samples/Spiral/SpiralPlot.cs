using NeuralOde.Plots;
using static System.FormattableString;

namespace NeuralOde.Samples;

/// <summary>The picture: the loss on the left, the phase portrait on the right, with the unseen end of the spiral enlarged in its corner.</summary>
internal static class SpiralPlot
{
    private const int LossWidth = 420;
    private const int PortraitWidth = 780;
    private const int Height = 600;
    private const double LastSeen = 25;

    public static void Save(SpiralResult result, string path)
    {
        Figure loss = Figure.Loss(result.History);
        (loss.Width, loss.Height) = (LossWidth, Height);
        loss.Panels[0].Title("Training");
        loss.Panels[0].YLabel("loss of the minibatch (mean squared error)");

        Figure portrait = PlotPhasePortrait(result, [.. Curves(result)], FieldStyle.Arrows);
        (portrait.Width, portrait.Height) = (PortraitWidth, Height);
        portrait.Panels[0].Title(Invariant($"Phase portrait (RMSE {result.RmseTraining:f3} observed, {result.RmseExtrapolation:f3} unseen)"));

        Figure end = PlotPhasePortrait(result, [.. Curves(result).Where(curve => curve.Times[0] >= LastSeen)], FieldStyle.None);
        end.Panels[0].Title("enlarged: t from 25 to 50", size: 13);
        end.Panels[0].XLabel("");
        end.Panels[0].YLabel("");
        Figure.Beside(loss, portrait.WithInset(end.Panels[0], left: 0.7, top: 0.6, width: 0.29, height: 0.31)).Save(path);
    }

    private static Figure PlotPhasePortrait(SpiralResult result, IReadOnlyList<Curve> curves, FieldStyle field) =>
        Figure.PhasePortrait(result.Model, curves, new PhasePortraitOptions { Field = field, EqualScales = true, StateNames = ["x", "y"] });

    private static IEnumerable<Curve> Curves(SpiralResult result)
    {
        IEnumerable<Curve> curves =
        [
            .. Curve.FromSolution("truth", result.Truth, CurveStyle.Truth).SplitAfter(LastSeen, "truth", "truth"),
            .. Curve.FromSolution("prediction", result.Prediction).SplitAfter(LastSeen, "prediction, t ≤ 25 (observed)", "prediction, t > 25 (unseen)"),
        ];
        return result.Options.Noise > 0 ? curves.Prepend(Curve.FromTrajectory("observations", result.Observations, CurveStyle.Points)) : curves;
    }
}
