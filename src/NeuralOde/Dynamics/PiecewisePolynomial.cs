using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// Polynomials of one degree on the intervals between knots, several components at once; flat before the first knot and from
/// the last one on. Immutable.
/// </summary>
internal sealed class PiecewisePolynomial
{
    private readonly double[] _knots;
    private readonly int _degree;
    private readonly int _dimension;

    /// <summary>c[piece, power, component], row-major: piece k holds on [knot k, knot k + 1) in powers of t − knot k, the last one is constant.</summary>
    private readonly double[] _coefficients;

    /// <summary>Takes ownership of the knots and the coefficients.</summary>
    private PiecewisePolynomial(double[] knots, int degree, int dimension, double[] coefficients)
    {
        _knots = knots;
        _degree = degree;
        _dimension = dimension;
        _coefficients = coefficients;
        CheckCoefficients();
        Breakpoints = [.. Enumerable.Range(0, knots.Length).Where(HasJump).Select(k => knots[k])];
    }

    public int Dimension => _dimension;

    public int Degree => _degree;

    /// <summary>The knots where the value or a derivative jumps, ascending.</summary>
    public double[] Breakpoints { get; }

    /// <summary>All that the value depends on, to tell one from another.</summary>
    public (double[] Knots, double[] Coefficients) Data => (_knots, _coefficients);

    /// <param name="knots">Strictly increasing; owned from here on.</param>
    /// <param name="dimension">Components.</param>
    /// <param name="values">knots × components, row-major; owned from here on.</param>
    public static PiecewisePolynomial Constant(double[] knots, int dimension, double[] values) => new(knots, 0, dimension, values);

    public static PiecewisePolynomial Linear(double[] knots, int dimension, double[] values)
    {
        var coefficients = new double[ArrayLength.Of((2, "coefficients"), (values.Length, "values"))];
        for (int k = 0; k < knots.Length; k++)
        {
            for (int i = 0; i < dimension; i++)
            {
                int at = k * 2 * dimension + i;
                double value = values[k * dimension + i];
                coefficients[at] = value;
                if (k + 1 < knots.Length)
                    coefficients[at + dimension] = (values[(k + 1) * dimension + i] - value) / (knots[k + 1] - knots[k]);
            }
        }

        return new PiecewisePolynomial(knots, 1, dimension, coefficients);
    }

    /// <summary>Puts a polynomial together again from <see cref="Data"/> that come from a file, whose numbers are finite.</summary>
    /// <param name="knots">At least one; owned from here on.</param>
    /// <param name="degree">0 to 3.</param>
    /// <param name="dimension">Components.</param>
    /// <param name="coefficients">knots × (degree + 1) × components; owned from here on.</param>
    /// <exception cref="FormatException">The knots do not increase strictly; the message says where.</exception>
    public static PiecewisePolynomial FromData(double[] knots, int degree, int dimension, double[] coefficients)
    {
        for (int k = 1; k < knots.Length; k++)
        {
            if (knots[k] <= knots[k - 1])
                throw new FormatException(Invariant($"time {k} of the input signal, {knots[k]:R}, is not after {knots[k - 1]:R}."));
        }

        if (!double.IsFinite(knots[^1] - knots[0]))
            throw new FormatException(Invariant($"the times of the input signal reach from {knots[0]:R} to {knots[^1]:R}: their difference overflows."));
        return new PiecewisePolynomial(knots, degree, dimension, coefficients);
    }

    /// <summary>The natural cubic spline, from the value and the derivatives at the knots of MathNet's.</summary>
    public static PiecewisePolynomial NaturalCubicSpline(double[] knots, int dimension, double[] values)
    {
        var coefficients = new double[ArrayLength.Of((4, "coefficients"), (values.Length, "values"))];
        var component = new double[knots.Length];
        for (int i = 0; i < dimension; i++)
        {
            for (int k = 0; k < knots.Length; k++)
                component[k] = values[k * dimension + i];
            var spline = MathNet.Numerics.Interpolation.CubicSpline.InterpolateNaturalSorted(knots, component);
            for (int k = 0; k < knots.Length; k++)
            {
                int at = k * 4 * dimension + i;
                coefficients[at] = component[k];
                if (k + 1 == knots.Length)
                    continue;
                double curvature = spline.Differentiate2(knots[k]);
                coefficients[at + dimension] = spline.Differentiate(knots[k]);
                coefficients[at + 2 * dimension] = curvature / 2.0;
                coefficients[at + 3 * dimension] = (spline.Differentiate2(knots[k + 1]) - curvature) / (6.0 * (knots[k + 1] - knots[k]));
            }
        }

        return new PiecewisePolynomial(knots, 3, dimension, coefficients);
    }

    /// <summary>The same polynomial of standardized time with standardized values.</summary>
    /// <param name="standardization">The standardization.</param>
    /// <param name="first">Where its components are among the input's.</param>
    /// <exception cref="ArgumentException">Times are no longer apart, or a number is out of range.</exception>
    public PiecewisePolynomial InUnits(Standardization standardization, int first)
    {
        var knots = new double[_knots.Length];
        for (int k = 0; k < knots.Length; k++)
        {
            knots[k] = standardization.ToStandardTime(_knots[k]);
            if (!double.IsFinite(knots[k]) || (k > 0 && knots[k] <= knots[k - 1]))
                throw new ArgumentException(Invariant($"The input's time {_knots[k]:R} cannot be told from its neighbours once it is standardized, with offset {standardization.TimeOffset:R} and scale {standardization.TimeScale:R}."));
        }

        var coefficients = new double[_coefficients.Length];
        bool changesValues = standardization.InputMeans.Length > 0;
        for (int at = 0; at < coefficients.Length; at++)
        {
            int power = at / _dimension % (_degree + 1), component = first + at % _dimension;
            double coefficient = _coefficients[at];
            if (changesValues && power == 0)
                coefficient -= standardization.InputMeans[component];
            for (int factor = 0; factor < power; factor++)
                coefficient *= standardization.TimeScale;
            coefficients[at] = changesValues ? coefficient / standardization.InputScales[component] : coefficient;
        }

        return new PiecewisePolynomial(knots, _degree, _dimension, coefficients);
    }

    /// <summary>The value from the right at a time; NaN at a time that is NaN.</summary>
    /// <param name="t">Time.</param>
    /// <param name="hint">The piece to try first, any number; receives the piece found. It saves time and does not change the value.</param>
    /// <param name="destination">Receives one number per component.</param>
    public void Evaluate(double t, ref int hint, Span<double> destination)
    {
        destination = destination[.._dimension];
        if (double.IsNaN(t))
        {
            destination.Fill(double.NaN);
            return;
        }

        double inside = Math.Clamp(t, _knots[0], _knots[^1]);
        hint = FindPiece(inside, hint);
        double s = inside - _knots[hint];
        int length = (_degree + 1) * _dimension;
        ReadOnlySpan<double> piece = _coefficients.AsSpan(hint * length, length);
        for (int i = 0; i < destination.Length; i++)
        {
            double value = piece[_degree * _dimension + i];
            for (int power = _degree - 1; power >= 0; power--)
                value = value * s + piece[power * _dimension + i];
            destination[i] = value;
        }
    }

    /// <summary>The last knot not after t, which is none before the first: from step to step mostly the same or the next.</summary>
    private int FindPiece(double t, int hint)
    {
        if (IsIn(hint, t))
            return hint;
        if (IsIn(hint + 1, t))
            return hint + 1;
        int found = Array.BinarySearch(_knots, t);
        return found >= 0 ? found : ~found - 1;
    }

    private bool IsIn(int piece, double t) =>
        (uint)piece < (uint)_knots.Length && _knots[piece] <= t && (piece + 1 == _knots.Length || t < _knots[piece + 1]);

    private double Coefficient(int piece, int power, int component) => _coefficients[(piece * (_degree + 1) + power) * _dimension + component];

    private bool HasJump(int knot)
    {
        if (knot == 0)
            return !IsFlat(0);
        if (knot == _knots.Length - 1 && _degree > 0)
            return !IsFlat(knot - 1);
        for (int i = 0; i < _dimension; i++)
        {
            if (Coefficient(knot, _degree, i) != Coefficient(knot - 1, _degree, i))
                return true;
        }

        return false;
    }

    private bool IsFlat(int piece)
    {
        for (int power = 1; power <= _degree; power++)
        {
            for (int i = 0; i < _dimension; i++)
            {
                if (Coefficient(piece, power, i) != 0.0)
                    return false;
            }
        }

        return true;
    }

    private void CheckCoefficients()
    {
        for (int at = 0; at < _coefficients.Length; at++)
        {
            // The last piece has no end: it holds the last value.
            int piece = at / ((_degree + 1) * _dimension), next = Math.Min(piece + 1, _knots.Length - 1);
            if (!double.IsFinite(_coefficients[at]))
            {
                throw new ArgumentException(Invariant(
                    $"values change too steeply between times[{piece}] = {_knots[piece]:R} and times[{next}] = {_knots[next]:R}: a derivative overflows."), "values");
            }
        }
    }
}
