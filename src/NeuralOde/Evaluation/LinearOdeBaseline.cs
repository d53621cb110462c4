using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

/// <summary>A linear differential equation with constant coefficients, solved exactly: see <see cref="Baseline.LinearOde(TrajectoryDataset, int)"/>.</summary>
/// <remarks>
/// Forecasts start from the last observation where all of it was observed, and otherwise from the state that explains the last observations best, up to 20 or
/// two per component, by least squares. NaN where these do not determine it.
/// </remarks>
public sealed class LinearOdeBaseline : Baseline
{
    private const double SameStep = 1e-12;

    private readonly Standardization _scaling;
    private readonly double _timeUnit;
    private readonly double[] _augmented;

    /// <param name="scaling">The coordinates of the equation.</param>
    /// <param name="timeUnit">Its unit of time.</param>
    /// <param name="augmented">[A b; 0 0] in these coordinates, (dimension + 1)².</param>
    internal LinearOdeBaseline(Standardization scaling, double timeUnit, double[] augmented)
        : base("linear ODE")
    {
        _scaling = scaling;
        _timeUnit = timeUnit;
        _augmented = augmented;
        int dimension = scaling.Dimension;
        Matrix = Matrix<double>.Build.Dense(dimension, dimension,
            (i, j) => augmented[(i * (dimension + 1)) + j] * scaling.Scales[i] / scaling.Scales[j] / timeUnit);
        Offset = Vector<double>.Build.Dense(dimension, i => augmented[(i * (dimension + 1)) + dimension] * scaling.Scales[i] / timeUnit)
            - (Matrix * Vector<double>.Build.Dense(scaling.Means.ToArray()));
    }

    /// <summary>A of dz/dt = A z + b, in the data's units.</summary>
    public Matrix<double> Matrix { get; }

    /// <summary>b of dz/dt = A z + b, in the data's units.</summary>
    public Vector<double> Offset { get; }

    internal override string? Refuse(Trajectory history, ReadOnlySpan<double> times) => RefuseDimension(history, _scaling.Dimension);

    internal override void Forecast(Trajectory history, ReadOnlySpan<double> times, Span<double> states)
    {
        int dimension = _scaling.Dimension;
        int size = dimension + 1;
        var exponential = new MatrixExponential(size);
        var propagator = new double[size * size];
        var state = new double[size];
        state[dimension] = 1.0;
        int start = FindStart(history, exponential, state);
        if (start < 0)
        {
            states.Fill(double.NaN);
            return;
        }

        double step = double.NaN;
        double time = history.Times[start];
        var next = new double[size];
        for (int n = 0; n < times.Length; n++)
        {
            double h = (times[n] - time) / _timeUnit;
            time = times[n];
            if (!(Math.Abs(h - step) <= SameStep * Math.Abs(h)))
            {
                exponential.Compute(_augmented, h, propagator);
                step = h;
            }

            Apply(propagator, state, next);
            (state, next) = (next, state);
            Span<double> output = states.Slice(n * dimension, dimension);
            _scaling.Invert(state.AsSpan(0, dimension), output);
        }
    }

    /// <summary>Writes the scaled state at an observation that forecasts start from, and returns the observation; −1 where too little was observed.</summary>
    private int FindStart(Trajectory history, MatrixExponential exponential, Span<double> state)
    {
        int dimension = _scaling.Dimension;
        ReadOnlySpan<double> last = history.StateAt(history.Length - 1);
        if (Guard.IsFinite(last))
        {
            _scaling.Apply(last, state[..dimension]);
            return history.Length - 1;
        }

        int first = Math.Max(0, history.Length - Math.Max(20, 2 * dimension));
        var rows = new List<double>();
        var targets = new List<double>();
        int size = dimension + 1;
        var propagator = new double[size * size];
        for (int n = first; n < history.Length; n++)
        {
            exponential.Compute(_augmented, (history.Times[n] - history.Times[first]) / _timeUnit, propagator);
            for (int i = 0; i < dimension; i++)
            {
                if (!history.IsObserved(n, i))
                    continue;
                ReadOnlySpan<double> row = propagator.AsSpan(i * size, size);
                if (!Guard.IsFinite(row))
                    return -1;
                rows.AddRange(row[..dimension]);
                targets.Add(((history.StateAt(n)[i] - _scaling.Means[i]) / _scaling.Scales[i]) - row[dimension]);
            }
        }

        if (targets.Count < dimension)
            return -1;
        double[] right = [.. targets];
        int rank = LeastSquares.Solve(rows.ToArray(), right, right.Length, dimension, targets: 1, state[..dimension]);
        return rank == dimension ? first : -1;
    }

    private static void Apply(ReadOnlySpan<double> matrix, ReadOnlySpan<double> vector, Span<double> product)
    {
        for (int i = 0; i < vector.Length; i++)
        {
            double sum = 0.0;
            for (int j = 0; j < vector.Length; j++)
                sum += matrix[(i * vector.Length) + j] * vector[j];
            product[i] = sum;
        }
    }
}
