namespace NeuralOde;

/// <summary>y'' of samples without a past, by a difference along the solution.</summary>
/// <remarks>
/// A first step of first order would be wrong by as much as the hops between events are high that accumulate, however short they are.
/// </remarks>
internal sealed class FirstCurvature(SolveContext context)
{
    // Where within the first step the difference is taken.
    private const double Probe = 0.125;

    private readonly double[] _values = new double[context.StateLength];
    private readonly double[] _states = new double[context.StateLength];
    private readonly double[] _times = new double[context.Layout.RowLength];

    /// <summary>y'', component-major.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>Whether a sample's y'' is finite.</summary>
    public bool IsFinite(int sample) => context.Layout.FindNonFinite(_values, context.Dimension, sample) < 0;

    /// <summary>Evaluates y'' at the start of the samples of a mask.</summary>
    /// <param name="round">The round, its steps known.</param>
    /// <param name="samples">The mask.</param>
    /// <param name="slopes">y' there.</param>
    public void Evaluate(StepRound round, ReadOnlySpan<bool> samples, ReadOnlySpan<double> slopes)
    {
        round.StartStates.CopyTo(_states);
        round.FirstTimes.CopyTo(_times, 0);
        for (int sample = 0; sample < samples.Length; sample++)
        {
            if (!samples[sample])
                continue;
            double length = Probe * round.Steps[sample];
            _times[sample] += length;
            for (int i = 0; i < context.Dimension; i++)
            {
                int at = context.Layout.Index(i, sample);
                _states[at] += length * slopes[at];
            }
        }

        context.Evaluate(samples, _times, _states, _values);
        for (int sample = 0; sample < samples.Length; sample++)
        {
            double length = Probe * round.Steps[sample];
            for (int i = 0; i < context.Dimension && samples[sample]; i++)
            {
                int at = context.Layout.Index(i, sample);
                _values[at] = (_values[at] - slopes[at]) / length;
            }
        }
    }
}
