namespace NeuralOde;

/// <summary>
/// Solves the adjoint equation da/dt = −(∂f/∂z)ᵀ a backward in time together with the state, jumping by ∂L/∂z at every
/// observation, where the state is reset to the one that the forward solve stored.
/// </summary>
/// <remarks>
/// The parameter gradient ∫ (∂f/∂θ)ᵀ a dt is a quadrature beside the system, not part of it: after a step is accepted, its
/// stages are summed with the method's own weights, which is what integrating it along would give, but rejected steps cost
/// nothing and it does not enter the error norm. Every observation restarts the method; the step size is carried over, the
/// first one from the end of the forward solve.
/// </remarks>
internal sealed class ContinuousAdjoint : AdjointEngine
{
    // In tolerances. Steps that control the error of state and adjoint alone do not change by more (docs/decisions/gradient-error.md).
    private const double OrdinaryChange = 40.0;

    private readonly DifferentiableEvaluator _evaluator;
    private readonly AdjointEvaluator _adjoint;
    private readonly Integrator _integrator;
    private readonly BackwardObserver _observer;
    private readonly double[] _startTimes;
    private readonly double[] _startStates;
    private readonly double[] _proposedSteps;
    private readonly StepScript _script;
    private SampleGradients? _dividedGradients;

    public ContinuousAdjoint(TrainableVectorField field, OdeSolverOptions forward, OdeSolverOptions backward, BatchLayout layout)
        : this(field.CreateEvaluator(layout), forward, backward)
    {
    }

    private ContinuousAdjoint(DifferentiableEvaluator evaluator, OdeSolverOptions forward, OdeSolverOptions backward)
        : base(evaluator, new BatchSolve(evaluator, forward, isRetraced: true))
    {
        _evaluator = evaluator;
        _adjoint = new AdjointEvaluator(evaluator);
        _integrator = new Integrator(_adjoint, backward, records: true);
        _observer = new BackwardObserver(this, backward.ResolvedMethod.Tableau!);
        _startTimes = new double[Layout.Samples];
        _startStates = new double[Layout.Length(2 * Dimension)];
        _proposedSteps = new double[Layout.Samples];
        _script = new StepScript(Layout, returning: 2 * Dimension);
    }

    /// <inheritdoc/>
    /// <remarks>Of the backward solve alone: the forward one has only states to get right.</remarks>
    public override void LimitSteps(int sample, double length) => _integrator.Lanes.StepLimit[sample] = length;

    /// <inheritdoc/>
    /// <remarks>Solves backward again, with every step in two parts that start from the state and the adjoint of the first solve: only the quadrature changes.</remarks>
    protected override void Measure(ReadOnlySpan<double> cotangents, CancellationToken cancellationToken)
    {
        _dividedGradients ??= new SampleGradients(_evaluator);
        _dividedGradients.Clear();
        _observer.Reset(cotangents, _dividedGradients, script: null);
        _integrator.Lanes.Script = _script;
        try
        {
            _integrator.Integrate(_startTimes, _startStates, _observer, _proposedSteps, cancellationToken);
        }
        finally
        {
            // Whatever the vector field throws, the next solve chooses its steps itself.
            _integrator.Lanes.Script = null;
        }

        OdeStatistics cost = _integrator.Statistics;
        BackwardStatistics += cost with { VectorJacobianProducts = cost.Evaluations };
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            double scale = SampleGradients!.Largest(sample), longest = _script.Longest(sample);
            ParameterErrors[sample] = _integrator.Failure(sample) is not null
                ? SampleParameterError.OfFailure(scale, longest)
                : new SampleParameterError
                {
                    Error = SampleGradients.Difference(_dividedGradients, sample),
                    Scale = scale,
                    Explained = OrdinaryChange,
                    LongestStep = longest,
                };
        }
    }

    protected override OdeFailure? PropagateCore(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken)
    {
        _script.Clear();
        _observer.Reset(cotangents, SampleGradients, MeasuresErrors ? _script : null);
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            int last = Grid.Count(sample) - 1;
            _startTimes[sample] = Grid.Last(sample);
            _proposedSteps[sample] = Forward.Integrator.Lanes.Proposed[sample];
            for (int i = 0; i < Dimension; i++)
            {
                int at = last * StateLength + Layout.Index(i, sample);
                _startStates[Layout.Index(i, sample)] = Outputs[at];
                // Outputs at the initial time observe z0 itself: the caller adds their cotangents.
                _startStates[Layout.Index(Dimension + i, sample)] = IsAtStart(sample, last) ? 0.0 : cotangents[at];
            }
        }

        _integrator.Integrate(_startTimes, _startStates, _observer, _proposedSteps, cancellationToken);
        OdeStatistics cost = _integrator.Statistics;
        BackwardStatistics = cost with { VectorJacobianProducts = cost.Evaluations };
        _adjoint.AddSums(_observer.GradientSums, parameterGradient);
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            for (int i = 0; i < Dimension; i++)
                InitialStateGradient[Layout.Index(i, sample)] = _integrator.FinalStates[Layout.Index(Dimension + i, sample)];
        }

        for (failedSample = 0; failedSample < Layout.Samples; failedSample++)
        {
            if (_integrator.Failure(failedSample) is { } failure)
                return InTermsOfTheField(failure);
        }

        failedSample = -1;
        return null;
    }

    /// <summary>The components behind the state's are the adjoint's.</summary>
    private OdeFailure InTermsOfTheField(OdeFailure failure)
    {
        if (failure.Component < Dimension)
            return failure;
        bool isNonFinite = failure.Status is OdeStatus.NonFiniteState or OdeStatus.NonFiniteDerivative;
        return isNonFinite
            ? failure with { Status = OdeStatus.NonFiniteCotangent, Component = failure.Component - Dimension }
            : failure with { Component = -1 };
    }

    /// <summary>Stops at every output time on the way back, and sums the parameter gradient over the accepted steps.</summary>
    private sealed class BackwardObserver(ContinuousAdjoint owner, ButcherTableau tableau) : IntegrationObserver
    {
        private readonly int[] _output = new int[owner.Layout.Samples];
        private readonly double[] _weights = new double[owner.Layout.RowLength];
        private readonly ArraySegment<double> _gradientSums = AlignedMemory.Allocate<double>(owner._adjoint.GradientSumLength, isPinned: true);
        private double[] _cotangents = [];
        private SampleGradients? _sampleGradients;
        private StepScript? _script;

        public ReadOnlySpan<double> GradientSums => _gradientSums;

        public void Reset(ReadOnlySpan<double> cotangents, SampleGradients? sampleGradients, StepScript? script)
        {
            _sampleGradients = sampleGradients;
            _script = script;
            if (_cotangents.Length < cotangents.Length)
                _cotangents = new double[cotangents.Length];
            _gradientSums.AsSpan().Clear();
            cotangents.CopyTo(_cotangents);
            for (int sample = 0; sample < _output.Length; sample++)
                _output[sample] = owner.Grid.Count(sample) - 2;
        }

        public override double NextStop(int sample) => _output[sample] < 0 ? double.NaN : owner.Grid.Time(sample, _output[sample]);

        public override bool Arrive(int sample, Span<double> states)
        {
            int output = _output[sample]--;
            for (int i = 0; i < owner.Dimension; i++)
            {
                int at = output * owner.StateLength + owner.Layout.Index(i, sample);
                states[owner.Layout.Index(i, sample)] = owner.Outputs[at];
                if (!owner.IsAtStart(sample, output))
                    states[owner.Layout.Index(owner.Dimension + i, sample)] += _cotangents[at];
            }

            return true;
        }

        public override void RoundCompleted(StepRound round, ReadOnlySpan<double> derivatives)
        {
            _script?.AddParts(round);
            for (int stage = 0; stage < tableau.Stages; stage++)
            {
                if (tableau.Weights[stage] == 0.0)
                    continue;
                // Backward steps carry the sign of −dt.
                _weights.AsSpan().Clear();
                StageKernels.Widest.AddScaled(-tableau.Weights[stage], round.Steps, _weights);
                owner._adjoint.AccumulateGradient(round.Times(stage), round.States(stage), round.Records[stage], _weights, _gradientSums);
                if (_sampleGradients is not null)
                    owner._adjoint.AccumulateSampleSums(round.Times(stage), round.States(stage), round.Records[stage], _weights, _sampleGradients.Sums, _sampleGradients.Magnitudes);
            }
        }
    }
}
