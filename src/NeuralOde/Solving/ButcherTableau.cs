namespace NeuralOde;

/// <summary>An explicit Runge–Kutta method as data: coefficients, orders, interpolant. The arithmetic lives in <see cref="ExplicitRungeKuttaStepper"/>.</summary>
/// <remarks>
/// Every tableau is completed to first-same-as-last form: where the method's last stage is not f at the new state, one that
/// is gets appended with weight 0. The next step needs that derivative anyway, the interpolant has both end slopes, and the
/// stepping loop and the adjoints know one kind of method only. The price is one evaluation for every rejected step.
/// Stages behind that one serve the interpolant alone: nobody needs them in a step in which there is nothing to interpolate.
/// </remarks>
internal sealed class ButcherTableau
{
    /// <param name="order">Order of the solution that is carried on.</param>
    /// <param name="embeddedOrder">Order of the solution it is compared with for the error; the same for a method without an estimate.</param>
    /// <param name="nodes">c_i.</param>
    /// <param name="couplings">a_ij, row i with i numbers.</param>
    /// <param name="weights">b_i.</param>
    /// <param name="errorWeights">b_i − b̂_i, or null for a method without an error estimate.</param>
    /// <param name="secondErrorWeights">b_i − b̃_i for a second, cruder estimate that the first is taken together with, or null.</param>
    /// <param name="secondEmbeddedOrder">Order of b̃; lower than <paramref name="embeddedOrder"/>.</param>
    /// <param name="extraNodes">c_i of stages for the interpolant alone, or null.</param>
    /// <param name="extraCouplings">Their a_ij, which may use all stages before them, also the one at the new state.</param>
    /// <param name="interpolantOrder">Order of the dense output; null for that of the cubic Hermite polynomial through both ends.</param>
    /// <param name="interpolantCorrections">What the dense output adds to that polynomial, see <see cref="HermiteInterpolant"/>; a number per stage in every row.</param>
    public ButcherTableau(int order, int embeddedOrder, double[] nodes, double[][] couplings, double[] weights, double[]? errorWeights,
        double[]? secondErrorWeights = null, int secondEmbeddedOrder = 0, double[]? extraNodes = null, double[][]? extraCouplings = null,
        int? interpolantOrder = null, double[][]? interpolantCorrections = null)
    {
        Order = order;
        // The two estimates e, ẽ together give e²/√(e² + ẽ²/100), which is as small as e²/ẽ for small steps.
        ErrorOrder = secondErrorWeights is null ? Math.Min(order, embeddedOrder) + 1 : 2 * (embeddedOrder + 1) - (secondEmbeddedOrder + 1);
        if (!IsFirstSameAsLast(nodes, couplings, weights))
        {
            nodes = [.. nodes, 1.0];
            couplings = [.. couplings, weights];
        }

        EndStage = nodes.Length - 1;
        Nodes = [.. nodes, .. extraNodes ?? []];
        couplings = [.. couplings, .. extraCouplings ?? []];
        Weights = PerStage(weights);
        Couplings = [.. couplings.Select(SparseRow.From)];
        TransposedCouplings = SparseRow.Transpose(Couplings, Nodes.Length);
        ErrorWeights = errorWeights is null ? null : SparseRow.From(errorWeights);
        SecondErrorWeights = secondErrorWeights is null ? null : SparseRow.From(secondErrorWeights);
        UnweightedStages = [.. Enumerable.Range(0, EndStage + 1).Where(stage => Weights[stage] == 0.0 && ErrorWeights?.Indices.Contains(stage) != true)];
        // Through ends of local error O(h^(order+1)) no polynomial is more accurate than they are.
        Interpolant = new HermiteInterpolant(interpolantOrder ?? Math.Min(order, 3), Weights, EndStage, [.. (interpolantCorrections ?? []).Select(PerStage)]);
    }

    public int Order { get; }

    /// <summary>The power of the step size that the error estimate is proportional to.</summary>
    public int ErrorOrder { get; }

    /// <summary>Stages of the completed tableau, those for the interpolant alone included.</summary>
    public int Stages => Nodes.Length;

    /// <summary>The stage whose state is the new state and whose derivative is the first of the next step.</summary>
    public int EndStage { get; }

    /// <summary>Whether there are stages behind <see cref="EndStage"/>, for the interpolant alone.</summary>
    public bool HasExtraStages => EndStage < Stages - 1;

    public double[] Nodes { get; }

    public double[] Weights { get; }

    /// <summary>Row i: what the state of stage i is made of.</summary>
    public SparseRow[] Couplings { get; }

    /// <summary>Row j: which later stages' states the derivative of stage j enters, for the backward pass.</summary>
    public SparseRow[] TransposedCouplings { get; }

    public SparseRow? ErrorWeights { get; }

    /// <summary>A second estimate ẽ, if the method has one: its error is e²/√(e² + ẽ²/100) with both in the norm of the tolerances.</summary>
    public SparseRow? SecondErrorWeights { get; }

    /// <summary>Stages up to the end that neither the new state nor its error is made of.</summary>
    public int[] UnweightedStages { get; }

    public Interpolant Interpolant { get; }

    private static bool IsFirstSameAsLast(double[] nodes, double[][] couplings, double[] weights) =>
        nodes[^1] == 1.0 && couplings[^1].AsSpan().SequenceEqual(weights.AsSpan(0, weights.Length - 1)) && weights[^1] == 0.0;

    /// <summary>Stages that are not spoken of have a 0.</summary>
    private double[] PerStage(double[] values) => [.. values, .. new double[Stages - values.Length]];
}

/// <summary>The non-zero coefficients of a row and where they stand.</summary>
internal sealed record SparseRow(int[] Indices, double[] Coefficients)
{
    public static SparseRow From(double[] row)
    {
        int[] indices = [.. Enumerable.Range(0, row.Length).Where(i => row[i] != 0.0)];
        return new SparseRow(indices, [.. indices.Select(i => row[i])]);
    }

    /// <summary>The columns of a matrix of rows, as rows.</summary>
    public static SparseRow[] Transpose(SparseRow[] rows, int columns)
    {
        var transposed = new (List<int> Indices, List<double> Coefficients)[columns];
        for (int j = 0; j < columns; j++)
            transposed[j] = ([], []);
        for (int i = 0; i < rows.Length; i++)
        {
            for (int k = 0; k < rows[i].Indices.Length; k++)
            {
                (List<int> indices, List<double> coefficients) = transposed[rows[i].Indices[k]];
                indices.Add(i);
                coefficients.Add(rows[i].Coefficients[k]);
            }
        }

        return [.. transposed.Select(row => new SparseRow([.. row.Indices], [.. row.Coefficients]))];
    }
}
