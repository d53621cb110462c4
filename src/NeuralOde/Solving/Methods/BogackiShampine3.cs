namespace NeuralOde;

/// <summary>Bogacki–Shampine 3(2): third order, four stages, first-same-as-last, cubic Hermite interpolant. For loose tolerances (≥ 1e-3) and cheap right-hand sides.</summary>
/// <remarks>P. Bogacki, L. F. Shampine, Appl. Math. Lett. 2 (1989) 321–325, doi:10.1016/0893-9659(89)90079-7.</remarks>
internal static class BogackiShampine3
{
    public static readonly ButcherTableau Tableau = new(
        order: 3,
        embeddedOrder: 2,
        nodes: [0, 1d / 2, 3d / 4, 1],
        couplings: [[], [1d / 2], [0, 3d / 4], [2d / 9, 1d / 3, 4d / 9]],
        weights: [2d / 9, 1d / 3, 4d / 9, 0],
        errorWeights: [2d / 9 - 7d / 24, 1d / 3 - 1d / 4, 4d / 9 - 1d / 3, -1d / 8]);
}
