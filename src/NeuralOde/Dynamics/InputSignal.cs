using System.Runtime.InteropServices;
using System.Security.Cryptography;
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
    private readonly PiecewisePolynomial[] _parts;
    private readonly double[] _breakpoints;

    private InputSignal(params PiecewisePolynomial[] parts)
    {
        _parts = parts;
        _breakpoints = parts.Length == 1 ? parts[0].Breakpoints : [.. parts.SelectMany(part => part.Breakpoints).Distinct().Order()];
        Dimension = checked((int)parts.Sum(part => (long)part.Dimension));
    }

    /// <summary>Components of u.</summary>
    public int Dimension { get; }

    /// <summary>The times at which the signal or one of its derivatives jumps, ascending.</summary>
    /// <remarks>
    /// For a piecewise constant signal the times of its new values, for a piecewise linear one its kinks; times at which nothing
    /// changes are left out. For a cubic spline all of its times: there its third derivative jumps, and at the two ends, where it
    /// meets the values held outside, its first. A method of order five notices both.
    /// </remarks>
    public ReadOnlySpan<double> Breakpoints => _breakpoints;

    /// <summary>A signal that is the same at all times, such as the dose of a patient or the mass of a device.</summary>
    /// <param name="values">At least one finite number, one per component.</param>
    /// <returns>The signal.</returns>
    /// <exception cref="ArgumentException">There are no values, or one is not finite; the message names the index and the value.</exception>
    public static InputSignal Constant(params ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("values is empty; a signal has at least one component.", nameof(values));
        Guard.Finite(values);
        return new InputSignal(PiecewisePolynomial.Constant([0.0], values.Length, values.ToArray()));
    }

    /// <summary>One signal of the components of several: measured inputs and constants side by side.</summary>
    /// <param name="signals">At least one signal; their components follow each other in this order.</param>
    /// <returns>The signal. It has the breakpoints of all.</returns>
    /// <exception cref="ArgumentException">There are no signals, or one is null; the message names the index.</exception>
    public static InputSignal Combine(IReadOnlyList<InputSignal> signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        if (signals.Count == 0)
            throw new ArgumentException("signals is empty; at least one is needed.", nameof(signals));
        for (int i = 0; i < signals.Count; i++)
        {
            if (signals[i] is null)
                throw new ArgumentException($"signals[{i}] is null.", nameof(signals));
        }

        return new InputSignal([.. signals.SelectMany(signal => signal._parts)]);
    }

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
        int first = 0;
        foreach (PiecewisePolynomial part in _parts)
        {
            int hint = 0;
            part.Evaluate(t, ref hint, destination[first..]);
            first += part.Dimension;
        }
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

    /// <summary><see cref="Breakpoints"/> for a reader that keeps them.</summary>
    internal ReadOnlyMemory<double> BreakpointMemory => _breakpoints;

    /// <summary>Signals that this one is combined of.</summary>
    internal int Parts => _parts.Length;

    /// <summary>As the public ones, for a caller that mostly asks about times near the last one.</summary>
    /// <param name="t">The time.</param>
    /// <param name="hints">For every part where the last time was; kept up to date.</param>
    /// <param name="destination">Receives <see cref="Dimension"/> numbers.</param>
    internal void Evaluate(double t, Span<int> hints, Span<double> destination)
    {
        int first = 0;
        for (int part = 0; part < _parts.Length; part++)
        {
            int dimension = _parts[part].Dimension;
            _parts[part].Evaluate(t, ref hints[part], destination.Slice(first, dimension));
            first += dimension;
        }
    }

    /// <summary>The signals that this one is combined of.</summary>
    internal IReadOnlyList<PiecewisePolynomial> Pieces => _parts;

    /// <summary>Puts the signal together again from <see cref="Pieces"/>.</summary>
    internal static InputSignal FromPieces(PiecewisePolynomial[] pieces) => new(pieces);

    /// <summary>The same signal as a vector field sees it that works in standardized time and inputs.</summary>
    /// <exception cref="ArgumentException">The standardization is for inputs of another dimension, or a standardized time or value is out of range.</exception>
    internal InputSignal InUnits(Standardization standardization)
    {
        bool changesValues = standardization.InputMeans.Length > 0;
        if (changesValues && standardization.InputMeans.Length != Dimension)
            throw new ArgumentException($"The input has {Dimension} components where the standardization has {standardization.InputMeans.Length}.");
        if (!changesValues && !standardization.ChangesTime)
            return this;
        var parts = new PiecewisePolynomial[_parts.Length];
        for (int part = 0, first = 0; part < parts.Length; first += _parts[part].Dimension, part++)
            parts[part] = _parts[part].InUnits(standardization, first);
        return new InputSignal(parts);
    }

    /// <summary>Adds every number that the signal depends on to a hash.</summary>
    internal void AppendTo(IncrementalHash hash)
    {
        foreach (PiecewisePolynomial part in _parts)
        {
            (double[] knots, double[] coefficients) = part.Data;
            hash.AppendData(MemoryMarshal.AsBytes<int>([Dimension, knots.Length, coefficients.Length]));
            hash.AppendData(MemoryMarshal.AsBytes<double>(knots));
            hash.AppendData(MemoryMarshal.AsBytes<double>(coefficients));
        }
    }

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
