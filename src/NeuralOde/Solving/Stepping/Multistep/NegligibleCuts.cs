namespace NeuralOde;

/// <summary>
/// Steps cut short to land on a stop, so short beside the last one that a past without their points tells as much: differences over points so near to each other would be rounding.
/// </summary>
internal sealed class NegligibleCuts(SampleLanes lanes)
{
    // Of several in a row, all together in terms of the last step that was not one.
    private const double LargestPart = 1e-3;

    private readonly double[] _sums = new double[lanes.Active.Length];

    /// <summary>Whether a sample's step about to be tried is one.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="step">The step.</param>
    /// <param name="past">The last step in the past.</param>
    public bool Fits(int sample, double step, double past) =>
        lanes.Lands[sample] && lanes.ConsecutiveRejections[sample] == 0 && _sums[sample] + Math.Abs(step) < LargestPart * Math.Abs(past);

    /// <summary>One was made.</summary>
    public void Add(int sample, double step) => _sums[sample] += Math.Abs(step);

    /// <summary>The past ends where the sample is.</summary>
    public void Clear(int sample) => _sums[sample] = 0.0;
}
