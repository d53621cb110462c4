namespace NeuralOde;

/// <summary>The times at which every sample's vector field jumps: those declared in the options and those it knows itself.</summary>
internal sealed class JumpSchedule
{
    private readonly double[]?[] _times;

    public JumpSchedule(OdeSolverOptions options, VectorFieldEvaluator evaluator)
    {
        int samples = evaluator.Layout.Samples;
        _times = new double[samples][];
        double[] declared = [.. options.JumpTimes ?? []];
        for (int sample = 0; sample < samples; sample++)
            _times[sample] = Merge([.. declared, .. evaluator.JumpTimes(sample)]);
        if (options.ErrorControl == ErrorControl.Joint)
            Array.Fill(_times, Merge([.. _times.SelectMany(times => times ?? [])]));
    }

    public bool IsJump(int sample, double time) => _times[sample] is { } times && Array.BinarySearch(times, time) >= 0;

    /// <summary>The first jump time behind <paramref name="time"/> on the way to a destination, both ends of the way included in "at jump"; else the destination.</summary>
    public double Next(int sample, double time, double destination, out bool stopsAtJump)
    {
        stopsAtJump = false;
        if (_times[sample] is not { } times)
            return destination;
        int index = Array.BinarySearch(times, time);
        bool isForward = destination > time;
        int next = isForward
            ? (index >= 0 ? index + 1 : ~index)
            : (index >= 0 ? index : ~index) - 1;
        if (next < 0 || next >= times.Length || (isForward ? times[next] > destination : times[next] < destination))
            return destination;
        stopsAtJump = true;
        return times[next];
    }

    private static double[]? Merge(double[] times) => times.Length == 0 ? null : [.. times.Distinct().Order()];
}
