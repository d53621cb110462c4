namespace NeuralOde;

/// <summary>
/// A step of <see cref="AdamsBashforthMoulton"/>: every sample has its own order and its own past, as modified differences
/// φ_j of f on its own steps.
/// </summary>
/// <remarks>
/// Notation and formulas are those of Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section III.5; the choice of
/// order and step follows Shampine and Gordon (1975), chapter 7.
/// </remarks>
internal sealed class AdamsStepper : Stepper
{
    private const int Rows = AdamsBashforthMoulton.MaximumOrder + 2;

    // Of steps shorter than this part of the last one first order tells enough.
    private const double TinyStep = 1e-9;

    private static readonly PolynomialInterpolant PowersOfTheta = new(AdamsBashforthMoulton.MaximumOrder + 1,
        [.. Enumerable.Range(0, AdamsBashforthMoulton.BasisSize).Select(m => (double[])[.. new double[m], 1.0 / (m + 1)])]);

    private static readonly int[] Single = [0];
    private static readonly double[] One = [1.0];

    private readonly BatchLayout _layout;
    private readonly AdamsCoefficients _coefficients;
    private readonly AdamsOrderControl _control;
    private readonly NegligibleCuts _negligibleCuts;
    private readonly double[] _differences;
    private readonly double[] _slopes;
    private readonly double[] _predicted;
    private readonly double[] _predictedSlopes;
    private readonly double[] _endSlopes;
    private readonly double[] _corrections;
    private readonly double[] _scratch;
    private readonly double[] _norms;
    private readonly double[] _minus;
    private readonly bool[] _moving;
    private readonly bool[] _accepted;
    private readonly bool[] _failed;
    private readonly bool[] _isNegligible;
    private readonly double[] _pushed;
    private readonly int[] _nonFinite;
    private readonly int[] _orders;

    public AdamsStepper(SolveContext context)
        : base(context)
    {
        _layout = context.Layout;
        _coefficients = new AdamsCoefficients(_layout);
        _control = new AdamsOrderControl(context, _coefficients);
        _negligibleCuts = new NegligibleCuts(context.Lanes);
        _differences = new double[context.StateLengths(Rows, "differences")];
        _slopes = new double[context.StateLengths(AdamsBashforthMoulton.BasisSize, "slopes")];
        _predicted = new double[context.StateLength];
        _predictedSlopes = new double[context.StateLength];
        _endSlopes = new double[context.StateLength];
        _corrections = new double[context.StateLength];
        _scratch = new double[context.StateLength];
        _norms = new double[_layout.RowLength];
        _minus = new double[_layout.RowLength];
        _minus.AsSpan().Fill(-1.0);
        _moving = new bool[_layout.Samples];
        _accepted = new bool[_layout.Samples];
        _failed = new bool[_layout.Samples];
        _isNegligible = new bool[_layout.Samples];
        _pushed = new double[_layout.RowLength];
        _nonFinite = new int[_layout.Samples];
        _orders = new int[_layout.Samples];
    }

    public override Interpolant Interpolant => PowersOfTheta;

    public override ReadOnlySpan<double> Slopes => _slopes;

    /// <summary>φ_0 is f itself.</summary>
    public override Span<double> StartSlopes => _differences.AsSpan(0, Context.StateLength);

    public override int ErrorOrder => 2;

    public override bool RestartsWithFirstStep => true;

    public override bool HasOwnControl => true;

    /// <summary>The order of a sample's next step.</summary>
    public int Order(int sample) => _control.Order(sample);

    public override void Reset()
    {
        _differences.AsSpan().Clear();
        _slopes.AsSpan().Clear();
    }

    public override void Restart(int sample)
    {
        _coefficients.Restart(sample);
        _control.Restart(sample);
        _negligibleCuts.Clear(sample);
    }

    /// <summary>Begins with a past of equal steps instead of at first order.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="order">Order of the predictor.</param>
    /// <param name="step">The signed length of the past steps.</param>
    /// <param name="differences">Backward differences of f at the start: order rows of one number per component, f itself first.</param>
    internal void BeginWithPast(int sample, int order, double step, double[][] differences)
    {
        _coefficients.AssumeEqualSteps(sample, step);
        _control.Restart(sample, order);
        for (int j = 0; j < order; j++)
            _layout.Scatter(differences[j], sample, _differences.AsSpan(j * Context.StateLength, Context.StateLength));
    }

    public override void Attempt(StepRound round, Span<double> errors)
    {
        int rows = PrepareCoefficients(round);
        Predict(round, rows);
        Measure(round, errors);
        CompleteAccepted(round, rows, errors);
    }

    public override int FindNonFinite(StepRound round, int sample) => _nonFinite[sample];

    /// <summary>
    /// The derivative's polynomial through f at the end and at the last points; its integral misses the end by what the second
    /// evaluation changed of f, and a cubic whose slope is zero at both ends makes up for it.
    /// </summary>
    public override void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples)
    {
        Span<double> basis = stackalloc double[AdamsBashforthMoulton.BasisSize * AdamsBashforthMoulton.BasisSize];
        Span<double> terms = stackalloc double[AdamsBashforthMoulton.BasisSize];
        for (int sample = 0; sample < samples.Length; sample++)
        {
            if (!samples[sample])
                continue;
            int order = _orders[sample];
            _coefficients.Basis(sample, order, round.Steps[sample], basis);
            for (int i = 0; i < Context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                terms[order] = _endSlopes[at];
                for (int j = 0; j < order; j++)
                {
                    terms[j] = _coefficients.Scalings[j * _layout.RowLength + sample] * _differences[j * Context.StateLength + at];
                    terms[order] -= terms[j];
                }

                double missing = _coefficients.Correctors[sample] * (_predictedSlopes[at] - _endSlopes[at]);
                for (int m = 0; m < AdamsBashforthMoulton.BasisSize; m++)
                {
                    double sum = m == 1 ? 6.0 * missing : m == 2 ? -6.0 * missing : 0.0;
                    for (int j = order; j >= m; j--)
                        sum += basis[j * AdamsBashforthMoulton.BasisSize + m] * terms[j];
                    _slopes[m * Context.StateLength + at] = sum;
                }
            }
        }
    }

    public override void Advance(StepRound round, StepRound next)
    {
        int rows = 0;
        round.Steps.CopyTo(_pushed, 0);
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            if (round.Steps[sample] == 0.0)
                continue;
            rows = Math.Max(rows, _orders[sample] + 2);
            if (!_isNegligible[sample])
            {
                _negligibleCuts.Clear(sample);
                continue;
            }

            _negligibleCuts.Add(sample, round.Steps[sample]);
            _pushed[sample] = 0.0;
            MoveLastPoint(sample, round.Steps[sample]);
        }

        MultistepKernels.Widest.PushDifferences(_layout, Context.Dimension, _pushed, _endSlopes, Math.Min(rows, Rows), _coefficients.Scalings, _differences);
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            if (_pushed[sample] != 0.0)
                _coefficients.Push(sample, _pushed[sample]);
        }
    }

    public override double StepAfterAcceptance(int sample, double step, double error) =>
        _isNegligible[sample] ? Context.Lanes.Proposed[sample] : _control.StepAfterAcceptance(sample, step);

    public override double StepAfterRejection(int sample, double step, double error) => _control.StepAfterRejection(sample, step);

    /// <summary>
    /// The end of a negligible step takes the place of the last point: one more point would be so near to it that differences over both are rounding. From
    /// φ_j = φ_{j−1} − β_{j−1} φ_{j−1} of the point before, where β_j has the factors (x_n − x_{n−i}), which grow by the step.
    /// </summary>
    private void MoveLastPoint(int sample, double step)
    {
        Span<double> growth = stackalloc double[Rows];
        int known = _coefficients.MoveLastPoint(sample, step, growth);
        for (int i = 0; i < Context.Dimension; i++)
        {
            int at = _layout.Index(i, sample);
            double old = _differences[at], moved = _endSlopes[at];
            _differences[at] = moved;
            for (int j = 1; j <= known; j++)
            {
                ref double difference = ref _differences[j * Context.StateLength + at];
                moved -= growth[j - 1] * (old - difference);
                (old, difference) = (difference, moved);
            }
        }
    }

    /// <summary>Returns how many rows of differences count for at least one sample.</summary>
    private int PrepareCoefficients(StepRound round)
    {
        int rows = 0;
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            double step = round.Steps[sample];
            _moving[sample] = step != 0.0;
            _failed[sample] = false;
            _nonFinite[sample] = -1;
            _coefficients.Clear(sample);
            if (step == 0.0)
                continue;
            double last = _coefficients.LongestStep(sample, 1);
            _isNegligible[sample] = _negligibleCuts.Fits(sample, step, last);
            int order = _control.Begin(round, sample);
            if (_isNegligible[sample] && Math.Abs(step) < TinyStep * last)
                order = 1;
            _orders[sample] = order;
            _coefficients.Compute(sample, order, step);
            rows = Math.Max(rows, order);
        }

        return rows;
    }

    /// <summary>p = y + h Σ g_j φ*_j, f there, and h (f(p) − Σ φ*_j), h times the difference that the correction is made of.</summary>
    private void Predict(StepRound round, int rows)
    {
        MultistepKernels.Widest.Combine(_layout, Context.Dimension, round.StartStates, round.Steps, rows, _coefficients.Predictor, _differences, _predicted);
        round.LastTimes.CopyTo(round.Times(1));
        Context.Evaluate(_moving, round.Times(1), _predicted, _predictedSlopes);
        NoteNonFinite(_moving, _predicted, _predictedSlopes);
        MultistepKernels.Widest.Combine(_layout, Context.Dimension, _predictedSlopes, _minus, rows, _coefficients.Extrapolation, _differences, _corrections);
        StageKernels.Widest.Scale(_layout, Context.Dimension, round.Steps, _corrections, _corrections);
    }

    /// <summary>The errors at the present order and at one and two less.</summary>
    private void Measure(StepRound round, Span<double> errors)
    {
        Context.Errors.Norm(_corrections, default, round.StartStates, _predicted, _norms);
        bool anyLower = false;
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            if (!_moving[sample])
                continue;
            errors[sample] = _failed[sample] ? double.NaN : _coefficients.PredictorError(sample) * _norms[sample];
            _control.SetEstimate(sample, 0, _norms[sample]);
            anyLower |= _orders[sample] > 1;
        }

        _corrections.CopyTo(_scratch, 0);
        for (int offset = -1; offset >= -2 && anyLower; offset--)
        {
            for (int sample = 0; sample < _orders.Length; sample++)
            {
                if (_moving[sample] && _orders[sample] + offset >= 1)
                    AddDifference(sample, _orders[sample] + offset, round.Steps[sample]);
            }

            Context.Errors.Norm(_scratch, default, round.StartStates, _predicted, _norms);
            for (int sample = 0; sample < _orders.Length; sample++)
            {
                if (_moving[sample] && _orders[sample] + offset >= 1)
                    _control.SetEstimate(sample, offset, _norms[sample]);
            }
        }
    }

    private void AddDifference(int sample, int row, double step)
    {
        double factor = step * _coefficients.Scalings[row * _layout.RowLength + sample];
        ReadOnlySpan<double> differences = _differences.AsSpan(row * Context.StateLength, Context.StateLength);
        for (int i = 0; i < Context.Dimension; i++)
            _scratch[_layout.Index(i, sample)] += factor * differences[_layout.Index(i, sample)];
    }

    /// <summary>Corrects, evaluates f at the end where the step will be accepted, and measures the error at the next order there.</summary>
    private void CompleteAccepted(StepRound round, int rows, Span<double> errors)
    {
        StageKernels.Widest.Combine(_layout, Context.Dimension, _predicted, _coefficients.Correctors, _corrections, Single, One, round.EndStates);
        bool anyAccepted = false;
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            _accepted[sample] = _moving[sample] && errors[sample] <= 1.0;
            anyAccepted |= _accepted[sample];
        }

        if (!anyAccepted)
            return;
        Context.Evaluate(_accepted, round.Times(1), round.EndStates, _endSlopes);
        NoteNonFinite(_accepted, round.EndStates, _endSlopes);
        MultistepKernels.Widest.Combine(_layout, Context.Dimension, _endSlopes, _minus, Math.Min(rows + 1, Rows), _coefficients.Scalings, _differences, _scratch);
        StageKernels.Widest.Scale(_layout, Context.Dimension, round.Steps, _scratch, _scratch);
        Context.Errors.Norm(_scratch, default, round.StartStates, round.EndStates, _norms);
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            if (!_accepted[sample])
                continue;
            _control.SetEstimate(sample, 1, _norms[sample]);
            if (_failed[sample])
                errors[sample] = double.NaN;
        }
    }

    /// <summary>Notes which component of a state or its derivative is not finite, and who failed by that: all, where one step serves all.</summary>
    private void NoteNonFinite(bool[] samples, ReadOnlySpan<double> states, ReadOnlySpan<double> derivatives)
    {
        bool any = false;
        for (int sample = 0; sample < samples.Length; sample++)
        {
            if (!samples[sample])
                continue;
            int component = _layout.FindNonFinite(states, Context.Dimension, sample);
            if (component < 0)
                component = _layout.FindNonFinite(derivatives, Context.Dimension, sample);
            _nonFinite[sample] = component;
            any |= _failed[sample] = component >= 0;
        }

        if (any && Context.Options.ErrorControl == ErrorControl.Joint)
            samples.CopyTo(_failed, 0);
    }
}
