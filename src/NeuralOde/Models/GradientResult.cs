namespace NeuralOde;

/// <summary>A loss on one solution and its gradients.</summary>
public sealed class GradientResult
{
    private readonly BatchGradientResult _batch;

    internal GradientResult(BatchGradientResult batch) => _batch = batch;

    /// <summary>The loss; NaN when the forward solve failed.</summary>
    public double Loss => _batch.Loss;

    /// <summary>dL/dz0, one number per dimension.</summary>
    public ReadOnlySpan<double> InitialState => _batch.InitialState(0);

    /// <summary>dL/dθ in the order of <see cref="NeuralOdeModel.Parameters"/>.</summary>
    public ReadOnlySpan<double> Parameters => _batch.Parameters;

    /// <inheritdoc cref="BatchGradientResult.ParameterError"/>
    public double ParameterError => _batch.ParameterError;

    /// <inheritdoc cref="BatchGradientResult.Refinements"/>
    public int Refinements => _batch.Refinements;

    /// <summary>
    /// dL/dt for every output time: how the loss changes when one is moved and nothing else. The first is the initial time,
    /// at which the initial state is held.
    /// </summary>
    public ReadOnlySpan<double> Times => _batch.Times(0);

    /// <summary>How the solves ended. After a failure the gradients are NaN.</summary>
    public OdeStatus Status => _batch.Status;

    /// <summary>Where and how a solve failed; null after success.</summary>
    public OdeFailure? Failure => _batch.Failure;

    /// <summary>Cost of the forward solve.</summary>
    public OdeStatistics ForwardStatistics => _batch.ForwardStatistics;

    /// <summary>Cost of the backward pass.</summary>
    public OdeStatistics BackwardStatistics => _batch.BackwardStatistics;

    /// <summary>Cost of both.</summary>
    public OdeStatistics Statistics => _batch.Statistics;

    /// <summary>Returns this result if it is complete and throws otherwise.</summary>
    /// <exception cref="OdeSolverException">The forward or backward solve failed.</exception>
    public GradientResult EnsureSuccess()
    {
        _batch.EnsureSuccess();
        return this;
    }
}
