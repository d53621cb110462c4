namespace NeuralOde;

/// <summary>Tells for every sample whether the stability of an explicit method or the accuracy limits its steps.</summary>
/// <remarks>
/// Hairer, Wanner, Solving Ordinary Differential Equations II, section IV.2: an explicit step whose length times the largest
/// eigenvalue λ lies beyond the method's stability many times in a row is short because of that. Where two stages lie at the
/// same time, |λ| is about the ratio of the differences of their slopes and states. The way back is judged by the norm of the
/// Jacobian, in the components' tolerances, which is |λ| at most.
/// </remarks>
internal sealed class StiffnessDetector(SolveContext context)
{
    // The stability region of Tsitouras 5(4) ends at −3.5 on the real axis.
    private const double StabilityBoundary = 3.25;
    private const int StiffStepsToSwitch = 15;
    private const int MildStepsToForget = 6;
    private const int MildStepsToReturn = 5;

    // So near the boundary for so long, an implicit method is worth a try: at tight tolerances the stiff components' errors shorten the steps before stability does.
    private const double NearBoundary = 2.0;
    private const int NearStepsToSwitch = 100;

    // So does half as near for twenty times as long.
    private const double HalfNearBoundary = 1.0;
    private const int StepsPerNearStep = 20;

    private readonly int[] _stiffSteps = new int[context.Layout.Samples];
    private readonly int[] _mildSteps = new int[context.Layout.Samples];
    private readonly int[] _nearSteps = new int[context.Layout.Samples];
    private readonly bool[] _wasBeyondStability = new bool[context.Layout.Samples];
    private readonly double[] _slopeNorms = new double[context.Layout.RowLength];
    private readonly double[] _stateNorms = new double[context.Layout.RowLength];

    /// <summary>Begins a solve: forgets everything.</summary>
    public void Reset()
    {
        _wasBeyondStability.AsSpan().Clear();
        for (int sample = 0; sample < _stiffSteps.Length; sample++)
            Forget(sample);
    }

    /// <summary>Whether an explicit step of the solve was accepted that lay beyond the method's stability: what follows may be its fault.</summary>
    public bool WasBeyondStability(int sample) => _wasBeyondStability[sample];

    public void Forget(int sample)
    {
        _stiffSteps[sample] = 0;
        _mildSteps[sample] = 0;
        _nearSteps[sample] = 0;
    }

    /// <summary>Compares two stages at the same time of explicit steps; then <see cref="IsStiff"/> judges every sample that moved.</summary>
    public void Compare(StepRound round, ReadOnlySpan<double> slopes, ReadOnlySpan<double> otherSlopes, ReadOnlySpan<double> states, ReadOnlySpan<double> otherStates)
    {
        context.Errors.Norm(slopes, otherSlopes, round.StartStates, round.EndStates, _slopeNorms);
        context.Errors.Norm(states, otherStates, round.StartStates, round.EndStates, _stateNorms);
    }

    /// <summary>Whether a sample's explicit steps, with the one just accepted, have been limited by stability for long.</summary>
    public bool IsStiff(int sample, double step)
    {
        double change = Math.Abs(step) * _slopeNorms[sample];
        _nearSteps[sample] = change > NearBoundary * _stateNorms[sample] ? _nearSteps[sample] + StepsPerNearStep
            : change > HalfNearBoundary * _stateNorms[sample] ? _nearSteps[sample] + 1
            : 0;
        if (change > StabilityBoundary * _stateNorms[sample])
        {
            _wasBeyondStability[sample] = true;
            _mildSteps[sample] = 0;
            _stiffSteps[sample]++;
        }
        else if (++_mildSteps[sample] >= MildStepsToForget)
        {
            _stiffSteps[sample] = 0;
        }

        return _stiffSteps[sample] >= StiffStepsToSwitch || _nearSteps[sample] >= NearStepsToSwitch * StepsPerNearStep;
    }

    /// <summary>Whether an explicit method could have made a sample's last implicit steps, with the one just accepted, as well.</summary>
    public bool IsMild(int sample, double step, ReadOnlySpan<double> jacobian, ReadOnlySpan<double> states)
    {
        if (!(Math.Abs(step) * Norm(sample, jacobian, states) < StabilityBoundary))
        {
            _mildSteps[sample] = 0;
            return false;
        }

        return ++_mildSteps[sample] >= MildStepsToReturn;
    }

    /// <summary>max_i Σ_j |J_ij| scale_j / scale_i.</summary>
    private double Norm(int sample, ReadOnlySpan<double> jacobian, ReadOnlySpan<double> states)
    {
        double norm = 0.0;
        for (int i = 0; i < context.Dimension; i++)
        {
            double sum = 0.0;
            for (int j = 0; j < context.Dimension; j++)
                sum += Math.Abs(jacobian[i * context.Dimension + j]) * Scale(j, sample, states);
            norm = Math.Max(norm, sum / Scale(i, sample, states));
        }

        return norm;
    }

    private double Scale(int component, int sample, ReadOnlySpan<double> states)
    {
        double state = states[context.Layout.Index(component, sample)];
        return context.Errors.Scale(component, state, state);
    }
}
