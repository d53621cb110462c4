namespace NeuralOde;

/// <summary>An explicit Runge–Kutta method as data: coefficients, orders, interpolant. The arithmetic lives in <see cref="ExplicitRungeKuttaStepper"/>.</summary>
/// <remarks>
/// Every tableau is completed to first-same-as-last form: where the method's last stage is not f at the new state, one that
/// is gets appended with weight 0. The next step needs that derivative anyway, the interpolant has both end slopes, and the
/// stepping loop and the adjoints know one kind of method only. The price is one evaluation for every rejected step.
/// </remarks>
internal sealed class ButcherTableau
{
    /// <param name="order">Order of the solution that is carried on.</param>
    /// <param name="embeddedOrder">Order of the solution it is compared with for the error; the same for a method without an estimate.</param>
    /// <param name="nodes">c_i.</param>
    /// <param name="couplings">a_ij, row i with i numbers.</param>
    /// <param name="weights">b_i.</param>
    /// <param name="errorWeights">b_i − b̂_i, or null for a method without an error estimate.</param>
    /// <param name="interpolant">Dense output, or null for the cubic Hermite polynomial through both ends.</param>
    public ButcherTableau(int order, int embeddedOrder, double[] nodes, double[][] couplings, double[] weights, double[]? errorWeights, Func<double[], Interpolant>? interpolant = null)
    {
        Order = order;
        ErrorOrder = Math.Min(order, embeddedOrder) + 1;
        bool firstSameAsLast = nodes[^1] == 1.0 && couplings[^1].AsSpan().SequenceEqual(weights.AsSpan(0, weights.Length - 1)) && weights[^1] == 0.0;
        if (!firstSameAsLast)
        {
            nodes = [.. nodes, 1.0];
            couplings = [.. couplings, weights];
            weights = [.. weights, 0.0];
            errorWeights = errorWeights is null ? null : [.. errorWeights, 0.0];
        }

        Nodes = nodes;
        Weights = weights;
        Couplings = [.. couplings.Select(SparseRow.From)];
        TransposedCouplings = [.. nodes.Select((_, j) => SparseRow.From([.. couplings.Select(row => j < row.Length ? row[j] : 0.0)]))];
        ErrorWeights = errorWeights is null ? null : SparseRow.From(errorWeights);
        Interpolant = interpolant is null ? Interpolant.Hermite(weights) : interpolant(weights);
    }

    public int Order { get; }

    /// <summary>The power of the step size that the error estimate is proportional to.</summary>
    public int ErrorOrder { get; }

    /// <summary>Stages of the completed tableau; the last is f at the new state.</summary>
    public int Stages => Nodes.Length;

    /// <summary>The stage that is f at the new state.</summary>
    public int EndStage => Nodes.Length - 1;

    public SparseRow? SecondErrorWeights => null;

    public double[] Nodes { get; }

    public double[] Weights { get; }

    /// <summary>Row i: what the state of stage i is made of.</summary>
    public SparseRow[] Couplings { get; }

    /// <summary>Row j: which later stages' states the derivative of stage j enters, for the backward pass.</summary>
    public SparseRow[] TransposedCouplings { get; }

    public SparseRow? ErrorWeights { get; }

    public Interpolant Interpolant { get; }
}

/// <summary>The non-zero coefficients of a row and where they stand.</summary>
internal sealed record SparseRow(int[] Indices, double[] Coefficients)
{
    public static SparseRow From(double[] row)
    {
        int[] indices = [.. Enumerable.Range(0, row.Length).Where(i => row[i] != 0.0)];
        return new SparseRow(indices, [.. indices.Select(i => row[i])]);
    }
}
