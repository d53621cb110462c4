namespace NeuralOde;

/// <summary>
/// A step of a singly diagonally implicit Runge–Kutta method with an explicit first stage. The stages are solved one after the
/// other by simplified Newton iterations, all samples that have not converged yet in one evaluation.
/// </summary>
/// <remarks>
/// A sample keeps its Jacobian from step to step while its iterations converge well and it is not too old (<see cref="JacobianAge"/>), and the factors of
/// (1/(γh)) I − J while the step does not change either, which <see cref="SmallestGrowth"/> helps. Unknown are the slopes k_i; those of the last
/// stage, which solve the equations and were not evaluated, are the first of the next step: an evaluation there would
/// multiply what is left of the iteration's error by the stiffness.
/// </remarks>
internal sealed class EsdirkStepper : Stepper
{
    // A Jacobian is renewed after a step in which the iterations converged slower than this.
    private const double SlowRate = 0.1;

    // Steps that differ by less share a factorization: at worst the iteration converges with this ratio.
    private const double SameStep = 1e-3;

    private readonly EsdirkTableau _tableau;
    private readonly StepMatrices _matrices;
    private readonly NewtonConvergence _convergence;
    private readonly NewtonProgress[] _progress;
    private readonly bool[] _needed;
    private readonly bool[] _succeeded;
    private readonly JacobianAge _age;
    private readonly bool[] _isSlow;
    private readonly bool[] _startIsExact;
    private readonly double[] _factoredSteps;
    private readonly double[] _steps;
    private readonly double[] _ones;
    private readonly double[] _norms;
    private readonly double[] _slopes;
    private readonly double[] _zeros;
    private readonly double[] _stage;
    private readonly double[] _derivatives;
    private readonly double[] _increments;
    private readonly double[] _defects;
    private readonly double[] _defectNorms;
    private readonly double[] _solution;
    private readonly EsdirkError _error;
    private readonly StepInterior _interior;

    public EsdirkStepper(SolveContext context, EsdirkTableau tableau)
        : base(context)
    {
        _tableau = tableau;
        _matrices = new StepMatrices(context);
        _convergence = new NewtonConvergence(context);
        int samples = context.Layout.Samples, rowLength = context.Layout.RowLength;
        _progress = new NewtonProgress[samples];
        _needed = new bool[samples];
        _succeeded = new bool[samples];
        _age = new JacobianAge(samples);
        _isSlow = new bool[samples];
        _startIsExact = new bool[samples];
        _factoredSteps = new double[samples];
        _steps = new double[rowLength];
        _ones = new double[rowLength];
        _ones.AsSpan().Fill(1.0);
        _norms = new double[rowLength];
        _slopes = new double[context.StateLengths(tableau.Stages, "stages")];
        _zeros = new double[context.StateLength];
        _stage = new double[context.StateLength];
        _derivatives = new double[context.StateLength];
        _increments = new double[context.StateLength];
        _defects = new double[context.StateLength];
        _defectNorms = new double[rowLength];
        _solution = new double[context.Dimension];
        _error = new EsdirkError(context, tableau, _matrices);
        _interior = new StepInterior(context, _matrices, tableau.Interior, tableau.Diagonal, tableau.ErrorOrder);
    }

    public override Interpolant Interpolant => _tableau.Interior.Interpolant;

    public override ReadOnlySpan<double> Slopes => _interior.Rows;

    public override Span<double> StartSlopes => StageSlopes(0);

    public override int ErrorOrder => _tableau.ErrorOrder;

    public override double SmallestGrowth => 1.2;

    private int LastStage => _tableau.Stages - 1;

    public override void Reset()
    {
        _slopes.AsSpan().Clear();
        _interior.Reset();
        _matrices.Reset();
        for (int sample = 0; sample < _progress.Length; sample++)
            Restart(sample);
    }

    public override void Restart(int sample)
    {
        _age.Forget(sample);
        _isSlow[sample] = false;
        _startIsExact[sample] = true;
        _factoredSteps[sample] = 0.0;
    }

    public override void Attempt(StepRound round, Span<double> errors)
    {
        round.StartStates.CopyTo(round.EndStates);
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            bool moves = round.Steps[sample] != 0.0;
            _progress[sample] = moves ? NewtonProgress.Iterating : NewtonProgress.Idle;
            _needed[sample] = moves
                && (_age.IsDue(sample, round.Steps[sample]) || (_isSlow[sample] && !_age.IsFresh(sample)) || _matrices.WantsJacobian(sample));
        }

        SolveStages(round);
        bool again = false;
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            // Whether an iteration fails or leaves the field's domain, an old Jacobian may be to blame.
            _needed[sample] = _progress[sample] is NewtonProgress.Failed or NewtonProgress.NonFinite && !_age.IsFresh(sample);
            if (_needed[sample])
                _progress[sample] = NewtonProgress.Iterating;
            again |= _needed[sample];
        }

        if (again)
            SolveStages(round);
        for (int sample = 0; sample < _progress.Length; sample++)
            Context.Lanes.StageFailed[sample] |= _progress[sample] == NewtonProgress.Failed;
        Select(round, NewtonProgress.Converged);
        _error.Estimate(round, _slopes, _progress, _steps, errors);
    }

    public override int FindNonFinite(StepRound round, int sample) => FindNonFinite(round, _slopes, sample);

    public override void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples)
    {
        _interior.Prepare(round, samples, _slopes);
        for (int sample = 0; sample < samples.Length; sample++)
        {
            // Corrections with an old Jacobian leave more than those with a fresh one.
            if (samples[sample] && !(_interior.Error(sample) <= 1.0))
                _isSlow[sample] = true;
        }
    }

    public override double InteriorError(int sample) => _interior.Error(sample);

    public override void Advance(StepRound round, StepRound next)
    {
        StageKernels.Widest.Select(Context.Layout, Context.Dimension, round.Steps, StageSlopes(LastStage), StartSlopes);
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (round.Steps[sample] == 0.0)
                continue;
            _age.StepTaken(sample, round.Steps[sample]);
            _startIsExact[sample] = false;
        }
    }

    /// <summary>γh.</summary>
    private double Length(double step) => _tableau.Diagonal * StepMatrices.Invertible(step);

    private Span<double> StageSlopes(int stage) => _slopes.AsSpan(stage * Context.StateLength, Context.StateLength);

    /// <summary>All stages of the samples that are iterating. Those that fail drop out; the others have then converged.</summary>
    private void SolveStages(StepRound round)
    {
        RenewJacobians(round);
        Factor(round);
        for (int stage = 1; stage <= LastStage; stage++)
        {
            if (!Select(round, NewtonProgress.Iterating))
                return;
            BeginStage(round, stage);
            Iterate(round, stage);
        }

        Select(round, NewtonProgress.Iterating);
        StageKernels.Widest.Select(Context.Layout, Context.Dimension, _steps, _stage, round.EndStates);
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            _progress[sample] = NewtonProgress.Converged;
            _isSlow[sample] = _convergence.WorstRate(sample) > SlowRate;
        }
    }

    private void RenewJacobians(StepRound round)
    {
        if (!_needed.AsSpan().Contains(true))
            return;
        ReadOnlySpan<double> derivatives = _matrices.TakesDifferences ? ExactStartSlopes(round) : StartSlopes;
        _matrices.EvaluateJacobians(round, derivatives, _needed, _succeeded);
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (!_needed[sample])
                continue;
            _age.Renew(sample, _succeeded[sample]);
            _isSlow[sample] = false;
            _factoredSteps[sample] = 0.0;
            if (!_succeeded[sample])
                _progress[sample] = NewtonProgress.Failed;
        }
    }

    /// <summary>f at the start of those who need a Jacobian; evaluated where the slope there comes from the step before.</summary>
    private ReadOnlySpan<double> ExactStartSlopes(StepRound round)
    {
        BatchLayout layout = Context.Layout;
        bool any = false;
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            _succeeded[sample] = _needed[sample] && !_startIsExact[sample];
            any |= _succeeded[sample];
        }

        if (!any)
            return StartSlopes;
        Context.Evaluate(_succeeded, round.FirstTimes, round.StartStates, _derivatives);
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            for (int i = 0; i < Context.Dimension && !_succeeded[sample]; i++)
                _derivatives[layout.Index(i, sample)] = StartSlopes[layout.Index(i, sample)];
        }

        return _derivatives;
    }

    private void Factor(StepRound round)
    {
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (_progress[sample] != NewtonProgress.Iterating)
                continue;
            double step = round.Steps[sample];
            _convergence.BeginStep(sample, _age.IsFresh(sample));
            if (Math.Abs(step - _factoredSteps[sample]) <= SameStep * Math.Abs(step))
                continue;
            _factoredSteps[sample] = step;
            _convergence.ForgetRate(sample);
            if (_matrices.Factor(sample, 1.0 / Length(step)))
                continue;
            _factoredSteps[sample] = 0.0;
            _progress[sample] = NewtonProgress.Failed;
        }
    }

    /// <summary>Makes masks of the samples that stand so: <see cref="_needed"/>, and in <see cref="_steps"/> their steps and 0 for the others.</summary>
    private bool Select(StepRound round, NewtonProgress progress)
    {
        bool any = false;
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            _needed[sample] = _progress[sample] == progress;
            _steps[sample] = _needed[sample] ? round.Steps[sample] : 0.0;
            any |= _needed[sample];
        }

        return any;
    }

    private void BeginStage(StepRound round, int stage)
    {
        BatchLayout layout = Context.Layout;
        SparseRow predictor = _tableau.Predictors[stage], row = _tableau.Couplings[stage];
        StageKernels.Widest.Combine(layout, Context.Dimension, _zeros, _ones, _slopes, predictor.Indices, predictor.Coefficients, _stage);
        StageKernels.Widest.Select(layout, Context.Dimension, _steps, _stage, StageSlopes(stage));
        StageKernels.Widest.Combine(layout, Context.Dimension, round.StartStates, _steps, _slopes, row.Indices, row.Coefficients, _stage);
        round.SetTimes(stage: 1, _tableau.Nodes[stage]);
        _increments.AsSpan().Clear();
        _defects.AsSpan().Clear();
        for (int sample = 0; sample < _progress.Length; sample++)
        {
            if (_needed[sample])
                _convergence.BeginStage(sample);
        }
    }

    private void Iterate(StepRound round, int stage)
    {
        for (int iteration = 0; _needed.AsSpan().Contains(true); iteration++)
        {
            Context.Evaluate(_needed, round.Times(1), _stage, _derivatives);
            for (int sample = 0; sample < _progress.Length; sample++)
            {
                if (_needed[sample])
                    Correct(sample, stage, 1.0 / Length(round.Steps[sample]));
            }

            Context.Errors.Norm(_increments, default, round.StartStates, _stage, _norms);
            if (iteration == 0)
                Context.Errors.Norm(_defects, default, round.StartStates, _stage, _defectNorms);
            for (int sample = 0; sample < _progress.Length; sample++)
            {
                if (!_needed[sample])
                    continue;
                NewtonProgress progress = _convergence.Judge(sample, iteration, _norms[sample], _defectNorms[sample], _increments, round.StartStates, _stage);
                _needed[sample] = progress == NewtonProgress.Iterating;
                if (progress == NewtonProgress.Failed)
                    _progress[sample] = NewtonProgress.Failed;
            }
        }
    }

    /// <summary>One increment of a sample's stage and slope.</summary>
    private void Correct(int sample, int stage, double slopePerIncrement)
    {
        BatchLayout layout = Context.Layout;
        Span<double> slopes = StageSlopes(stage);
        bool isFinite = true;
        for (int i = 0; i < _solution.Length; i++)
        {
            int at = layout.Index(i, sample);
            double derivative = _derivatives[at];
            _solution[i] = derivative - slopes[at];
            _defects[at] = _solution[i] / slopePerIncrement;
            if (double.IsFinite(derivative))
                continue;
            isFinite = false;
            // Where the failure is looked for.
            slopes[at] = derivative;
        }

        if (isFinite)
        {
            _matrices.Solve(sample, _solution, _stage, _derivatives, slopes, restSign: -1.0);
        }
        else
        {
            _solution.AsSpan().Clear();
            layout.Scatter(_solution, sample, _defects);
            _progress[sample] = NewtonProgress.NonFinite;
            _needed[sample] = false;
        }

        for (int i = 0; i < _solution.Length; i++)
        {
            int at = layout.Index(i, sample);
            _increments[at] = _solution[i];
            _stage[at] += _solution[i];
            slopes[at] += slopePerIncrement * _solution[i];
        }
    }
}
