using ScottPlot;
using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>The loss over the iterations: every minibatch, their running mean, and the validation loss.</summary>
internal static class LossFigure
{
    private const int FewestToSmooth = 100;
    private const int Windows = 50;

    public static Figure Create(IEnumerable<TrainingProgress> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        (TrainingProgress Step, double Iteration)[] steps = [.. Consecutive(history, out List<double> starts)];
        if (steps.Length == 0)
            throw new ArgumentException("history is empty; at least one iteration is needed.", nameof(history));
        double[] losses = [.. steps.Select(entry => entry.Step.Loss).Concat(steps.Select(entry => entry.Step.ValidationLoss ?? double.NaN)).Where(double.IsFinite)];
        // A loss of 0 or less, which some have, has no logarithm.
        bool isLog = losses.All(loss => loss > 0);
        double Shown(double loss) => !double.IsFinite(loss) ? double.NaN : isLog ? Math.Log10(loss) : loss;

        Plot plot = Panel.Create("", "iteration", "loss");
        plot.Axes.Bottom.TickGenerator = new LinearTicks { AreWhole = true };
        plot.Axes.Left.TickGenerator = isLog ? new LogTicks() : new LinearTicks();
        Coordinates[] trained = [.. steps.Where(entry => !entry.Step.IsSkipped).Select(entry => new Coordinates(entry.Iteration, Shown(entry.Step.Loss)))];
        Coordinates[] validated = [.. steps.Where(entry => entry.Step.ValidationLoss is not null).Select(entry => new Coordinates(entry.Iteration, Shown(entry.Step.ValidationLoss!.Value)))];
        bool isSmoothed = trained.Length >= FewestToSmooth;
        for (int i = 1; i < starts.Count; i++)
            Panel.Vertical(plot, starts[i] - 0.5, Palette.Axis, LinePattern.DenselyDashed, name: i == 1 ? "new run" : "");
        Panel.Line(plot, trained, isSmoothed ? Palette.Sky.WithAlpha(0.55) : Palette.Blue, isSmoothed ? 1 : 2, isSmoothed ? "each minibatch" : "training");
        if (isSmoothed)
        {
            foreach (Coordinates[] run in Runs(trained, starts))
                Panel.Line(plot, Smooth(run), Palette.Blue, 2.5f, run[0] == trained[0] ? isLog ? "running mean (geometric)" : "running mean" : "");
        }

        if (validated.Length > 0)
            ShowValidation(plot, validated);
        Span vertical = Span.Around([.. trained.Select(point => point.Y), .. validated.Select(point => point.Y)]);
        ShowSkipped(plot, [.. steps.Where(entry => entry.Step.IsSkipped).Select(entry => entry.Iteration)], vertical.Low);
        if (losses.Length == 0)
            Panel.Note(plot, "no iteration has a finite loss");
        double last = steps[^1].Iteration;
        Panel.Show(plot, last > 1 ? new Span(1 - 0.02 * last, 1.02 * last) : new Span(0, 2), vertical);
        return Composition.Grid(800, 440, [plot], [1]);
    }

    /// <summary>Numbers iterations on where a history holds several runs, each of which counts from 1.</summary>
    private static List<(TrainingProgress, double)> Consecutive(IEnumerable<TrainingProgress> history, out List<double> starts)
    {
        var steps = new List<(TrainingProgress Step, double Iteration)>();
        starts = [];
        double offset = 0;
        foreach (TrainingProgress step in history)
        {
            bool isNewRun = steps.Count > 0 && step.Iteration <= steps[^1].Step.Iteration;
            if (isNewRun)
                offset = steps[^1].Iteration;
            if (steps.Count == 0 || isNewRun)
                starts.Add(offset + step.Iteration);
            steps.Add((step, offset + step.Iteration));
        }

        return steps;
    }

    private static IEnumerable<Coordinates[]> Runs(Coordinates[] points, List<double> starts)
    {
        for (int i = 0; i < starts.Count; i++)
        {
            Coordinates[] run = [.. points.Where(point => point.X >= starts[i] && (i + 1 == starts.Count || point.X < starts[i + 1]) && double.IsFinite(point.Y))];
            if (run.Length > 0)
                yield return run;
        }
    }

    /// <summary>The running mean over a fiftieth of the iterations, of the logarithms where those are drawn.</summary>
    private static Coordinates[] Smooth(Coordinates[] points)
    {
        int window = Math.Max(1, points.Length / Windows);
        var smooth = new Coordinates[points.Length - window + 1];
        for (int i = 0; i < smooth.Length; i++)
            smooth[i] = new Coordinates(points[i + window / 2].X, points.AsSpan(i, window).ToArray().Average(point => point.Y));
        return smooth;
    }

    private static void ShowValidation(Plot plot, Coordinates[] points)
    {
        Panel.Line(plot, points, Palette.Vermillion, 2, "validation");
        if (points.Length <= 60)
            Panel.Points(plot, points, Palette.Vermillion, 5);
        Coordinates[] finite = [.. points.Where(point => double.IsFinite(point.Y))];
        if (finite.Length == 0)
            return;
        Coordinates best = finite.MinBy(point => point.Y);
        Panel.Points(plot, [best], Palette.Vermillion, 12, Invariant($"best validation, iteration {best.X:#,0}"), MarkerShape.OpenCircle);
    }

    /// <summary>Ticks along the lower edge.</summary>
    private static void ShowSkipped(Plot plot, double[] iterations, double bottom) =>
        Panel.Points(plot, [.. iterations.Select(iteration => new Coordinates(iteration, bottom))], Palette.Purple, 14,
            Invariant($"skipped minibatches ({iterations.Length:#,0})"), MarkerShape.VerticalBar);
}
