namespace NeuralOde;

/// <summary>Steps that a solve is to take, in the place of those that its tolerances ask for: another solve's in two halves each.</summary>
internal sealed class StepScript
{
    private readonly List<double>[] _ends;
    private readonly double[] _longest;
    private readonly int[] _next;

    public StepScript(int samples)
    {
        _ends = new List<double>[samples];
        for (int sample = 0; sample < samples; sample++)
            _ends[sample] = [];
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

    /// <summary>The longest of the steps that were halved.</summary>
    public double Longest(int sample) => _longest[sample];

    /// <summary>Adds the halves of the steps of a round.</summary>
    public void AddHalves(StepRound round)
    {
        for (int sample = 0; sample < _ends.Length; sample++)
        {
            double step = round.Steps[sample];
            if (step == 0.0)
                continue;
            double start = round.StartTimes[sample], end = round.EndTimes[sample], middle = start + 0.5 * step;
            _longest[sample] = Math.Max(_longest[sample], Math.Abs(step));
            if (middle != start && middle != end)
                _ends[sample].Add(middle);
            _ends[sample].Add(end);
        }
    }

    /// <summary>Where the sample's next step ends.</summary>
    public double NextEnd(int sample) => _ends[sample][_next[sample]++];
}
