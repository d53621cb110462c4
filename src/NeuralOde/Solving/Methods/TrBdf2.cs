namespace NeuralOde;

/// <summary>
/// TR-BDF2: the trapezoidal rule to 2 − √2 of the step, then the second-order backward difference formula; second order, three
/// stages of which the first is explicit, L-stable, with an error estimate of third order.
/// </summary>
/// <remarks>
/// R. E. Bank et al., IEEE Trans. Electron Devices 32 (1985) 1992–2007, doi:10.1109/T-ED.1985.22232, in the form of
/// M. E. Hosea, L. F. Shampine, Appl. Numer. Math. 20 (1996) 21–37, doi:10.1016/0168-9274(95)00115-8.
/// </remarks>
internal static class TrBdf2
{
    private static readonly double Root2 = Math.Sqrt(2.0);
    private static readonly double Diagonal = 1.0 - Root2 / 2.0;
    private static readonly double Weight = Root2 / 4.0;

    public static readonly EsdirkTableau Tableau = new(
        order: 2,
        embeddedOrder: 3,
        couplings:
        [
            [],
            [Diagonal, Diagonal],
            [Weight, Weight, Diagonal],
        ],
        embeddedWeights: [(1.0 - Weight) / 3.0, (3.0 * Weight + 1.0) / 3.0, Diagonal / 3.0],
        interpolantOrder: 2,
        interpolantCorrections: []);
}
