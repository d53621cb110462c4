using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>The right-hand side of y' = f(t, y) for eight samples at once: every vector holds one number of each.</summary>
/// <param name="t">Time of every sample.</param>
/// <param name="y">States, one vector per dimension. Valid during the call only.</param>
/// <param name="dydt">Receives the derivatives, one vector per dimension; zero on entry.</param>
public delegate void LanesFunction(Vector512<double> t, ReadOnlySpan<Vector512<double>> y, Span<Vector512<double>> dydt);

/// <summary>The right-hand side of y' = f(t, y; p) for eight samples at once: every vector holds one number of each.</summary>
/// <param name="t">Time of every sample.</param>
/// <param name="y">States, one vector per dimension. Valid during the call only.</param>
/// <param name="p">The samples' own parameters, one vector per parameter. Valid during the call only.</param>
/// <param name="dydt">Receives the derivatives, one vector per dimension; zero on entry.</param>
public delegate void ParametricLanesFunction(Vector512<double> t, ReadOnlySpan<Vector512<double>> y, ReadOnlySpan<Vector512<double>> p, Span<Vector512<double>> dydt);
