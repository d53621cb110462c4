namespace NeuralOde;

/// <summary>
/// A singly diagonally implicit Runge–Kutta method with an explicit first stage, stiffly accurate: its last stage is the new
/// state, so that the slope there is known when the step is made. The arithmetic lives in <see cref="EsdirkStepper"/>.
/// </summary>
internal sealed class EsdirkTableau
{
    // A stage's slope is guessed by a parabola through the slopes before it.
    private const int PredictorTerms = 3;

    /// <param name="order">Order of the solution that is carried on.</param>
    /// <param name="embeddedOrder">Order of the solution it is compared with.</param>
    /// <param name="couplings">a_ij, row i with i + 1 numbers; the first is empty, the last the weights, and all but the first end with the same γ.</param>
    /// <param name="embeddedWeights">b̂_i.</param>
    /// <param name="interpolantOrder">Order of the dense output.</param>
    /// <param name="interpolantCorrections">What the dense output adds to the cubic Hermite polynomial, see <see cref="HermiteInterpolant"/>.</param>
    public EsdirkTableau(int order, int embeddedOrder, double[][] couplings, double[] embeddedWeights,
        int interpolantOrder, double[][] interpolantCorrections)
    {
        Order = order;
        ErrorOrder = Math.Min(order, embeddedOrder) + 1;
        // Where rounded coefficients should sum up to 1, the stage lies at the end of the step.
        Nodes = [.. couplings.Select(row => Math.Abs(row.Sum() - 1.0) < 1e-12 ? 1.0 : row.Sum())];
        Weights = couplings[^1];
        EmbeddedWeights = embeddedWeights;
        EmbeddedIsStage = couplings.Any(row => row.Length > 0 && embeddedWeights.Take(row.Length).SequenceEqual(row) && embeddedWeights.Skip(row.Length).All(weight => weight == 0.0));
        Diagonal = Weights[^1];
        Couplings = [.. couplings.Select(SparseRow.From)];
        Predictors = [.. couplings.Select((_, i) => SparseRow.From(Predictor(Nodes, i)))];
        ErrorWeights = SparseRow.From([.. Weights.Zip(embeddedWeights, (b, embedded) => b - embedded)]);
        Interpolant = new HermiteInterpolant(interpolantOrder, Weights, Stages - 1, interpolantCorrections);
        Interior = new StepNodes(Interpolant);
    }

    public int Order { get; }

    /// <summary>The power of the step size that the error estimate is proportional to.</summary>
    public int ErrorOrder { get; }

    public int Stages => Nodes.Length;

    public double[] Nodes { get; }

    public double[] Weights { get; }

    public double[] EmbeddedWeights { get; }

    /// <summary>Whether the solution that is compared with is the state of a stage.</summary>
    public bool EmbeddedIsStage { get; }

    /// <summary>γ.</summary>
    public double Diagonal { get; }

    /// <summary>Row i: what the state of stage i is made of, its own slope included.</summary>
    public SparseRow[] Couplings { get; }

    /// <summary>Row i: what the slope of stage i is first taken for, made of the slopes before it.</summary>
    public SparseRow[] Predictors { get; }

    public SparseRow ErrorWeights { get; }

    /// <summary>Dense output in terms of the stages.</summary>
    public Interpolant Interpolant { get; }

    /// <summary>Where the dense output is compared with the vector field.</summary>
    public StepNodes Interior { get; }

    /// <summary>The smallest weights, in the sense of least squares, that are right for slopes that are polynomials of low degree in time.</summary>
    private static double[] Predictor(double[] nodes, int stage)
    {
        int terms = Math.Min(stage, PredictorTerms);
        var matrix = new double[terms * terms];
        var multipliers = new double[terms];
        for (int p = 0; p < terms; p++)
        {
            multipliers[p] = Math.Pow(nodes[stage], p);
            for (int q = 0; q < terms; q++)
                matrix[p * terms + q] = nodes.Take(stage).Sum(c => Math.Pow(c, p + q));
        }

        var pivots = new int[terms];
        LuKernels.Widest.Factor(matrix, pivots);
        LuKernels.Widest.Solve(matrix, pivots, multipliers);
        return [.. nodes.Take(stage).Select(c => multipliers.Select((multiplier, p) => multiplier * Math.Pow(c, p)).Sum())];
    }
}
