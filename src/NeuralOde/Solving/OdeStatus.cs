namespace NeuralOde;

/// <summary>How a solve ended.</summary>
public enum OdeStatus
{
    /// <summary>The end time was reached within the tolerances.</summary>
    Success,

    /// <summary><see cref="OdeSolverOptions.MaxSteps"/> were taken before the end.</summary>
    TooManySteps,

    /// <summary>The step that the tolerances ask for is too small for the floating-point resolution of time, or below <see cref="OdeSolverOptions.MinStep"/>.</summary>
    StepSizeUnderflow,

    /// <summary>One step was rejected over and over without becoming acceptable.</summary>
    RepeatedRejection,

    /// <summary>The derivative is NaN or infinite at the initial state, or at one from which the solve goes on after an event or a jump.</summary>
    NonFiniteDerivative,

    /// <summary>The solution or its derivative became NaN or infinite, and smaller steps did not help.</summary>
    NonFiniteState,

    /// <summary>A backward pass was given, or arrived at, a cotangent that is NaN or infinite.</summary>
    NonFiniteCotangent,

    /// <summary>An event that terminates happened: the solution is complete up to there. Not a failure.</summary>
    TerminatedByEvent,

    /// <summary>An implicit method could not solve its equations, however short the step.</summary>
    NewtonFailure,

    /// <summary>An event that changes the state fired over and over without time getting on.</summary>
    RepeatedEvent,

    /// <summary>The function of an event became NaN, or its change of state gave a number that is not finite; the solution ends in the last finite state.</summary>
    NonFiniteEvent,

    /// <summary>A loss on a solution is NaN or infinite. Its gradient means nothing, whatever the cotangents are.</summary>
    NonFiniteLoss,

    /// <summary>A step of training would have made a parameter, or a number that the optimizer remembers, NaN or infinite; it was undone.</summary>
    NonFiniteUpdate,

    /// <summary>Shorter steps still change the parameter gradient by far more than the tolerances: see <see cref="GradientMethod.ControlsError"/>.</summary>
    UnresolvedGradient,
}
