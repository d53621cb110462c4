namespace NeuralOde;

/// <summary>Jacobians by forward differences: one evaluation per component for all samples at once.</summary>
/// <remarks>
/// A component is moved by relativeIncrement · max(|y_j|, smallestScale), relativeIncrement about √ε, to the side where the solution goes, which is more likely than the
/// other to be where f is defined (as Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.8, choose the
/// increment and SciPy's Radau the side). Where the difference is not finite the other side is tried.
/// </remarks>
internal sealed class DifferenceJacobian(VectorFieldEvaluator field, double smallestScale, double relativeIncrement) : JacobianEvaluator(field)
{
    private readonly double[] _probeStates = new double[field.Layout.Length(field.Dimension)];
    private readonly bool[] _failed = new bool[field.Layout.Samples];

    protected override void EvaluateCore(ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> states,
        ReadOnlySpan<double> derivatives, Span<double> jacobians)
    {
        states[.._probeStates.Length].CopyTo(_probeStates);
        for (int component = 0; component < Dimension && Remaining.AsSpan().Contains(true); component++)
        {
            for (int sample = 0; sample < Remaining.Length; sample++)
            {
                if (Remaining[sample])
                    Move(component, sample, states, GoesUp(component, sample, times, ends, derivatives));
            }

            EvaluateField(Remaining, times, _probeStates, ProbeDerivatives, record: default);
            StoreColumn(component, Remaining, states, derivatives, jacobians);
            if (_failed.AsSpan().Contains(true))
                TryOtherSide(component, times, states, derivatives, jacobians);
            for (int sample = 0; sample < Remaining.Length; sample++)
                _probeStates[Layout.Index(component, sample)] = states[Layout.Index(component, sample)];
        }
    }

    private bool GoesUp(int component, int sample, ReadOnlySpan<double> times, ReadOnlySpan<double> ends, ReadOnlySpan<double> derivatives)
    {
        double derivative = derivatives[Layout.Index(component, sample)];
        return ends[sample] < times[sample] ? !(derivative > 0.0) : !(derivative < 0.0);
    }

    private void Move(int component, int sample, ReadOnlySpan<double> states, bool up)
    {
        int at = Layout.Index(component, sample);
        double increment = relativeIncrement * Math.Max(Math.Abs(states[at]), smallestScale);
        _probeStates[at] = states[at] + (up ? increment : -increment);
    }

    private void TryOtherSide(int component, ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives, Span<double> jacobians)
    {
        for (int sample = 0; sample < Remaining.Length; sample++)
        {
            int at = Layout.Index(component, sample);
            if (_failed[sample])
                Move(component, sample, states, up: _probeStates[at] < states[at]);
        }

        EvaluateField(_failed, times, _probeStates, ProbeDerivatives, record: default);
        StoreColumn(component, _failed, states, derivatives, jacobians);
        for (int sample = 0; sample < Remaining.Length; sample++)
            Remaining[sample] &= !_failed[sample];
    }

    /// <summary>Writes a column of the samples' Jacobians, and notes as failed those where it is not finite.</summary>
    private void StoreColumn(int component, ReadOnlySpan<bool> samples, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives, Span<double> jacobians)
    {
        for (int sample = 0; sample < samples.Length; sample++)
        {
            bool isFinite = true;
            if (samples[sample])
            {
                // The difference that was made, not the one that was meant.
                double increment = _probeStates[Layout.Index(component, sample)] - states[Layout.Index(component, sample)];
                Span<double> block = Block(jacobians, sample);
                for (int i = 0; i < Dimension; i++)
                {
                    int at = Layout.Index(i, sample);
                    double slope = (ProbeDerivatives[at] - derivatives[at]) / increment;
                    block[i * Dimension + component] = slope;
                    isFinite &= double.IsFinite(slope);
                }
            }

            _failed[sample] = !isFinite;
        }
    }
}
