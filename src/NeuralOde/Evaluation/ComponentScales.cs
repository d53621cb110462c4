namespace NeuralOde;

/// <summary>Standard deviations of components.</summary>
internal static class ComponentScales
{
    /// <summary>The population standard deviation of what was observed of each component; 1 where that is 0, or nothing was observed.</summary>
    public static double[] Of(IEnumerable<Trajectory> trajectories)
    {
        ErrorSums[]? sums = null;
        foreach (Trajectory trajectory in trajectories)
        {
            sums ??= [.. Enumerable.Range(0, trajectory.Dimension).Select(_ => new ErrorSums())];
            for (int n = 0; n < trajectory.Length; n++)
            {
                ReadOnlySpan<double> state = trajectory.StateAt(n);
                for (int i = 0; i < state.Length; i++)
                {
                    if (!double.IsNaN(state[i]))
                        sums[i].Add(state[i], state[i]);
                }
            }
        }

        return [.. sums!.Select(component => component.StandardDeviation is > 0.0 and double deviation ? deviation : 1.0)];
    }
}
