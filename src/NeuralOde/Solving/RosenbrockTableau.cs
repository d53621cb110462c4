namespace NeuralOde;

/// <summary>
/// A Rosenbrock method in the form without products with the Jacobian: with W = (1/(γh)) I − J, stage i is
/// W h s_i = f(t + α_i h, y + h Σ a_ij s_j) + Σ C_ij s_j + h γ_i ∂f/∂t, and the new state is y + h Σ m_i s_i
/// (Hairer, Wanner, Solving Ordinary Differential Equations II, section IV.7).
/// </summary>
internal sealed class RosenbrockTableau
{
    /// <param name="order">Order of the solution that is carried on.</param>
    /// <param name="diagonal">γ.</param>
    /// <param name="nodes">α_i.</param>
    /// <param name="timeWeights">γ_i; stages that are not spoken of have a 0.</param>
    /// <param name="couplings">a_ij, row i with i numbers.</param>
    /// <param name="jacobianCouplings">C_ij, row i with i numbers.</param>
    /// <param name="weights">m_i.</param>
    /// <param name="errorWeights">m_i − m̂_i of a solution of one order less.</param>
    /// <param name="interpolant">The dense output.</param>
    public RosenbrockTableau(int order, double diagonal, double[] nodes, double[] timeWeights, double[][] couplings,
        double[][] jacobianCouplings, double[] weights, double[] errorWeights, Interpolant interpolant)
    {
        Order = order;
        Diagonal = diagonal;
        Nodes = nodes;
        TimeWeights = [.. timeWeights, .. new double[nodes.Length - timeWeights.Length]];
        Couplings = [.. couplings.Select(SparseRow.From)];
        JacobianCouplings = [.. jacobianCouplings.Select(SparseRow.From)];
        Weights = SparseRow.From(weights);
        ErrorWeights = SparseRow.From(errorWeights);
        Interpolant = interpolant;
        Interior = new StepNodes(interpolant);
    }

    public int Order { get; }

    /// <summary>The power of the step size that the error estimate is proportional to.</summary>
    public int ErrorOrder => Order;

    public int Stages => Nodes.Length;

    /// <summary>γ.</summary>
    public double Diagonal { get; }

    public double[] Nodes { get; }

    /// <summary>γ_i.</summary>
    public double[] TimeWeights { get; }

    public SparseRow[] Couplings { get; }

    public SparseRow[] JacobianCouplings { get; }

    public SparseRow Weights { get; }

    public SparseRow ErrorWeights { get; }

    /// <summary>Dense output in terms of the stages.</summary>
    public Interpolant Interpolant { get; }

    /// <summary>Where the dense output is compared with the vector field.</summary>
    public StepNodes Interior { get; }
}
