namespace NeuralOde;

/// <summary>Kutta's 3/8 rule: fourth order, four stages, no error estimate, so for fixed steps only; often a little more accurate than <see cref="RungeKutta4"/>.</summary>
/// <remarks>
/// W. Kutta, Z. Math. Phys. 46 (1901) 435–453; Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I,
/// table II.1.2, doi:10.1007/978-3-540-78862-1.
/// </remarks>
internal static class ThreeEighthsRule
{
    public static readonly ButcherTableau Tableau = new(
        order: 4,
        embeddedOrder: 4,
        nodes: [0, 1d / 3, 2d / 3, 1],
        couplings: [[], [1d / 3], [-1d / 3, 1], [1, -1, 1]],
        weights: [1d / 8, 3d / 8, 3d / 8, 1d / 8],
        errorWeights: null);
}
