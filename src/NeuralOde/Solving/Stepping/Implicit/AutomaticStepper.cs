namespace NeuralOde;

/// <summary>
/// Steps of Tsitouras 5(4) until stiffness limits them, then of Rodas5P, and back, every sample for itself: in each round the
/// samples of either kind make their step together, with a step of zero for the others. Both methods' errors fall with the
/// fifth power of the step, so that one controller serves both.
/// </summary>
/// <remarks>The implicit method and its matrices are made when the first sample changes to it: what is never stiff needs none.</remarks>
internal sealed class AutomaticStepper : Stepper
{
    private readonly ButcherTableau _tableau;
    private readonly RosenbrockTableau _implicitTableau;
    private readonly ExplicitRungeKuttaStepper _explicit;
    private readonly StiffnessDetector _detector;
    private readonly StepRound _explicitRound;
    private readonly bool[] _isStiff;
    private readonly bool[] _staysImplicit;
    private readonly bool[] _secondTries;
    private readonly double[] _explicitMask;
    private readonly double[] _implicitMask;
    private readonly double[] _implicitErrors;
    private readonly bool[] _implicitInterior;
    private readonly double[] _startSlopes;
    private readonly double[] _slopes;
    private RosenbrockStepper? _implicit;
    private StepRound? _implicitRound;

    public AutomaticStepper(SolveContext context, ButcherTableau explicitTableau, RosenbrockTableau implicitTableau)
        : base(context)
    {
        _tableau = explicitTableau;
        _implicitTableau = implicitTableau;
        _explicit = new ExplicitRungeKuttaStepper(context, explicitTableau);
        _detector = new StiffnessDetector(context);
        _explicitRound = _explicit.CreateRound();
        _isStiff = new bool[context.Layout.Samples];
        _staysImplicit = new bool[context.Layout.Samples];
        _secondTries = new bool[context.Layout.Samples];
        _explicitMask = new double[context.Layout.RowLength];
        _implicitMask = new double[context.Layout.RowLength];
        _implicitErrors = new double[context.Layout.RowLength];
        _implicitInterior = new bool[context.Layout.Samples];
        _startSlopes = new double[context.StateLength];
        Interpolant = new ConcatenatedInterpolant(_explicit.Interpolant, implicitTableau.Interior.Interpolant);
        _slopes = new double[context.StateLengths(Interpolant.Rows, "slopes")];
    }

    public override Interpolant Interpolant { get; }

    public override ReadOnlySpan<double> Slopes => _slopes;

    public override Span<double> StartSlopes => _startSlopes;

    public override int ErrorOrder => _explicit.ErrorOrder;

    private bool IsJoint => Context.Options.ErrorControl == ErrorControl.Joint;

    public override void Reset()
    {
        _explicit.Reset();
        _implicit?.Reset();
        _slopes.AsSpan().Clear();
        _startSlopes.AsSpan().Clear();
        _detector.Reset();
        _isStiff.AsSpan().Clear();
        _secondTries.CopyTo(_staysImplicit, 0);
        _secondTries.AsSpan().Clear();
        for (int sample = 0; sample < _staysImplicit.Length; sample++)
        {
            if (_staysImplicit[sample])
                Switch(sample);
        }
    }

    /// <summary>
    /// Explicit steps beyond stability may throw components that are small against their tolerances onto solutions that end elsewhere, or nowhere: a sample that
    /// then comes to a halt while it is explicit is solved again with the implicit method alone. A halt without such steps is the problem's own.
    /// </summary>
    public override bool PrepareSecondTry(Span<bool> again)
    {
        bool any = false;
        for (int sample = 0; sample < _isStiff.Length; sample++)
        {
            bool halted = Context.Lanes.Status[sample] is OdeStatus.StepSizeUnderflow or OdeStatus.RepeatedRejection or OdeStatus.NonFiniteState;
            again[sample] = halted && !_isStiff[sample] && _detector.WasBeyondStability(sample);
            any |= again[sample];
        }

        if (any && IsJoint)
            again.Fill(true);
        again.CopyTo(_secondTries);
        return any;
    }

    public override void Restart(int sample)
    {
        _explicit.Restart(sample);
        _implicit?.Restart(sample);
        _detector.Forget(sample);
    }

    public override void Attempt(StepRound round, Span<double> errors)
    {
        bool anyExplicit = false, anyImplicit = false;
        for (int sample = 0; sample < _isStiff.Length; sample++)
        {
            bool moves = round.Steps[sample] != 0.0;
            _explicitMask[sample] = moves && !_isStiff[sample] ? 1.0 : 0.0;
            _implicitMask[sample] = moves && _isStiff[sample] ? 1.0 : 0.0;
            anyExplicit |= moves && !_isStiff[sample];
            anyImplicit |= moves && _isStiff[sample];
        }

        round.StartStates.CopyTo(round.EndStates);
        if (anyExplicit)
            Attempt(_explicit, _explicitRound, round, _explicitMask, errors);
        if (anyImplicit)
        {
            Attempt(_implicit!, _implicitRound!, round, _implicitMask, _implicitErrors);
            for (int sample = 0; sample < _isStiff.Length; sample++)
            {
                if (_isStiff[sample])
                    errors[sample] = _implicitErrors[sample];
            }
        }

        CopySlopes(_explicit.Slopes, _explicitMask, _slopes);
    }

    public override int FindNonFinite(StepRound round, int sample) =>
        _isStiff[sample] ? _implicit!.FindNonFinite(_implicitRound!, sample) : _explicit.FindNonFinite(_explicitRound, sample);

    public override void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples)
    {
        for (int sample = 0; sample < samples.Length; sample++)
            _implicitInterior[sample] = samples[sample] && _isStiff[sample];
        // Until the first switch the rows of the implicit method are zero.
        if (_implicit is null)
            return;
        if (_implicitInterior.AsSpan().Contains(true))
            _implicit.PrepareInterpolation(_implicitRound!, _implicitInterior);
        CopySlopes(_implicit.Slopes, _implicitMask, _slopes.AsSpan(_explicit.Slopes.Length));
    }

    public override double InteriorError(int sample) => _implicitInterior[sample] ? _implicit!.InteriorError(sample) : 0.0;

    public override void Advance(StepRound round, StepRound next)
    {
        Compare();
        Finish(_explicit, _explicitRound, round, _explicitMask);
        if (_implicit is not null)
            Finish(_implicit, _implicitRound!, round, _implicitMask);
        bool anyStiff = false, allMild = true, anyMoved = false;
        for (int sample = 0; sample < _isStiff.Length; sample++)
        {
            if (round.Steps[sample] == 0.0)
                continue;
            anyMoved = true;
            if (_isStiff[sample])
            {
                bool isMild = !_staysImplicit[sample] && _detector.IsMild(sample, round.Steps[sample], _implicit!.Jacobian(sample), _implicitRound!.StartStates);
                allMild &= isMild;
                if (isMild && !IsJoint)
                    Switch(sample);
            }
            else if (_detector.IsStiff(sample, round.Steps[sample]))
            {
                anyStiff = true;
                if (!IsJoint)
                    Switch(sample);
            }
        }

        if (IsJoint && anyMoved)
            SwitchTogether(anyStiff, allMild);
    }

    private void Attempt(Stepper stepper, StepRound own, StepRound round, double[] mask, Span<double> errors)
    {
        BatchLayout layout = Context.Layout;
        round.StartTimes.CopyTo(own.StartTimes, 0);
        round.EndTimes.CopyTo(own.EndTimes, 0);
        round.FirstTimes.CopyTo(own.FirstTimes, 0);
        round.LastTimes.CopyTo(own.LastTimes, 0);
        round.StartStates.CopyTo(own.StartStates);
        for (int sample = 0; sample < mask.Length; sample++)
            own.Steps[sample] = mask[sample] * round.Steps[sample];
        own.SetTimes(stage: 0, node: 0.0);
        _startSlopes.CopyTo(stepper.StartSlopes);
        stepper.Attempt(own, errors);
        StageKernels.Widest.Select(layout, Context.Dimension, mask, own.EndStates, round.EndStates);
    }

    /// <summary>The rows of the samples of a mask; zero for the others.</summary>
    private void CopySlopes(ReadOnlySpan<double> slopes, double[] mask, Span<double> destination)
    {
        for (int row = 0; row < slopes.Length; row += Context.StateLength)
            StageKernels.Widest.Scale(Context.Layout, Context.Dimension, mask, slopes.Slice(row, Context.StateLength), destination.Slice(row, Context.StateLength));
    }

    private void Compare()
    {
        int last = _tableau.EndStage, length = Context.StateLength;
        _detector.Compare(_explicitRound, _explicit.Slopes.Slice(last * length, length), _explicit.Slopes.Slice((last - 1) * length, length),
            _explicitRound.States(last), _explicitRound.States(last - 1));
    }

    /// <summary>Lets a method move on with those that made an accepted step with it.</summary>
    private void Finish(Stepper stepper, StepRound own, StepRound round, double[] mask)
    {
        for (int sample = 0; sample < _isStiff.Length; sample++)
            mask[sample] *= round.Steps[sample];
        mask.CopyTo(own.Steps, 0);
        stepper.Advance(own, own);
        StageKernels.Widest.Select(Context.Layout, Context.Dimension, mask, stepper.StartSlopes, _startSlopes);
    }

    private void Switch(int sample)
    {
        _implicit ??= new RosenbrockStepper(Context, _implicitTableau);
        _implicitRound ??= _implicit.CreateRound();
        _isStiff[sample] = !_isStiff[sample];
        _detector.Forget(sample);
        _explicit.Restart(sample);
        _implicit.Restart(sample);
        if (Context.Lanes.Active[sample])
            Context.Lanes.MethodSwitches[sample]++;
    }

    /// <summary>With one step for all, the stiffest sample decides for all.</summary>
    private void SwitchTogether(bool anyStiff, bool allMild)
    {
        // All are of one kind.
        if (_isStiff[0] ? !allMild : !anyStiff)
            return;
        for (int sample = 0; sample < _isStiff.Length; sample++)
            Switch(sample);
    }
}
