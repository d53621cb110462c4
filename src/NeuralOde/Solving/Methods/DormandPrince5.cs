namespace NeuralOde;

/// <summary>Dormand–Prince 5(4): fifth order, seven stages, first-same-as-last, fourth-order continuously differentiable interpolant.</summary>
/// <remarks>
/// J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19–26, doi:10.1016/0771-050X(80)90013-3. Error weights as in
/// MATLAB's ode45 (Shampine &amp; Reichelt 1997, doi:10.1137/S1064827594276424); interpolant of Hairer, Nørsett, Wanner,
/// Solving Ordinary Differential Equations I, section II.6.
/// </remarks>
internal static class DormandPrince5
{
    public static readonly ButcherTableau Tableau = new(
        order: 5,
        embeddedOrder: 4,
        nodes: [0, 1d / 5, 3d / 10, 4d / 5, 8d / 9, 1, 1],
        couplings:
        [
            [],
            [1d / 5],
            [3d / 40, 9d / 40],
            [44d / 45, -56d / 15, 32d / 9],
            [19372d / 6561, -25360d / 2187, 64448d / 6561, -212d / 729],
            [9017d / 3168, -355d / 33, 46732d / 5247, 49d / 176, -5103d / 18656],
            [35d / 384, 0, 500d / 1113, 125d / 192, -2187d / 6784, 11d / 84],
        ],
        weights: [35d / 384, 0, 500d / 1113, 125d / 192, -2187d / 6784, 11d / 84, 0],
        errorWeights: [71d / 57600, 0, -71d / 16695, 71d / 1920, -17253d / 339200, 22d / 525, -1d / 40],
        poleStages: [0, 2, 3, 6],
        interpolantOrder: 4,
        interpolantCorrections:
        [
            [
                -12715105075d / 11282082432, 0, 87487479700d / 32700410799, -10690763975d / 1880347072,
                701980252875d / 199316789632, -1453857185d / 822651844, 69997945d / 29380423,
            ],
        ]);
}
