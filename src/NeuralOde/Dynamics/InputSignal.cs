using MathNet.Numerics.LinearAlgebra;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// An input u(t) given by its values at some times: what drives a vector field from outside, such as a dose, a valve position, or
/// a measured temperature. Immutable, so that solves on any number of threads may share it.
/// </summary>
/// <remarks>
/// <para>
/// Before its first time a signal holds its first value, from its last time on the last one. At a time where it jumps its value is
/// the one after the jump.
/// </para>
/// <para>
/// A method of order p loses that order in a step across a point where u or one of its first p derivatives jumps. Such points are
/// the signal's <see cref="Breakpoints"/>.
/// </para>
/// </remarks>
/// <example>
/// A heater that is on from t = 1 to t = 3 warms a room:
/// <code>
/// var heating = InputSignal.PiecewiseConstant(times: [0.0, 1.0, 3.0], values: [0.0, 1.0, 0.0]);
/// var room = VectorField.FromFunction(dimension: 1, heating, (t, y, u, dydt) => dydt[0] = u[0] - 0.5 * y[0]);
/// OdeSolution temperature = OdeSolver.Solve(room, [0.0], t0: 0, t1: 10).EnsureSuccess();
/// </code>
/// </example>
public sealed partial class InputSignal
{
    private readonly PiecewisePolynomial _polynomial;

    private InputSignal(PiecewisePolynomial polynomial) => _polynomial = polynomial;

    /// <summary>Components of u.</summary>
    public int Dimension => _polynomial.Dimension;

    /// <summary>The times at which the signal or one of its derivatives jumps, ascending.</summary>
    /// <remarks>
    /// For a piecewise constant signal the times of its new values, for a piecewise linear one its kinks; times at which nothing
    /// changes are left out. For a cubic spline all of its times: there its third derivative jumps, and at the two ends, where it
    /// meets the values held outside, its first. A method of order five notices both.
    /// </remarks>
    public ReadOnlySpan<double> Breakpoints => _polynomial.Breakpoints;

    /// <summary>A scalar signal of steps: value k holds from time k until just before time k + 1.</summary>
    /// <param name="times">At least one, finite, strictly increasing.</param>
    /// <param name="values">One finite number per time.</param>
    /// <returns>The signal, of dimension 1.</returns>
    /// <exception cref="ArgumentException">A time or value breaks these rules; the message names the argument, the index and the value.</exception>
    public static InputSignal PiecewiseConstant(ReadOnlySpan<double> times, ReadOnlySpan<double> values) =>
        new(PiecewisePolynomial.Constant(Checked(times, 1, "signal"), 1, Checked(values, times.Length)));

    /// <summary>A signal of steps: row k of the values holds from time k until just before time k + 1.</summary>
    /// <param name="times">At least one, finite, strictly increasing.</param>
    /// <param name="values">times × components, finite, at least one column.</param>
    /// <returns>The signal.</returns>
    /// <exception cref="ArgumentException">A time or value breaks these rules; the message names the argument, the index and the value.</exception>
    public static InputSignal PiecewiseConstant(ReadOnlySpan<double> times, double[,] values) =>
        new(PiecewisePolynomial.Constant(Checked(times, 1, "signal"), Columns(values), Checked(values, times.Length)));

    /// <inheritdoc cref="PiecewiseConstant(ReadOnlySpan{double}, double[,])"/>
    public static InputSignal PiecewiseConstant(ReadOnlySpan<double> times, Matrix<double> values) => PiecewiseConstant(times, ToArray(values));

    /// <summary>A scalar signal that runs straight from one value to the next.</summary>
    /// <param name="times">At least two, finite, strictly increasing.</param>
    /// <param name="values">One finite number per time.</param>
    /// <returns>The signal, of dimension 1.</returns>
    /// <exception cref="ArgumentException">A time or value breaks these rules; the message names the argument, the index and the value.</exception>
    public static InputSignal PiecewiseLinear(ReadOnlySpan<double> times, ReadOnlySpan<double> values) =>
        new(PiecewisePolynomial.Linear(Checked(times, 2, "piecewise linear signal"), 1, Checked(values, times.Length)));

    /// <summary>A signal that runs straight from one row of the values to the next.</summary>
    /// <param name="times">At least two, finite, strictly increasing.</param>
    /// <param name="values">times × components, finite, at least one column.</param>
    /// <returns>The signal.</returns>
    /// <exception cref="ArgumentException">A time or value breaks these rules; the message names the argument, the index and the value.</exception>
    public static InputSignal PiecewiseLinear(ReadOnlySpan<double> times, double[,] values) =>
        new(PiecewisePolynomial.Linear(Checked(times, 2, "piecewise linear signal"), Columns(values), Checked(values, times.Length)));

    /// <inheritdoc cref="PiecewiseLinear(ReadOnlySpan{double}, double[,])"/>
    public static InputSignal PiecewiseLinear(ReadOnlySpan<double> times, Matrix<double> values) => PiecewiseLinear(times, ToArray(values));

    /// <summary>A smooth scalar signal: the natural cubic spline through the values.</summary>
    /// <remarks>Its first two derivatives are continuous between the first and the last time, and its second is zero at both.</remarks>
    /// <param name="times">At least two, finite, strictly increasing.</param>
    /// <param name="values">One finite number per time.</param>
    /// <returns>The signal, of dimension 1.</returns>
    /// <exception cref="ArgumentException">A time or value breaks these rules; the message names the argument, the index and the value.</exception>
    public static InputSignal CubicSpline(ReadOnlySpan<double> times, ReadOnlySpan<double> values) =>
        new(PiecewisePolynomial.NaturalCubicSpline(Checked(times, 2, "cubic spline"), 1, Checked(values, times.Length)));

    /// <summary>A smooth signal: the natural cubic spline through the rows of the values.</summary>
    /// <remarks>Its first two derivatives are continuous between the first and the last time, and its second is zero at both.</remarks>
    /// <param name="times">At least two, finite, strictly increasing.</param>
    /// <param name="values">times × components, finite, at least one column.</param>
    /// <returns>The signal.</returns>
    /// <exception cref="ArgumentException">A time or value breaks these rules; the message names the argument, the index and the value.</exception>
    public static InputSignal CubicSpline(ReadOnlySpan<double> times, double[,] values) =>
        new(PiecewisePolynomial.NaturalCubicSpline(Checked(times, 2, "cubic spline"), Columns(values), Checked(values, times.Length)));

    /// <inheritdoc cref="CubicSpline(ReadOnlySpan{double}, double[,])"/>
    public static InputSignal CubicSpline(ReadOnlySpan<double> times, Matrix<double> values) => CubicSpline(times, ToArray(values));

    /// <summary>The value at a time. Allocates nothing.</summary>
    /// <param name="t">Time; NaN gives NaN.</param>
    /// <param name="destination">Receives u(t), <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Evaluate(double t, Span<double> destination)
    {
        Guard.Length(destination, Dimension);
        int hint = 0;
        _polynomial.Evaluate(t, ref hint, destination);
    }

    /// <summary>The value at a time.</summary>
    /// <param name="t">Time; NaN gives NaN.</param>
    /// <returns>u(t), <see cref="Dimension"/> numbers.</returns>
    public double[] Evaluate(double t)
    {
        var value = new double[Dimension];
        Evaluate(t, value);
        return value;
    }

    /// <summary>As the public ones, for a caller that mostly asks about times near the last one.</summary>
    internal void Evaluate(double t, ref int hint, Span<double> destination) => _polynomial.Evaluate(t, ref hint, destination);

    internal (double[] Knots, double[] Coefficients) Data => _polynomial.Data;

    private static double[] Checked(ReadOnlySpan<double> times, int fewest, string kind)
    {
        if (times.Length < fewest)
            throw new ArgumentException($"times has {times.Length} entries; a {kind} needs at least {fewest}.", nameof(times));
        Guard.Finite(times);
        for (int k = 1; k < times.Length; k++)
        {
            if (times[k] <= times[k - 1])
                throw new ArgumentException(Invariant($"times[{k}] = {times[k]:R} is not after times[{k - 1}] = {times[k - 1]:R}; times must increase strictly."), nameof(times));
        }

        if (!double.IsFinite(times[^1] - times[0]))
            throw new ArgumentException(Invariant($"times reach from {times[0]:R} to {times[^1]:R}: their difference overflows."), nameof(times));
        return times.ToArray();
    }

    private static double[] Checked(ReadOnlySpan<double> values, int count)
    {
        if (values.Length != count)
            throw new ArgumentException($"values has {values.Length} entries, but times has {count}.", nameof(values));
        Guard.Finite(values);
        return values.ToArray();
    }

    private static double[] Checked(double[,] values, int count)
    {
        if (values.GetLength(0) != count)
            throw new ArgumentException($"values has {values.GetLength(0)} rows, but times has {count} entries.", nameof(values));
        int columns = values.GetLength(1);
        var flat = new double[values.Length];
        for (int at = 0; at < flat.Length; at++)
        {
            flat[at] = values[at / columns, at % columns];
            if (!double.IsFinite(flat[at]))
                throw new ArgumentException(Invariant($"values[{at / columns}, {at % columns}] = {flat[at]} is not finite."), nameof(values));
        }

        return flat;
    }

    private static int Columns(double[,] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.GetLength(1) > 0 ? values.GetLength(1) : throw new ArgumentException("values has no columns; a signal has at least one component.", nameof(values));
    }

    private static double[,] ToArray(Matrix<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return values.ToArray();
    }
}
