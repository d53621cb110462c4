namespace NeuralOde;

/// <summary>Euler's method: first order, one stage, no error estimate, so for fixed steps only. For comparisons and for teaching.</summary>
/// <remarks>L. Euler, Institutionum calculi integralis I (1768); Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section I.7, doi:10.1007/978-3-540-78862-1.</remarks>
internal static class Euler
{
    public static readonly ButcherTableau Tableau = new(
        order: 1,
        embeddedOrder: 1,
        nodes: [0],
        couplings: [[]],
        weights: [1],
        errorWeights: null);
}
