namespace NeuralOde;

/// <summary>What it takes to go on with a solve where it ended.</summary>
/// <param name="Field">The right-hand side.</param>
/// <param name="Options">The options as they were given.</param>
/// <param name="Time">Where it ended, in the time that the solve worked in.</param>
/// <param name="DataTime">The same in the data's units.</param>
/// <param name="ProposedStep">The length that the next step would have had; 0 to estimate one.</param>
/// <param name="Events">The events at which it ended; null where none are watched for.</param>
internal sealed record OdeContinuation(VectorField Field, OdeSolverOptions Options, double Time, double DataTime, double ProposedStep, EventMemory? Events);
