using System.Runtime.CompilerServices;

namespace NeuralOde;

// For array literals in F#, which are no spans.
public static partial class OdeSolver
{
    /// <inheritdoc cref="Solve(VectorField, ReadOnlySpan{double}, double, double, OdeSolverOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public static OdeSolution Solve(VectorField field, double[] initialState, double t0, double t1, OdeSolverOptions? options = null, CancellationToken cancellationToken = default) =>
        Solve(field, initialState.AsSpan(), t0, t1, options, cancellationToken);

    /// <inheritdoc cref="Solve(VectorField, ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions?, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public static OdeSolution Solve(VectorField field, double[] initialState, double[] times, OdeSolverOptions? options = null, CancellationToken cancellationToken = default) =>
        Solve(field, initialState.AsSpan(), times.AsSpan(), options, cancellationToken);
}
