namespace NeuralOde;

/// <summary>A loss written by the user for data with gaps or weights, for <see cref="Loss.Custom(MaskedLossFunction)"/>.</summary>
/// <param name="predictions">
/// What the model predicts. A trainer gives all numbers of a minibatch: segment after segment, observation after observation, the
/// components of an observation side by side; standardized if the model standardizes.
/// </param>
/// <param name="targets">
/// What was observed, in the same order; as long as <paramref name="predictions"/>. Where nothing was observed it is the prediction itself, so that the difference is 0 and no NaN spreads.
/// </param>
/// <param name="weights">How much every number counts, in the same order: 0 where nothing was observed, the weight of <see cref="Trajectory.Weights"/>, or 1.</param>
/// <param name="cotangents">
/// Receives ∂L/∂predictions; as long as <paramref name="predictions"/> and zero on entry. What is written where nothing was observed is ignored. It does not overlap the other spans.
/// </param>
/// <returns>The loss L. A value that is not finite makes the trainer skip the minibatch.</returns>
public delegate double MaskedLossFunction(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents);
