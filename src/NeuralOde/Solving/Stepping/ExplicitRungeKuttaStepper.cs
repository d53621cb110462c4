namespace NeuralOde;

/// <summary>A step of an explicit Runge–Kutta method: one evaluation of the whole batch per stage.</summary>
internal sealed class ExplicitRungeKuttaStepper : Stepper
{
    private readonly ButcherTableau _tableau;
    private readonly ArraySegment<double> _slopes;
    private readonly double[] _secondErrors;
    private readonly bool[] _moving;

    public ExplicitRungeKuttaStepper(SolveContext context, ButcherTableau tableau)
        : base(context)
    {
        _tableau = tableau;
        _slopes = AlignedMemory.Allocate<double>(context.StateLengths(tableau.Stages, "stages"), context.IsLongLived);
        _secondErrors = new double[tableau.SecondErrorWeights is null ? 0 : context.Layout.RowLength];
        _moving = new bool[context.Layout.Samples];
    }

    public override Interpolant Interpolant => _tableau.Interpolant;

    public override ReadOnlySpan<double> Slopes => _slopes;

    public override Span<double> StartSlopes => StageSlopes(0);

    public override int ErrorOrder => _tableau.ErrorOrder;

    public override StepRound CreateRound(bool records = false) =>
        new(Context.Layout, Context.Dimension, _tableau.Stages, _tableau.EndStage, records ? Context.Evaluator.RecordLength : 0);

    public override void Reset() => _slopes.AsSpan().Clear();

    public override void Attempt(StepRound round, Span<double> errors)
    {
        for (int sample = 0; sample < _moving.Length; sample++)
            _moving[sample] = round.Steps[sample] != 0.0;
        ComputeStages(round, 1, _tableau.EndStage, _moving);

        SparseRow? weights = Context.Options.FixedStep is null ? _tableau.ErrorWeights : null;
        Context.Errors.StepError(round.StartStates, round.EndStates, round.Steps, _slopes, weights, _tableau.EndStage, errors);
        if (weights is null || _tableau.SecondErrorWeights is not { } second)
            return;
        // The estimate of DOP853: that of fifth order, damped where the one of third order is much larger.
        Context.Errors.StepError(round.StartStates, round.EndStates, round.Steps, _slopes, second, _tableau.EndStage, _secondErrors);
        ErrorKernels.Widest.CombineEstimates(errors, _secondErrors);
    }

    public override void Hold(StepRound round, ReadOnlySpan<double> rejected)
    {
        BatchLayout layout = Context.Layout;
        for (int stage = 1; stage < _tableau.Stages; stage++)
        {
            Span<double> times = round.Times(stage);
            for (int sample = 0; sample < layout.Samples; sample++)
            {
                if (rejected[sample] != 0.0)
                    times[sample] = round.Times(0)[sample];
            }

            StageKernels.Widest.Select(layout, Context.Dimension, rejected, round.StartStates, round.States(stage));
            ArraySegment<double> record = round.Records[stage];
            if (record.Count > 0)
                Context.Evaluator.SelectRecord(rejected, round.Records[0], record);
        }
    }

    public override int FindNonFinite(StepRound round, int sample)
    {
        int component = -1;
        for (int stage = 1; stage <= _tableau.EndStage && component < 0; stage++)
        {
            component = Context.Layout.FindNonFinite(round.States(stage), Context.Dimension, sample);
            if (component < 0)
                component = Context.Layout.FindNonFinite(StageSlopes(stage), Context.Dimension, sample);
        }

        return component;
    }

    public override void PrepareInterpolation(StepRound round, ReadOnlySpan<bool> samples)
    {
        ComputeStages(round, _tableau.EndStage + 1, _tableau.Stages - 1, samples);
    }

    public override bool IsInteriorFinite(int sample)
    {
        for (int stage = _tableau.EndStage + 1; stage < _tableau.Stages; stage++)
        {
            if (Context.Layout.FindNonFinite(StageSlopes(stage), Context.Dimension, sample) >= 0)
                return false;
        }

        return true;
    }

    public override void Advance(StepRound round, StepRound next)
    {
        StageKernels.Widest.Select(Context.Layout, Context.Dimension, round.Steps, StageSlopes(_tableau.EndStage), StartSlopes);
        if (next == round)
            (round.Records[0], round.Records[_tableau.EndStage]) = (round.Records[_tableau.EndStage], round.Records[0]);
        else
            next.Records[0] = next.HasRecords ? round.Records[_tableau.EndStage] : ArraySegment<double>.Empty;
    }

    private Span<double> StageSlopes(int stage) => _slopes.AsSpan(stage * Context.StateLength, Context.StateLength);

    private void ComputeStages(StepRound round, int first, int last, ReadOnlySpan<bool> samples)
    {
        if (first > last)
            return;
        Context.TellWhoCounts(samples);
        VectorFieldEvaluator evaluator = Context.Evaluator;
        for (int stage = first; stage <= last; stage++)
        {
            SparseRow row = _tableau.Couplings[stage];
            Span<double> states = round.States(stage);
            StageKernels.Widest.Combine(Context.Layout, Context.Dimension, round.StartStates, round.Steps, _slopes, row.Indices, row.Coefficients, states);
            Span<double> times = round.SetTimes(stage, _tableau.Nodes[stage]);
            evaluator.Evaluate(times, states, StageSlopes(stage), round.Records[stage]);
        }

        Context.Count(samples, last - first + 1);
    }
}
