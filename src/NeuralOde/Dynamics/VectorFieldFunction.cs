namespace NeuralOde;

/// <summary>The right-hand side of y' = f(t, y).</summary>
/// <param name="t">Time.</param>
/// <param name="y">State, one number per dimension. Valid during the call only.</param>
/// <param name="dydt">Receives the derivative; zero on entry.</param>
public delegate void VectorFieldFunction(double t, ReadOnlySpan<double> y, Span<double> dydt);

/// <summary>The right-hand side of y' = f(t, y, u(t)).</summary>
/// <param name="t">Time.</param>
/// <param name="y">State, one number per dimension. Valid during the call only.</param>
/// <param name="u">Input at t, one number per component of the <see cref="InputSignal"/>. Valid during the call only.</param>
/// <param name="dydt">Receives the derivative; zero on entry.</param>
public delegate void ForcedVectorFieldFunction(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> dydt);

/// <summary>The right-hand side of y' = f(t, y; θ).</summary>
/// <param name="t">Time.</param>
/// <param name="y">State, one number per dimension. Valid during the call only.</param>
/// <param name="parameters">θ.</param>
/// <param name="dydt">Receives the derivative; zero on entry.</param>
public delegate void ParametricVectorFieldFunction(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> parameters, Span<double> dydt);

/// <summary>The vector–Jacobian products of f(t, y; θ) for a cotangent c.</summary>
/// <param name="t">Time.</param>
/// <param name="y">State, one number per dimension. Valid during the call only.</param>
/// <param name="parameters">θ.</param>
/// <param name="cotangent">c, one number per dimension.</param>
/// <param name="stateCotangent">Receives cᵀ ∂f/∂y; zero on entry.</param>
/// <param name="parameterCotangent">Receives cᵀ ∂f/∂θ; zero on entry.</param>
public delegate void VectorJacobianProductFunction(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> parameters,
    ReadOnlySpan<double> cotangent, Span<double> stateCotangent, Span<double> parameterCotangent);
