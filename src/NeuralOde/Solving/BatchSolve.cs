namespace NeuralOde;

/// <summary>A forward solve of a batch over output times, with all its memory: made once, run many times.</summary>
internal sealed class BatchSolve
{
    private readonly BatchLayout _layout;
    private readonly double[] _startTimes;

    public BatchSolve(VectorFieldEvaluator evaluator, OdeSolverOptions options, bool records = false, bool keepsTape = false)
    {
        _layout = evaluator.Layout;
        _startTimes = new double[_layout.Samples];
        Integrator = new Integrator(evaluator, options, records, keepsTape);
        Recorder = new OutputRecorder(_layout, evaluator.Dimension, options, Integrator.Stepper.Interpolant);
    }

    public Integrator Integrator { get; }

    public OutputRecorder Recorder { get; }

    /// <summary>Solves every sample from its first output time to its last.</summary>
    /// <param name="grid">Output times, checked.</param>
    /// <param name="initialStates">Component-major.</param>
    /// <param name="cancellationToken">Checked every round.</param>
    public void Run(OutputGrid grid, ReadOnlySpan<double> initialStates, CancellationToken cancellationToken)
    {
        Recorder.Reset(grid);
        for (int sample = 0; sample < _startTimes.Length; sample++)
            _startTimes[sample] = grid.First(sample);
        Integrator.Integrate(_startTimes, initialStates, Recorder, proposedSteps: default, cancellationToken);
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
