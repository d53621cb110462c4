namespace NeuralOde;

/// <summary>
/// Differentiates the Runge–Kutta steps that were taken: the exact gradient of the computed solution, with the step sizes
/// as constants.
/// </summary>
/// <remarks>
/// For a step y1 = y0 + h Σ_j b_j k_j, k_i = f(Y_i), Y_i = y0 + h Σ_j a_ij k_j and a cotangent λ on y1, backward through the
/// stages: κ_j = h (b_j λ + Σ_{i&gt;j} a_ij v_i), v_j = J(Y_j)ᵀ κ_j, θ̄ += (∂f/∂θ)ᵀ κ_j, and λ + Σ v_j is the cotangent on y0.
/// Tableaux being first-same-as-last (<see cref="ButcherTableau"/>), the end stage is y1 itself and its derivative is the
/// first stage of the next step, so a cotangent on k_1 waits for the step before; and because the end stage's row of a is b,
/// λ + v_end takes the place of v_end in the sums. An output between the steps is y0 + h Σ_j b_j(θ) k_j: its cotangent joins y0's and
/// the κ_j. Stages behind the end serve such outputs alone: their v_j join y0's cotangent and the sums, but not λ. A step of
/// length zero is the identity: a cotangent that waits on k_1 goes on waiting, so that the bits of a sample do not depend on
/// whether others moved while it was rejected. Where a step starts behind a discontinuity, its k_1 is no stage of the step
/// before, and the cotangent that waits on it is propagated where the step starts.
///
/// Rounds beyond the budget for records are evaluated again, at the times and states that the tape holds, before their products.
/// </remarks>
internal sealed class DiscreteAdjoint : AdjointEngine
{
    private readonly DifferentiableEvaluator _evaluator;
    private readonly ButcherTableau _tableau;
    private readonly ArraySegment<double> _stateCotangent;
    private readonly ArraySegment<double> _firstStageCotangent;
    private readonly ArraySegment<double> _startCotangent;
    private readonly ArraySegment<double> _outputCotangents;
    private readonly ArraySegment<double> _stageCotangent;
    private readonly ArraySegment<double> _products;
    private readonly ArraySegment<double> _cotangentRecord;
    private readonly ArraySegment<double> _gradientSums;
    private readonly InterpolationKernels _kernels;
    private readonly ArraySegment<double> _weights;
    private readonly double[] _thetas;
    private readonly ArraySegment<double> _outputCotangent;
    private readonly int[] _nextOutput;
    private readonly OdeSolverOptions _options;
    private ArraySegment<double> _scratchRecord = ArraySegment<double>.Empty;
    private ArraySegment<double> _derivatives = ArraySegment<double>.Empty;
    private DiscreteAdjointError? _error;
    private GradientScreen? _screen;
    private bool _hasOutputCotangents;

    public DiscreteAdjoint(TrainableVectorField field, OdeSolverOptions options, BatchLayout layout, long recordingBudget = long.MaxValue)
        : this(field.CreateEvaluator(layout), options, recordingBudget, script: null)
    {
    }

    /// <param name="evaluator">The vector field.</param>
    /// <param name="options">Resolved options of the solve.</param>
    /// <param name="recordingBudget">Bytes for records.</param>
    /// <param name="script">The steps to take, for the gradients of the samples alone; null to choose them.</param>
    private DiscreteAdjoint(DifferentiableEvaluator evaluator, OdeSolverOptions options, long recordingBudget, StepScript? script)
        : base(evaluator, new BatchSolve(evaluator, options, records: true, keepsTape: true, recordingBudget: recordingBudget))
    {
        _evaluator = evaluator;
        _options = options;
        _tableau = options.ResolvedMethod.Tableau!;
        int stageLength = Layout.Length(Dimension, _tableau.Stages, "stages");
        _stateCotangent = Allocate(StateLength);
        _firstStageCotangent = Allocate(StateLength);
        _stageCotangent = Allocate(StateLength);
        _startCotangent = Allocate(StateLength);
        _outputCotangents = Allocate(stageLength);
        _products = Allocate(stageLength);
        _cotangentRecord = Allocate(evaluator.CotangentRecordLength);
        _gradientSums = Allocate(evaluator.GradientSumLength);
        _kernels = InterpolationKernels.For(Layout);
        _weights = Allocate(Layout.RowLengths(_tableau.Stages, "stages"));
        _thetas = new double[Layout.RowLength];
        _thetas.AsSpan().Fill(double.NaN);
        _outputCotangent = Allocate(StateLength);
        _nextOutput = new int[Layout.Samples];
        Forward.Integrator.Lanes.Script = script;
        SumsSamples = script is not null;
    }

    /// <summary>The gradients of the samples over the steps of a script. Without records: those of the solve that wrote it may fill the memory that they are allowed.</summary>
    public static DiscreteAdjoint Over(StepScript script, DifferentiableEvaluator evaluator, OdeSolverOptions options) => new(evaluator, options, recordingBudget: 0, script);

    private DiscreteAdjointError Error => _error ??= new DiscreteAdjointError(this, _evaluator, _options);

    public override OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken)
    {
        Forward.Recorder.KeepsMiddles = MeasuresErrors && Error.SuitsScreen;
        OdeFailure? failure = base.Solve(grid, initialStates, out failedSample, cancellationToken);
        _error?.Reserve();
        return failure;
    }

    public override void LimitSteps(int sample, double length) => Forward.Integrator.Lanes.StepLimit[sample] = length;

    protected override void Measure(ReadOnlySpan<double> cotangents, CancellationToken cancellationToken) =>
        BackwardStatistics += Error.Measure(cotangents, cancellationToken);

    protected override OdeFailure? PropagateCore(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken)
    {
        failedSample = -1;
        _gradientSums.AsSpan().Clear();
        _stateCotangent.AsSpan().Clear();
        _firstStageCotangent.AsSpan().Clear();
        for (int sample = 0; sample < Layout.Samples; sample++)
            _nextOutput[sample] = Forward.Recorder.Reached(sample) - 1;

        _screen = MeasuresErrors ? Error.BeginScreen() : null;
        StepTape tape = Forward.Integrator.Tape;
        for (int round = tape.Count - 1; round >= 0; round--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CollectOutputCotangents(cotangents, round, tape[round].Steps);
            PropagateRound(tape[round]);
            if (tape[round].HasRestarts)
                PropagateRestarts(tape[round]);
        }

        if (tape.Count > 0)
        {
            PropagateStage(tape[0], stage: 0, _firstStageCotangent, _products.AsSpan(0, StateLength));
            _screen?.Complete(tape[0], RecordOf(tape[0], stage: 0), _firstStageCotangent, _products.AsSpan(0, StateLength));
            StageKernels.Widest.AddScaled(1.0, _products.AsSpan(0, StateLength), _stateCotangent);
        }

        if (!SumsSamples)
            _evaluator.AddSums(_gradientSums, parameterGradient);
        _stateCotangent.CopyTo(InitialStateGradient, 0);
        return null;
    }

    /// <summary>Puts the cotangents of the outputs inside a round where they belong: its end, its start, its stages.</summary>
    private void CollectOutputCotangents(ReadOnlySpan<double> cotangents, int round, double[] steps)
    {
        if (_hasOutputCotangents)
        {
            _outputCotangents.AsSpan().Clear();
            _startCotangent.AsSpan().Clear();
            _products.AsSpan((_tableau.EndStage + 1) * StateLength).Clear();
        }

        _hasOutputCotangents = false;
        while (FindOutputs(cotangents, round))
        {
            _tableau.Interpolant.Weights(Layout, _thetas, _weights);
            _kernels.AddCotangents(Layout, Dimension, steps, _thetas, _weights, _outputCotangent, _outputCotangents);
            // What falls to y0 must not pass through this round's stages.
            StageKernels.Widest.AddScaled(1.0, _outputCotangent, _startCotangent);
            _hasOutputCotangents = true;
        }
    }

    /// <summary>
    /// Adds the cotangents of outputs at the end of a round, and finds, for every sample, θ and cotangent of its next output before that, or NaN and 0. Returns whether
    /// there is any.
    /// </summary>
    private bool FindOutputs(ReadOnlySpan<double> cotangents, int round)
    {
        bool isAny = false;
        _outputCotangent.AsSpan().Clear();
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            _thetas[sample] = double.NaN;
            while (_nextOutput[sample] >= 0 && Forward.Recorder.Round(sample, _nextOutput[sample]) == round && double.IsNaN(_thetas[sample]))
            {
                int output = _nextOutput[sample]--;
                double theta = Forward.Recorder.Theta(sample, output);
                ReadOnlySpan<double> cotangent = cotangents.Slice(output * StateLength, StateLength);
                if (theta == 1.0)
                {
                    Add(sample, cotangent, _stateCotangent);
                    continue;
                }

                Add(sample, cotangent, _outputCotangent);
                _thetas[sample] = theta;
                isAny = true;
            }
        }

        return isAny;
    }

    private void Add(int sample, ReadOnlySpan<double> source, Span<double> destination)
    {
        for (int i = 0; i < Dimension; i++)
            destination[Layout.Index(i, sample)] += source[Layout.Index(i, sample)];
    }

    /// <summary>Takes the cotangents on a round's end back to its start.</summary>
    private void PropagateRound(StepRound round)
    {
        int endStage = _tableau.EndStage;
        if (_hasOutputCotangents)
            PropagateExtraStages(round);
        Span<double> end = _products.AsSpan(endStage * StateLength, StateLength);
        CombineStage(round, endStage, end);
        _stageCotangent.AsSpan().Clear();
        StageKernels.Widest.Select(Layout, Dimension, round.Steps, _firstStageCotangent, _stageCotangent);
        StageKernels.Widest.AddScaled(1.0, end, _stageCotangent);
        PropagateStage(round, endStage, _stageCotangent, end);
        _screen?.AddStage(endStage, _stageCotangent, end);
        StageKernels.Widest.AddScaled(1.0, end, _stateCotangent);
        _stateCotangent.AsSpan().CopyTo(end);

        for (int stage = endStage - 1; stage >= 1; stage--)
        {
            CombineStage(round, stage, _stageCotangent);
            Span<double> product = _products.AsSpan(stage * StateLength, StateLength);
            PropagateStage(round, stage, _stageCotangent, product);
            _screen?.AddStage(stage, _stageCotangent, product);
            StageKernels.Widest.AddScaled(1.0, product, _stateCotangent);
        }

        CombineStage(round, stage: 0, _stageCotangent);
        StageKernels.Widest.Select(Layout, Dimension, round.Steps, _stageCotangent, _firstStageCotangent);
        if (_hasOutputCotangents)
            StageKernels.Widest.AddScaled(1.0, _startCotangent, _stateCotangent);
        _screen?.CompleteRound(round, RecordOf(round, endStage), _stateCotangent);
    }

    /// <summary>What waits on the first stage of samples that start behind a discontinuity goes no further back than to their state there.</summary>
    private void PropagateRestarts(StepRound round)
    {
        _stageCotangent.AsSpan().Clear();
        StageKernels.Widest.Select(Layout, Dimension, round.Restarts, _firstStageCotangent, _stageCotangent);
        Span<double> product = _products.AsSpan(0, StateLength);
        PropagateStage(round, stage: 0, _stageCotangent, product);
        _screen?.Restart(round, RecordOf(round, stage: 0), _stageCotangent, product);
        StageKernels.Widest.AddScaled(1.0, product, _stateCotangent);
        StageKernels.Widest.AddScaled(-1.0, _stageCotangent, _firstStageCotangent);
    }

    /// <summary>The stages that only outputs in the round have used, from the last. What they ask of y0 must not pass through the other stages.</summary>
    private void PropagateExtraStages(StepRound round)
    {
        for (int stage = _tableau.Stages - 1; stage > _tableau.EndStage; stage--)
        {
            CombineStage(round, stage, _stageCotangent);
            Span<double> product = _products.AsSpan(stage * StateLength, StateLength);
            PropagateStage(round, stage, _stageCotangent, product);
            StageKernels.Widest.AddScaled(1.0, product, _startCotangent);
        }
    }

    /// <summary>κ_j: what outputs in the round ask of a stage's derivative, and what the later stages and the end do.</summary>
    private void CombineStage(StepRound round, int stage, Span<double> result)
    {
        SparseRow column = _tableau.TransposedCouplings[stage];
        StageKernels.Widest.Combine(Layout, Dimension, _outputCotangents.AsSpan(stage * StateLength, StateLength), round.Steps,
            _products, column.Indices, column.Coefficients, result);
    }

    private void PropagateStage(StepRound round, int stage, ReadOnlySpan<double> cotangent, Span<double> product)
    {
        // As at the end of a solve, and behind the last output that the loss looks at.
        if (!cotangent.ContainsAnyExcept(0.0))
        {
            product.Clear();
            return;
        }

        ReadOnlySpan<double> record = RecordOf(round, stage);
        _evaluator.PropagateCotangent(round.Times(stage), round.States(stage), record, cotangent, product, _cotangentRecord);
        if (!SumsSamples)
            _evaluator.AccumulateGradient(round.Times(stage), round.States(stage), record, cotangent, _cotangentRecord, default, _gradientSums);
        if (SampleGradients is { } gradients)
            _evaluator.AccumulateSampleSums(round.Times(stage), round.States(stage), record, cotangent, _cotangentRecord, default, gradients.Sums, gradients.Magnitudes);
        BackwardStatistics += new OdeStatistics { VectorJacobianProducts = 1 };
    }

    /// <summary>A stage's record, evaluated again where it was not kept.</summary>
    private ArraySegment<double> RecordOf(StepRound round, int stage)
    {
        if (round.Records[stage].Count > 0 || _evaluator.RecordLength == 0)
            return round.Records[stage];
        if (_scratchRecord.Count == 0)
            (_scratchRecord, _derivatives) = (Allocate(_evaluator.RecordLength), Allocate(StateLength));
        _evaluator.Evaluate(round.Times(stage), round.States(stage), _derivatives, _scratchRecord);
        BackwardStatistics += new OdeStatistics { Evaluations = 1 };
        return _scratchRecord;
    }

    private static ArraySegment<double> Allocate(int length) => AlignedMemory.Allocate<double>(length, isPinned: true);
}
