namespace NeuralOde;

/// <summary>Ralston's method: the two-stage second-order method with the smallest bound on its error, compared with Euler's method for the error estimate.</summary>
/// <remarks>A. Ralston, Math. Comput. 16 (1962) 431–437, doi:10.1090/S0025-5718-1962-0150954-0.</remarks>
internal static class Ralston
{
    public static readonly ButcherTableau Tableau = new(
        order: 2,
        embeddedOrder: 1,
        nodes: [0, 2d / 3],
        couplings: [[], [2d / 3]],
        weights: [1d / 4, 3d / 4],
        errorWeights: [-3d / 4, 3d / 4]);
}
