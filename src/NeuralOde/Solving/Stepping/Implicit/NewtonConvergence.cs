namespace NeuralOde;

/// <summary>
/// When the simplified Newton iterations of implicit stages have converged, diverged, or will never get there, for every sample
/// by itself.
/// </summary>
/// <remarks>
/// With θ the ratio of successive increments, what is missing after an increment δ is about θ/(1 − θ) ‖δ‖; that must be a
/// small part of the tolerance (Hairer, Wanner, Solving Ordinary Differential Equations II, section IV.8). The ratio of the
/// last iteration with the same matrix serves the first increment of the next, but only where the defect, which knows no matrix, is small too: where
/// the problem is no longer as stiff as the matrix, the first increment is tiny whatever is missing.
/// </remarks>
internal sealed class NewtonConvergence
{
    // The largest defect, in tolerances, with which a single increment is believed.
    private const double SmallDefect = 0.3;

    private readonly ErrorMeasure _errors;
    private readonly BatchLayout _layout;
    private readonly int _dimension;
    private readonly double _target;
    private readonly double _smallDefect;
    private readonly int _maxIterations;
    private readonly double[] _factors;
    private readonly double[] _previous;
    private readonly double[] _worstRates;
    private readonly bool[] _isFresh;

    public NewtonConvergence(SolveContext context)
    {
        _errors = context.Errors;
        _layout = context.Layout;
        _dimension = context.Dimension;
        bool isAdaptive = context.Options.FixedStep is null;
        // Fixed steps know of no tolerance that an error could hide behind.
        _target = Math.Max(isAdaptive ? 0.01 : 1e-7, RoundingInTolerances());
        _smallDefect = isAdaptive ? SmallDefect : _target;
        _maxIterations = isAdaptive ? 10 : 20;
        _factors = new double[_layout.Samples];
        _previous = new double[_layout.Samples];
        _worstRates = new double[_layout.Samples];
        _isFresh = new bool[_layout.Samples];
    }

    /// <summary>The slowest convergence, as the ratio of successive increments, since the sample's last <see cref="BeginStep"/>.</summary>
    public double WorstRate(int sample) => _worstRates[sample];

    /// <summary>Forgets how fast a sample's iterations were: its matrix is another one.</summary>
    public void ForgetRate(int sample) => _factors[sample] = 1.0;

    /// <summary>A sample's step begins with a matrix whose Jacobian is that of the step, or an older one.</summary>
    public void BeginStep(int sample, bool isFresh)
    {
        _worstRates[sample] = 0.0;
        _isFresh[sample] = isFresh;
    }

    /// <summary>A sample's iteration for one more stage begins.</summary>
    public void BeginStage(int sample) => _factors[sample] = Math.Pow(Math.Max(_factors[sample], DoublePrecision.Epsilon), 0.8);

    /// <summary>Judges the increment that was just made.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="iteration">Increments of this stage before it.</param>
    /// <param name="norm">Its size in tolerances.</param>
    /// <param name="firstDefect">The size, in tolerances, of γh (f − k) before the first increment: what a step without stiffness would correct the state by.</param>
    /// <param name="increments">The increments, component-major.</param>
    /// <param name="startStates">The states that the step comes from.</param>
    /// <param name="states">The states that were moved by them.</param>
    public NewtonProgress Judge(int sample, int iteration, double norm, double firstDefect, ReadOnlySpan<double> increments,
        ReadOnlySpan<double> startStates, ReadOnlySpan<double> states)
    {
        if (!double.IsFinite(norm))
            return NewtonProgress.Failed;
        if (iteration > 0)
        {
            double rate = norm == 0.0 ? 0.0 : norm / _previous[sample];
            if (rate >= 1.0)
                return EndsInRounding(sample, firstDefect, increments, startStates, states);
            _worstRates[sample] = Math.Max(_worstRates[sample], rate);
            _factors[sample] = rate / (1.0 - rate);
            double atTheEnd = _factors[sample] * norm * Math.Pow(rate, _maxIterations - 1 - iteration);
            if (atTheEnd > _target)
                return EndsInRounding(sample, firstDefect, increments, startStates, states);
        }

        _previous[sample] = norm;
        if (norm == 0.0 || (_factors[sample] * norm <= _target && (iteration > 0 || firstDefect <= _smallDefect)))
            return NewtonProgress.Converged;
        return iteration + 1 < _maxIterations ? NewtonProgress.Iterating : NewtonProgress.Failed;
    }

    /// <summary>Whether an increment is as small as the rounding of the state allows, or of that which the step comes from.</summary>
    public static bool IsRounding(BatchLayout layout, int dimension, int sample, ReadOnlySpan<double> increments, ReadOnlySpan<double> startStates, ReadOnlySpan<double> states)
    {
        double largestIncrement = 0.0, largestState = 0.0;
        for (int i = 0; i < dimension; i++)
        {
            int at = layout.Index(i, sample);
            largestIncrement = Math.Max(largestIncrement, Math.Abs(increments[at]));
            largestState = Math.Max(largestState, Math.Max(Math.Abs(startStates[at]), Math.Abs(states[at])));
        }

        return largestIncrement <= 32.0 * DoublePrecision.Epsilon * largestState;
    }

    /// <summary>What to think of increments that do not shrink: a matrix that is far too stiff makes them as small as rounding does.</summary>
    private NewtonProgress EndsInRounding(int sample, double firstDefect, ReadOnlySpan<double> increments, ReadOnlySpan<double> startStates, ReadOnlySpan<double> states)
    {
        bool isRounding = (_isFresh[sample] || firstDefect <= _smallDefect) && IsRounding(_layout, _dimension, sample, increments, startStates, states);
        return isRounding ? NewtonProgress.Converged : NewtonProgress.Failed;
    }

    private double RoundingInTolerances()
    {
        double smallest = double.PositiveInfinity;
        for (int i = 0; i < _dimension; i++)
        {
            if (_errors.Relative[i] > 0.0)
                smallest = Math.Min(smallest, _errors.Relative[i]);
        }

        return Math.Min(10.0 * DoublePrecision.Epsilon / smallest, 0.1);
    }
}

/// <summary>How a Newton iteration stands.</summary>
internal enum NewtonProgress
{
    /// <summary>Nothing to solve.</summary>
    Idle,

    /// <summary>It goes on.</summary>
    Iterating,

    /// <summary>The last increment was good enough.</summary>
    Converged,

    /// <summary>It diverges or is too slow, or there is no matrix to iterate with.</summary>
    Failed,

    /// <summary>The vector field was not finite.</summary>
    NonFinite,
}
