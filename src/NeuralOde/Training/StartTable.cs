namespace NeuralOde;

/// <summary>The learned initial states of all segments, in standardized units, with what the optimizer remembers of each. A start moves only in iterations that it has a part in.</summary>
internal sealed class StartTable
{
    private readonly OptimizerState _optimizer;

    public StartTable(Optimizer optimizer, int dimension, int count)
    {
        // A start is a place, not a weight: nothing is to draw it to 0.
        _optimizer = optimizer.WithoutDecay().CreateState(dimension);
        Dimension = dimension;
        Count = count;
        int length = ArrayLength.Of((count, "segments"), (dimension, "components"));
        Values = new double[length];
        BestValues = new double[length];
        Buffers = [.. _optimizer.Buffers.Select(buffer => (buffer.Name, new double[length]))];
        Steps = new double[count];
    }

    public int Dimension { get; }

    public int Count { get; }

    /// <summary>The states, <see cref="Count"/> × <see cref="Dimension"/>.</summary>
    public double[] Values { get; }

    /// <summary>The states when the validation loss was lowest.</summary>
    public double[] BestValues { get; }

    /// <summary>The optimizer's buffers, laid out like the states.</summary>
    public IReadOnlyList<(string Name, double[] Values)> Buffers { get; }

    /// <summary>Steps that each state has taken; whole numbers.</summary>
    public double[] Steps { get; }

    public ReadOnlySpan<double> Start(int index) => Values.AsSpan(index * Dimension, Dimension);

    /// <summary>Takes a step with one start; one that would not be finite is not taken. Allocates nothing.</summary>
    public void Step(int index, ReadOnlySpan<double> gradient, double learningRate)
    {
        int first = index * Dimension;
        for (int i = 0; i < Buffers.Count; i++)
            Buffers[i].Values.AsSpan(first, Dimension).CopyTo(_optimizer.Buffers[i].Values);
        _optimizer.StepCount = (long)Steps[index];
        _optimizer.Step(Values.AsSpan(first, Dimension), gradient, learningRate);
        Steps[index] = _optimizer.StepCount;
        for (int i = 0; i < Buffers.Count; i++)
            _optimizer.Buffers[i].Values.CopyTo(Buffers[i].Values.AsSpan(first, Dimension));
    }

    /// <summary>
    /// Puts the starts where the data are: at the observations, where one is missing on the line between its neighbours in time; hidden components, and such as were never observed, at 0.
    /// </summary>
    public void Place(TrajectoryDataset data, (int Trajectory, int Start, int Length)[] segments, ReadOnlySpan<int> measured)
    {
        for (int segment = 0; segment < segments.Length; segment++)
        {
            Span<double> state = Values.AsSpan(segment * Dimension, Dimension);
            for (int i = 0; i < measured.Length; i++)
                state[measured[i]] = Interpolate(data[segments[segment].Trajectory], segments[segment].Start, i);
        }
    }

    private static double Interpolate(Trajectory trajectory, int at, int component)
    {
        int before = at, after = at;
        while (before >= 0 && double.IsNaN(trajectory.StateAt(before)[component]))
            before--;
        while (after < trajectory.Length && double.IsNaN(trajectory.StateAt(after)[component]))
            after++;
        if (before < 0 && after == trajectory.Length)
            return 0.0;
        if (before < 0 || before == after)
            return trajectory.StateAt(after)[component];
        double low = trajectory.StateAt(before)[component];
        if (after == trajectory.Length)
            return low;
        double part = (trajectory.Times[at] - trajectory.Times[before]) / (trajectory.Times[after] - trajectory.Times[before]);
        return low + part * (trajectory.StateAt(after)[component] - low);
    }
}
