namespace NeuralOde;

/// <summary>The Jacobian of y' = f(t, y, u(t)) with respect to the state.</summary>
/// <param name="t">Time.</param>
/// <param name="y">State, one number per dimension. Valid during the call only.</param>
/// <param name="u">Input at t, one number per component of the <see cref="InputSignal"/>. Valid during the call only.</param>
/// <param name="jacobian">
/// Receives ∂f/∂y, row-major: <c>jacobian[i * dimension + j]</c> = ∂f_i/∂y_j. Zero on entry, so that only the other elements need be written.
/// </param>
public delegate void ForcedJacobianFunction(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> jacobian);
