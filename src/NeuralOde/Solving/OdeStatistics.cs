namespace NeuralOde;

/// <summary>What a solve or a gradient cost.</summary>
public readonly record struct OdeStatistics
{
    /// <summary>Evaluations of the vector field, those for Jacobians by differences included; one of a whole batch counts once. A batch of more than 64 samples is solved in parts of 64, a gradient of more than 128 in parts of at most 128, unless one step serves all, and one of a part counts once; of a field over lanes, one of eight samples.</summary>
    public long Evaluations { get; init; }

    /// <summary>Vector–Jacobian products; one of a whole batch counts once, or of a part as for <see cref="Evaluations"/>.</summary>
    public long VectorJacobianProducts { get; init; }

    /// <summary>Accepted steps, summed over the samples.</summary>
    public long AcceptedSteps { get; init; }

    /// <summary>Rejected steps, summed over the samples.</summary>
    public long RejectedSteps { get; init; }

    /// <summary>Jacobian matrices of implicit methods, summed over the samples.</summary>
    public long Jacobians { get; init; }

    /// <summary>Matrices factorized by implicit methods, summed over the samples.</summary>
    public long Factorizations { get; init; }

    /// <summary>Steps given up because their implicit equations could not be solved, summed over the samples; also counted as rejected.</summary>
    public long NewtonFailures { get; init; }

    /// <summary>Changes of <see cref="OdeMethod.Automatic"/> between its explicit and its stiff method, summed over the samples.</summary>
    public long MethodSwitches { get; init; }

    /// <summary>The sum of two costs.</summary>
    public static OdeStatistics operator +(OdeStatistics left, OdeStatistics right) => left.Add(right);

    /// <summary>The sum of two costs.</summary>
    /// <param name="other">What to add.</param>
    public OdeStatistics Add(OdeStatistics other) => new()
    {
        Evaluations = Evaluations + other.Evaluations,
        VectorJacobianProducts = VectorJacobianProducts + other.VectorJacobianProducts,
        AcceptedSteps = AcceptedSteps + other.AcceptedSteps,
        RejectedSteps = RejectedSteps + other.RejectedSteps,
        Jacobians = Jacobians + other.Jacobians,
        Factorizations = Factorizations + other.Factorizations,
        NewtonFailures = NewtonFailures + other.NewtonFailures,
        MethodSwitches = MethodSwitches + other.MethodSwitches,
    };
}
