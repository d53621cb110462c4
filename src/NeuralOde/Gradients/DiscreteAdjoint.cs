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
    private readonly StepScript _script;
    private ArraySegment<double> _scratchRecord = ArraySegment<double>.Empty;
    private ArraySegment<double> _derivatives = ArraySegment<double>.Empty;
    private DiscreteAdjoint? _divided;
    private double[]? _dividedGradient;
    private readonly StepRefinement _refinement;
    private readonly bool _suitsScreen;
    private GradientScreen? _screen;
    private readonly bool[] _isInDoubt;
    private bool _isScreened;
    private bool _hasOutputCotangents;

    public DiscreteAdjoint(TrainableVectorField field, OdeSolverOptions options, BatchLayout layout, long recordingBudget = long.MaxValue)
        : this(field.CreateEvaluator(layout), options, recordingBudget)
    {
    }

    private DiscreteAdjoint(DifferentiableEvaluator evaluator, OdeSolverOptions options, long recordingBudget)
        : base(evaluator, new BatchSolve(evaluator, options, records: true, keepsTape: true, recordingBudget: recordingBudget))
    {
        _evaluator = evaluator;
        _options = options;
        _script = new StepScript(Layout);
        _tableau = options.ResolvedMethod.Tableau!;
        _refinement = new StepRefinement(options);
        _isInDoubt = new bool[Layout.Samples];
        _suitsScreen = GradientScreen.Suits(_tableau);
        _stateCotangent = AlignedMemory.Allocate<double>(StateLength, isPinned: true);
        _firstStageCotangent = AlignedMemory.Allocate<double>(StateLength, isPinned: true);
        _stageCotangent = AlignedMemory.Allocate<double>(StateLength, isPinned: true);
        _startCotangent = AlignedMemory.Allocate<double>(StateLength, isPinned: true);
        _outputCotangents = AlignedMemory.Allocate<double>(Layout.Length(Dimension, _tableau.Stages, "stages"), isPinned: true);
        _products = AlignedMemory.Allocate<double>(Layout.Length(Dimension, _tableau.Stages, "stages"), isPinned: true);
        _cotangentRecord = AlignedMemory.Allocate<double>(evaluator.CotangentRecordLength, isPinned: true);
        _gradientSums = AlignedMemory.Allocate<double>(evaluator.GradientSumLength, isPinned: true);
        _kernels = InterpolationKernels.For(Layout);
        _weights = AlignedMemory.Allocate<double>(Layout.RowLengths(_tableau.Stages, "stages"), isPinned: true);
        _thetas = new double[Layout.RowLength];
        _thetas.AsSpan().Fill(double.NaN);
        _outputCotangent = AlignedMemory.Allocate<double>(StateLength, isPinned: true);
        _nextOutput = new int[Layout.Samples];
    }

    public override OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken)
    {
        Forward.Recorder.KeepsMiddles = MeasuresErrors && _suitsScreen;
        OdeFailure? failure = base.Solve(grid, initialStates, out failedSample, cancellationToken);
        for (int round = 0; _screen is not null && round < Forward.Integrator.Tape.Capacity; round++)
            Forward.Integrator.Tape[round].KeepMiddle();
        // Where this solve needed more memory than any before, the next that is measured finds enough.
        ReserveParts();
        return failure;
    }

    public override void LimitSteps(int sample, double length) => Forward.Integrator.Lanes.StepLimit[sample] = length;

    /// <inheritdoc/>
    /// <remarks>Solves again, with every step in two parts, and goes back from the same cotangents. Without records: these may fill the memory that they are allowed.</remarks>
    protected override void Measure(ReadOnlySpan<double> cotangents, CancellationToken cancellationToken)
    {
        StepTape tape = Forward.Integrator.Tape;
        _script.Clear();
        for (int round = 0; round < tape.Count; round++)
            _script.AddParts(tape[round]);
        if (_isScreened && !FindDoubts(_screen!))
            return;
        _divided ??= new DiscreteAdjoint(_evaluator, _options, recordingBudget: 0) { SumsSamples = true };
        ReserveParts();
        _divided.Forward.Integrator.Lanes.Script = _script;
        _dividedGradient ??= new double[_evaluator.ParameterCount];
        bool failed = tape.Count > 0 && (_divided.Solve(Grid, tape[0].StartStates, out _, cancellationToken)
            ?? _divided.Propagate(cotangents, _dividedGradient, out _, cancellationToken)) is not null;
        BackwardStatistics += new OdeStatistics
        {
            Evaluations = _divided.ForwardStatistics.Evaluations + _divided.BackwardStatistics.Evaluations,
            VectorJacobianProducts = _divided.BackwardStatistics.VectorJacobianProducts,
        };
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            // A sample keeps what was found of it alone, whoever else is in doubt.
            if (_isScreened && !_isInDoubt[sample])
                continue;
            double scale = SampleGradients!.Largest(sample), longest = _script.Longest(sample);
            ParameterErrors[sample] = tape.Count == 0 ? default
                : failed ? SampleParameterError.OfFailure(scale, longest)
                : new SampleParameterError
                {
                    Error = SampleGradients.Difference(_divided.SampleGradients!, sample),
                    Scale = scale,
                    Explained = _refinement.Explained(LargestChange(Forward.Integrator, _divided.Forward.Integrator, sample),
                        isHardlyFelt: _isScreened && _screen!.HardlyFeelsSolution(sample, ScreenedError(sample, scale) / _refinement.Tolerance(scale), _refinement.RelativeTolerance)),
                    LongestStep = longest,
                };
        }
    }

    /// <summary>Notes the samples whose second gradient differs too much, and the errors of the others; returns whether there are any.</summary>
    private bool FindDoubts(GradientScreen screen)
    {
        BackwardStatistics += screen.Statistics;
        bool isAny = false;
        for (int sample = 0; sample < Layout.Samples; sample++)
        {
            double scale = SampleGradients!.Largest(sample), error = ScreenedError(sample, scale);
            ParameterErrors[sample] = new SampleParameterError { Error = error, IsEstimate = true, Scale = scale, LongestStep = _script.Longest(sample) };
            _isInDoubt[sample] = screen.IsInDoubt(sample, error == 0.0 ? 0.0 : error / _refinement.Tolerance(scale), _refinement.RelativeTolerance);
            isAny |= _isInDoubt[sample];
        }

        return isAny;
    }

    private double ScreenedError(int sample, double scale) => GradientScreen.Error(SampleGradients!.Difference(_screen!.Gradients, sample), scale);

    private void ReserveParts()
    {
        int capacity = 2 * Forward.Integrator.Tape.Capacity;
        if (_divided is null || _divided.Forward.Integrator.Tape.Capacity >= capacity)
            return;
        _divided.Forward.Integrator.Tape.Reserve(capacity);
        _script.Reserve(capacity);
    }

    /// <summary>The largest change of a sample's state at the end of any step, in tolerances.</summary>
    private static double LargestChange(Integrator solve, Integrator divided, int sample)
    {
        double largest = 0.0;
        int round = 0;
        for (int i = 0; i < divided.Tape.Count; i++)
        {
            if (divided.Tape[i].Steps[sample] == 0.0)
                continue;
            while (solve.Tape[round].Steps[sample] == 0.0)
                round++;
            if (divided.Tape[i].EndTimes[sample] == solve.Tape[round].EndTimes[sample])
                largest = Math.Max(largest, solve.Errors.LargestDifference(solve.Tape[round++].EndStates, divided.Tape[i].EndStates, sample));
        }

        return largest;
    }

    protected override OdeFailure? PropagateCore(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken)
    {
        failedSample = -1;
        _gradientSums.AsSpan().Clear();
        _stateCotangent.AsSpan().Clear();
        _firstStageCotangent.AsSpan().Clear();
        for (int sample = 0; sample < Layout.Samples; sample++)
            _nextOutput[sample] = Grid.Count(sample) - 1;

        _isScreened = MeasuresErrors && _suitsScreen;
        if (_isScreened)
            (_screen ??= new GradientScreen(_evaluator, _tableau)).Begin();

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
            if (_isScreened)
                _screen!.Complete(tape[0], RecordOf(tape[0], stage: 0), _firstStageCotangent, _products.AsSpan(0, StateLength));
            StageKernels.Widest.AddScaled(1.0, _products.AsSpan(0, StateLength), _stateCotangent);
        }

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
        if (_isScreened)
            _screen!.AddStage(endStage, _stageCotangent, end);
        StageKernels.Widest.AddScaled(1.0, end, _stateCotangent);
        _stateCotangent.AsSpan().CopyTo(end);

        for (int stage = endStage - 1; stage >= 1; stage--)
        {
            CombineStage(round, stage, _stageCotangent);
            Span<double> product = _products.AsSpan(stage * StateLength, StateLength);
            PropagateStage(round, stage, _stageCotangent, product);
            if (_isScreened)
                _screen!.AddStage(stage, _stageCotangent, product);
            StageKernels.Widest.AddScaled(1.0, product, _stateCotangent);
        }

        CombineStage(round, stage: 0, _stageCotangent);
        StageKernels.Widest.Select(Layout, Dimension, round.Steps, _stageCotangent, _firstStageCotangent);
        if (_hasOutputCotangents)
            StageKernels.Widest.AddScaled(1.0, _startCotangent, _stateCotangent);
        if (_isScreened)
            _screen!.CompleteRound(round, RecordOf(round, endStage), _stateCotangent);
    }

    /// <summary>What waits on the first stage of samples that start behind a discontinuity goes no further back than to their state there.</summary>
    private void PropagateRestarts(StepRound round)
    {
        _stageCotangent.AsSpan().Clear();
        StageKernels.Widest.Select(Layout, Dimension, round.Restarts, _firstStageCotangent, _stageCotangent);
        Span<double> product = _products.AsSpan(0, StateLength);
        PropagateStage(round, stage: 0, _stageCotangent, product);
        if (_isScreened)
            _screen!.Restart(round, RecordOf(round, stage: 0), _stageCotangent, product);
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
            (_scratchRecord, _derivatives) = (AlignedMemory.Allocate<double>(_evaluator.RecordLength, isPinned: true), AlignedMemory.Allocate<double>(StateLength, isPinned: true));
        _evaluator.Evaluate(round.Times(stage), round.States(stage), _derivatives, _scratchRecord);
        BackwardStatistics += new OdeStatistics { Evaluations = 1 };
        return _scratchRecord;
    }
}
