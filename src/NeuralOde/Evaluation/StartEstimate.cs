namespace NeuralOde;

/// <summary>A state that a forecast starts in.</summary>
/// <param name="Index">The observation at whose time it is.</param>
/// <param name="State">The state, in the data's units.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Observations">Observations that it was fitted to.</param>
/// <param name="Residual">Root mean square of what it misses them by, in scales.</param>
/// <param name="Failure">Why no state could be fitted: the equation cannot be solved over the observations; null otherwise.</param>
internal sealed record StartEstimate(int Index, double[] State, ForecastStart Kind, int Observations, double Residual, OdeFailure? Failure = null);
