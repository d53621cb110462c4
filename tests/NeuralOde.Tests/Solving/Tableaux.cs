namespace NeuralOde.Tests.Solving;

/// <summary>Tableaux of the library as plain arrays, and tableaux that users might write.</summary>
internal static class Tableaux
{
    /// <summary>Kutta's method of third order with the midpoint rule inside: needs to be completed to first-same-as-last.</summary>
    public static OdeMethod Kutta3 { get; } = OdeMethod.FromTableau("Kutta3", 3, [0, 0.5, 1], [[], [0.5], [-1, 2]], [1d / 6, 2d / 3, 1d / 6], [0, 1, 0], 2);

    /// <summary>The pair of Cash and Karp, ACM Trans. Math. Softw. 16 (1990) 201–222, doi:10.1145/79505.79507.</summary>
    public static OdeMethod CashKarp5 { get; } = OdeMethod.FromTableau("Cash-Karp", 5,
        nodes: [0, 1d / 5, 3d / 10, 3d / 5, 1, 7d / 8],
        couplings:
        [
            [],
            [1d / 5],
            [3d / 40, 9d / 40],
            [3d / 10, -9d / 10, 6d / 5],
            [-11d / 54, 5d / 2, -70d / 27, 35d / 27],
            [1631d / 55296, 175d / 512, 575d / 13824, 44275d / 110592, 253d / 4096],
        ],
        weights: [37d / 378, 0, 250d / 621, 125d / 594, 0, 512d / 1771],
        embeddedWeights: [2825d / 27648, 0, 18575d / 48384, 13525d / 55296, 277d / 14336, 1d / 4],
        embeddedOrder: 4);

    /// <summary>a_ij of all stages, the completing and the interpolant's ones included.</summary>
    public static double[][] Couplings(ButcherTableau tableau) => [.. tableau.Couplings.Select(row => Dense(row, tableau.Stages))];

    /// <summary>The weights of the solution that an error estimate compares with.</summary>
    public static double[] EmbeddedWeights(ButcherTableau tableau, SparseRow errorWeights) =>
        [.. tableau.Weights.Zip(Dense(errorWeights, tableau.Stages), (b, error) => b - error)];

    /// <summary>A row with its zeros.</summary>
    public static double[] Dense(SparseRow row, int length)
    {
        var values = new double[length];
        foreach ((int index, double coefficient) in row.Indices.Zip(row.Coefficients))
            values[index] = coefficient;
        return values;
    }
}
