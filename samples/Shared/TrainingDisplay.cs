using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace NeuralOde.Samples;

/// <summary>Shows training as it goes: a live bar on a terminal, a line now and then where the output goes elsewhere.</summary>
internal static class TrainingDisplay
{
    private const int PlainLines = 10;
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Pulls training to its end, or until it is interrupted.</summary>
    /// <param name="title">What is trained.</param>
    /// <param name="training">What a trainer's run gives.</param>
    /// <param name="iterations">Its length.</param>
    /// <param name="interruption">Stops it early.</param>
    /// <param name="onStep">Told about every iteration.</param>
    public static void Follow(string title, IEnumerable<TrainingProgress> training, int iterations, Interruption interruption, Action<TrainingProgress> onStep)
    {
        IEnumerable<TrainingProgress> steps = training.TakeWhile(_ => !interruption.IsRequested);
        if (AnsiConsole.Profile.Capabilities.Interactive && AnsiConsole.Profile.Capabilities.Ansi && !Console.IsOutputRedirected)
            FollowLive(title, steps, iterations, onStep);
        else
            FollowInLines(title, steps, iterations, onStep);
    }

    private static void FollowLive(string title, IEnumerable<TrainingProgress> steps, int iterations, Action<TrainingProgress> onStep) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask(title, maxValue: iterations);
                long lastRefresh = 0;
                foreach (TrainingProgress step in steps)
                {
                    onStep(step);
                    // Iterations are far shorter than a blink; drawing each would take longer than training.
                    if (Stopwatch.GetElapsedTime(lastRefresh) < RefreshInterval && step.Iteration < iterations)
                        continue;
                    lastRefresh = Stopwatch.GetTimestamp();
                    bar.Value = step.Iteration;
                    bar.Description = Markup.Escape($"{title}  {Describe(step)}");
                }
            });

    private static void FollowInLines(string title, IEnumerable<TrainingProgress> steps, int iterations, Action<TrainingProgress> onStep)
    {
        int interval = Math.Max(1, iterations / PlainLines);
        foreach (TrainingProgress step in steps)
        {
            onStep(step);
            if (step.Iteration % interval != 0)
                continue;
            double remaining = step.Elapsed.TotalSeconds / step.Iteration * (iterations - step.Iteration);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}  {step.Iteration,6} of {iterations}  {Describe(step)}  {remaining:f1} s remaining"));
        }
    }

    private static string Describe(TrainingProgress step)
    {
        long evaluations = step.ForwardStatistics.Evaluations + step.BackwardStatistics.Evaluations;
        return string.Create(CultureInfo.InvariantCulture, $"loss {step.Loss:0.00e-0}  {evaluations,3} evaluations per iteration");
    }
}
