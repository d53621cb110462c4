using static System.FormattableString;

namespace NeuralOde;

/// <summary>Times to forecast: in the direction of a trajectory, from its last time on.</summary>
internal static class ForecastTimes
{
    /// <exception cref="ArgumentException">They are not; the message names the index and the value.</exception>
    public static void Check(Trajectory history, ReadOnlySpan<double> times)
    {
        Guard.Times(times);
        double origin = history.Times[^1];
        // A single observation has no direction: the times have one.
        int direction = history.Length > 1 ? Direction(history) : times[^1] < origin ? -1 : 1;
        for (int i = 0; i < times.Length; i++)
        {
            double before = i == 0 ? origin : times[i - 1];
            if ((times[i] - before) * direction < 0.0)
            {
                throw new ArgumentException(i == 0
                    ? Invariant($"times[0] = {times[0]:R} is before the last observation, at {origin:R}, in the trajectory's direction of time.")
                    : Invariant($"times[{i}] = {times[i]:R} goes back from times[{i - 1}] = {before:R}; the trajectory's times {(direction > 0 ? "increase" : "decrease")}."), nameof(times));
            }
        }
    }

    /// <summary>1 where times increase, or there is only one; −1 where they decrease.</summary>
    public static int Direction(Trajectory trajectory) => Trajectory.IsDecreasing(trajectory.Times) ? -1 : 1;
}
