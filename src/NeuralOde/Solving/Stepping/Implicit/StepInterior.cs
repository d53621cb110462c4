namespace NeuralOde;

/// <summary>
/// Makes the dense output of an implicit one-step method as good inside its steps as at their ends: compares it there with the vector field,
/// corrects it by Newton increments with the step's matrix, and says what error is left.
/// </summary>
/// <remarks>
/// Error control sees the ends of steps, where the stiffness damps errors that stages and dense output have inside. With the step's matrix
/// W = 1/(γh) I − J the increment W⁻¹(f(t, u) − u') is minus the error of u, but for a part of the order 1/(γh‖J‖), where the problem is stiff.
/// Where it is not, the increment is γh times minus the error of u'. In between it has the size of the error.
/// </remarks>
internal sealed class StepInterior
{
    // A step is stiff where the Jacobian makes increments smaller by the first factor at least, and mild where by the second at most.
    private const double Stiff = 0.25;
    private const double Mild = 0.5;

    // Larger increments of a stiff step, in tolerances, are corrections to be made; if those that are left are larger, the step is not accepted.
    private const double Correctable = 1.0;

    // Other steps are not accepted with increments larger than this. Their own error keeps them near 1, and which steps are taken should not
    // depend on the outputs asked for.
    private const double Acceptable = 100.0;

    private readonly SolveContext _context;
    private readonly BatchLayout _layout;
    private readonly StepMatrices _matrices;
    private readonly StepNodes _nodes;
    private readonly double _diagonal;
    private readonly int _errorOrder;
    private readonly bool _isAdaptive;
    private readonly bool[] _needed;
    private readonly double[] _mask;
    private readonly double[] _steps;
    private readonly double[] _rows;
    private readonly double[] _corrected;
    private readonly double[] _zeros;
    private readonly double[] _state;
    private readonly double[] _slope;
    private readonly double[] _derivatives;
    private readonly double[] _increments;
    private readonly double[] _explicitIncrements;
    private readonly double[] _solution;
    private readonly double[] _norms;
    private readonly double[] _explicitNorms;
    private readonly double[] _found;
    private readonly double[] _left;
    private readonly double[] _ratios;
    private readonly double[] _errors;
    private readonly double[] _slopeChanges = new double[StepNodes.Probes];

    /// <param name="context">The solve.</param>
    /// <param name="matrices">The factored matrices of the steps.</param>
    /// <param name="nodes">The points of the method.</param>
    /// <param name="diagonal">γ.</param>
    /// <param name="errorOrder">The power of the step size that the error at a step's end is proportional to.</param>
    public StepInterior(SolveContext context, StepMatrices matrices, StepNodes nodes, double diagonal, int errorOrder)
    {
        _context = context;
        _layout = context.Layout;
        _matrices = matrices;
        _nodes = nodes;
        _diagonal = diagonal;
        _errorOrder = errorOrder;
        _isAdaptive = context.Options.FixedStep is null;
        _needed = new bool[_layout.Samples];
        _mask = new double[_layout.RowLength];
        _steps = new double[_layout.RowLength];
        _rows = new double[context.StateLengths(nodes.Interpolant.Rows, "values inside a step")];
        _corrected = new double[_rows.Length];
        _zeros = new double[context.StateLength];
        _state = new double[context.StateLength];
        _slope = new double[context.StateLength];
        _derivatives = new double[context.StateLength];
        _increments = new double[context.StateLength];
        _explicitIncrements = new double[context.StateLength];
        _solution = new double[context.Dimension];
        _norms = new double[_layout.RowLength];
        _explicitNorms = new double[_layout.RowLength];
        _found = new double[_layout.Samples];
        _left = new double[_layout.Samples];
        _ratios = new double[_layout.Samples];
        _errors = new double[_layout.Samples];
    }

    /// <summary>Rows of the interpolant of <see cref="StepNodes"/>.</summary>
    public ReadOnlySpan<double> Rows => _rows;

    /// <summary>See <see cref="Stepper.InteriorError"/>.</summary>
    public double Error(int sample) => _errors[sample];

    public void Reset() => _rows.AsSpan().Clear();

    /// <summary>Fills <see cref="Rows"/> and <see cref="Error"/> of the samples whose interior is wanted.</summary>
    /// <param name="round">The round, all accepted steps known.</param>
    /// <param name="samples">Whose interior is wanted.</param>
    /// <param name="stages">The stages of the step.</param>
    public void Prepare(StepRound round, ReadOnlySpan<bool> samples, ReadOnlySpan<double> stages)
    {
        samples.CopyTo(_needed);
        Interpolate(round, stages);
        _found.AsSpan().Clear();
        _ratios.AsSpan().Clear();
        for (int node = 0; node < StepNodes.Probes; node++)
            Correct(round, stages, node);
        bool any = false;
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            _errors[sample] = 0.0;
            if (!_needed[sample])
                continue;
            bool isStiff = _ratios[sample] < Stiff;
            double excess = _found[sample] / (isStiff ? Correctable : Acceptable);
            if (!(excess <= 1.0))
                _errors[sample] = EndError(excess, _nodes.Interpolant.Order + 1);
            if (_isAdaptive && _ratios[sample] >= Mild)
                CorrectSlopes(sample);
            _needed[sample] = isStiff && !(_isAdaptive && excess <= 1.0);
            any |= _needed[sample];
        }

        if (any)
            CorrectAll(round, stages);
    }

    private void CorrectAll(StepRound round, ReadOnlySpan<double> stages)
    {
        SetMask(round);
        for (int node = StepNodes.Probes; node < StepNodes.Nodes.Length; node++)
            Correct(round, stages, node);
        _left.AsSpan().Clear();
        for (int check = 0; check < StepNodes.Checks.Length; check++)
            Check(round, check);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (!_needed[sample] || !(_left[sample] < _found[sample]))
                continue;
            for (int row = 0; row < StepNodes.Nodes.Length; row++)
            {
                for (int i = 0; i < _context.Dimension; i++)
                    Row(_rows, row)[_layout.Index(i, sample)] = Row(_corrected, row)[_layout.Index(i, sample)];
            }

            _errors[sample] = EndError(_left[sample] / Correctable, _nodes.Interpolant.Rows + 1);
        }
    }

    /// <summary>Takes the values at the nodes along with the slopes at the probes.</summary>
    private void CorrectSlopes(int sample)
    {
        for (int i = 0; i < _context.Dimension; i++)
        {
            int at = _layout.Index(i, sample);
            for (int probe = 0; probe < StepNodes.Probes; probe++)
                _slopeChanges[probe] = (Row(_corrected, probe)[at] - Row(_rows, probe)[at]) / _diagonal;
            for (int node = 0; node < StepNodes.Nodes.Length; node++)
            {
                double[] effects = StepNodes.SlopeEffects[node];
                for (int probe = 0; probe < StepNodes.Probes; probe++)
                    Row(_rows, node)[at] += effects[probe] * _slopeChanges[probe];
            }
        }
    }

    /// <summary>The method's own dense output at the nodes.</summary>
    private void Interpolate(StepRound round, ReadOnlySpan<double> stages)
    {
        SetMask(round);
        for (int row = 0; row < StepNodes.Nodes.Length; row++)
            StageKernels.Widest.Combine(_layout, _context.Dimension, _zeros, _mask, stages, _nodes.Values[row].Indices, _nodes.Values[row].Coefficients, Row(_rows, row));
        Span<double> last = Row(_rows, StepNodes.Nodes.Length);
        ReadOnlySpan<double> starts = round.StartStates, ends = round.EndStates;
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            for (int i = 0; i < _context.Dimension && _needed[sample]; i++)
            {
                int at = _layout.Index(i, sample);
                last[at] = (ends[at] - starts[at]) / _steps[sample];
            }
        }

        _rows.CopyTo(_corrected, 0);
    }

    /// <summary>Corrects the value at a node, starting from the method's own dense output.</summary>
    private void Correct(StepRound round, ReadOnlySpan<double> stages, int node)
    {
        Span<double> value = Row(_corrected, node);
        StageKernels.Widest.Combine(_layout, _context.Dimension, round.StartStates, _steps, value, [0], [1.0], _state);
        StageKernels.Widest.Combine(_layout, _context.Dimension, _zeros, _mask, stages, _nodes.Slopes[node].Indices, _nodes.Slopes[node].Coefficients, _slope);
        FindIncrements(round, StepNodes.Nodes[node], _found);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            for (int i = 0; i < _context.Dimension && _needed[sample]; i++)
                value[_layout.Index(i, sample)] += _increments[_layout.Index(i, sample)] / _steps[sample];
        }
    }

    /// <summary>Measures what is left to correct between nodes.</summary>
    private void Check(StepRound round, int check)
    {
        SparseRow value = _nodes.CheckValues[check], slope = _nodes.CheckSlopes[check];
        StageKernels.Widest.Combine(_layout, _context.Dimension, round.StartStates, _steps, _corrected, value.Indices, value.Coefficients, _state);
        StageKernels.Widest.Combine(_layout, _context.Dimension, _zeros, _mask, _corrected, slope.Indices, slope.Coefficients, _slope);
        FindIncrements(round, StepNodes.Checks[check], _left);
    }

    /// <summary>Newton increments for the states and slopes at a point, and the largest of every sample so far, in tolerances.</summary>
    private void FindIncrements(StepRound round, double theta, Span<double> largest)
    {
        _context.Evaluate(_needed, Times(round, theta), _state, _derivatives);
        _increments.AsSpan().Clear();
        _explicitIncrements.AsSpan().Clear();
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            for (int i = 0; i < _solution.Length; i++)
            {
                int at = _layout.Index(i, sample);
                _solution[i] = _derivatives[at] - _slope[at];
                _explicitIncrements[at] = _diagonal * _steps[sample] * _solution[i];
            }

            _matrices.Solve(sample, _solution);
            _layout.Scatter(_solution, sample, _increments);
        }

        _context.Errors.Norm(_increments, default, round.StartStates, round.EndStates, _norms);
        _context.Errors.Norm(_explicitIncrements, default, round.StartStates, round.EndStates, _explicitNorms);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            largest[sample] = Math.Max(largest[sample], _norms[sample]);
            if (_explicitNorms[sample] > 0.0)
                _ratios[sample] = Math.Max(_ratios[sample], _norms[sample] / _explicitNorms[sample]);
        }
    }

    /// <summary>Times of a point inside the step, which are times that belong to it even where it is as short as times can tell.</summary>
    private Span<double> Times(StepRound round, double theta)
    {
        Span<double> times = round.SetTimes(stage: 1, theta);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            double first = round.FirstTimes[sample], last = round.LastTimes[sample];
            if (_needed[sample])
                times[sample] = _steps[sample] > 0.0 ? Math.Min(Math.Max(times[sample], first), last) : Math.Max(Math.Min(times[sample], first), last);
        }

        return times;
    }

    private void SetMask(StepRound round)
    {
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            _mask[sample] = _needed[sample] ? 1.0 : 0.0;
            _steps[sample] = _needed[sample] ? round.Steps[sample] : 0.0;
        }
    }

    /// <summary>The error at a step's end for which the controller changes the step as an error of this size, growing with this power of the step, asks for.</summary>
    private double EndError(double error, int order) => !_isAdaptive ? 0.0 : double.IsFinite(error) ? Math.Pow(error, (double)_errorOrder / order) : double.NaN;

    private Span<double> Row(double[] rows, int row) => rows.AsSpan(row * _context.StateLength, _context.StateLength);
}
