namespace NeuralOde;

/// <summary>A batch that <see cref="LaneSolve"/> solves.</summary>
/// <param name="Field">The vector field of all samples.</param>
/// <param name="Options">Validated and resolved options.</param>
/// <param name="Given">The options as they were given.</param>
/// <param name="InitialStates">One checked state per sample.</param>
/// <param name="Times">Every sample's checked output times.</param>
/// <param name="Before">What the samples go on from, or null.</param>
/// <param name="Solutions">Receives the solutions.</param>
internal sealed record LaneBatch(LanesVectorField Field, OdeSolverOptions Options, OdeSolverOptions Given,
    IReadOnlyList<double[]> InitialStates, IReadOnlyList<double[]> Times, OdeContinuation[]? Before, OdeSolution[] Solutions)
{
    /// <summary>Whether a solve needs nothing that <see cref="LaneSolve"/> does not have: an explicit method with adaptive steps, and outputs that cost no evaluations.</summary>
    public static bool Serves(OdeSolverOptions options, Standardization? standardization) =>
        options.ResolvedMethod.Tableau is { } tableau
        && (!tableau.HasExtraStages || options.Output == OdeOutput.End)
        && options.FixedStep is null
        && options.ErrorControl == ErrorControl.PerSample
        && (options.ErrorNorm == ErrorNorm.RootMeanSquare || options.ErrorNorm.TakesMaximum)
        && options.Output is OdeOutput.Times or OdeOutput.End
        && !options.StepToOutputTimes
        && !options.DenseOutput
        && options.Events.Count == 0
        && options.JumpTimes is null or { Count: 0 }
        && options.StepObserver is null
        && standardization is null;
}
