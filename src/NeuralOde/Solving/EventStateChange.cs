namespace NeuralOde;

/// <summary>Changes the state at an event, as a bounce reverses a velocity.</summary>
/// <param name="t">Time of the event.</param>
/// <param name="y">The state before, one number per dimension; to be overwritten where it changes.</param>
public delegate void EventStateChange(double t, Span<double> y);
