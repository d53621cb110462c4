namespace NeuralOde;

/// <summary>How to solve: method, accuracy, limits. Immutable; checked when it is used.</summary>
/// <example>
/// <code>
/// var options = new OdeSolverOptions { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, MaxSteps = 10_000 };
/// </code>
/// </example>
public sealed record OdeSolverOptions
{
    /// <summary>The integration method; Dormand–Prince 5(4) unless said otherwise.</summary>
    public OdeMethod Method { get; init; } = OdeMethod.DormandPrince5;

    /// <summary>Error allowed per step relative to the state, from 0 to below 1; 1e-6 unless said otherwise. The error at the end of a solve is usually 10 to 100 times as large.</summary>
    public double RelativeTolerance { get; init; } = 1e-6;

    /// <summary>Error allowed per step in the units of the state, at least 0: what counts as zero. 1e-9 unless said otherwise.</summary>
    public double AbsoluteTolerance { get; init; } = 1e-9;

    /// <summary>Step-size controller; not used with <see cref="FixedStep"/>.</summary>
    public StepSizeController Controller { get; init; } = new();

    /// <summary>Length of the first step, positive, in units of time; null chooses it (Hairer, Nørsett, Wanner, Solving ODEs I, section II.4).</summary>
    public double? InitialStep { get; init; }

    /// <summary>Longest step, positive, in units of time.</summary>
    public double MaxStep { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// A constant step, positive, in units of time, instead of error control: the steps lie at t0 + n·step and the last is
    /// shortened to land on the end; with <see cref="StepToOutputTimes"/> the steps are counted from every output time anew.
    /// At most <see cref="MaxStep"/>. Null (the default) adapts the step to the tolerances.
    /// </summary>
    public double? FixedStep { get; init; }

    /// <summary>
    /// Steps, rejected ones included, after which a sample gives up with <see cref="OdeStatus.TooManySteps"/>; at least 1, 100 000 unless said otherwise.
    /// Counted anew from every time that a step has to land on.
    /// </summary>
    public int MaxSteps { get; init; } = 100_000;

    /// <summary>
    /// False (the default) interpolates the output times, so that asking for more of them costs no evaluations.
    /// True makes a step end on every one.
    /// </summary>
    public bool StepToOutputTimes { get; init; }

    /// <summary>Keeps every step, so that <see cref="OdeSolution.Evaluate(double)"/> gives the solution at any time. A solve without output times always does.</summary>
    public bool DenseOutput { get; init; }

    /// <summary>Throws for options that make no sense.</summary>
    /// <exception cref="ArgumentException">Names the property and its value.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Method);
        ArgumentNullException.ThrowIfNull(Controller);
        if (!(RelativeTolerance >= 0.0 && RelativeTolerance < 1.0))
            throw new ArgumentOutOfRangeException(nameof(RelativeTolerance), RelativeTolerance, "RelativeTolerance must be from 0 to below 1.");
        Guard.NotNegative(AbsoluteTolerance);
        if (RelativeTolerance == 0.0 && AbsoluteTolerance == 0.0)
            throw new ArgumentException("RelativeTolerance and AbsoluteTolerance are both 0; no step could meet that.", nameof(RelativeTolerance));
        Controller.Validate();
        if (InitialStep is { } initialStep)
            Guard.Positive(initialStep, nameof(InitialStep));
        if (!(MaxStep > 0.0))
            throw new ArgumentOutOfRangeException(nameof(MaxStep), MaxStep, "MaxStep must be positive.");
        if (FixedStep is { } fixedStep)
        {
            Guard.Positive(fixedStep, nameof(FixedStep));
            if (fixedStep > MaxStep)
                throw new ArgumentOutOfRangeException(nameof(FixedStep), fixedStep, FormattableString.Invariant($"FixedStep is longer than MaxStep = {MaxStep:R}."));
        }
        else if (!Method.IsAdaptive)
            throw new ArgumentException($"{Method} has no error estimate to adapt the step size to; set FixedStep, or use {OdeMethod.DormandPrince5}.", nameof(Method));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSteps, 1);
    }
}
