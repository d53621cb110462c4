namespace NeuralOde;

/// <summary>A loss on one predicted trajectory.</summary>
/// <param name="prediction">The states at the output times, outputs × dimension, one state after the other. Valid during the call only.</param>
/// <param name="cotangent">Receives ∂loss/∂prediction in the same order; zero on entry.</param>
/// <returns>The loss.</returns>
public delegate double TrajectoryLossFunction(ReadOnlySpan<double> prediction, Span<double> cotangent);

/// <summary>A loss on one predicted trajectory of a batch.</summary>
/// <param name="sample">Index of the sample.</param>
/// <param name="prediction">The states at the sample's output times, outputs × dimension, one state after the other. Valid during the call only.</param>
/// <param name="cotangent">Receives ∂loss/∂prediction in the same order; zero on entry.</param>
/// <returns>The sample's loss.</returns>
public delegate double BatchLossFunction(int sample, ReadOnlySpan<double> prediction, Span<double> cotangent);
