namespace NeuralOde;

/// <summary>What a solve or a gradient cost.</summary>
/// <param name="Evaluations">Evaluations of the vector field; one of a whole batch counts once.</param>
/// <param name="VectorJacobianProducts">Vector–Jacobian products; one of a whole batch counts once.</param>
/// <param name="AcceptedSteps">Accepted steps, summed over the samples.</param>
/// <param name="RejectedSteps">Rejected steps, summed over the samples.</param>
public readonly record struct OdeStatistics(long Evaluations, long VectorJacobianProducts, long AcceptedSteps, long RejectedSteps)
{
    /// <summary>The sum of two costs.</summary>
    public static OdeStatistics operator +(OdeStatistics left, OdeStatistics right) => left.Add(right);

    /// <summary>The sum of two costs.</summary>
    /// <param name="other">What to add.</param>
    public OdeStatistics Add(OdeStatistics other) => new(
        Evaluations + other.Evaluations, VectorJacobianProducts + other.VectorJacobianProducts,
        AcceptedSteps + other.AcceptedSteps, RejectedSteps + other.RejectedSteps);
}
