using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

// For array literals in F#, which are no spans.
public sealed partial class InputSignal
{
    /// <inheritdoc cref="Constant(ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal Constant(double[] values) => Constant(values.AsSpan());

    /// <inheritdoc cref="PiecewiseConstant(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal PiecewiseConstant(double[] times, double[] values) => PiecewiseConstant(times.AsSpan(), values.AsSpan());

    /// <inheritdoc cref="PiecewiseConstant(ReadOnlySpan{double}, double[,])"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal PiecewiseConstant(double[] times, double[,] values) => PiecewiseConstant(times.AsSpan(), values);

    /// <inheritdoc cref="PiecewiseConstant(ReadOnlySpan{double}, Matrix{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal PiecewiseConstant(double[] times, Matrix<double> values) => PiecewiseConstant(times.AsSpan(), values);

    /// <inheritdoc cref="PiecewiseLinear(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal PiecewiseLinear(double[] times, double[] values) => PiecewiseLinear(times.AsSpan(), values.AsSpan());

    /// <inheritdoc cref="PiecewiseLinear(ReadOnlySpan{double}, double[,])"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal PiecewiseLinear(double[] times, double[,] values) => PiecewiseLinear(times.AsSpan(), values);

    /// <inheritdoc cref="PiecewiseLinear(ReadOnlySpan{double}, Matrix{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal PiecewiseLinear(double[] times, Matrix<double> values) => PiecewiseLinear(times.AsSpan(), values);

    /// <inheritdoc cref="CubicSpline(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal CubicSpline(double[] times, double[] values) => CubicSpline(times.AsSpan(), values.AsSpan());

    /// <inheritdoc cref="CubicSpline(ReadOnlySpan{double}, double[,])"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal CubicSpline(double[] times, double[,] values) => CubicSpline(times.AsSpan(), values);

    /// <inheritdoc cref="CubicSpline(ReadOnlySpan{double}, Matrix{double})"/>
    [OverloadResolutionPriority(-1)]
    public static InputSignal CubicSpline(double[] times, Matrix<double> values) => CubicSpline(times.AsSpan(), values);
}
