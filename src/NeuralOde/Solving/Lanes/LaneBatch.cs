namespace NeuralOde;

/// <summary>A batch that <see cref="LaneSolve{TVector, TField}"/> solves.</summary>
/// <param name="Field">The vector field of all samples.</param>
/// <param name="Options">Validated and resolved options.</param>
/// <param name="Given">The options as they were given.</param>
/// <param name="InitialStates">One checked state per sample.</param>
/// <param name="Times">Every sample's checked output times.</param>
/// <param name="Before">What the samples go on from, or null.</param>
/// <param name="Solutions">Receives the solutions.</param>
internal sealed record LaneBatch(VectorField Field, OdeSolverOptions Options, OdeSolverOptions Given,
    IReadOnlyList<double[]> InitialStates, IReadOnlyList<double[]> Times, OdeContinuation[]? Before, OdeSolution[] Solutions)
{
    /// <summary>
    /// Whether lanes serve a solve: a field over lanes or a single small state, and an explicit method with adaptive steps.
    /// </summary>
    public static bool Serves(VectorField field, int samples, OdeSolverOptions options, Standardization? standardization) =>
        (samples == 1 ? field is LanesVectorField or FunctionVectorField && field.Dimension <= SingleLaneField.MaxDimension : field is LanesVectorField)
        && options.ResolvedMethod.Tableau is not null
        && options.FixedStep is null
        && options.ErrorControl == ErrorControl.PerSample
        && (options.ErrorNorm == ErrorNorm.RootMeanSquare || options.ErrorNorm.TakesMaximum)
        && !options.StepToOutputTimes
        && options.Events.Count == 0
        && options.JumpTimes is null or { Count: 0 }
        && options.StepObserver is null
        && standardization is null;
}
