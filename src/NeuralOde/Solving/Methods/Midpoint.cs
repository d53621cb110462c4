namespace NeuralOde;

/// <summary>The explicit midpoint rule: second order, two stages, compared with Euler's method for the error.</summary>
/// <remarks>C. Runge, Math. Ann. 46 (1895) 167–178, doi:10.1007/BF01446807.</remarks>
internal static class Midpoint
{
    public static readonly ButcherTableau Tableau = new(
        order: 2,
        embeddedOrder: 1,
        nodes: [0, 1d / 2],
        couplings: [[], [1d / 2]],
        weights: [0, 1],
        errorWeights: [-1, 1]);
}
