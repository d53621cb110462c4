namespace NeuralOde;

/// <summary>What a measured input is between its values, see <see cref="InputSignal"/>.</summary>
public enum InputInterpolation
{
    /// <summary>It runs straight from one value to the next: <see cref="InputSignal.PiecewiseLinear(ReadOnlySpan{double}, double[,])"/>.</summary>
    PiecewiseLinear,

    /// <summary>It holds a value until the next one: <see cref="InputSignal.PiecewiseConstant(ReadOnlySpan{double}, double[,])"/>.</summary>
    PiecewiseConstant,

    /// <summary>It is the natural cubic spline through the values: <see cref="InputSignal.CubicSpline(ReadOnlySpan{double}, double[,])"/>.</summary>
    CubicSpline,
}
