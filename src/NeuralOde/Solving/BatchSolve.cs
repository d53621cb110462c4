namespace NeuralOde;

/// <summary>A forward solve of a batch over output times, with all its memory: made once, run many times.</summary>
internal sealed class BatchSolve
{
    private readonly BatchLayout _layout;
    private readonly double[] _startTimes;
    private readonly bool _isJoint;
    private readonly bool _landsOnAll;

    /// <param name="evaluator">The vector field.</param>
    /// <param name="options">Validated and resolved options.</param>
    /// <param name="records">Whether the vector field records at every stage.</param>
    /// <param name="keepsTape">Whether all rounds are kept.</param>
    /// <param name="isRetraced">Whether a solve backward will land on every output time.</param>
    /// <param name="standardization">What gives states the units that a step observer sees.</param>
    /// <param name="firstSample">The number, to a step observer, of the first sample.</param>
    /// <param name="recordingBudget">Bytes that the records of the rounds kept may take; the rounds beyond have none.</param>
    public BatchSolve(VectorFieldEvaluator evaluator, OdeSolverOptions options, bool records = false, bool keepsTape = false, bool isRetraced = false,
        Standardization? standardization = null, int firstSample = 0, long recordingBudget = long.MaxValue)
    {
        _layout = evaluator.Layout;
        _startTimes = new double[_layout.Samples];
        _isJoint = options.ErrorControl == ErrorControl.Joint;
        _landsOnAll = options.StepToOutputTimes || isRetraced;
        Integrator = new Integrator(evaluator, options, records, keepsTape, recordingBudget);
        Recorder = new OutputRecorder(_layout, evaluator.Dimension, options, Integrator.Stepper.Interpolant, standardization, firstSample);
    }

    public Integrator Integrator { get; }

    public OutputRecorder Recorder { get; }

    /// <summary>Solves every sample from its first output time, or from where it goes on, to its last output time.</summary>
    /// <param name="grid">Output times, checked.</param>
    /// <param name="initialStates">Component-major.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    /// <param name="before">What the samples go on from; empty for a solve of its own.</param>
    /// <exception cref="ArgumentException">One step is to serve samples of different times.</exception>
    public void Run(OutputGrid grid, ReadOnlySpan<double> initialStates, CancellationToken cancellationToken, ReadOnlySpan<OdeContinuation> before = default)
    {
        if (_isJoint)
            grid.RequireShared(_landsOnAll);
        Recorder.Reset(grid);
        for (int sample = 0; sample < _startTimes.Length; sample++)
            _startTimes[sample] = before.IsEmpty ? grid.First(sample) : before[sample].Time;
        Integrator.Integrate(_startTimes, initialStates, Recorder, proposedSteps: default, cancellationToken, before);
        if (!Integrator.PrepareSecondTry())
            return;
        Recorder.Reset(grid);
        Integrator.Integrate(_startTimes, initialStates, Recorder, proposedSteps: default, cancellationToken, before, isSecondTry: true);
    }

    /// <summary>The first sample that failed, or null.</summary>
    public OdeFailure? FindFailure(out int failedSample)
    {
        for (failedSample = 0; failedSample < _layout.Samples; failedSample++)
        {
            if (Integrator.Failure(failedSample) is { } failure)
                return failure;
        }

        failedSample = -1;
        return null;
    }
}
