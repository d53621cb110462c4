namespace NeuralOde;

/// <summary>
/// The dense output of an implicit one-step method's accepted steps, made good where it is wanted: compares it with the vector field at points
/// inside, corrects it there by Newton increments with the step's matrix, and says what error is left.
/// </summary>
/// <remarks>
/// With the step's matrix W = 1/(γh) I − J the increment W⁻¹(f(t, u) − u') is minus the error of u where the problem is stiff, and about that
/// in size where it is not. Error control sees the ends of steps only, where the stiffness damps the errors that stages have inside.
/// </remarks>
internal sealed class StepInterior
{
    // A dense output with smaller increments than this, in tolerances, is left as it is.
    private const double GoodEnough = 1.0;

    // Increments, in tolerances, up to which a step is accepted.
    private const double Largest = 2.0;

    // How much smaller than in a problem that is not stiff increments must be for a correction to be of use.
    private const double Contraction = 0.25;

    private readonly SolveContext _context;
    private readonly BatchLayout _layout;
    private readonly StepMatrices _matrices;
    private readonly StepNodes _nodes;
    private readonly int _errorOrder;
    private readonly double _diagonal;
    private readonly bool[] _needed;
    private readonly double[] _mask;
    private readonly double[] _steps;
    private readonly double[] _zeros;
    private readonly double[] _rows;
    private readonly double[] _corrected;
    private readonly double[] _state;
    private readonly double[] _slope;
    private readonly double[] _derivatives;
    private readonly double[] _increments;
    private readonly double[] _residuals;
    private readonly double[] _norms;
    private readonly double[] _residualNorms;
    private readonly double[] _found;
    private readonly double[] _stiff;
    private readonly double[] _checked;
    private readonly double[] _errors;
    private readonly double[] _solution;

    /// <param name="context">The solve.</param>
    /// <param name="matrices">The factored matrices of the steps.</param>
    /// <param name="nodes">The points of the method.</param>
    /// <param name="diagonal">γ.</param>
    /// <param name="errorOrder">The power of the step size that the step's error is proportional to.</param>
    public StepInterior(SolveContext context, StepMatrices matrices, StepNodes nodes, double diagonal, int errorOrder)
    {
        _context = context;
        _layout = context.Layout;
        _matrices = matrices;
        _nodes = nodes;
        _diagonal = diagonal;
        _errorOrder = errorOrder;
        _needed = new bool[_layout.Samples];
        _mask = new double[_layout.RowLength];
        _steps = new double[_layout.RowLength];
        _zeros = new double[context.StateLength];
        _rows = new double[nodes.Interpolant.Rows * context.StateLength];
        _corrected = new double[_rows.Length];
        _state = new double[context.StateLength];
        _slope = new double[context.StateLength];
        _derivatives = new double[context.StateLength];
        _increments = new double[context.StateLength];
        _residuals = new double[context.StateLength];
        _norms = new double[_layout.RowLength];
        _residualNorms = new double[_layout.RowLength];
        _found = new double[_layout.Samples];
        _stiff = new double[_layout.Samples];
        _checked = new double[_layout.Samples];
        _errors = new double[_layout.Samples];
        _solution = new double[context.Dimension];
    }

    /// <summary>Rows of the interpolant of <see cref="StepNodes"/>.</summary>
    public ReadOnlySpan<double> Rows => _rows;

    /// <summary>
    /// How far a sample's error inside its step is from what is accepted, 1, counted as an error at the step's end that wants the same change of
    /// the step; 0 where nothing is to be said about it, NaN where the vector field was not finite there.
    /// </summary>
    public double Error(int sample) => _errors[sample];

    public void Clear() => _rows.AsSpan().Clear();

    /// <summary>Makes the rows of the samples whose interior is wanted.</summary>
    /// <param name="round">The round, all accepted steps known.</param>
    /// <param name="samples">Whose interior is wanted.</param>
    /// <param name="stages">The stages of the step.</param>
    public void Prepare(StepRound round, ReadOnlySpan<bool> samples, ReadOnlySpan<double> stages)
    {
        samples.CopyTo(_needed);
        ApplyMask(round);
        for (int row = 0; row < _nodes.Values.Length; row++)
            StageKernels.Widest.Combine(_layout, _context.Dimension, _zeros, _mask, stages, _nodes.Values[row].Indices, _nodes.Values[row].Coefficients, Row(_rows, row));
        _rows.CopyTo(_corrected, 0);
        Begin(_found);
        _stiff.AsSpan().Clear();
        foreach (int node in StepNodes.Probes)
            Correct(round, node, stages);
        bool isAdaptive = _context.Options.FixedStep is null;
        bool any = false;
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            _errors[sample] = 0.0;
            if (!_needed[sample])
                continue;
            bool isGood = isAdaptive && _found[sample] <= GoodEnough, contracts = _stiff[sample] < Contraction;
            _needed[sample] = double.IsFinite(_found[sample]) && !isGood && contracts;
            any |= _needed[sample];
            // Of a longer step that will be corrected nothing is known.
            if (isAdaptive && !(isGood && contracts))
                _errors[sample] = Scaled(_found[sample], _nodes.Interpolant.Order + 1);
        }

        if (any)
            CorrectAll(round, stages, isAdaptive);
    }

    private void CorrectAll(StepRound round, ReadOnlySpan<double> stages, bool isAdaptive)
    {
        ApplyMask(round);
        for (int node = 0; node < StepNodes.Nodes.Length; node++)
        {
            if (!StepNodes.Probes.Contains(node))
                Correct(round, node, stages);
        }

        Begin(_checked);
        for (int check = 0; check < StepNodes.Checks.Length; check++)
            Check(round, check);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (!_needed[sample] || !(_checked[sample] < _found[sample]))
                continue;
            for (int at = 0; at < _rows.Length; at += _context.StateLength)
            {
                for (int i = 0; i < _context.Dimension; i++)
                    _rows[at + _layout.Index(i, sample)] = _corrected[at + _layout.Index(i, sample)];
            }

            if (isAdaptive)
                _errors[sample] = Scaled(_checked[sample], _nodes.Interpolant.Rows + 1);
        }
    }

    private double Scaled(double increment, int order) =>
        double.IsFinite(increment) ? Math.Pow(increment / Largest, (double)_errorOrder / order) : double.NaN;

    private void Begin(Span<double> largest)
    {
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (_needed[sample])
                largest[sample] = 0.0;
        }
    }

    private void ApplyMask(StepRound round)
    {
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            _mask[sample] = _needed[sample] ? 1.0 : 0.0;
            _steps[sample] = _needed[sample] ? round.Steps[sample] : 0.0;
        }
    }

    /// <summary>Corrects the value at a node.</summary>
    private void Correct(StepRound round, int node, ReadOnlySpan<double> stages)
    {
        StageKernels.Widest.Combine(_layout, _context.Dimension, round.StartStates, _steps, _rows, [node], [1.0], _state);
        StageKernels.Widest.Combine(_layout, _context.Dimension, _zeros, _mask, stages, _nodes.Slopes[node].Indices, _nodes.Slopes[node].Coefficients, _slope);
        Solve(round, StepNodes.Nodes[node], _found);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            for (int i = 0; i < _context.Dimension && _needed[sample]; i++)
                Row(_corrected, node)[_layout.Index(i, sample)] = _rows[node * _context.StateLength + _layout.Index(i, sample)] + _increments[_layout.Index(i, sample)] / _steps[sample];
        }
    }

    private void Check(StepRound round, int check)
    {
        StageKernels.Widest.Combine(_layout, _context.Dimension, round.StartStates, _steps, _corrected, _nodes.CheckValues[check].Indices, _nodes.CheckValues[check].Coefficients, _state);
        StageKernels.Widest.Combine(_layout, _context.Dimension, _zeros, _mask, _corrected, _nodes.CheckSlopes[check].Indices, _nodes.CheckSlopes[check].Coefficients, _slope);
        Solve(round, StepNodes.Checks[check], _checked);
    }

    private void Solve(StepRound round, double theta, Span<double> largest)
    {
        round.SetTimes(stage: 1, theta);
        _context.Evaluate(_needed, round.Times(1), _state, _derivatives);
        _increments.AsSpan().Clear();
        _residuals.AsSpan().Clear();
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            double scale = _diagonal * _steps[sample];
            for (int i = 0; i < _solution.Length; i++)
            {
                int at = _layout.Index(i, sample);
                _solution[i] = _derivatives[at] - _slope[at];
                _residuals[at] = scale * _solution[i];
            }

            _matrices.Solve(sample, _solution);
            _layout.Scatter(_solution, sample, _increments);
        }

        _context.Errors.Norm(_increments, default, round.StartStates, round.EndStates, _norms);
        _context.Errors.Norm(_residuals, default, round.StartStates, round.EndStates, _residualNorms);
        for (int sample = 0; sample < _needed.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            largest[sample] = Larger(largest[sample], _norms[sample]);
            _stiff[sample] = Math.Max(_stiff[sample], _norms[sample] / _residualNorms[sample]);
        }
    }

    // NaN is larger than all numbers.
    private static double Larger(double left, double right) => left >= right ? left : right;

    private Span<double> Row(double[] rows, int row) => rows.AsSpan(row * _context.StateLength, _context.StateLength);
}
