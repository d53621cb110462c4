using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

/// <summary>A vector autoregression z(n) = c + A₁ z(n − 1) + … + Aₚ z(n − p): see <see cref="Baseline.Autoregression(TrajectoryDataset, int?)"/>.</summary>
/// <remarks>
/// Forecasts go on from the last <see cref="Order"/> observations. Gaps in them are filled by forecasts from the last observations before that are
/// whole; NaN where there are none.
/// </remarks>
public sealed class AutoregressionBaseline : Baseline
{
    private readonly Standardization _scaling;
    private readonly double[] _coefficients;

    /// <param name="scaling">The coordinates of the regression.</param>
    /// <param name="step">The step of the grid.</param>
    /// <param name="order">p.</param>
    /// <param name="coefficients">In these coordinates, (order · dimension + 1) × dimension, row-major: the constant, then lag 1, then lag 2, …</param>
    internal AutoregressionBaseline(Standardization scaling, double step, int order, double[] coefficients)
        : base(FormattableString.Invariant($"autoregression ({order})"))
    {
        _scaling = scaling;
        _coefficients = coefficients;
        Step = step;
        Order = order;
        int dimension = scaling.Dimension;
        Coefficients = Array.AsReadOnly(Enumerable.Range(0, order).Select(lag => Matrix<double>.Build.Dense(dimension, dimension,
            (i, j) => coefficients[((1 + (lag * dimension) + j) * dimension) + i] * scaling.Scales[i] / scaling.Scales[j])).ToArray());
        Vector<double> means = Vector<double>.Build.Dense(scaling.Means.ToArray());
        Vector<double> constant = means + Vector<double>.Build.Dense(dimension, i => coefficients[i] * scaling.Scales[i]);
        foreach (Matrix<double> coefficient in Coefficients)
            constant -= coefficient * means;
        Constant = constant;
    }

    /// <summary>p: observations that the next one depends on.</summary>
    public int Order { get; }

    /// <summary>Time from one observation to the next; negative where times decrease.</summary>
    public double Step { get; }

    /// <summary>A₁ … Aₚ, in the data's units.</summary>
    public IReadOnlyList<Matrix<double>> Coefficients { get; }

    /// <summary>c, in the data's units.</summary>
    public Vector<double> Constant { get; }

    internal override string? Refuse(Trajectory history, ReadOnlySpan<double> times) =>
        RefuseDimension(history, _scaling.Dimension)
        ?? RegularGrid.Refuse(history.Times, Step, "history")
        ?? RegularGrid.Refuse([history.Times[^1], .. times], Step, "times");

    internal override void Forecast(Trajectory history, ReadOnlySpan<double> times, Span<double> states)
    {
        int dimension = _scaling.Dimension;
        List<double[]> rows = RegularGrid.Rows(history, Step);
        int whole = LastWholeRun(rows);
        if (whole < 0)
        {
            states.Fill(double.NaN);
            return;
        }

        // What follows needs no more of the past; states are scaled from here on.
        rows.RemoveRange(0, whole + 1 - Order);
        foreach (double[] row in rows)
            _scaling.Apply(row, row);
        for (int n = Order; n < rows.Count; n++)
        {
            double[] forecast = Next(rows, n);
            for (int i = 0; i < dimension; i++)
                rows[n][i] = double.IsNaN(rows[n][i]) ? forecast[i] : rows[n][i];
        }

        double time = history.Times[^1];
        for (int n = 0; n < times.Length; n++)
        {
            for (int left = RegularGrid.Steps(time, times[n], Step); left > 0; left--)
                rows.Add(Next(rows, rows.Count));
            time = times[n];
            _scaling.Invert(rows[^1], states.Slice(n * dimension, dimension));
        }
    }

    /// <summary>The last row that ends as many whole rows as the regression looks back at, or −1.</summary>
    private int LastWholeRun(List<double[]> rows)
    {
        int length = 0;
        for (int n = rows.Count - 1; n >= 0; n--)
        {
            length = Guard.IsFinite(rows[n]) ? length + 1 : 0;
            if (length == Order)
                return n + Order - 1;
        }

        return -1;
    }

    private double[] Next(List<double[]> rows, int index)
    {
        int dimension = _scaling.Dimension;
        double[] next = _coefficients.AsSpan(0, dimension).ToArray();
        int at = dimension;
        for (int lag = 1; lag <= Order; lag++)
        {
            foreach (double value in rows[index - lag])
            {
                for (int i = 0; i < dimension; i++)
                    next[i] += _coefficients[at++] * value;
            }
        }

        return next;
    }
}
