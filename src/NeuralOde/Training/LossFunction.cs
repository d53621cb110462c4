namespace NeuralOde;

/// <summary>A loss written by the user, for <see cref="Loss.Custom"/>.</summary>
/// <param name="predictions">
/// What the model predicts. A trainer gives all numbers of a minibatch: segment after segment, observation after observation, the
/// components of an observation side by side; standardized if the model standardizes.
/// </param>
/// <param name="targets">What was observed, in the same order; as long as <paramref name="predictions"/>.</param>
/// <param name="cotangents">
/// Receives ∂L/∂predictions; as long as <paramref name="predictions"/> and zero on entry. It does not overlap the other spans.
/// </param>
/// <returns>The loss L. A value that is not finite makes the trainer skip the minibatch.</returns>
public delegate double LossFunction(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents);
