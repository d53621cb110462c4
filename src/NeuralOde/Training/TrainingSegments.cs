namespace NeuralOde;

/// <summary>Finds the windows of consecutive observations that training solves.</summary>
internal static class TrainingSegments
{
    /// <summary>Whether data have gaps or weights, so that losses must be told what counts.</summary>
    public static bool IsWeighted(TrajectoryDataset data) => !data.IsComplete || data.Any(trajectory => !trajectory.Weights.IsEmpty);

    /// <param name="data">The trajectories; those of a single observation give no segment.</param>
    /// <param name="segmentLength">Observations in a segment, or null for whole trajectories.</param>
    /// <param name="overlapping">
    /// Whether a segment may start at every observation, or only where the one before ended; then the last one may be shorter.
    /// </param>
    /// <remarks>
    /// A segment starts where the whole state was observed. In data with gaps it is as much longer as it takes to reach the next such place, so that no later observation is left out.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no segment at all, or a trajectory has observations and none to start from.</exception>
    public static (int Trajectory, int Start, int Length)[] Find(TrajectoryDataset data, int? segmentLength, bool overlapping)
    {
        var segments = new List<(int, int, int)>();
        for (int trajectory = 0; trajectory < data.Count; trajectory++)
        {
            if (data[trajectory].Length < 2)
                continue;
            if (data[trajectory].IsComplete)
                Add(segments, trajectory, data[trajectory].Length, segmentLength, overlapping);
            else
                AddWithGaps(segments, trajectory, data[trajectory], segmentLength, overlapping);
        }

        return segments.Count > 0
            ? [.. segments]
            : throw new ArgumentException("No trajectory has two observations, and a segment needs a start and something to compare with.", nameof(data));
    }

    /// <summary>Segments side by side, for learned starts, from the first observation of a trajectory of which anything was observed to the last.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static (int Trajectory, int Start, int Length)[] FindWindows(TrajectoryDataset data, int? segmentLength)
    {
        var segments = new List<(int, int, int)>();
        for (int trajectory = 0; trajectory < data.Count; trajectory++)
        {
            int first = FirstObserved(data[trajectory]), last = LastObserved(data[trajectory]);
            int length = Math.Min(segmentLength ?? data[trajectory].Length, data[trajectory].Length);
            for (int start = first; start < last; start += length - 1)
                segments.Add((trajectory, start, Math.Min(length, last - start + 1)));
        }

        return segments.Count > 0
            ? [.. segments]
            : throw new ArgumentException("No trajectory has two observations, and a segment needs a start and something to compare with.", nameof(data));
    }

    /// <summary>Observed numbers that no segment reaches: those before the first state of a trajectory that was wholly observed.</summary>
    public static long CountUnused(TrajectoryDataset data)
    {
        long count = 0;
        foreach (Trajectory trajectory in data)
        {
            for (int n = 0; n < trajectory.Length && !IsWhole(trajectory, n); n++)
            {
                foreach (double value in trajectory.StateAt(n))
                    count += double.IsNaN(value) ? 0 : 1;
            }
        }

        return count;
    }

    private static void Add(List<(int, int, int)> segments, int trajectory, int observations, int? segmentLength, bool overlapping)
    {
        int length = Math.Min(segmentLength ?? observations, observations);
        int lastStart = overlapping ? observations - length : observations - 2;
        for (int start = 0; start <= lastStart; start += overlapping ? 1 : length - 1)
            segments.Add((trajectory, start, Math.Min(length, observations - start)));
    }

    private static void AddWithGaps(List<(int, int, int)> segments, int index, Trajectory trajectory, int? segmentLength, bool overlapping)
    {
        int observations = trajectory.Length, length = Math.Min(segmentLength ?? observations, observations), before = segments.Count;
        int last = LastObserved(trajectory), start = NextWhole(trajectory, 0);
        // As with complete data, a single observation is no segment and no fault.
        if (last < 0 || FirstObserved(trajectory) == last)
            return;
        while (start < last)
        {
            int usual = Math.Min(start + length - 1, observations - 1);
            int next = NextWhole(trajectory, overlapping ? start + 1 : usual);
            // Where no later state can be started from, this segment is the last that reaches what follows.
            int end = Math.Max(usual, next <= last ? next : last);
            segments.Add((index, start, end - start + 1));
            // As with complete data, a later start that cannot be followed as long is no segment of its own.
            if (overlapping && end >= last)
                break;
            start = next;
        }

        if (segments.Count == before)
        {
            throw new ArgumentException($"Trajectory {index} has no observation that training could start from: none in which all {trajectory.Dimension} components were observed, with an observation behind it. "
                + "Learn the starts (TrainingOptions.InitialStates = InitialStates.Learned), leave it out, or fill such a state in.", "data");
        }
    }

    /// <summary>The first observation from an index on whose state was wholly observed; the length where there is none.</summary>
    private static int NextWhole(Trajectory trajectory, int from)
    {
        while (from < trajectory.Length && !IsWhole(trajectory, from))
            from++;
        return from;
    }

    private static bool IsWhole(Trajectory trajectory, int index)
    {
        foreach (double value in trajectory.StateAt(index))
        {
            if (double.IsNaN(value))
                return false;
        }

        return true;
    }

    private static int FirstObserved(Trajectory trajectory)
    {
        ReadOnlySpan<double> states = trajectory.States;
        int first = 0;
        while (first < states.Length && double.IsNaN(states[first]))
            first++;
        return first / trajectory.Dimension;
    }

    /// <summary>The last observation of which anything was observed, or −1.</summary>
    private static int LastObserved(Trajectory trajectory)
    {
        ReadOnlySpan<double> states = trajectory.States;
        int last = states.Length - 1;
        while (last >= 0 && double.IsNaN(states[last]))
            last--;
        return last < 0 ? -1 : last / trajectory.Dimension;
    }
}
