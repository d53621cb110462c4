namespace NeuralOde;

/// <summary>The parameter gradient of every sample by itself, or of as many parameters as stand for all (<see cref="DifferentiableEvaluator.SampleSumCount"/>).</summary>
/// <param name="evaluator">The vector field.</param>
internal sealed class SampleGradients(DifferentiableEvaluator evaluator)
{
    /// <summary>Roundings of the products, in units of the roundoff, that look like a difference and are none.</summary>
    private const double RoundingAllowance = 64.0;

    private readonly int _stride = evaluator.SampleSumStride;
    private readonly ArraySegment<double> _sums = Allocate(evaluator);
    private readonly ArraySegment<double> _magnitudes = Allocate(evaluator);

    public Span<double> Sums => _sums;

    /// <summary>The sums of what was added without its sign.</summary>
    public Span<double> Magnitudes => _magnitudes;

    public void Clear()
    {
        _sums.AsSpan().Clear();
        _magnitudes.AsSpan().Clear();
    }

    /// <summary>The largest component of a sample's gradient.</summary>
    public double Largest(int sample)
    {
        double largest = 0.0;
        for (int at = sample; at < _sums.Count; at += _stride)
            largest = Math.Max(largest, Math.Abs(_sums[at]));
        return largest;
    }

    /// <summary>The largest difference to another gradient in a component, beyond what rounding may have done.</summary>
    public double Difference(SampleGradients other, int sample)
    {
        double rounding = RoundingAllowance * evaluator.UnitRoundoff, largest = 0.0;
        for (int at = sample; at < _sums.Count; at += _stride)
            largest = Math.Max(largest, Math.Abs(_sums[at] - other._sums[at]) - rounding * _magnitudes[at]);
        return largest;
    }

    private static ArraySegment<double> Allocate(DifferentiableEvaluator evaluator) =>
        AlignedMemory.Allocate<double>(ArrayLength.Of((evaluator.SampleSumCount, "parameters"), (evaluator.SampleSumStride, "samples")), isPinned: true);
}
