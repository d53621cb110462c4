namespace NeuralOde;

/// <summary>Measures errors in tolerances: per component scaled by absolute + relative · |y|, per sample in one norm, jointly where one step serves a whole batch.</summary>
internal sealed class ErrorMeasure
{
    // At 1e-4 and tighter none was passed where nobody looked.
    private const double LeastForPoles = 1.1e-5;

    // Bounds of IsBeyondEndSlopes.
    private const double MostTimesEndSlopes = 3.0;
    private const double PartOfState = 0.5;
    private const double LeastTolerances = 50.0;

    private readonly BatchLayout _layout;
    private readonly int _dimension;
    private readonly int _stateDimension;
    private readonly double[] _relative;
    private readonly double[] _absolute;
    private readonly ErrorNorm _norm;
    private readonly bool _isJoint;
    private readonly bool[] _active;
    private readonly bool _looksForPoles;
    private readonly double[] _scaled;

    /// <param name="layout">The batch.</param>
    /// <param name="dimension">Components.</param>
    /// <param name="stateDimension">Components that tolerances and norms are made for; where there are more (an adjoint system's second half), they repeat.</param>
    /// <param name="options">Validated options.</param>
    /// <param name="active">The samples that count in a joint norm.</param>
    public ErrorMeasure(BatchLayout layout, int dimension, int stateDimension, OdeSolverOptions options, bool[] active)
    {
        _layout = layout;
        _dimension = dimension;
        _stateDimension = stateDimension;
        _relative = Expand(options.RelativeTolerance, options.RelativeTolerances, dimension);
        _absolute = Expand(options.AbsoluteTolerance, options.AbsoluteTolerances, dimension);
        _norm = options.ErrorNorm;
        _isJoint = options.ErrorControl == ErrorControl.Joint;
        _active = active;
        _looksForPoles = LooksForPoles(_relative.AsSpan(0, dimension), _absolute.AsSpan(0, dimension)) && (_norm == ErrorNorm.RootMeanSquare || _norm.TakesMaximum);
        _scaled = new double[_norm == ErrorNorm.RootMeanSquare ? 0 : dimension];
    }

    /// <summary>Relative tolerance of every component; a batch of one sample's buffer long.</summary>
    public ReadOnlySpan<double> Relative => _relative;

    /// <summary>Absolute tolerance of every component; a batch of one sample's buffer long.</summary>
    public ReadOnlySpan<double> Absolute => _absolute;

    /// <summary>What makes the root of a sum of squares of a norm that is the root of a mean; 1 for other norms.</summary>
    public double RootOfTerms => _norm == ErrorNorm.RootMeanSquare ? Math.Sqrt((double)_dimension * (_isJoint ? _active.AsSpan().Count(true) : 1)) : 1.0;

    /// <summary>One tolerance per component, in the length of a single sample's buffer.</summary>
    public static double[] Expand(double tolerance, IReadOnlyList<double>? tolerances, int dimension)
    {
        var expanded = new double[BatchLayout.RoundUp(dimension)];
        expanded.AsSpan().Fill(tolerance);
        for (int i = 0; i < dimension && tolerances is not null; i++)
            expanded[i] = tolerances[i % tolerances.Count];
        return expanded;
    }

    /// <summary>
    /// The norm, per sample, of step · Σ_j weights[j] · slopes[indices[j]]. Not finite where the new state or one of the slopes
    /// up to <paramref name="lastStage"/> is not.
    /// </summary>
    public void StepError(ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps, ReadOnlySpan<double> slopes,
        SparseRow? weights, int lastStage, Span<double> norms)
    {
        if (_norm == ErrorNorm.RootMeanSquare || _norm.TakesMaximum || weights is null)
        {
            ErrorKernels.Widest.ErrorNorm(_layout, _dimension, before, after, steps, slopes, weights?.Indices, weights?.Coefficients, lastStage, _relative, _absolute, _norm.TakesMaximum, norms);
            Join(norms);
            return;
        }

        int length = _layout.Length(_dimension);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            double undefined = 0.0;
            for (int i = 0; i < _dimension; i++)
            {
                int at = _layout.Index(i, sample);
                double error = 0.0;
                for (int j = 0; j < weights.Indices.Length; j++)
                    error += weights.Coefficients[j] * slopes[weights.Indices[j] * length + at];
                for (int stage = 0; stage <= lastStage; stage++)
                    undefined += slopes[stage * length + at] * 0.0;
                undefined += after[at] * 0.0;
                _scaled[i] = steps[sample] * error / Scale(i, before[at], after[at]);
            }

            norms[sample] = double.IsFinite(undefined) ? Measure() : double.NaN;
        }

        Join(norms);
    }

    /// <summary>Whether tolerances are so loose that a step may jump over a pole: tighter ones make steps too short beside the way to it (docs/decisions/poles.md).</summary>
    public static bool LooksForPoles(ReadOnlySpan<double> relative, ReadOnlySpan<double> absolute) => relative.ContainsAnyInRange(LeastForPoles, double.MaxValue) || absolute.ContainsAnyInRange(LeastForPoles, double.MaxValue);

    /// <summary>
    /// Raises above 1 the errors of steps that have jumped over a pole; with one step for all, everybody's. Not with a norm of the caller's, which may leave components out.
    /// </summary>
    public void JudgePoles(ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps, ReadOnlySpan<double> slopes,
        SparseRow weights, int endStage, Span<double> errors)
    {
        if (!_looksForPoles)
            return;
        PoleKernels.For(_layout).Judge(_layout, _dimension, before, after, steps, slopes, weights.Indices, weights.Coefficients, endStage, _relative, _absolute, errors);
        if (!_isJoint)
            return;
        double largest = 0.0;
        for (int sample = 0; sample < _layout.Samples; sample++)
            largest = _active[sample] && !(errors[sample] <= largest) ? errors[sample] : largest;
        errors[.._layout.Samples].Fill(largest);
    }

    /// <summary>
    /// Whether a component of a sample's step changed by far more than its slopes at either end can explain: it has passed a pole by luck. That takes no slopes inside the
    /// step, which stiffness makes as rough as a pole does.
    /// </summary>
    public bool IsBeyondEndSlopes(int sample, ReadOnlySpan<double> before, ReadOnlySpan<double> after, double step, ReadOnlySpan<double> first, ReadOnlySpan<double> last)
    {
        for (int i = 0; i < _dimension; i++)
        {
            int at = _layout.Index(i, sample);
            double change = after[at] - before[at], magnitude = Math.Max(Math.Abs(before[at]), Math.Abs(after[at]));
            double forward = change < 0.0 ? -step : step;
            double explained = MostTimesEndSlopes * Math.Max(Math.Max(forward * first[at], forward * last[at]), 0.0);
            if (Math.Abs(change) > Math.Max(Math.Max(explained, PartOfState * magnitude), LeastTolerances * Scale(i, before[at], after[at])))
                return true;
        }

        return false;
    }

    /// <summary>The norm, per sample, of values − subtrahend in tolerances at the larger of two states. An empty subtrahend is zero.</summary>
    public void Norm(ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend, ReadOnlySpan<double> before, ReadOnlySpan<double> after, Span<double> norms)
    {
        if (_norm == ErrorNorm.RootMeanSquare || _norm.TakesMaximum)
        {
            ErrorKernels.Widest.ScaledNorm(_layout, _dimension, values, subtrahend, before, after, _relative, _absolute, _norm.TakesMaximum, norms);
            Join(norms);
            return;
        }

        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            for (int i = 0; i < _dimension; i++)
            {
                int at = _layout.Index(i, sample);
                double value = values[at] - (subtrahend.IsEmpty ? 0.0 : subtrahend[at]);
                _scaled[i] = value / Scale(i, before[at], after[at]);
            }

            norms[sample] = Measure();
        }

        Join(norms);
    }

    /// <summary>Whether every component has an absolute tolerance, so that none is without a scale where it is 0.</summary>
    public bool HasAbsolute => _absolute.AsSpan(0, _dimension).IndexOf(0.0) < 0;

    /// <summary>The first component that is 0 and has no absolute tolerance, where a solve ended with a status that this may be the cause of; −1 otherwise.</summary>
    /// <param name="status">How the solve ended.</param>
    /// <param name="component">The component that was not finite, or −1.</param>
    /// <param name="absolute">The absolute tolerance of every component.</param>
    /// <param name="state">The components of the state at the end.</param>
    public static int FindWithoutScale(OdeStatus status, int component, ReadOnlySpan<double> absolute, ReadOnlySpan<double> state)
    {
        bool isPossible = status is OdeStatus.TooManySteps or OdeStatus.StepSizeUnderflow or OdeStatus.NewtonFailure or OdeStatus.RepeatedRejection
            || (status == OdeStatus.NonFiniteState && component < 0);
        for (int i = 0; i < state.Length && isPossible; i++)
        {
            if (absolute[i] == 0.0 && Math.Abs(state[i]) < DoublePrecision.SmallestNormal)
                return i;
        }

        return -1;
    }

    /// <summary>What an error of one tolerance is in a component.</summary>
    public double Scale(int component, double before, double after) =>
        Math.Max(_absolute[component] + _relative[component] * Math.Max(Math.Abs(before), Math.Abs(after)), DoublePrecision.SmallestNormal);

    /// <summary>The largest difference of two states of a sample in any component, in tolerances.</summary>
    public double LargestDifference(ReadOnlySpan<double> first, ReadOnlySpan<double> second, int sample)
    {
        double largest = 0.0;
        for (int i = 0; i < _dimension; i++)
        {
            double a = first[_layout.Index(i, sample)], b = second[_layout.Index(i, sample)];
            largest = Math.Max(largest, Math.Abs(a - b) / Scale(i, a, b));
        }

        return largest;
    }

    /// <summary>The norm of <see cref="_scaled"/>; of a system that repeats the state's components the root mean square of its parts' norms, or their maximum.</summary>
    private double Measure()
    {
        if (_dimension == _stateDimension)
            return _norm.Measure(_scaled);
        double sum = 0.0, largest = 0.0;
        for (int start = 0; start < _dimension; start += _stateDimension)
        {
            double part = _norm.Measure(_scaled.AsSpan(start, _stateDimension));
            sum += part * part;
            largest = Math.Max(largest, part);
        }

        return _norm.TakesMaximum ? largest : Math.Sqrt(sum / (_dimension / _stateDimension));
    }

    private void Join(Span<double> norms)
    {
        if (!_isJoint)
            return;
        double joint = 0.0;
        int count = 0;
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            if (!_active[sample])
                continue;
            count++;
            joint = _norm.TakesMaximum ? Math.Max(joint, norms[sample]) : joint + norms[sample] * norms[sample];
        }

        norms[.._layout.Samples].Fill(_norm.TakesMaximum ? joint : Math.Sqrt(joint / count));
    }
}
