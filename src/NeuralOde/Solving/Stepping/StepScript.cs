namespace NeuralOde;

/// <summary>Steps that a solve is to take, in the place of those that its tolerances ask for: another solve's in two parts each.</summary>
/// <param name="layout">The batch.</param>
/// <param name="returning">
/// Rows that go back to the other solve's states where both parts of a step are done, so that the change of every step is seen by itself; default: none, the solves drift apart.
/// </param>
internal sealed class StepScript(BatchLayout layout, int returning = 0)
{
    private const int FirstCapacity = 64;

    // Not the half, which has points in common with other powers of two of the interval: cos 10t is near 1 at all eighths of [0, 10].
    private const double FirstPart = 0.3819660112501051;

    private readonly List<double>[] _ends = CreateLists(layout);
    private readonly double[] _longest = new double[layout.Samples];
    private readonly int[] _next = new int[layout.Samples];
    private readonly List<double>[] _undividedEnds = returning == 0 ? [] : CreateLists(layout);
    private readonly List<double>[] _undividedStates = returning == 0 ? [] : CreateLists(layout);
    private readonly int[] _nextUndivided = new int[layout.Samples];

    public void Clear()
    {
        foreach (List<double>[] lists in (ReadOnlySpan<List<double>[]>)[_ends, _undividedEnds, _undividedStates])
        {
            foreach (List<double> list in lists)
                list.Clear();
        }

        _nextUndivided.AsSpan().Clear();
        _longest.AsSpan().Clear();
        _next.AsSpan().Clear();
    }

    /// <summary>Makes memory for so many steps of every sample.</summary>
    public void Reserve(int steps)
    {
        foreach (List<double> ends in _ends)
            ends.EnsureCapacity(steps);
    }

    /// <summary>The longest of the steps that were divided.</summary>
    public double Longest(int sample) => _longest[sample];

    /// <summary>Adds the steps of a round, each in two parts.</summary>
    public void AddParts(StepRound round)
    {
        for (int sample = 0; sample < _ends.Length; sample++)
        {
            double step = round.Steps[sample];
            if (step == 0.0)
                continue;
            double start = round.StartTimes[sample], end = round.EndTimes[sample], middle = start + FirstPart * step;
            _longest[sample] = Math.Max(_longest[sample], Math.Abs(step));
            if (middle != start && middle != end)
                _ends[sample].Add(middle);
            _ends[sample].Add(end);
            if (returning == 0)
                continue;
            _undividedEnds[sample].Add(end);
            for (int i = 0; i < returning; i++)
                _undividedStates[sample].Add(round.EndStates[layout.Index(i, sample)]);
        }
    }

    /// <summary>Where the sample's next step ends.</summary>
    public double NextEnd(int sample) => _ends[sample][_next[sample]++];

    /// <summary>Takes a sample that has done both parts of a step to where the undivided step ended; returns whether it has.</summary>
    public bool Return(int sample, double time, Span<double> states)
    {
        int undivided = _nextUndivided[sample];
        if (returning == 0 || _next[sample] == 0 || undivided == _undividedEnds[sample].Count || _undividedEnds[sample][undivided] != time)
            return false;
        for (int i = 0; i < returning; i++)
            states[layout.Index(i, sample)] = _undividedStates[sample][undivided * returning + i];
        _nextUndivided[sample]++;
        return true;
    }

    private static List<double>[] CreateLists(BatchLayout layout) => [.. Enumerable.Range(0, layout.Samples).Select(_ => new List<double>(FirstCapacity))];
}
