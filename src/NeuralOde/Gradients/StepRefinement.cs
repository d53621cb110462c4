namespace NeuralOde;

/// <summary>When the parameter gradient's error is too large for a solve's tolerances, and which steps make it small enough.</summary>
/// <remarks>
/// One tolerance is relative tolerance · the largest component of the sample's gradient + absolute tolerance. Where shorter steps change the solution too, a change of the gradient by as many tolerances, or
/// somewhat more, is the solution's error and no sign of steps that miss the parameters: a chaotic trajectory changes by all of itself, and so does its gradient.
/// </remarks>
internal readonly struct StepRefinement
{
    /// <summary>Tolerances up to which nothing is done.</summary>
    public const double Target = 5.0;

    /// <summary>Tolerances beyond which a gradient is a failure.</summary>
    public const double Allowed = 100.0;

    // Tolerances that the gradient may change by for one that the solution changes by. Loose tolerances leave the range in which both change in proportion.
    private const double Sensitivity = 40.0;
    private const double LeastSensitivity = 4.0;
    private const double LooseTolerance = 1e-4;
    private const double LooseExponent = 0.4;

    private const double LeastFactor = 0.05;
    private const double GreatestFactor = 0.5;
    private const double Safety = 0.8;

    private readonly double _relative;
    private readonly double _absolute;
    private readonly double _minStep;
    private readonly double _maxStep;
    private readonly double _exponent;
    private readonly double _sensitivity;

    /// <param name="options">Resolved options of the solve whose steps are refined.</param>
    public StepRefinement(OdeSolverOptions options)
    {
        _relative = options.RelativeTolerances?.Max() ?? options.RelativeTolerance;
        _absolute = options.AbsoluteTolerances?.Max() ?? options.AbsoluteTolerance;
        _minStep = options.MinStep;
        _maxStep = options.MaxStep;
        _exponent = 1.0 / options.ResolvedMethod.Tableau!.Order;
        _sensitivity = Sensitivity * Math.Max(1.0, Math.Pow(_relative / LooseTolerance, LooseExponent));
        IsJoint = options.ErrorControl == ErrorControl.Joint;
        // Fixed steps are the caller's own.
        IsPossible = options.FixedStep is null;
    }

    /// <summary>Whether the steps may be refined at all; if not, errors are only reported.</summary>
    public bool IsPossible { get; }

    /// <summary>Whether all samples take the same steps.</summary>
    public bool IsJoint { get; }

    /// <summary>The relative tolerance.</summary>
    public double RelativeTolerance => _relative;

    /// <summary>One tolerance of a gradient whose largest component is so large.</summary>
    public double Tolerance(double scale) => _relative * scale + _absolute;

    /// <summary>Tolerances that a gradient may change by where the solution changes by so many.</summary>
    /// <param name="solutionChange">The solution's change, in tolerances.</param>
    /// <param name="isHardlyFelt">Whether the adjoint is known to feel little of it.</param>
    public double Explained(double solutionChange, bool isHardlyFelt) =>
        solutionChange < 1.0 ? 0.0 : (isHardlyFelt ? LeastSensitivity : _sensitivity) * solutionChange;

    /// <summary>The longest step of all samples from now on, besides that which the options allow.</summary>
    public void Limit(GradientEngine engine, double length)
    {
        for (int sample = 0; sample < engine.Layout.Samples; sample++)
            Limit(engine, sample, length);
    }

    /// <summary>The longest step of a sample from now on, besides that which the options allow.</summary>
    public void Limit(GradientEngine engine, int sample, double length) => engine.LimitSteps(sample, Math.Min(length, _maxStep));

    /// <summary>Whether a sample's error asks for shorter steps.</summary>
    public bool IsTooLarge(SampleParameterError error) => IsPossible && !error.IsEstimate && Excess(error, Target) > 1.0;

    /// <summary>Whether a sample's gradient is too wrong to be given out.</summary>
    public bool IsFailure(SampleParameterError error) => Excess(error, Allowed) > 1.0;

    /// <summary>Steps that make a sample's error small enough; 0 where the options allow none so short.</summary>
    public double Shorter(SampleParameterError error)
    {
        double length = error.LongestStep * Math.Clamp(Safety * Math.Pow(Excess(error, Target), -_exponent), LeastFactor, GreatestFactor);
        return length >= _minStep ? length : 0.0;
    }

    /// <summary>What to say when a solve with refined steps fails.</summary>
    public static OdeFailure Failure(GradientEngine engine, int sample) => new()
    {
        Status = OdeStatus.UnresolvedGradient,
        Time = engine.Grid.First(Math.Max(sample, 0)),
        StepSize = engine.ParameterErrors[Math.Max(sample, 0)].LongestStep,
    };

    /// <summary>The error in what is allowed of it.</summary>
    private double Excess(SampleParameterError error, double multiple)
    {
        double allowed = Math.Max(multiple, error.Explained) * Tolerance(error.Scale);
        return error.Error <= allowed ? 1.0 : error.Error / allowed;
    }
}
