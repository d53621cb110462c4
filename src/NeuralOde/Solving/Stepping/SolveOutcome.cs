namespace NeuralOde;

/// <summary>How the samples of a solve fared: what they cost, alone and together, over both tries where there were two, and how they failed.</summary>
internal sealed class SolveOutcome(SolveContext context)
{
    private readonly OdeStatistics[] _firstTries = new OdeStatistics[context.Layout.Samples];
    private OdeStatistics _firstTry;

    /// <summary>What the last solve cost.</summary>
    public OdeStatistics Statistics
    {
        get
        {
            OdeStatistics sum = default;
            for (int sample = 0; sample < _firstTries.Length; sample++)
                sum += SampleStatistics(sample);
            return sum with
            {
                Evaluations = _firstTry.Evaluations + context.Evaluations,
                VectorJacobianProducts = _firstTry.VectorJacobianProducts + context.VectorJacobianProducts,
            };
        }
    }

    /// <summary>What a sample of the last solve would have cost alone.</summary>
    public OdeStatistics SampleStatistics(int sample) => _firstTries[sample] + new OdeStatistics
    {
        Evaluations = context.Lanes.Evaluations[sample],
        AcceptedSteps = context.Lanes.Accepted[sample],
        RejectedSteps = context.Lanes.Rejected[sample],
        Jacobians = context.Lanes.Jacobians[sample],
        Factorizations = context.Lanes.Factorizations[sample],
        NewtonFailures = context.Lanes.NewtonFailures[sample],
        MethodSwitches = context.Lanes.MethodSwitches[sample],
    };

    /// <summary>Begins a solve: forgets the first try of the one before.</summary>
    public void Reset()
    {
        _firstTries.AsSpan().Clear();
        _firstTry = default;
    }

    /// <summary>Keeps what was counted in a first try, of the samples that are tried again: the others only repeat it.</summary>
    public void KeepFirstTry(ReadOnlySpan<bool> again)
    {
        _firstTry = Statistics;
        for (int sample = 0; sample < again.Length; sample++)
        {
            if (again[sample])
                _firstTries[sample] = SampleStatistics(sample);
        }
    }

    /// <summary>How a sample failed, or null.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="finalTimes">Where every sample ended.</param>
    /// <param name="finalStates">In which state, component-major.</param>
    /// <param name="failedEvent">The event that it failed at, or −1.</param>
    public OdeFailure? Failure(int sample, ReadOnlySpan<double> finalTimes, ReadOnlySpan<double> finalStates, int failedEvent)
    {
        SampleLanes lanes = context.Lanes;
        OdeSolverOptions options = context.Options;
        OdeStatus status = lanes.Status[sample];
        if (status is OdeStatus.Success or OdeStatus.TerminatedByEvent)
            return null;
        // A sample may have met a NaN, recovered, and failed later for another reason.
        int component = status is OdeStatus.NonFiniteDerivative or OdeStatus.NonFiniteState or OdeStatus.NonFiniteEvent ? lanes.Component[sample] : -1;
        var finalState = new double[context.Dimension];
        context.Layout.Gather(finalStates, sample, finalState);
        bool isAtMinStep = status is (OdeStatus.StepSizeUnderflow or OdeStatus.NewtonFailure) && lanes.IsAtMinStep[sample];
        return new OdeFailure
        {
            Status = status,
            Time = finalTimes[sample],
            StepSize = lanes.LastStep[sample],
            Component = component,
            Event = failedEvent,
            Sample = component >= 0 && options.ErrorControl == ErrorControl.Joint && context.Layout.Samples > 1 ? lanes.ComponentSample[sample] : null,
            MinStep = isAtMinStep ? options.MinStep : 0.0,
            WithoutScale = options.FixedStep is null ? ErrorMeasure.FindWithoutScale(status, component, context.Errors.Absolute, finalState) : -1,
        };
    }
}
