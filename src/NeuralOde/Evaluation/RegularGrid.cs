using static System.FormattableString;

namespace NeuralOde;

/// <summary>Equal steps of time; observations that are missing altogether are gaps on them.</summary>
internal static class RegularGrid
{
    private const double Tolerance = 1e-3;

    /// <summary>The step of all trajectories, negative where times decrease; the median step where there is no grid, and NaN where no trajectory has two observations.</summary>
    public static double FindStep(TrajectoryDataset data)
    {
        var steps = new List<double>();
        foreach (Trajectory trajectory in data)
        {
            for (int n = 1; n < trajectory.Length; n++)
                steps.Add(trajectory.Times[n] - trajectory.Times[n - 1]);
        }

        if (steps.Count == 0)
            return double.NaN;
        // Most steps are single ones, or else the shortest are.
        double median = Median(steps);
        if (steps.TrueForAll(step => Steps(0.0, step, median) >= 0))
            return median;
        double shortest = steps.Min(Math.Abs);
        double single = Median([.. steps.Where(step => Math.Abs(step) < 1.5 * shortest)]);
        return steps.TrueForAll(step => Steps(0.0, step, single) >= 0) ? single : median;
    }

    private static double Median(List<double> steps)
    {
        double[] ordered = [.. steps.Order()];
        return ordered[ordered.Length / 2];
    }

    /// <summary>Why the observations are not on a grid, or null.</summary>
    public static string? Refuse(ReadOnlySpan<double> times, double step, string name)
    {
        for (int n = 1; n < times.Length; n++)
        {
            if (Steps(times[n - 1], times[n], step) < 0)
            {
                return Invariant($"{name} is not sampled regularly: from t = {times[n - 1]:R} to {times[n]:R} is {(times[n] - times[n - 1]) / step:g6} steps of {step:g6}");
            }
        }

        return null;
    }

    /// <summary>Whole steps from one time to the next; −1 where they are no whole number, or too many to be a grid.</summary>
    public static int Steps(double from, double to, double step)
    {
        double steps = (to - from) / step;
        double whole = Math.Round(steps);
        return whole is >= 0.0 and <= 1e6 && Math.Abs(steps - whole) <= Tolerance ? (int)whole : -1;
    }

    /// <summary>The rows of a trajectory on its grid, NaN where nothing was observed. Its times are on it.</summary>
    public static List<double[]> Rows(Trajectory trajectory, double step)
    {
        var rows = new List<double[]>(trajectory.Length);
        for (int n = 0; n < trajectory.Length; n++)
        {
            int missing = n == 0 ? 0 : Steps(trajectory.Times[n - 1], trajectory.Times[n], step) - 1;
            for (int k = 0; k < missing; k++)
                rows.Add(Enumerable.Repeat(double.NaN, trajectory.Dimension).ToArray());
            rows.Add(trajectory.StateAt(n).ToArray());
        }

        return rows;
    }
}
