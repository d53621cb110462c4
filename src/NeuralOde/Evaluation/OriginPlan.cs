namespace NeuralOde;

/// <summary>An observation to forecast from.</summary>
/// <param name="Trajectory">Index of the trajectory.</param>
/// <param name="Whole">The trajectory with its history.</param>
/// <param name="Index">The observation, an index into <paramref name="Whole"/>.</param>
/// <param name="Targets">Observations to forecast after it, at least 1.</param>
/// <param name="IsShortened">Whether the trajectory ends within the horizon.</param>
internal sealed record Origin(int Trajectory, Trajectory Whole, int Index, int Targets, bool IsShortened);

/// <summary>The origins of an evaluation.</summary>
internal sealed record OriginPlan(IReadOnlyList<Origin> Origins, int Stride, int WithoutForecast, int InSample, int WithHistory)
{
    /// <summary>Two times whose difference is this part of a horizon are one.</summary>
    private const double SameTime = 1e-9;

    /// <summary>Observations of the longest forecast.</summary>
    public int LongestForecast => Origins.Max(origin => origin.Targets);

    public static OriginPlan Make(TrajectoryDataset data, EvaluationOptions options, int mostOrigins)
    {
        var candidates = new List<Origin>[data.Count];
        (int inSample, int withHistory) = (0, 0);
        for (int i = 0; i < data.Count; i++)
        {
            (Trajectory whole, int first) = WithHistoryBefore(data, options.Training, i, ref inSample);
            withHistory += first > 0 ? 1 : 0;
            candidates[i] = Candidates(i, whole, first, options);
        }

        long total = candidates.Sum(origins => (long)origins.Count);
        int stride = options.OriginStride ?? (int)Math.Max(1, (total + mostOrigins - 1) / mostOrigins);
        Origin[] origins = [.. candidates.SelectMany(trajectory => trajectory.Where((_, k) => k % stride == 0))];
        return new OriginPlan(origins, stride, candidates.Count(trajectory => trajectory.Count == 0), inSample, withHistory);
    }

    /// <summary>All origins whose whole horizon was recorded; without any, the first, with what there is.</summary>
    private static List<Origin> Candidates(int index, Trajectory whole, int first, EvaluationOptions options)
    {
        var origins = new List<Origin>();
        int left = whole.Length - 1;
        for (int n = first; n < left; n++)
        {
            int targets = Targets(whole, n, options, out bool isWhole);
            if (isWhole && targets > 0)
                origins.Add(new Origin(index, whole, n, targets, IsShortened: false));
        }

        for (int n = first; n < left && origins.Count == 0; n++)
        {
            if (Targets(whole, n, options, out _) is > 0 and int targets)
                origins.Add(new Origin(index, whole, n, targets, IsShortened: true));
        }

        return origins;
    }

    private static int Targets(Trajectory whole, int origin, EvaluationOptions options, out bool isWhole)
    {
        int left = whole.Length - 1 - origin;
        if (options.Horizon is { } horizon)
        {
            isWhole = left >= horizon;
            return Math.Min(left, horizon);
        }

        double reach = options.HorizonTime!.Value * (1.0 + SameTime);
        int targets = 0;
        while (targets < left && Math.Abs(whole.Times[origin + targets + 1] - whole.Times[origin]) <= reach)
            targets++;
        isWhole = targets < left || Math.Abs(whole.Times[^1] - whole.Times[origin]) >= options.HorizonTime.Value * (1.0 - SameTime);
        return targets;
    }

    /// <summary>A trajectory with what of the training data is its history, and its first origin.</summary>
    private static (Trajectory Whole, int First) WithHistoryBefore(TrajectoryDataset data, TrajectoryDataset? training, int index, ref int inSample)
    {
        Trajectory trajectory = data[index];
        if (training is null || training.Count != data.Count)
            return (trajectory, 0);
        Trajectory known = training[index];
        if (known.TryJoin(trajectory) is { } whole)
            return (whole, known.Length - 1);
        if (!IsBeginningOf(known, trajectory))
            return (trajectory, 0);
        if (known.Length < trajectory.Length)
            return (trajectory, known.Length - 1);
        inSample++;
        return (trajectory, 0);
    }

    /// <summary>Equals compares NaN as equal, unlike ==.</summary>
    private static bool IsBeginningOf(Trajectory known, Trajectory trajectory) =>
        known.Length <= trajectory.Length
        && trajectory.Times[..known.Length].SequenceEqual(known.Times)
        && trajectory.States[..known.States.Length].SequenceEqual(known.States);
}
