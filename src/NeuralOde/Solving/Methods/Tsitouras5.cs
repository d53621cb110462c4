namespace NeuralOde;

/// <summary>
/// Tsitouras 5(4): fifth order, seven stages, first-same-as-last, fourth-order continuously differentiable interpolant at no
/// extra cost. Usually a little more accurate than <see cref="DormandPrince5"/> for the same work.
/// </summary>
/// <remarks>
/// C. Tsitouras, Comput. Math. Appl. 62 (2011) 770–775, doi:10.1016/j.camwa.2011.06.002. Its interpolant is the quartic whose
/// coefficients of θ⁴ are the corrections below; being continuously differentiable, it has no other freedom.
/// </remarks>
internal static class Tsitouras5
{
    public static readonly ButcherTableau Tableau = new(
        order: 5,
        embeddedOrder: 4,
        nodes: [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1],
        couplings:
        [
            [],
            [0.161],
            [-0.008480655492356989, 0.335480655492357],
            [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
            [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
            [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
            [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
        ],
        weights: [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0],
        errorWeights:
        [
            -0.00178001105222577714, -0.0008164344596567469, 0.007880878010261995, -0.1447110071732629, 0.5823571654525552,
            -0.45808210592918697, 1d / 66,
        ],
        poleStages: [0, 2, 3, 6],
        interpolantOrder: 4,
        interpolantCorrections:
        [
            [
                -1.0530884977290216, 0.1017, 2.490627285651252793, -16.54810288924490272, 47.37952196281928122,
                -34.87065786149660974, 2.5,
            ],
        ]);
}
