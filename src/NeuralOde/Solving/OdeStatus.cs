namespace NeuralOde;

/// <summary>How a solve ended.</summary>
public enum OdeStatus
{
    /// <summary>The end time was reached within the tolerances.</summary>
    Success,

    /// <summary><see cref="OdeSolverOptions.MaxSteps"/> were taken before the end.</summary>
    TooManySteps,

    /// <summary>The step that the tolerances ask for is too small for the floating-point resolution of time.</summary>
    StepSizeUnderflow,

    /// <summary>One step was rejected over and over without becoming acceptable.</summary>
    RepeatedRejection,

    /// <summary>The derivative at the initial state is NaN or infinite.</summary>
    NonFiniteDerivative,

    /// <summary>The solution or its derivative became NaN or infinite, and smaller steps did not help.</summary>
    NonFiniteState,

    /// <summary>A backward pass was given, or arrived at, a cotangent that is NaN or infinite.</summary>
    NonFiniteCotangent,
}
