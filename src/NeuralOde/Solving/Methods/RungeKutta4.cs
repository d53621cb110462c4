namespace NeuralOde;

/// <summary>The classical Runge–Kutta method: fourth order, four stages, no error estimate, so for fixed steps only; cubic Hermite interpolant.</summary>
/// <remarks>W. Kutta, Z. Math. Phys. 46 (1901) 435–453; Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, table II.1.2, doi:10.1007/978-3-540-78862-1.</remarks>
internal static class RungeKutta4
{
    public static readonly ButcherTableau Tableau = new(
        order: 4,
        embeddedOrder: 4,
        nodes: [0, 1d / 2, 1d / 2, 1],
        couplings: [[], [1d / 2], [0, 1d / 2], [0, 0, 1]],
        weights: [1d / 6, 1d / 3, 1d / 3, 1d / 6],
        errorWeights: null);
}
