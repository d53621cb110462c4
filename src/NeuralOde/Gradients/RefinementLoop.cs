namespace NeuralOde;

/// <summary>Solves a gradient again with shorter steps until its error is small enough.</summary>
/// <remarks>
/// A gradient that was refined is solved once more, with somewhat shorter steps: that two solves agree may be chance, above all where the vector field jumps inside a step, that three do hardly is.
/// </remarks>
/// <param name="refinement">What is too large, and which steps are short enough.</param>
/// <param name="isShared">Whether all samples get the shortest limit.</param>
internal sealed class RefinementLoop(StepRefinement refinement, bool isShared)
{
    private const int MostRefinements = 9;

    // Not a power of the parts of a step, or the points would be the same again.
    private const double ConfirmingFactor = 0.71;

    private readonly bool _isShared = isShared || refinement.IsJoint;
    private double[] _limits = [];
    private double _start;
    private bool _isConfirmed;

    /// <summary>Times that the gradient was solved again.</summary>
    public int Refinements { get; private set; }

    /// <summary>The shortest limit of the samples' steps.</summary>
    public double Limit { get; private set; }

    /// <summary>Before the first solve of a gradient.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="limit">The longest step; infinity for those that the options allow.</param>
    public void Begin(GradientEngine engine, double limit)
    {
        Refinements = 0;
        Limit = _start = limit;
        _isConfirmed = false;
        if (_limits.Length != engine.Layout.Samples)
            _limits = new double[engine.Layout.Samples];
        _limits.AsSpan().Fill(limit);
        refinement.Limit(engine, limit);
    }

    /// <summary>After a solve: whether another one is needed, whose steps the engine then limits.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="failure">The failure of the solve, or null; receives that of a gradient which no steps resolve.</param>
    /// <param name="failedSample">The sample that it belongs to.</param>
    public bool GoesOn(GradientEngine engine, ref OdeFailure? failure, ref int failedSample)
    {
        if (failure is { Status: OdeStatus.TooManySteps } && Refinements > 0)
            failure = StepRefinement.Failure(engine, failedSample);
        if (failure is not null || !engine.MeasuresErrors)
            return false;
        bool isAny = false;
        for (int sample = 0; sample < _limits.Length; sample++)
        {
            SampleParameterError error = engine.ParameterErrors[sample];
            if (!refinement.IsTooLarge(error))
                continue;
            double length = refinement.Shorter(error);
            if (Refinements >= MostRefinements || length == 0.0)
            {
                if (!refinement.IsFailure(error))
                    continue;
                failedSample = sample;
                failure = StepRefinement.Failure(engine, sample);
                return false;
            }

            isAny = true;
            _limits[sample] = length;
        }

        if (!isAny && !Confirm(engine))
            return false;
        _isConfirmed = !isAny;
        Refinements++;
        Limit = _limits.Min();
        for (int sample = 0; sample < _limits.Length; sample++)
            refinement.Limit(engine, sample, _isShared ? Limit : _limits[sample]);
        return true;
    }

    /// <summary>Shortens the steps of the samples that were refined; returns whether that is to be done.</summary>
    private bool Confirm(GradientEngine engine)
    {
        if (Refinements == 0 || Refinements >= MostRefinements || _isConfirmed)
            return false;
        for (int sample = 0; sample < _limits.Length; sample++)
        {
            if (_limits[sample] < _start)
                _limits[sample] = ConfirmingFactor * Math.Min(_limits[sample], engine.ParameterErrors[sample].LongestStep);
        }

        return true;
    }
}
