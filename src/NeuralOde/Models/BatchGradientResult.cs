namespace NeuralOde;

/// <summary>The summed loss on a batch of solutions and its gradients.</summary>
public sealed class BatchGradientResult
{
    private readonly double[] _parameters;
    private readonly double[][] _initialStates;
    private readonly double[][] _times;

    internal BatchGradientResult(double loss, double[] parameters, double[][] initialStates, double[][] times,
        OdeFailure? failure, int failedSample, OdeStatistics forward, OdeStatistics backward)
    {
        Loss = loss;
        _parameters = parameters;
        _initialStates = initialStates;
        _times = times;
        Failure = failure;
        FailedSample = failedSample;
        ForwardStatistics = forward;
        BackwardStatistics = backward;
    }

    /// <summary>Number of samples.</summary>
    public int Count => _initialStates.Length;

    /// <summary>The sum of the samples' losses; NaN when a forward solve failed.</summary>
    public double Loss { get; }

    /// <summary>dL/dθ in the order of <see cref="NeuralOdeModel.Parameters"/>, summed over the batch.</summary>
    public ReadOnlySpan<double> Parameters => _parameters;

    /// <summary>
    /// An estimate of the error of <see cref="Parameters"/>, in their unit: the sum over the samples of what shorter steps would change in the component that they change most.
    /// NaN after a failure, or where <see cref="GradientMethod.ControlsError"/> is false.
    /// </summary>
    /// <remarks>
    /// What acts between the stages of all steps alone, like a narrow bump, may be missed. Of a layer with more than 1024 weights some are looked at, every input and every output among them.
    /// </remarks>
    public double ParameterError => ParameterErrorOfSamples.Sum();

    /// <summary>Times that the gradient was computed again with shorter steps, because its error was too large for the tolerances (<see cref="GradientMethod.ControlsError"/>).</summary>
    public int Refinements { get; internal init; }

    internal double[] ParameterErrorOfSamples { private get; init; } = [];

    /// <summary>How the solves ended. After a failure the gradients are NaN.</summary>
    public OdeStatus Status => Failure?.Status ?? OdeStatus.Success;

    /// <summary>Where and how the first failed sample failed; null after success.</summary>
    public OdeFailure? Failure { get; }

    /// <summary>The first sample that failed, or −1.</summary>
    public int FailedSample { get; }

    /// <summary>Cost of the forward solve.</summary>
    public OdeStatistics ForwardStatistics { get; }

    /// <summary>Cost of the backward pass.</summary>
    public OdeStatistics BackwardStatistics { get; }

    /// <summary>Cost of both.</summary>
    public OdeStatistics Statistics => ForwardStatistics + BackwardStatistics;

    /// <summary>dL/dz0 of one sample, one number per dimension.</summary>
    /// <param name="sample">Index of the sample.</param>
    public ReadOnlySpan<double> InitialState(int sample) => _initialStates[sample];

    /// <summary>What shorter steps would change in one sample's part of <see cref="Parameters"/>, of the component that they change most; NaN as <see cref="ParameterError"/>.</summary>
    /// <param name="sample">Index of the sample.</param>
    public double ParameterErrorOf(int sample) => ParameterErrorOfSamples[sample];

    /// <summary>dL/dt of one sample, one number per output time.</summary>
    /// <param name="sample">Index of the sample.</param>
    public ReadOnlySpan<double> Times(int sample) => _times[sample];

    /// <summary>Returns this result if it is complete and throws otherwise.</summary>
    /// <exception cref="OdeSolverException">A forward or backward solve failed.</exception>
    public BatchGradientResult EnsureSuccess() =>
        Failure is null ? this : throw new OdeSolverException(Failure, Count == 1 || FailedSample < 0 ? "" : $"Sample {FailedSample}: ");
}
