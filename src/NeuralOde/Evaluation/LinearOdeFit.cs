using static System.FormattableString;

namespace NeuralOde;

/// <summary>Fits dz/dt = A z + b to the forecasts between pairs of observations: <see cref="Baseline.LinearOde(TrajectoryDataset, int)"/>.</summary>
/// <remarks>
/// Unknown is M = [A b; 0 0], in standardized states and median steps of time, so that (z, 1) goes over a time h by e^(hM). Its derivative in a direction E is
/// ∫₀ʰ e^(M(h−s)) E e^(Ms) ds, here by Gauss–Legendre quadrature of five points.
/// </remarks>
internal sealed class LinearOdeFit
{
    private const int MostComponents = 20;
    private const int MostPairs = 5000;
    private const double MostWork = 2e8;
    private const double SameStep = 1e-10;

    private static readonly double[] Nodes = [-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831, 0.9061798459386640];
    private static readonly double[] Weights = [0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665, 0.2369268850561891];

    private readonly int _dimension;
    private readonly int _size;
    private readonly MatrixExponential _exponential;
    private readonly double[][] _propagators;
    private readonly double[] _whole;
    private readonly double[] _states;
    private readonly double[] _sensitivities;

    private LinearOdeFit(int dimension)
    {
        _dimension = dimension;
        _size = dimension + 1;
        _exponential = new MatrixExponential(_size);
        _propagators = [.. Nodes.Select(_ => new double[_size * _size])];
        _whole = new double[_size * _size];
        _states = new double[Nodes.Length * _size];
        _sensitivities = new double[dimension * Unknowns];
    }

    private int Unknowns => _dimension * _size;

    public static LinearOdeBaseline Fit(TrajectoryDataset training, int horizon)
    {
        int dimension = training.Dimension;
        if (dimension > MostComponents)
            throw new ArgumentException($"training has {dimension} components; a linear ODE is fitted to {MostComponents} at most.", nameof(training));
        Standardization scaling = Standardization.FromDataset(training);
        double timeUnit = MedianStep(training);
        var fit = new LinearOdeFit(dimension);
        var equation = new double[fit._size * fit._size];
        int longest = training.Max(trajectory => trajectory.Length) - 1;
        var lags = new List<int>();
        for (long lag = 1; lag <= Math.Min(horizon, longest); lag *= 2)
        {
            lags.Add((int)lag);
            Pair[] pairs = FindPairs(training, scaling, timeUnit, lags, dimension);
            long numbers = pairs.Sum(pair => (long)pair.End.Count(double.IsFinite));
            if (numbers < fit.Unknowns && lag == 1)
                throw new ArgumentException(Invariant($"training has {numbers} numbers observed one step after a wholly observed state; a linear ODE of {dimension} components has {fit.Unknowns} unknowns."), nameof(training));
            if (lag == 1)
                fit.Begin(pairs, equation);
            fit.Descend(pairs, equation);
        }

        if (lags.Count == 0)
            throw new ArgumentException("training has no trajectory of two observations or more.", nameof(training));
        return new LinearOdeBaseline(scaling, timeUnit, equation);
    }

    /// <summary>The equation whose trapezoidal rule fits best; 0 where this is not determined.</summary>
    private void Begin(Pair[] pairs, double[] equation)
    {
        Pair[] complete = [.. pairs.Where(pair => Guard.IsFinite(pair.End))];
        if (complete.Length < _size)
            return;
        var a = new double[complete.Length * _size];
        var b = new double[complete.Length * _dimension];
        for (int k = 0; k < complete.Length; k++)
        {
            (double[] start, double[] end, double h) = complete[k];
            for (int i = 0; i < _dimension; i++)
            {
                a[(k * _size) + i] = 0.5 * h * (start[i] + end[i]);
                b[(k * _dimension) + i] = end[i] - start[i];
            }

            a[(k * _size) + _dimension] = h;
        }

        var solution = new double[_size * _dimension];
        LeastSquares.Solve(a, b, complete.Length, _size, _dimension, solution);
        for (int i = 0; i < _dimension; i++)
        {
            for (int j = 0; j < _size; j++)
                equation[(i * _size) + j] = solution[(j * _dimension) + i];
        }
    }

    /// <summary>Levenberg–Marquardt; D. W. Marquardt, J. SIAM 11 (1963) 431–441, doi:10.1137/0111030.</summary>
    private void Descend(Pair[] pairs, double[] equation)
    {
        int unknowns = Unknowns;
        var normal = new double[unknowns * unknowns];
        var damped = new double[unknowns * unknowns];
        var gradient = new double[unknowns];
        var step = new double[unknowns];
        var trial = (double[])equation.Clone();
        double damping = 1e-4;
        double cost = Linearize(pairs, equation, normal, gradient);
        for (int iteration = 0; iteration < 200 && cost > 0.0; iteration++)
        {
            normal.CopyTo(damped, 0);
            for (int i = 0; i < unknowns; i++)
                damped[(i * unknowns) + i] += (damping * normal[(i * unknowns) + i]) + 1e-300;
            gradient.CopyTo(step, 0);
            double trialCost = double.NaN;
            if (Cholesky.SolveInPlace(damped, step))
            {
                for (int i = 0; i < unknowns; i++)
                    trial[i] = equation[i] - step[i];
                trialCost = Cost(pairs, trial);
            }

            if (!(trialCost < cost))
            {
                damping *= 8.0;
                if (damping > 1e12)
                    return;
                continue;
            }

            bool isDone = cost - trialCost <= 1e-13 * cost && damping <= 1e-4;
            trial.CopyTo(equation, 0);
            damping = Math.Max(damping * 0.1, 1e-12);
            if (isDone)
                return;
            cost = Linearize(pairs, equation, normal, gradient);
        }
    }

    private double Cost(Pair[] pairs, double[] equation)
    {
        double cost = 0.0;
        double step = double.NaN;
        foreach (Pair pair in pairs)
        {
            if (IsOther(pair.Step, step))
            {
                step = pair.Step;
                _exponential.Compute(equation, step, _whole);
            }

            for (int i = 0; i < _dimension; i++)
            {
                double error = Forecast(pair.Start, i) - pair.End[i];
                if (!double.IsNaN(pair.End[i]))
                    cost += error * error;
            }
        }

        return cost;
    }

    /// <summary>JᵀJ and Jᵀr; returns rᵀr.</summary>
    private double Linearize(Pair[] pairs, double[] equation, double[] normal, double[] gradient)
    {
        int unknowns = Unknowns;
        Array.Clear(normal);
        Array.Clear(gradient);
        double cost = 0.0;
        double step = double.NaN;
        foreach (Pair pair in pairs)
        {
            if (IsOther(pair.Step, step))
            {
                step = pair.Step;
                _exponential.Compute(equation, step, _whole);
                for (int q = 0; q < Nodes.Length; q++)
                    _exponential.Compute(equation, 0.5 * (1.0 + Nodes[q]) * step, _propagators[q]);
            }

            Differentiate(pair.Start, step);
            for (int c = 0; c < _dimension; c++)
            {
                if (double.IsNaN(pair.End[c]))
                    continue;
                double error = Forecast(pair.Start, c) - pair.End[c];
                cost += error * error;
                ReadOnlySpan<double> row = _sensitivities.AsSpan(c * unknowns, unknowns);
                for (int i = 0; i < unknowns; i++)
                {
                    gradient[i] += row[i] * error;
                    Span<double> sums = normal.AsSpan(i * unknowns, i + 1);
                    for (int j = 0; j < sums.Length; j++)
                        sums[j] += row[i] * row[j];
                }
            }
        }

        return cost;
    }

    /// <summary>∂(end component c)/∂M(i, j) into row c, column i · size + j.</summary>
    private void Differentiate(double[] start, double step)
    {
        for (int q = 0; q < Nodes.Length; q++)
        {
            for (int j = 0; j < _size; j++)
                _states[(q * _size) + j] = Row(_propagators[q], start, j);
        }

        Array.Clear(_sensitivities);
        for (int q = 0; q < Nodes.Length; q++)
        {
            // The nodes lie symmetrically: h − s at one is s at its mirror image.
            double[] after = _propagators[Nodes.Length - 1 - q];
            ReadOnlySpan<double> state = _states.AsSpan(q * _size, _size);
            for (int c = 0; c < _dimension; c++)
            {
                for (int i = 0; i < _dimension; i++)
                {
                    double factor = 0.5 * step * Weights[q] * after[(c * _size) + i];
                    Span<double> row = _sensitivities.AsSpan((c * Unknowns) + (i * _size), _size);
                    for (int j = 0; j < row.Length; j++)
                        row[j] += factor * state[j];
                }
            }
        }
    }

    private double Forecast(double[] start, int component) => Row(_whole, start, component);

    /// <summary>One component of a propagator times (start, 1).</summary>
    private double Row(double[] propagator, double[] start, int component)
    {
        ReadOnlySpan<double> row = propagator.AsSpan(component * _size, _size);
        double sum = row[_dimension];
        for (int j = 0; j < start.Length; j++)
            sum += row[j] * start[j];
        return sum;
    }

    private static bool IsOther(double step, double last) => !(Math.Abs(step - last) <= SameStep * Math.Abs(step));

    /// <summary>Pairs of observations whose first is whole, sorted by their distance in time.</summary>
    private static Pair[] FindPairs(TrajectoryDataset training, Standardization scaling, double timeUnit, List<int> lags, int dimension)
    {
        var found = new List<(Trajectory Trajectory, int Start, int End)>();
        foreach (int lag in lags)
        {
            foreach (Trajectory trajectory in training)
            {
                for (int n = 0; n < trajectory.Length - lag; n++)
                {
                    if (Guard.IsFinite(trajectory.StateAt(n)) && trajectory.HasObservation(n + lag))
                        found.Add((trajectory, n, n + lag));
                }
            }
        }

        double unknowns = dimension * (dimension + 1.0);
        int most = (int)Math.Min(MostPairs, Math.Max(MostWork / (dimension * unknowns * unknowns), 10.0 * (dimension + 1)));
        int kept = Math.Min(found.Count, most);
        var pairs = new Pair[kept];
        for (int k = 0; k < kept; k++)
        {
            (Trajectory trajectory, int start, int end) = found[(int)((long)k * found.Count / kept)];
            pairs[k] = new Pair(Scaled(trajectory.StateAt(start)), Scaled(trajectory.StateAt(end)), (trajectory.Times[end] - trajectory.Times[start]) / timeUnit);
        }

        Array.Sort(pairs, (one, other) => one.Step.CompareTo(other.Step));
        return pairs;

        double[] Scaled(ReadOnlySpan<double> state)
        {
            var scaled = new double[dimension];
            scaling.Apply(state, scaled);
            return scaled;
        }
    }

    private static double MedianStep(TrajectoryDataset training)
    {
        var steps = new List<double>();
        foreach (Trajectory trajectory in training)
        {
            for (int n = 1; n < trajectory.Length; n++)
                steps.Add(Math.Abs(trajectory.Times[n] - trajectory.Times[n - 1]));
        }

        steps.Sort();
        return steps.Count == 0 ? 1.0 : steps[steps.Count / 2];
    }

    /// <summary>A whole standardized state, another with gaps, and the time between them.</summary>
    private sealed record Pair(double[] Start, double[] End, double Step);
}
