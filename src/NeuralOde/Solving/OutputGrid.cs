namespace NeuralOde;

/// <summary>The times at which every sample of a batch is wanted: each its own, in its own number and direction.</summary>
internal sealed class OutputGrid
{
    private readonly int _samples;
    private readonly int[] _counts;
    private double[] _times;

    public OutputGrid(int samples)
    {
        _samples = samples;
        _counts = new int[samples];
        _times = [];
    }

    /// <summary>Output times of the sample with most.</summary>
    public int MaxCount { get; private set; }

    public int Samples => _samples;

    /// <summary>What the times were standardized by, for messages; null where they are the data's.</summary>
    public Standardization? Standardization { get; init; }

    /// <summary>Length of arrays that hold one number per output and sample.</summary>
    public int Places => ArrayLength.Of((MaxCount, "output times"), (_samples, "samples"));

    public int Count(int sample) => _counts[sample];

    public double Time(int sample, int output) => _times[output * _samples + sample];

    public double First(int sample) => _times[sample];

    public double Last(int sample) => Time(sample, _counts[sample] - 1);

    /// <summary>Position of an output in arrays that hold one number per output and sample.</summary>
    public int Index(int sample, int output) => output * _samples + sample;

    /// <summary>Checks that one step can serve all samples.</summary>
    /// <param name="landsOnAll">Whether steps land on every output time, not only on the last.</param>
    /// <exception cref="ArgumentException">The times differ; the message names sample and time.</exception>
    public void RequireShared(bool landsOnAll)
    {
        for (int sample = 1; sample < _samples; sample++)
        {
            Compare(sample, "starts", First(sample), First(0));
            Compare(sample, "ends", Last(sample), Last(0));
            if (!landsOnAll)
                continue;
            if (_counts[sample] != _counts[0])
                throw new ArgumentException($"Sample {sample} has {_counts[sample]} output times and sample 0 has {_counts[0]}: with ErrorControl.Joint all samples must have the same where steps land on them, as with StepToOutputTimes and on the way back of the continuous adjoint.", "times");
            for (int output = 0; output < _counts[0]; output++)
                Compare(sample, $"has its output {output}", Time(sample, output), Time(0, output));
        }
    }

    public void Clear() => MaxCount = 0;

    /// <summary>Sets one sample's times, the first of which is its initial time. The caller has checked them.</summary>
    public void Set(int sample, ReadOnlySpan<double> times)
    {
        MaxCount = Math.Max(MaxCount, times.Length);
        if (_times.Length < (long)MaxCount * _samples)
            Array.Resize(ref _times, Places);
        _counts[sample] = times.Length;
        for (int output = 0; output < times.Length; output++)
            _times[Index(sample, output)] = times[output];
    }

    /// <summary>Sets one sample's times to those of a sample of another grid.</summary>
    public void Set(int sample, OutputGrid other, int otherSample)
    {
        int count = other.Count(otherSample);
        MaxCount = Math.Max(MaxCount, count);
        if (_times.Length < (long)MaxCount * _samples)
            Array.Resize(ref _times, Places);
        _counts[sample] = count;
        for (int output = 0; output < count; output++)
            _times[Index(sample, output)] = other.Time(otherSample, output);
    }

    private void Compare(int sample, string does, double time, double first)
    {
        if (time == first)
            return;
        if (Standardization is not null)
            (time, first) = (Standardization.FromStandardTime(time), Standardization.FromStandardTime(first));
        throw new ArgumentException(FormattableString.Invariant($"Sample {sample} {does} at t = {time:R} and sample 0 at t = {first:R}: with ErrorControl.Joint all samples take the same steps and must have the same times there."), "times");
    }
}
