namespace NeuralOde;

/// <summary>A continuous function of time and state that is zero where an event happens.</summary>
/// <param name="t">Time.</param>
/// <param name="y">State, one number per dimension.</param>
/// <returns>Positive on one side of the event and negative on the other; NaN ends the solve with <see cref="OdeStatus.NonFiniteEvent"/>.</returns>
public delegate double EventFunction(double t, ReadOnlySpan<double> y);
