namespace NeuralOde;

/// <summary>Thrown by <c>EnsureSuccess()</c> when a solve did not reach its end.</summary>
public sealed class OdeSolverException : Exception
{
    /// <summary>Wraps a failure.</summary>
    /// <param name="failure">Where and how the solve failed.</param>
    public OdeSolverException(OdeFailure failure)
        : this(failure, prefix: "")
    {
    }

    internal OdeSolverException(OdeFailure failure, string prefix)
        : base(prefix + (failure ?? throw new ArgumentNullException(nameof(failure))).Message) => Failure = failure;

    /// <summary>Where and how the solve failed.</summary>
    public OdeFailure Failure { get; }
}
