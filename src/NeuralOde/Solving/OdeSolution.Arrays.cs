using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

// For array literals in F#, which are no spans.
public sealed partial class OdeSolution
{
    /// <inheritdoc cref="EvaluateAt(ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public Matrix<double> EvaluateAt(double[] times) => EvaluateAt(times.AsSpan());

    /// <inheritdoc cref="EvaluateDerivativeAt(ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public Matrix<double> EvaluateDerivativeAt(double[] times) => EvaluateDerivativeAt(times.AsSpan());

    /// <inheritdoc cref="Continue(ReadOnlySpan{double}, CancellationToken)"/>
    [OverloadResolutionPriority(-1)]
    public OdeSolution Continue(double[] times, CancellationToken cancellationToken = default) => Continue(times.AsSpan(), cancellationToken);
}
