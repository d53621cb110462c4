namespace NeuralOde;

/// <summary>What it takes to go on with a solve where it ended.</summary>
/// <param name="Field">The right-hand side.</param>
/// <param name="Options">The options as they were given.</param>
/// <param name="Time">Where it ended.</param>
/// <param name="ProposedStep">The length that the next step would have had; 0 to estimate one.</param>
/// <param name="Events">The events at which it ended; null where none are watched for.</param>
internal sealed record OdeContinuation(VectorField Field, OdeSolverOptions Options, double Time, double ProposedStep, EventMemory? Events);
