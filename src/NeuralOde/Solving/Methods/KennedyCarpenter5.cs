namespace NeuralOde;

/// <summary>
/// ESDIRK5(4)7L[2]SA of Kennedy and Carpenter: fifth order with an embedded fourth, seven stages of which the first is
/// explicit, L-stable, stage order two, all stages within the step.
/// </summary>
/// <remarks>
/// C. A. Kennedy, M. H. Carpenter, Diagonally implicit Runge–Kutta methods for ordinary differential equations. A review,
/// NASA/TM–2016–219173; and Diagonally implicit Runge–Kutta methods for stiff ODEs, Appl. Numer. Math. 146 (2019) 221–244,
/// doi:10.1016/j.apnum.2019.07.008. The dense output is ours: the quartic that is continuously differentiable and meets the
/// conditions of fourth order, its freedom spent on small terms of fifth order.
/// </remarks>
internal static class KennedyCarpenter5
{
    private const double Diagonal = 23d / 125;

    public static readonly EsdirkTableau Tableau = new(
        order: 5,
        embeddedOrder: 4,
        couplings:
        [
            [],
            [Diagonal, Diagonal],
            [791020047304d / 3561426431547, 791020047304d / 3561426431547, Diagonal],
            [-158159076358d / 11257294102345, -158159076358d / 11257294102345, -85517644447d / 5003708988389, Diagonal],
            [
                -1653327111580d / 4048416487981, -1653327111580d / 4048416487981, 1514767744496d / 9099671765375,
                14283835447591d / 12247432691556, Diagonal,
            ],
            [
                -4540011970825d / 8418487046959, -4540011970825d / 8418487046959, -1790937573418d / 7393406387169,
                10819093665085d / 7266595846747, 4109463131231d / 7386972500302, Diagonal,
            ],
            [
                -188593204321d / 4778616380481, -188593204321d / 4778616380481, 2809310203510d / 10304234040467,
                1021729336898d / 2364210264653, 870612361811d / 2470410392208, -1307970675534d / 8059683598661, Diagonal,
            ],
        ],
        embeddedWeights:
        [
            -582099335757d / 7214068459310, -582099335757d / 7214068459310, 615023338567d / 3362626566945,
            3192122436311d / 6174152374399, 6156034052041d / 14430468657929, -1011318518279d / 9693750372484,
            1914490192573d / 13754262428401,
        ],
        interpolantOrder: 4,
        interpolantCorrections:
        [
            [
                -1.7840189105325983, 2.2741692967480196, -1.2498594854506706, 1.709729474587018, -2.543168133481803,
                1.114093670012907, 0.47905408811712785,
            ],
        ]);
}
