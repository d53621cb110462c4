namespace NeuralOde;

/// <summary>The time in which the states of a dataset typically move by one of their scales.</summary>
/// <remarks>
/// The structure function D(k) is the mean of the squared changes of the standardized components from one observation to the k-th after it: 1 − cos(ωτ) times 2 for an oscillation, which is 1 where ωτ is about 1;
/// 12 (τ / T)² for a ramp of length T, whose scale is T / √12. In both cases its first crossing of 1 is where a derivative with respect to the standardized time is about 1. Noise of variance σ² adds 2σ², and no more.
/// </remarks>
internal static class TimeScaling
{
    public static (double Offset, double Scale) Of(TrajectoryDataset dataset, ReadOnlySpan<double> scales)
    {
        double earliest = double.PositiveInfinity, latest = double.NegativeInfinity, longest = 0.0;
        int observations = 0;
        foreach (Trajectory trajectory in dataset)
        {
            foreach (double time in trajectory.Times)
                (earliest, latest) = (Math.Min(earliest, time), Math.Max(latest, time));
            longest = Math.Max(longest, Math.Abs(trajectory.Times[^1] - trajectory.Times[0]));
            observations = Math.Max(observations, trajectory.Length);
        }

        // Halved first, because the sum of the largest numbers overflows.
        double offset = earliest / 2.0 + latest / 2.0;
        double scale = FirstCrossing(dataset, scales, observations, longest);
        return (offset, double.IsFinite(scale) && scale > 0.0 ? scale : longest > 0.0 && double.IsFinite(longest) ? longest : 1.0);
    }

    private static double FirstCrossing(TrajectoryDataset dataset, ReadOnlySpan<double> scales, int observations, double longest)
    {
        double lagBefore = 0.0, changeBefore = 0.0;
        for (int step = 1; step < observations; step = Math.Max(step + 1, step + step / 4))
        {
            (double lag, double change) = Change(dataset, scales, step);
            if (change >= 1.0)
            {
                // Between two lags the change grows about like its root, which is a straight line for smooth states.
                double low = Math.Sqrt(changeBefore), high = Math.Sqrt(change);
                return changeBefore == 0.0 ? lag / high : lagBefore + (lag - lagBefore) * (1.0 - low) / (high - low);
            }

            if (change > changeBefore)
                (lagBefore, changeBefore) = (lag, change);
        }

        return changeBefore > 0.0 ? Math.Min(lagBefore / Math.Sqrt(changeBefore), longest) : longest;
    }

    /// <summary>The mean distance in time, and the mean squared change of the standardized components, over all pairs of observations that are so many apart.</summary>
    private static (double Lag, double Change) Change(TrajectoryDataset dataset, ReadOnlySpan<double> scales, int step)
    {
        double lags = 0.0, squares = 0.0;
        long pairs = 0, changes = 0;
        foreach (Trajectory trajectory in dataset)
        {
            for (int n = 0; n + step < trajectory.Length; n++)
            {
                ReadOnlySpan<double> from = trajectory.StateAt(n), to = trajectory.StateAt(n + step);
                bool isPair = false;
                for (int i = 0; i < from.Length; i++)
                {
                    double change = to[i] / scales[i] - from[i] / scales[i];
                    if (double.IsNaN(change))
                        continue;
                    isPair = true;
                    squares += change * change;
                    changes++;
                }

                if (!isPair)
                    continue;
                lags += Math.Abs(trajectory.Times[n + step] - trajectory.Times[n]);
                pairs++;
            }
        }

        return pairs == 0 ? (0.0, 0.0) : (lags / pairs, squares / changes);
    }
}
