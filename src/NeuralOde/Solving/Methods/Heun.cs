namespace NeuralOde;

/// <summary>Heun's method 2(1), the explicit trapezoidal rule: second order, two stages, compared with Euler's method for the error.</summary>
/// <remarks>
/// K. Heun, Z. Math. Phys. 45 (1900) 23–38; Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section II.1,
/// doi:10.1007/978-3-540-78862-1.
/// </remarks>
internal static class Heun
{
    public static readonly ButcherTableau Tableau = new(
        order: 2,
        embeddedOrder: 1,
        nodes: [0, 1],
        couplings: [[], [1]],
        weights: [1d / 2, 1d / 2],
        errorWeights: [-1d / 2, 1d / 2]);
}
