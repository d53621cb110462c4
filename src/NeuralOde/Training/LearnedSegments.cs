namespace NeuralOde;

/// <summary>Which segments of which data learned starts belong to.</summary>
internal sealed class LearnedSegments(TrajectoryDataset data, (int Trajectory, int Start, int Length)[] segments)
{
    public int Count => segments.Length;

    /// <summary>The starts in the data's units.</summary>
    public LearnedStart[] Read(StartTable starts, Standardization? standardization)
    {
        var read = new LearnedStart[segments.Length];
        for (int i = 0; i < read.Length; i++)
        {
            double[] state = starts.Start(i).ToArray();
            standardization?.Invert(state, state);
            (int trajectory, int start, _) = segments[i];
            read[i] = new LearnedStart(trajectory, start, data[trajectory].Times[start], state);
        }

        return read;
    }
}
