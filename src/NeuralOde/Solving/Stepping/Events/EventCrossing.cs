namespace NeuralOde;

/// <summary>A crossing of zero located in a step.</summary>
/// <param name="Event">Index of the event.</param>
/// <param name="Time">The first time behind the crossing.</param>
/// <param name="IsRising">Whether the function comes from below zero.</param>
/// <param name="Height">How far from zero the function was seen in the step on the side that it crosses from; 0 where that side is only known from its slope at the start.</param>
/// <param name="Residue">Size of the function's values next to the crossing: what counts as zero there.</param>
internal readonly record struct EventCrossing(int Event, double Time, bool IsRising, double Height, double Residue);
