namespace NeuralOde;

/// <summary>
/// A step of <see cref="NumericalDifferentiation"/>: every sample has its own order, its own past as backward differences, its own
/// Jacobian and LU factors. The step stays as it is until another order or a longer step promises a gain.
/// </summary>
/// <remarks>
/// L. F. Shampine, M. W. Reichelt, The MATLAB ODE Suite, SIAM J. Sci. Comput. 18 (1997) 1–22, doi:10.1137/S1064827594276424, sections
/// 2.1 to 2.3.
/// </remarks>
internal sealed class BdfStepper : Stepper
{
    private const int MaximumOrder = NumericalDifferentiation.MaximumOrder;

    // Where within a first step its curvature is looked for.
    private const double Probe = 0.125;

    // The past keeps its spacing over one cut step, and over shorter ones that together are less than this part of it.
    private const double NegligibleCuts = 1e-3;

    // A step counts as long as the last one where they differ by this part of the relative tolerance.
    private const double NegligibleInTolerances = 1e-2;

    // A third rejection in a row says that the past is of no use.
    private const int TrustedRejections = 2;

    // Errors of many short steps have one sign, and add up to what other methods' tolerances do not let happen.
    private const double ErrorWeight = 2.0;

    private readonly BatchLayout _layout;
    private readonly DifferenceTable _table;
    private readonly BdfNewton _newton;
    private readonly int _maximumOrder;
    private readonly double[] _startSlopes;
    private readonly double[] _curvatures;
    private readonly double[] _probeTimes;
    private readonly double[] _slopes;
    private readonly double[] _predicted;
    private readonly double[] _psi;
    private readonly double[] _corrections;
    private readonly double[] _scratch;
    private readonly double[] _norms;
    private readonly double[] _lowerErrors;
    private readonly double[] _higherErrors;
    private readonly double[] _spacings;
    private readonly bool[] _isEqual;
    private readonly double _negligiblePart;
    private readonly double[] _lengths;
    private readonly bool[] _moving;
    private readonly bool[] _begins;
    private readonly bool[] _isCut;
    private readonly bool[] _wasCut;
    private readonly double[] _negligibleCuts;
    private readonly int[] _nextOrders;
    private readonly int[] _orders;
    private readonly int[] _equalSteps;

    public BdfStepper(SolveContext context, int maximumOrder)
        : base(context)
    {
        _layout = context.Layout;
        _maximumOrder = maximumOrder;
        // First what may be too large for any array.
        _newton = new BdfNewton(context);
        _table = new DifferenceTable(_layout, context.Dimension);
        _startSlopes = new double[context.StateLength];
        _curvatures = new double[context.StateLength];
        _probeTimes = new double[_layout.RowLength];
        _slopes = new double[context.StateLengths(MaximumOrder, "slopes")];
        _predicted = new double[context.StateLength];
        _psi = new double[context.StateLength];
        _corrections = new double[context.StateLength];
        _scratch = new double[context.StateLength];
        _norms = new double[_layout.RowLength];
        _lowerErrors = new double[_layout.Samples];
        _higherErrors = new double[_layout.Samples];
        _spacings = new double[_layout.Samples];
        _isEqual = new bool[_layout.Samples];
        _negligiblePart = NegligibleInTolerances * (context.Options.RelativeTolerances?.Min() ?? context.Options.RelativeTolerance);
        _lengths = new double[_layout.Samples];
        _moving = new bool[_layout.Samples];
        _begins = new bool[_layout.Samples];
        _isCut = new bool[_layout.Samples];
        _wasCut = new bool[_layout.Samples];
        _negligibleCuts = new double[_layout.Samples];
        _nextOrders = new int[_layout.Samples];
        _orders = new int[_layout.Samples];
        _equalSteps = new int[_layout.Samples];
    }

    public override Interpolant Interpolant => NumericalDifferentiation.Interpolant;

    public override ReadOnlySpan<double> Slopes => _slopes;

    public override Span<double> StartSlopes => _startSlopes;

    public override int ErrorOrder => 2;

    public override bool RestartsWithFirstStep => true;

    public override bool HasOwnControl => true;

    /// <summary>The order of a sample's next step.</summary>
    public int Order(int sample) => _nextOrders[sample];

    public override void Reset()
    {
        _table.Clear();
        _newton.Reset();
        _slopes.AsSpan().Clear();
        _startSlopes.AsSpan().Clear();
    }

    public override void Restart(int sample)
    {
        _table.Restart(sample);
        _newton.Restart(sample);
        _nextOrders[sample] = Math.Min(2, _maximumOrder);
        _equalSteps[sample] = 0;
        _wasCut[sample] = false;
        _negligibleCuts[sample] = 0.0;
    }

    /// <summary>Begins with a past of equal steps instead of one that is made up.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="step">The signed length of the past steps.</param>
    /// <param name="differences">∇^j y at the start from j = 1 to the order of the method, each one number per component.</param>
    internal void BeginWithPast(int sample, double step, double[][] differences)
    {
        Restart(sample);
        _table.SetPast(sample, step, differences);
        _nextOrders[sample] = differences.Length;
    }

    public override void Attempt(StepRound round, Span<double> errors)
    {
        round.StartStates.CopyTo(round.EndStates);
        round.StartStates.CopyTo(_predicted);
        bool anyBegins = false;
        for (int sample = 0; sample < _moving.Length; sample++)
        {
            _moving[sample] = round.Steps[sample] != 0.0;
            if (Context.Lanes.ConsecutiveRejections[sample] > TrustedRejections)
                _nextOrders[sample] = 1;
            _begins[sample] = _moving[sample] && _nextOrders[sample] > 1 && _table.Spacing(sample) == 0.0;
            anyBegins |= _begins[sample];
        }

        if (anyBegins)
            EvaluateCurvatures(round);
        for (int sample = 0; sample < _moving.Length; sample++)
        {
            if (_moving[sample])
                Predict(round, sample);
        }

        _newton.Solve(round, _moving, _lengths, _predicted, _psi, _corrections);
        Measure(round, errors);
    }

    public override int FindNonFinite(StepRound round, int sample) => _newton.NonFiniteComponent(sample);

    /// <summary>The polynomial through the new state and as many before it as the order says: P = y_n + Σ_j ∇^j y_{n+1} b_j(θ).</summary>
    public override void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples)
    {
        for (int sample = 0; sample < samples.Length; sample++)
        {
            if (!samples[sample])
                continue;
            for (int i = 0; i < Context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                double difference = _corrections[at];
                for (int j = MaximumOrder; j > 0; j--)
                {
                    if (j <= _orders[sample])
                        difference += _table.Trial(j)[at];
                    _slopes[(j - 1) * Context.StateLength + at] = j <= _orders[sample] ? difference / _spacings[sample] : 0.0;
                }
            }
        }
    }

    public override void Advance(StepRound round, StepRound next)
    {
        for (int sample = 0; sample < _orders.Length; sample++)
        {
            if (round.Steps[sample] == 0.0)
                continue;
            _newton.StepTaken(sample, _spacings[sample]);
            for (int i = 0; i < Context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                _startSlopes[at] = (_psi[at] + _corrections[at]) / _lengths[sample];
            }

            if (_isCut[sample])
                _table.EndCutStep(sample, _orders[sample], _spacings[sample], _corrections);
            else
                _table.EndStep(sample, _orders[sample], _spacings[sample], _corrections);
            bool isNegligible = _isCut[sample] && IsNegligible(sample, _spacings[sample], _table.Spacing(sample));
            _negligibleCuts[sample] = isNegligible ? _negligibleCuts[sample] + Math.Abs(_spacings[sample]) : _isCut[sample] ? _negligibleCuts[sample] : 0.0;
            if (!isNegligible)
                _wasCut[sample] = _isCut[sample];
        }
    }

    public override double StepAfterAcceptance(int sample, double step, double error)
    {
        int order = _orders[sample];
        // A step cut short to land on a stop says nothing against the longer one proposed before.
        if (_isCut[sample])
            return Context.Lanes.Proposed[sample];

        double present = _spacings[sample];
        int equalSteps = _equalSteps[sample] = _isEqual[sample] ? _equalSteps[sample] + 1 : 1;
        if (equalSteps <= order)
            return present;
        double factor = Factor(1.2, error, order);
        int best = order;
        if (order > 1 && Factor(1.3, _lowerErrors[sample], order - 1) is double lower && lower > factor)
            (best, factor) = (order - 1, lower);
        if (order < _maximumOrder && Factor(1.4, _higherErrors[sample], order + 1) is double higher && higher > factor)
            (best, factor) = (order + 1, higher);
        if (factor < 1.1)
            return present;
        if (best != order)
            _equalSteps[sample] = 0;
        _nextOrders[sample] = best;
        return present * Math.Min(factor, Context.Options.ResolvedController.MaximumFactor);
    }

    public override double StepAfterRejection(int sample, double step, double error)
    {
        int order = _orders[sample];
        if (Context.Lanes.ConsecutiveRejections[sample] > 0)
            return 0.5 * step;
        double factor = Factor(1.2, error, order);
        if (order > 1 && Factor(1.3, _lowerErrors[sample], order - 1) is double lower && lower > factor)
        {
            _nextOrders[sample] = order - 1;
            factor = Math.Min(lower, 1.0);
        }

        return step * Math.Max(Math.Min(factor, 0.9), Context.Options.ResolvedController.MinimumFactor);
    }

    /// <summary>How much longer the step may be for an error of the tolerance, with something in hand.</summary>
    private static double Factor(double safety, double error, int order) =>
        error > 0.0 ? 1.0 / (safety * Math.Pow(error, 1.0 / (order + 1))) : double.PositiveInfinity;

    private bool IsNegligible(int sample, double step, double past) => _negligibleCuts[sample] + Math.Abs(step) < NegligibleCuts * Math.Abs(past);

    /// <summary>
    /// y'' of those who begin, by a difference along the solution. A first step of first order would be wrong by as much as the hops between events are high
    /// that accumulate, however short they are.
    /// </summary>
    private void EvaluateCurvatures(StepRound round)
    {
        ReadOnlySpan<double> states = round.StartStates;
        states.CopyTo(_scratch);
        round.FirstTimes.CopyTo(_probeTimes, 0);
        for (int sample = 0; sample < _begins.Length; sample++)
        {
            if (!_begins[sample])
                continue;
            double length = Probe * round.Steps[sample];
            _probeTimes[sample] += length;
            for (int i = 0; i < Context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                _scratch[at] += length * _startSlopes[at];
            }
        }

        Context.Evaluate(_begins, _probeTimes, _scratch, _curvatures);
        for (int sample = 0; sample < _begins.Length; sample++)
        {
            if (!_begins[sample])
                continue;
            double length = Probe * round.Steps[sample];
            for (int i = 0; i < Context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                _curvatures[at] = (_curvatures[at] - _startSlopes[at]) / length;
            }

            if (_layout.FindNonFinite(_curvatures, Context.Dimension, sample) >= 0)
                _nextOrders[sample] = 1;
        }
    }

    private void Predict(StepRound round, int sample)
    {
        int order = _orders[sample] = _nextOrders[sample];
        double step = round.Steps[sample], past = _table.Spacing(sample);
        double rounding = StepControl.SmallestStep(round.StartTimes[sample], round.LastTimes[sample]);
        _isCut[sample] = false;
        bool isEqual = _isEqual[sample] = past != 0.0 && Math.Abs(step - past) <= rounding;
        // Far from the time 0 a step differs from the last by the rounding of its end, and a step that is not much longer than that must be taken as it is.
        if (isEqual && Math.Abs(step - past) <= _negligiblePart * Math.Abs(past))
            step = past;
        if (past != 0.0 && !isEqual)
            _isCut[sample] = Context.Lanes.Lands[sample] && Context.Lanes.ConsecutiveRejections[sample] == 0
                && (IsNegligible(sample, step, past) || (!_wasCut[sample] && Math.Abs(step) < 0.98 * Math.Abs(past)));
        _spacings[sample] = step;
        _lengths[sample] = StepMatrices.Invertible(step) / NumericalDifferentiation.Alpha(order);
        _table.BeginStep(sample, order, step, _startSlopes, _curvatures);
        ReadOnlySpan<double> states = round.StartStates;
        for (int i = 0; i < Context.Dimension; i++)
        {
            int at = _layout.Index(i, sample);
            double change = 0.0, derivative = 0.0;
            for (int j = order; j > 0; j--)
            {
                double difference = _table.Trial(j)[at];
                change += difference;
                derivative += NumericalDifferentiation.Gamma(j) * difference;
            }

            _predicted[at] = states[at] + change;
            _psi[at] = derivative / NumericalDifferentiation.Alpha(order);
        }
    }

    /// <summary>The error of the step, and those that steps of the neighbouring orders would have made.</summary>
    private void Measure(StepRound round, Span<double> errors)
    {
        FillErrors(0);
        Context.Errors.Norm(_scratch, default, round.StartStates, round.EndStates, errors);
        FillErrors(-1);
        Context.Errors.Norm(_scratch, default, round.StartStates, round.EndStates, _norms);
        _norms.AsSpan(0, _lowerErrors.Length).CopyTo(_lowerErrors);
        FillErrors(1);
        Context.Errors.Norm(_scratch, default, round.StartStates, round.EndStates, _norms);
        _norms.AsSpan(0, _higherErrors.Length).CopyTo(_higherErrors);
        for (int sample = 0; sample < _moving.Length; sample++)
        {
            if (_newton.MetNonFinite(sample) || (_newton.IsSolved(sample) && _layout.FindNonFinite(round.EndStates, Context.Dimension, sample) >= 0))
                errors[sample] = double.NaN;
        }
    }

    private void FillErrors(int change)
    {
        for (int sample = 0; sample < _moving.Length; sample++)
        {
            if (!_moving[sample])
                continue;
            int order = _orders[sample];
            double constant = ErrorWeight * NumericalDifferentiation.ErrorConstant(order + change);
            for (int i = 0; i < Context.Dimension; i++)
            {
                int at = _layout.Index(i, sample);
                double difference = _corrections[at];
                if (change < 0)
                    difference += _table.Trial(order)[at];
                else if (change > 0)
                    difference -= _table.Past(order + 1)[at];
                _scratch[at] = constant * difference;
            }
        }
    }
}
