namespace NeuralOde;

/// <summary>
/// The points inside a step of an implicit one-step method at which its dense output is compared with the vector field, and what values and
/// slopes there are made of. The dense output that solutions see is the polynomial through the values at the nodes.
/// </summary>
internal sealed class StepNodes
{
    /// <summary>How many nodes, the first ones, say whether all have to be corrected: a dense output's error may vanish at two of them by chance.</summary>
    public const int Probes = 3;

    private static readonly double Near = 0.5 * Math.Sqrt((5.0 - 2.0 * Math.Sqrt(5.0 / 3.0)) / 11.0);
    private static readonly double Far = 0.5 * Math.Sqrt((5.0 + 2.0 * Math.Sqrt(5.0 / 3.0)) / 11.0);

    /// <param name="stages">The method's dense output in terms of its stages.</param>
    public StepNodes(Interpolant stages)
    {
        Interpolant = new NodalInterpolant(stages.Order, [.. Nodes, 1.0]);
        Values = [.. Nodes.Select(theta => ValueRow(stages, theta))];
        Slopes = [.. Nodes.Select(theta => SlopeRow(stages, theta))];
        CheckValues = [.. Checks.Select(theta => ValueRow(Interpolant, theta))];
        CheckSlopes = [.. Checks.Select(theta => SlopeRow(Interpolant, theta))];
    }

    /// <summary>θ of the nodes, the interior points of Lobatto's formula with seven points: a polynomial through values there hardly overshoots.</summary>
    public static double[] Nodes { get; } = [0.5 - Near, 0.5, 0.5 + Near, 0.5 - Far, 0.5 + Far];

    /// <summary>θ of the points between nodes at which corrections are checked.</summary>
    public static double[] Checks { get; } = [0.5 - 0.5 * Near, 0.5 + 0.5 * (Near + Far)];

    /// <summary>
    /// By how much u/h changes at every node where the slope at one probe changes by 1: quintics that leave values and slopes at both ends as they are.
    /// </summary>
    public static double[][] SlopeEffects { get; } = [.. Nodes.Select(SlopeEffectsAt)];

    /// <summary>The polynomial through the values at the start, at the nodes and, in its last row, at the end.</summary>
    public NodalInterpolant Interpolant { get; }

    /// <summary>(u(θ) − y)/h at every node, in terms of the stages.</summary>
    public SparseRow[] Values { get; }

    /// <summary>u'(θ) at every node, in terms of the stages.</summary>
    public SparseRow[] Slopes { get; }

    /// <summary>(u(θ) − y)/h at every check, in terms of the rows of <see cref="Interpolant"/>.</summary>
    public SparseRow[] CheckValues { get; }

    /// <summary>u'(θ) at every check, in terms of the rows of <see cref="Interpolant"/>.</summary>
    public SparseRow[] CheckSlopes { get; }

    private static SparseRow ValueRow(Interpolant interpolant, double theta)
    {
        var weights = new double[interpolant.Rows];
        interpolant.Weights(theta, weights);
        return SparseRow.From(weights);
    }

    private static SparseRow SlopeRow(Interpolant interpolant, double theta)
    {
        var weights = new double[interpolant.Rows];
        interpolant.DerivativeWeights(theta, weights);
        return SparseRow.From(weights);
    }

    private static double[] SlopeEffectsAt(double theta)
    {
        // In s = θ − 1/2: e(s) = (1/4 − s²)² for what slopes at the outer probes differ by, s e(s) for the slope at the middle.
        double s = theta - 0.5, even = (0.25 - s * s) * (0.25 - s * s), outer = even / (8.0 * Near * (0.25 - Near * Near));
        return [outer, 16.0 * s * even, -outer];
    }
}
