using System.Globalization;

namespace NeuralOde;

/// <summary>Where and how a solve failed.</summary>
public sealed record OdeFailure
{
    /// <summary>What went wrong.</summary>
    public required OdeStatus Status { get; init; }

    /// <summary>Time up to which the solution is good; NaN where the failure is one of a whole minibatch, of its loss, its gradient or the step that it led to.</summary>
    public required double Time { get; init; }

    /// <summary>The last step tried, in units of time.</summary>
    public double StepSize { get; init; }

    /// <summary>The component of the state, or of what an event made of it, that was not finite, or −1.</summary>
    public int Component { get; init; } = -1;

    /// <summary>Index of the event that the solve failed at, or −1.</summary>
    public int Event { get; init; } = -1;

    /// <summary>The sample that <see cref="Component"/> belongs to, where <see cref="ErrorControl.Joint"/> lets one sample spoil the step of all; null otherwise.</summary>
    public int? Sample { get; init; }

    /// <summary>The shortest step allowed, where that is why the step size could not shrink further; 0 otherwise.</summary>
    internal double MinStep { get; init; }

    /// <summary>A component that was 0 there and has no absolute tolerance, where that may be why; −1 otherwise.</summary>
    internal int WithoutScale { get; init; } = -1;

    /// <summary>What happened, where, and what to try.</summary>
    public string Message => double.IsNaN(Time)
        ? $"{What}. {Hint}"
        : string.Create(CultureInfo.InvariantCulture, $"{What} at t = {Time:R} (step {StepSize:g3}). {Advice}");

    /// <inheritdoc cref="Message"/>
    public override string ToString() => Message;

    /// <summary>This failure of a solve in standardized time, in the data's units.</summary>
    internal OdeFailure InUnits(Standardization? standardization) => standardization is not { ChangesTime: true } ? this : this with
    {
        Time = standardization.FromStandardTime(Time),
        StepSize = StepSize * standardization.TimeScale,
        MinStep = MinStep * standardization.TimeScale,
    };

    private string What => Status switch
    {
        OdeStatus.TooManySteps => "MaxSteps was reached",
        OdeStatus.StepSizeUnderflow when MinStep > 0.0 => string.Create(CultureInfo.InvariantCulture, $"The tolerances ask for a step shorter than MinStep = {MinStep:R}"),
        OdeStatus.StepSizeUnderflow => "The step size fell below the resolution of time",
        OdeStatus.NewtonFailure when MinStep > 0.0 => string.Create(CultureInfo.InvariantCulture, $"The implicit equations of a step of MinStep = {MinStep:R} could not be solved, and no step may be shorter"),
        OdeStatus.NewtonFailure => "The implicit equations of a step could not be solved",
        OdeStatus.RepeatedEvent => $"Event {Event}, which changes the state, fired over and over without getting on in time",
        OdeStatus.NonFiniteEvent when Component >= 0 => $"The change of state of event {Event} made component {Component} NaN or infinite",
        OdeStatus.NonFiniteEvent => $"The function of event {Event} is NaN within a step",
        OdeStatus.RepeatedRejection => "A step was rejected over and over",
        OdeStatus.NonFiniteDerivative => $"The derivative of component {Component} is not finite where the solve starts or goes on",
        OdeStatus.NonFiniteState when Component < 0 => "The error estimate overflowed, or the ErrorNorm gave NaN",
        OdeStatus.NonFiniteState when Sample is { } sample => $"Component {Component} of sample {sample} or its derivative became NaN or infinite in the step that all samples share",
        OdeStatus.NonFiniteState => $"Component {Component} or its derivative became NaN or infinite",
        OdeStatus.UnresolvedGradient => "Shorter steps still change the parameter gradient by more than 100 tolerances, on the interval that starts",
        OdeStatus.NonFiniteCotangent when Component < 0 => "The gradient of a parameter is not finite",
        OdeStatus.NonFiniteCotangent => $"Cotangent {Component} is not finite",
        OdeStatus.NonFiniteLoss => "The loss is NaN or infinite",
        OdeStatus.NonFiniteUpdate => "The step would have made a parameter or a number of the optimizer NaN or infinite; it was undone",
        _ => "The solve failed",
    };

    private string Advice => WithoutScale < 0 ? Hint : Status == OdeStatus.TooManySteps ? MissingScale + " " + Hint : MissingScale;

    private string MissingScale =>
        string.Create(CultureInfo.InvariantCulture, $"Component {WithoutScale} is 0 and its absolute tolerance too, so that no error is small enough for it: give it an absolute tolerance.");

    private string Hint => Status switch
    {
        OdeStatus.TooManySteps => "Loosen the tolerances, raise MaxSteps, or use a stiff method such as OdeMethod.Rodas5P; the interval may also be too long. In training, lower the learning rate or set MaxGradientNorm.",
        OdeStatus.StepSizeUnderflow when MinStep > 0.0 => "Lower MinStep or loosen the tolerances; the solution may also have a singularity here, or jump.",
        OdeStatus.StepSizeUnderflow => "The solution may have a singularity here or jump; if it does not, loosen the tolerances, use a stiff method such as OdeMethod.Rodas5P, or lengthen FixedStep if there is one.",
        OdeStatus.NewtonFailure when MinStep > 0.0 => "Lower MinStep or loosen the tolerances; check the Jacobian if you gave one.",
        OdeStatus.NewtonFailure => "Check the Jacobian if you gave one; the right-hand side may be discontinuous or not defined near this state.",
        OdeStatus.RepeatedEvent => "The events accumulate, like the bounces of a ball that comes to rest: terminate or change the equation when what happens between two of them has become too small.",
        OdeStatus.NonFiniteEvent when Component >= 0 => "The change was not carried out: the final state is the one before it.",
        OdeStatus.NonFiniteEvent => "It must have a value wherever the solution goes, also a little beyond the event.",
        OdeStatus.RepeatedRejection => "The right-hand side is probably discontinuous or not deterministic near this time.",
        OdeStatus.NonFiniteDerivative => "Look at the state there, initial or left by an event, and at the inputs and parameters of the vector field.",
        OdeStatus.NonFiniteState => "The solution probably leaves the domain of the vector field or grows without bound; with FixedStep, try a smaller step.",
        OdeStatus.UnresolvedGradient => "The vector field probably jumps or has a kink in time while the state rests: declare such times as JumpTimes. Otherwise raise MaxSteps, lower MinStep or loosen the tolerances; ControlsError of the GradientMethod switches this check off.",
        OdeStatus.NonFiniteCotangent => "Look at the loss, which may have given a cotangent of NaN or infinity, and at the vector–Jacobian product of the vector field.",
        OdeStatus.NonFiniteLoss => "Look at the loss function, for instance at a logarithm or a root of a prediction, and at the size of the predictions.",
        OdeStatus.NonFiniteUpdate => "Lower the learning rate, or set MaxGradientNorm.",
        _ => "",
    };
}
