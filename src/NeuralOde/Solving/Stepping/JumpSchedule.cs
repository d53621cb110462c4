namespace NeuralOde;

/// <summary>The times at which every sample's vector field jumps: those declared in the options and those it knows itself.</summary>
internal sealed class JumpSchedule
{
    private readonly VectorFieldEvaluator _evaluator;
    private readonly double[] _declared;
    private readonly ReadOnlyMemory<double>[] _own;
    private readonly bool _isJoint;
    private double[] _ofAll = [];
    private int _version = -1;

    public JumpSchedule(OdeSolverOptions options, VectorFieldEvaluator evaluator)
    {
        _evaluator = evaluator;
        _declared = [.. (options.JumpTimes ?? []).Distinct().Order()];
        _own = new ReadOnlyMemory<double>[evaluator.Layout.Samples];
        _isJoint = options.ErrorControl == ErrorControl.Joint;
    }

    /// <summary>Takes over the times of a vector field whose inputs have changed. Called before every solve.</summary>
    public void Refresh()
    {
        if (_version == _evaluator.JumpTimesVersion)
            return;
        _version = _evaluator.JumpTimesVersion;
        for (int sample = 0; sample < _own.Length; sample++)
            _own[sample] = _evaluator.JumpTimes(sample);
        if (_isJoint)
            Array.Fill(_own, Merge());
    }

    public bool IsJump(int sample, double time) => IsOneOf(_declared, time) || IsOneOf(_own[sample].Span, time);

    /// <summary>The first jump time behind <paramref name="time"/> on the way to a destination, both ends of the way included in "at jump"; else the destination.</summary>
    public double Next(int sample, double time, double destination, out bool stopsAtJump)
    {
        stopsAtJump = false;
        double next = Nearer(_declared, time, destination, ref stopsAtJump);
        return Nearer(_own[sample].Span, time, next, ref stopsAtJump);
    }

    private static bool IsOneOf(ReadOnlySpan<double> times, double time) => !times.IsEmpty && times.BinarySearch(time) >= 0;

    private static double Nearer(ReadOnlySpan<double> times, double time, double destination, ref bool stopsAtJump)
    {
        if (times.IsEmpty)
            return destination;
        int index = times.BinarySearch(time);
        bool isForward = destination > time;
        int next = isForward
            ? (index >= 0 ? index + 1 : ~index)
            : (index >= 0 ? index : ~index) - 1;
        if (next < 0 || next >= times.Length || (isForward ? times[next] > destination : times[next] < destination))
            return destination;
        stopsAtJump = true;
        return times[next];
    }

    /// <summary>With one step for all samples, one that jumps stops all.</summary>
    private ReadOnlyMemory<double> Merge()
    {
        long total = 0;
        foreach (ReadOnlyMemory<double> times in _own)
            total += times.Length;
        if (total > ArrayLength.Max)
            throw ArrayLength.TooLong(total, $"{total} jump times of {_own.Length} samples that share their steps");
        if (_ofAll.Length < total)
            _ofAll = new double[total];
        int count = 0;
        foreach (ReadOnlyMemory<double> times in _own)
        {
            times.Span.CopyTo(_ofAll.AsSpan(count));
            count += times.Length;
        }

        _ofAll.AsSpan(0, count).Sort();
        int distinct = 0;
        for (int i = 0; i < count; i++)
        {
            if (distinct == 0 || _ofAll[i] != _ofAll[distinct - 1])
                _ofAll[distinct++] = _ofAll[i];
        }

        return _ofAll.AsMemory(0, distinct);
    }
}
