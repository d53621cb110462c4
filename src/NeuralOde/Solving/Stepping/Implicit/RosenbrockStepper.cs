namespace NeuralOde;

/// <summary>
/// A step of a Rosenbrock method: one linear system with the same matrix per stage and sample, and nothing to iterate. The
/// Jacobian and ∂f/∂t are those at the start of every step; a rejected step leaves them for the next try.
/// </summary>
internal sealed class RosenbrockStepper : Stepper
{
    // The factor by which an increment must grow with the matrix of the step's end before it counts as the step's error.
    private const double FallingStiffness = 10.0;

    private readonly RosenbrockTableau _tableau;
    private readonly StepMatrices _matrices;
    private readonly bool[] _solving;
    private readonly bool[] _needed;
    private readonly bool[] _jacobianIsThere;
    private readonly bool[] _succeeded;
    private readonly bool[] _hasJacobian;
    private readonly double[] _steps;
    private readonly double[] _ones;
    private readonly double[] _zeros;
    private readonly double[] _slopes;
    private readonly double[] _startSlopes;
    private readonly double[] _endSlopes;
    private readonly double[] _timeDerivatives;
    private readonly double[] _newTimeDerivatives;
    private readonly double[] _stage;
    private readonly double[] _derivatives;
    private readonly double[] _sums;
    private readonly double[] _solution;
    private readonly double[] _lastDefects;
    private readonly StepInterior _interior;

    public RosenbrockStepper(SolveContext context, RosenbrockTableau tableau)
        : base(context)
    {
        _tableau = tableau;
        _matrices = new StepMatrices(context);
        int samples = context.Layout.Samples, rowLength = context.Layout.RowLength;
        _solving = new bool[samples];
        _needed = new bool[samples];
        _jacobianIsThere = new bool[samples];
        _succeeded = new bool[samples];
        _hasJacobian = new bool[samples];
        _steps = new double[rowLength];
        _ones = new double[rowLength];
        _ones.AsSpan().Fill(1.0);
        _zeros = new double[context.StateLength];
        _slopes = new double[context.StateLengths(tableau.Stages, "stages")];
        _startSlopes = new double[context.StateLength];
        _endSlopes = new double[context.StateLength];
        _timeDerivatives = new double[context.StateLength];
        _newTimeDerivatives = new double[context.StateLength];
        _stage = new double[context.StateLength];
        _derivatives = new double[context.StateLength];
        _sums = new double[context.StateLength];
        _solution = new double[context.Dimension];
        _lastDefects = new double[context.StateLength];
        _interior = new StepInterior(context, _matrices, tableau.Interior, tableau.Diagonal, tableau.ErrorOrder);
    }

    public override Interpolant Interpolant => _tableau.Interior.Interpolant;

    public override ReadOnlySpan<double> Slopes => _interior.Rows;

    public override Span<double> StartSlopes => _startSlopes;

    public override int ErrorOrder => _tableau.ErrorOrder;

    /// <summary>A sample's Jacobian at the start of its last step.</summary>
    public ReadOnlySpan<double> Jacobian(int sample) => _matrices.Jacobian(sample);

    public override void Reset()
    {
        _slopes.AsSpan().Clear();
        _interior.Reset();
        _startSlopes.AsSpan().Clear();
        _hasJacobian.AsSpan().Clear();
        _matrices.Reset();
    }

    public override void Restart(int sample) => _hasJacobian[sample] = false;

    public override void Attempt(StepRound round, Span<double> errors)
    {
        _endSlopes.AsSpan().Clear();
        bool any = false;
        for (int sample = 0; sample < _solving.Length; sample++)
        {
            _solving[sample] = round.Steps[sample] != 0.0;
            _needed[sample] = _solving[sample] && !_hasJacobian[sample];
            any |= _needed[sample];
        }

        if (any)
            RenewJacobians(round);
        Factor(round);
        for (int stage = 0; stage < _tableau.Stages && _solving.AsSpan().Contains(true); stage++)
            SolveStage(round, stage);

        BatchLayout layout = Context.Layout;
        round.Steps.CopyTo(_steps, 0);
        StageKernels.Widest.Combine(layout, Context.Dimension, round.StartStates, _steps, _slopes, _tableau.Weights.Indices, _tableau.Weights.Coefficients, round.EndStates);
        SparseRow? weights = Context.Options.FixedStep is null ? _tableau.ErrorWeights : null;
        Context.Errors.StepError(round.StartStates, round.EndStates, _steps, _slopes, weights, _tableau.Stages - 1, errors);
        EvaluateEnds(round, errors, weights is null ? double.MaxValue : 1.0);
    }

    public override int FindNonFinite(StepRound round, int sample)
    {
        int component = FindNonFinite(round, _slopes, sample);
        return component >= 0 ? component : Context.Layout.FindNonFinite(_endSlopes, Context.Dimension, sample);
    }

    public override void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples) => _interior.Prepare(round, samples, _slopes);

    public override double InteriorError(int sample) => _interior.Error(sample);

    public override void Advance(StepRound round, StepRound next)
    {
        StageKernels.Widest.Select(Context.Layout, Context.Dimension, round.Steps, _endSlopes, _startSlopes);
        for (int sample = 0; sample < _solving.Length; sample++)
            _hasJacobian[sample] &= round.Steps[sample] == 0.0;
    }

    private Span<double> StageSlopes(int stage) => _slopes.AsSpan(stage * Context.StateLength, Context.StateLength);

    private void RenewJacobians(StepRound round)
    {
        _matrices.EvaluateJacobians(round, _startSlopes, _needed, _jacobianIsThere);
        _matrices.EvaluateTimeDerivatives(round, _startSlopes, _needed, _newTimeDerivatives, _succeeded);
        for (int sample = 0; sample < _solving.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            _hasJacobian[sample] = _jacobianIsThere[sample] && _succeeded[sample];
            for (int i = 0; i < Context.Dimension && _succeeded[sample]; i++)
                _timeDerivatives[Context.Layout.Index(i, sample)] = _newTimeDerivatives[Context.Layout.Index(i, sample)];
            if (_jacobianIsThere[sample] && !_succeeded[sample])
                FailAtOtherTimes(sample);
            else if (!_hasJacobian[sample])
                Fail(sample);
        }
    }

    /// <summary>The derivative is not finite a little later, within the step: as if a stage had met that.</summary>
    private void FailAtOtherTimes(int sample)
    {
        _solving[sample] = false;
        int component = Context.Layout.FindNonFinite(_newTimeDerivatives, Context.Dimension, sample);
        StageSlopes(0)[Context.Layout.Index(Math.Max(component, 0), sample)] = double.NaN;
    }

    private void Factor(StepRound round)
    {
        for (int sample = 0; sample < _solving.Length; sample++)
        {
            if (_solving[sample] && !_matrices.Factor(sample, 1.0 / (_tableau.Diagonal * StepMatrices.Invertible(round.Steps[sample]))))
                Fail(sample);
        }
    }

    /// <summary>A sample's step can not be made. Its slopes, which may be anything, become those of a solution at rest.</summary>
    private void Fail(int sample)
    {
        _solving[sample] = false;
        Context.Lanes.StageFailed[sample] = true;
        for (int stage = 0; stage < _tableau.Stages; stage++)
        {
            Span<double> slopes = StageSlopes(stage);
            for (int i = 0; i < Context.Dimension; i++)
                slopes[Context.Layout.Index(i, sample)] = 0.0;
        }
    }

    private void SolveStage(StepRound round, int stage)
    {
        BatchLayout layout = Context.Layout;
        SparseRow row = _tableau.Couplings[stage], jacobianRow = _tableau.JacobianCouplings[stage];
        ReadOnlySpan<double> derivatives = _startSlopes;
        if (stage > 0)
        {
            for (int sample = 0; sample < _solving.Length; sample++)
                _steps[sample] = _solving[sample] ? round.Steps[sample] : 0.0;
            StageKernels.Widest.Combine(layout, Context.Dimension, round.StartStates, _steps, _slopes, row.Indices, row.Coefficients, _stage);
            round.SetTimes(stage: 1, _tableau.Nodes[stage]);
            Context.Evaluate(_solving, round.Times(1), _stage, _derivatives);
            derivatives = _derivatives;
        }

        StageKernels.Widest.Combine(layout, Context.Dimension, _zeros, _ones, _slopes, jacobianRow.Indices, jacobianRow.Coefficients, _sums);
        for (int sample = 0; sample < _solving.Length; sample++)
        {
            if (_solving[sample])
                SolveStage(sample, stage, round.Steps[sample], round.StartStates, derivatives);
        }
    }

    private void SolveStage(int sample, int stage, double step, ReadOnlySpan<double> startStates, ReadOnlySpan<double> derivatives)
    {
        BatchLayout layout = Context.Layout;
        Span<double> slopes = StageSlopes(stage);
        double timeWeight = step * _tableau.TimeWeights[stage];
        for (int i = 0; i < _solution.Length; i++)
        {
            int at = layout.Index(i, sample);
            double derivative = derivatives[at];
            _solution[i] = derivative + _sums[at] + timeWeight * _timeDerivatives[at];
            if (double.IsFinite(derivative))
                continue;
            // Where the failure is looked for, and what makes the error not finite.
            slopes[at] = derivative;
            _solving[sample] = false;
        }

        if (!_solving[sample])
            return;
        if (stage == _tableau.Stages - 1)
            layout.Scatter(_solution, sample, _lastDefects);
        _matrices.Solve(sample, _solution, stage > 0 ? _stage : startStates, derivatives, _sums);
        double length = StepMatrices.Invertible(step);
        for (int i = 0; i < _solution.Length; i++)
            slopes[layout.Index(i, sample)] = _solution[i] / length;
    }

    /// <summary>f at the new state of those who will be accepted, for the next step; where it is not finite they are not.</summary>
    private void EvaluateEnds(StepRound round, Span<double> errors, double largestError)
    {
        bool any = false;
        for (int sample = 0; sample < _solving.Length; sample++)
        {
            _needed[sample] = _solving[sample] && errors[sample] <= largestError;
            any |= _needed[sample];
        }

        if (!any)
            return;
        Context.Evaluate(_needed, round.LastTimes, round.EndStates, _endSlopes);
        bool isAdaptive = Context.Options.FixedStep is null;
        double together = 0.0;
        for (int sample = 0; sample < _solving.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            if (Context.Layout.FindNonFinite(_endSlopes, Context.Dimension, sample) >= 0)
                errors[sample] = double.NaN;
            else if (isAdaptive && Context.Errors.IsBeyondEndSlopes(sample, round.StartStates, round.EndStates, round.Steps[sample], _startSlopes, _endSlopes))
                errors[sample] = ErrorArithmetic<Lanes1<double>>.OverPole;
            else if (isAdaptive)
                errors[sample] = Math.Max(errors[sample], ErrorAtEnd(sample, round));
            together = Math.Max(together, errors[sample]);
        }

        if (Context.Options.ErrorControl == ErrorControl.Joint && !(together <= largestError))
            errors[.._solving.Length].Fill(together);
    }

    /// <summary>
    /// The size, in tolerances, of the last stage's increment with the matrix of the step's end in place of that of its start, or 0 where both agree. The increment δ, which is the
    /// error estimate, solves Wδ = d; where the stiffness has gone since the start, W makes δ small whatever d is. Along δ the new matrix V is known without an evaluation, from
    /// the derivatives at both ends of δ: Vδ = δ/(hγ) − (f(y₁) − f(y₁ − δ)). With α that makes |αVδ − d| least, αδ is the increment.
    /// </summary>
    private double ErrorAtEnd(int sample, StepRound round)
    {
        BatchLayout layout = Context.Layout;
        double perLength = 1.0 / (_tableau.Diagonal * StepMatrices.Invertible(round.Steps[sample]));
        double products = 0.0, squares = 0.0, sizes = 0.0;
        for (int i = 0; i < Context.Dimension; i++)
        {
            int at = layout.Index(i, sample);
            double scale = Context.Errors.Scale(i, round.StartStates[at], round.EndStates[at]);
            double increment = round.EndStates[at] - _stage[at];
            double image = (increment * perLength - (_endSlopes[at] - _derivatives[at])) / scale;
            products += image * (_lastDefects[at] / scale);
            squares += image * image;
            sizes += increment / scale * (increment / scale);
        }

        double factor = products / squares;
        return factor > FallingStiffness ? factor * Math.Sqrt(sizes / Context.Dimension) : 0.0;
    }
}
