namespace NeuralOde;

/// <summary>Steps that a solve is to take, in the place of those that its tolerances ask for: another solve's in two parts each.</summary>
internal sealed class StepScript
{
    private const int FirstCapacity = 64;

    // Not the half, which has points in common with other powers of two of the interval: cos 10t is near 1 at all eighths of [0, 10].
    private const double FirstPart = 0.3819660112501051;

    private readonly List<double>[] _ends;
    private readonly double[] _longest;
    private readonly int[] _next;

    public StepScript(int samples)
    {
        _ends = new List<double>[samples];
        for (int sample = 0; sample < samples; sample++)
            _ends[sample] = new List<double>(FirstCapacity);
        _longest = new double[samples];
        _next = new int[samples];
    }

    public void Clear()
    {
        foreach (List<double> ends in _ends)
            ends.Clear();
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
        }
    }

    /// <summary>Where the sample's next step ends.</summary>
    public double NextEnd(int sample) => _ends[sample][_next[sample]++];
}
