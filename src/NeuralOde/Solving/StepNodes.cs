namespace NeuralOde;

/// <summary>
/// The points inside a step of an implicit one-step method at which its dense output is compared with the vector field, and what values and
/// slopes there are made of. The dense output that solutions see is the polynomial through the values at the nodes.
/// </summary>
internal sealed class StepNodes
{
    // The interior points of the Lobatto formula with seven nodes: a polynomial through values there hardly overshoots.
    private static readonly double[] Inner =
    [
        0.5 - 0.5 * Math.Sqrt((5.0 + 2.0 * Math.Sqrt(5.0 / 3.0)) / 11.0), 0.5 - 0.5 * Math.Sqrt((5.0 - 2.0 * Math.Sqrt(5.0 / 3.0)) / 11.0), 0.5,
        0.5 + 0.5 * Math.Sqrt((5.0 - 2.0 * Math.Sqrt(5.0 / 3.0)) / 11.0), 0.5 + 0.5 * Math.Sqrt((5.0 + 2.0 * Math.Sqrt(5.0 / 3.0)) / 11.0),
    ];

    /// <param name="stages">The method's dense output in terms of its stages.</param>
    public StepNodes(Interpolant stages)
    {
        Interpolant = new NodalInterpolant(stages.Order, [.. Inner, 1.0]);
        Values = [.. Inner.Append(1.0).Select(theta => Row(stages.Rows, weights => stages.Weights(theta, weights)))];
        Slopes = [.. Inner.Select(theta => Row(stages.Rows, weights => stages.DerivativeWeights(theta, weights)))];
        CheckValues = [.. Checks.Select(theta => Row(Interpolant.Rows, weights => Interpolant.Weights(theta, weights)))];
        CheckSlopes = [.. Checks.Select(theta => Row(Interpolant.Rows, weights => Interpolant.DerivativeWeights(theta, weights)))];
    }

    /// <summary>The polynomial through the values at the nodes.</summary>
    public NodalInterpolant Interpolant { get; }

    /// <summary>θ of the nodes inside the step.</summary>
    public static ReadOnlySpan<double> Nodes => Inner;

    /// <summary>The nodes that are looked at first.</summary>
    public static int[] Probes { get; } = [1, 2, 3];

    /// <summary>Where the polynomial through corrected values is looked at: between nodes.</summary>
    public static double[] Checks { get; } = [0.5 * (Inner[1] + Inner[2]), 0.5 * (Inner[3] + Inner[4])];

    /// <summary>(u(θ) − y)/h at every node and at the end, in terms of the stages.</summary>
    public SparseRow[] Values { get; }

    /// <summary>u'(θ) at every node, in terms of the stages.</summary>
    public SparseRow[] Slopes { get; }

    /// <summary>(u(θ) − y)/h at every check, in terms of the rows of <see cref="Interpolant"/>.</summary>
    public SparseRow[] CheckValues { get; }

    /// <summary>u'(θ) at every check, in terms of the rows of <see cref="Interpolant"/>.</summary>
    public SparseRow[] CheckSlopes { get; }

    private static SparseRow Row(int length, WeightsOf weightsOf)
    {
        var weights = new double[length];
        weightsOf(weights);
        return SparseRow.From(weights);
    }

    private delegate void WeightsOf(Span<double> weights);
}
