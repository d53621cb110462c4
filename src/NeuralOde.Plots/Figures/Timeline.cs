namespace NeuralOde.Plots;

/// <summary>The times of a figure: which are in sight, which were held out, and where forecasts begin.</summary>
internal sealed class Timeline
{
    private readonly double? _heldOutAfter;

    public Timeline(Trajectory observations, IReadOnlyList<Curve> curves, double? heldOutAfter)
    {
        if (heldOutAfter is { } limit && !double.IsFinite(limit))
            throw new ArgumentException(FormattableString.Invariant($"HeldOutAfter = {limit} is not finite."), nameof(FitOptions.HeldOutAfter));
        double first = observations.Times[0], last = observations.Times[^1];
        IsBackward = observations.Length > 1 ? last < first : curves.Any(curve => curve.Times[^1] < curve.Times[0]);
        _heldOutAfter = heldOutAfter;
        Shown = Span.Around([first, last, .. curves.Select(curve => curve.Times[0]), .. curves.Select(curve => curve.Times[^1])], 0.02);

        // The last time that a model may have seen; what is not held out ends there.
        double seen = first;
        foreach (double time in observations.Times)
        {
            if (!IsHeldOut(time))
                seen = time;
        }

        bool isBeyond = IsHeldOut(last) || curves.Any(curve => IsAfter(curve.Times[^1], last));
        ForecastStart = isBeyond ? heldOutAfter is { } after && !IsHeldOut(seen) && IsHeldOut(last) ? after : seen : null;
    }

    public bool IsBackward { get; }

    public Span Shown { get; }

    /// <summary>Where forecasts begin; null where there are none.</summary>
    public double? ForecastStart { get; }

    public bool IsHeldOut(double time) => _heldOutAfter is { } limit && IsAfter(time, limit);

    /// <summary>Whether a time comes after another one, in the direction of time.</summary>
    public bool IsAfter(double time, double other) => IsBackward ? time < other : time > other;
}
