namespace NeuralOde;

/// <summary>
/// Kværnø's ESDIRK 5(4): fifth order with an embedded fourth that is its sixth stage, seven stages of which the first is explicit, both
/// solutions stiffly accurate and L-stable. Its third stage lies behind the end of the step.
/// </summary>
/// <remarks>
/// A. Kværnø, Singly diagonally implicit Runge–Kutta methods with an explicit first stage, BIT Numer. Math. 44 (2004) 489–502,
/// doi:10.1023/B:BITN.0000046811.70614.38. The dense output is ours: the quartic that is continuously differentiable and meets the
/// conditions of fourth order with the smallest weights.
/// </remarks>
internal static class Kvaerno5
{
    private const double Diagonal = 0.26;

    public static readonly EsdirkTableau Tableau = new(
        order: 5,
        embeddedOrder: 4,
        couplings:
        [
            [],
            [Diagonal, Diagonal],
            [0.13, 0.84033320996790809, Diagonal],
            [0.22371961478320505, 0.47675532319799699, -0.06470895363112615, Diagonal],
            [0.16648564323248321, 0.10450018841591720, 0.03631482272098715, -0.13090704451073998, Diagonal],
            [0.13855640231268224, 0.0, -0.04245337201752043, 0.02446657898003141, 0.61943039072480676, Diagonal],
            [0.13659751177640291, 0.0, -0.05496908796538376, -0.04118626728321046, 0.62993304899016403, 0.06962479448202728, Diagonal],
        ],
        embeddedWeights: [0.13855640231268224, 0.0, -0.04245337201752043, 0.02446657898003141, 0.61943039072480676, Diagonal, 0.0],
        interpolantOrder: 4,
        interpolantCorrections:
        [
            [
                -0.48424934964585914, 0.0, 0.9921747011803461, -0.6241080331021561, 1.380100427378425, -0.6319588729053779,
                -0.631958872905378,
            ],
        ]);
}
