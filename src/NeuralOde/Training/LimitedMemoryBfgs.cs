namespace NeuralOde;

/// <summary>What limited-memory BFGS minimizes.</summary>
internal interface IPlanObjective
{
    /// <summary>Length of the vector that is varied.</summary>
    int Length { get; }

    /// <summary>Why the last evaluation failed, or null.</summary>
    OdeFailure? Failure { get; }

    /// <summary>The value at a point with its gradient; NaN where it cannot be computed.</summary>
    double Evaluate(ReadOnlySpan<double> point, Span<double> gradient, CancellationToken cancellationToken);
}

/// <summary>Limited-memory BFGS: two-loop recursion over the last pairs of steps and gradient changes, with a line search by bisection for the weak Wolfe conditions.</summary>
/// <remarks>
/// J. Nocedal, Math. Comp. 35 (1980) 773–782, doi:10.1090/S0025-5718-1980-0572855-7; the line search is that of A. S. Lewis, M. L. Overton, Math. Program. 141 (2013) 135–163,
/// doi:10.1007/s10107-012-0514-2, algorithm 2.6. All state is in <see cref="Buffers"/> and the three numbers beside them, so that a checkpoint goes on with the same bits. A step allocates nothing.
/// </remarks>
internal sealed class LimitedMemoryBfgs
{
    /// <summary>Pairs that are remembered.</summary>
    public const int Memory = 20;

    private const int MostTrials = 20;
    private const double Decrease = 1e-4, Curvature = 0.9;

    private readonly int _length;
    private readonly double[] _steps, _changes, _curvatures, _gradient;
    private readonly double[] _direction, _trial, _trialGradient;
    private readonly double[] _alphas = new double[Memory];

    public LimitedMemoryBfgs(int length)
    {
        _length = length;
        int pairs = ArrayLength.Of((length, "numbers that are fitted"), (Memory, "steps that are remembered"));
        (_steps, _changes, _curvatures, _gradient) = (new double[pairs], new double[pairs], new double[Memory], new double[length]);
        (_direction, _trial, _trialGradient) = (new double[length], new double[length], new double[length]);
        Buffers = [("steps", _steps), ("changes", _changes), ("curvatures", _curvatures), ("gradient", _gradient)];
    }

    public IReadOnlyList<(string Name, double[] Values)> Buffers { get; }

    /// <summary>Pairs remembered so far, at most <see cref="Memory"/>.</summary>
    public int Count { get; set; }

    /// <summary>Where the next pair goes.</summary>
    public int Next { get; set; }

    /// <summary>The value at the present point; NaN before it is known.</summary>
    public double Value { get; set; } = double.NaN;

    public int Length => _length;

    public double GradientNorm => Math.Sqrt(Dot(_gradient, _gradient));

    /// <summary>Evaluates the objective at the present point, where another one was minimized before.</summary>
    public double Begin(ReadOnlySpan<double> point, IPlanObjective objective, CancellationToken cancellationToken) =>
        Value = objective.Evaluate(point, _gradient, cancellationToken);

    /// <summary>Moves the point to where the objective is smaller; false where no such point was found.</summary>
    public bool Step(Span<double> point, IPlanObjective objective, CancellationToken cancellationToken)
    {
        if (!double.IsFinite(Value))
            return false;
        while (true)
        {
            FindDirection();
            double slope = -Dot(_gradient, _direction);
            if (slope > 0.0 && Search(point, slope, objective, cancellationToken))
                return true;
            if (Count == 0)
                return false;
            // The remembered curvature misleads here: try the gradient itself.
            Count = Next = 0;
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        // Eight sums whatever the width of vectors, so that all machines add alike.
        Span<double> sums = stackalloc double[8];
        int i = 0;
        for (; i <= a.Length - 8; i += 8)
        {
            for (int lane = 0; lane < 8; lane++)
                sums[lane] += a[i + lane] * b[i + lane];
        }

        double sum = (sums[0] + sums[4]) + (sums[1] + sums[5]) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void Add(double factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] += factor * source[i];
    }

    /// <summary>direction = −H · gradient.</summary>
    private void FindDirection()
    {
        for (int i = 0; i < _length; i++)
            _direction[i] = -_gradient[i];
        for (int k = 0; k < Count; k++)
        {
            int pair = Pair(k);
            _alphas[k] = Dot(StepOf(pair), _direction) / _curvatures[pair];
            Add(-_alphas[k], ChangeOf(pair), _direction);
        }

        double scale = Count == 0
            ? Math.Min(1.0, 0.1 / GradientNorm)
            : _curvatures[Pair(0)] / Dot(ChangeOf(Pair(0)), ChangeOf(Pair(0)));
        for (int i = 0; i < _length; i++)
            _direction[i] *= scale;
        for (int k = Count - 1; k >= 0; k--)
        {
            int pair = Pair(k);
            Add(_alphas[k] - Dot(ChangeOf(pair), _direction) / _curvatures[pair], StepOf(pair), _direction);
        }
    }

    private bool Search(Span<double> point, double slope, IPlanObjective objective, CancellationToken cancellationToken)
    {
        double low = 0.0, high = double.PositiveInfinity, factor = 1.0, value = double.NaN;
        bool decreases = false;
        for (int trial = 0; trial < MostTrials; trial++)
        {
            for (int i = 0; i < _length; i++)
                _trial[i] = point[i] + factor * _direction[i];
            value = objective.Evaluate(_trial, _trialGradient, cancellationToken);
            decreases = value <= Value - Decrease * factor * slope;
            if (!decreases)
                high = factor;
            else if (-Dot(_trialGradient, _direction) > Curvature * slope && trial < MostTrials / 2)
                low = factor;
            else
                break;
            factor = NextFactor(low, high, factor, value, slope);
        }

        if (!decreases || !(value < Value))
            return false;
        Remember(point);
        _trial.AsSpan().CopyTo(point);
        _trialGradient.CopyTo(_gradient, 0);
        Value = value;
        return true;
    }

    private double NextFactor(double low, double high, double factor, double value, double slope)
    {
        if (double.IsInfinity(high))
            return 2.0 * factor;
        // The minimum of the parabola through both values and the slope.
        double parabola = low == 0.0 && double.IsFinite(value) ? slope * factor * factor / (2.0 * (value - Value + slope * factor)) : double.NaN;
        return parabola > 0.1 * factor && parabola < 0.9 * factor ? parabola : (low + high) / 2.0;
    }

    private void Remember(ReadOnlySpan<double> point)
    {
        Span<double> step = StepOf(Next), change = ChangeOf(Next);
        for (int i = 0; i < _length; i++)
        {
            step[i] = _trial[i] - point[i];
            change[i] = _trialGradient[i] - _gradient[i];
        }

        double curvature = Dot(step, change);
        if (!(curvature > 1e-10 * Math.Sqrt(Dot(step, step) * Dot(change, change))))
            return;
        _curvatures[Next] = curvature;
        Next = (Next + 1) % Memory;
        Count = Math.Min(Count + 1, Memory);
    }

    /// <summary>The k-th youngest pair.</summary>
    private int Pair(int k) => (Next - 1 - k + 2 * Memory) % Memory;

    private Span<double> StepOf(int pair) => _steps.AsSpan(pair * _length, _length);

    private Span<double> ChangeOf(int pair) => _changes.AsSpan(pair * _length, _length);
}
