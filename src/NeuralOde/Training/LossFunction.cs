namespace NeuralOde;

/// <summary>A loss written by the user, for <see cref="Loss.Custom"/>.</summary>
/// <param name="predictions">What the model predicts, in the component-major order of the observations.</param>
/// <param name="targets">What was observed; as long as <paramref name="predictions"/>.</param>
/// <param name="cotangents">
/// Receives ∂L/∂predictions; as long as <paramref name="predictions"/> and zero on entry. It does not overlap the other spans.
/// </param>
/// <returns>The loss L. A value that is not finite makes the trainer skip the minibatch.</returns>
public delegate double LossFunction(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents);
