using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>A trajectory and what was held out of its end, as one.</summary>
internal static class Joined
{
    public static Trajectory Follow(Trajectory seen, TrajectoryDataset heldOut, int index, int count)
    {
        if (heldOut.Count != count)
            throw new ArgumentException(Invariant($"heldOut has {heldOut.Count} trajectories, but data has {count}; each must be the end of one, as SplitInTime makes them."), nameof(heldOut));
        if (heldOut.Dimension != seen.Dimension)
            throw new ArgumentException(Invariant($"heldOut has dimension {heldOut.Dimension}, but data has dimension {seen.Dimension}."), nameof(heldOut));
        Trajectory end = heldOut[index];
        double direction = seen.Length > 1 ? seen.Times[^1] - seen.Times[0] : end.Times[0] - seen.Times[0];
        if (!((end.Times[0] - seen.Times[^1]) * direction > 0) || (end.Length > 1 && !((end.Times[^1] - end.Times[0]) * direction > 0)))
            throw new ArgumentException(Invariant($"heldOut[{index}] begins at {end.Times[0]}, which does not follow data[{index}], which ends at {seen.Times[^1]}."), nameof(heldOut));
        var all = new Trajectory([.. seen.Times, .. end.Times], (ReadOnlySpan<double>)[.. seen.States, .. end.States], seen.Dimension);
        return seen.Input is { } input ? all.WithInput(input) : all;
    }
}
