using ScottPlot;
using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>The lengths of a solve's steps, and the solution with its events.</summary>
internal static class StepFigure
{
    private const int Width = 1000;
    private const int WantedPoints = 2_000;

    public static Figure Create(OdeSolution solution, IReadOnlyList<string>? stateNames)
    {
        ArgumentNullException.ThrowIfNull(solution);
        if (solution.Output != OdeOutput.Steps)
            throw new ArgumentException($"The solution has its output times, not its steps: solve with Output = OdeOutput.Steps in the OdeSolverOptions.", nameof(solution));
        string[] names = Names.Of(stateNames, ofData: null, solution.Dimension);
        Span time = Span.Around(solution.Times.ToArray(), 0.02);
        Plot steps = Steps(solution), states = States(solution, names);
        foreach (Plot plot in (Plot[])[steps, states])
        {
            ShowEvents(plot, solution);
            plot.Axes.SetLimitsX(time.Low, time.High);
        }

        Panel.HideTimeLabels(steps);
        return Composition.Grid(Width, 240, [steps, states], [1], lastRowExtra: 36);
    }

    private static Plot Steps(OdeSolution solution)
    {
        OdeStatistics cost = solution.Statistics;
        string failure = solution.Failure is { } failed ? Invariant($", failed at {NumberText.Short(failed.Time)}: {failed.Status}") : "";
        Plot plot = Panel.Create(Invariant($"{cost.AcceptedSteps:#,0} steps, {cost.RejectedSteps:#,0} rejected, {cost.Evaluations:#,0} evaluations{failure}"), "", "length of step");
        plot.Axes.Left.TickGenerator = new LogTicks();
        var staircase = new List<Coordinates>();
        for (int n = 1; n < solution.Count; n++)
        {
            double length = Math.Abs(solution.Times[n] - solution.Times[n - 1]);
            // Where an event changes the state a time comes twice.
            if (length > 0)
                staircase.AddRange([new Coordinates(solution.Times[n - 1], Math.Log10(length)), new Coordinates(solution.Times[n], Math.Log10(length))]);
        }

        Panel.Line(plot, staircase, Palette.Blue, staircase.Count > 1000 ? 1.2f : 2);
        if (staircase.Count == 0)
            Panel.Note(plot, "no step was taken");
        Span lengths = Span.Around(staircase.Select(point => point.Y), 0.1);
        // A constant step is shown within its power of ten.
        if (lengths.Length < 0.5)
            lengths = new Span((lengths.Low + lengths.High) / 2 - 0.5, (lengths.Low + lengths.High) / 2 + 0.5);
        plot.Axes.SetLimitsY(lengths.Low, lengths.High);
        return plot;
    }

    private static Plot States(OdeSolution solution, string[] names)
    {
        Plot plot = Panel.Create(Names.Shown(null, solution.Dimension).Trim(), "time", solution.Dimension == 1 ? Typeface.Fit(names[0], Panel.LabelSize, 180) : "state");
        var all = new List<double>();
        (double[] times, double[][] states) = Sample(solution);
        for (int i = 0; i < Math.Min(solution.Dimension, Names.MostComponents); i++)
        {
            Coordinates[] points = [.. times.Zip(states, (time, state) => new Coordinates(time, state[i]))];
            (Color color, LinePattern pattern) = Palette.Line(i);
            Panel.Line(plot, points, color, 2, Typeface.Fit(names[i], Panel.LabelSize, 300), pattern);
            all.AddRange(points.Select(point => point.Y));
        }

        Span vertical = Span.Around(all);
        plot.Axes.SetLimitsY(vertical.Low, vertical.High);
        return plot;
    }

    /// <summary>The steps' ends and, where the solution knows them, states between.</summary>
    private static (double[] Times, double[][] States) Sample(OdeSolution solution)
    {
        int inside = IsDense(solution) ? WantedPoints / solution.Count : 0;
        var times = new List<double>();
        var states = new List<double[]>();
        for (int n = 0; n < solution.Count; n++)
        {
            for (int k = 1; n > 0 && k <= inside && solution.Times[n] != solution.Times[n - 1]; k++)
            {
                double time = solution.Times[n - 1] + (solution.Times[n] - solution.Times[n - 1]) * k / (inside + 1);
                times.Add(time);
                states.Add(solution.Evaluate(time));
            }

            times.Add(solution.Times[n]);
            states.Add(solution.State(n).ToArray());
        }

        return ([.. times], [.. states]);
    }

    private static bool IsDense(OdeSolution solution)
    {
        try
        {
            solution.Evaluate(solution.Times[0]);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static void ShowEvents(Plot plot, OdeSolution solution)
    {
        foreach (IGrouping<int, OdeEventOccurrence> occurrences in solution.Events.GroupBy(occurrence => occurrence.Event).OrderBy(group => group.Key))
        {
            // From the other end of the colours than the components, so that the two are seldom alike.
            Color color = Palette.Line(5 - occurrences.Key % 6).Color;
            string given = occurrences.First().Name, name = given.Length == 0 ? Invariant($"event {occurrences.Key}") : given;
            string entry = Invariant($"{Typeface.Fit(name, Panel.LabelSize, 300)} ({occurrences.Count():#,0})");
            foreach (OdeEventOccurrence occurrence in occurrences)
            {
                Panel.Vertical(plot, occurrence.Time, color, LinePattern.DenselyDashed, 1.4f, entry);
                entry = "";
            }
        }
    }
}
