using System.Globalization;

namespace NeuralOde;

/// <summary>How the next step size follows from the error of the last two steps.</summary>
/// <remarks>
/// After a step whose error is err tolerances (err ≤ 1 accepts), the step size is multiplied by
/// Safety · err_previous^Beta / err^(1/p − 0.75 Beta), kept within [<see cref="MinimumFactor"/>, <see cref="MaximumFactor"/>],
/// where p is the order of the method. Beta = 0 is the classical integral controller; the default 0.04 is the
/// proportional–integral controller of Hairer's DOPRI5, which rejects fewer steps (K. Gustafsson, ACM Trans. Math. Softw. 17
/// (1991) 533–554, doi:10.1145/210232.210242; Hairer, Nørsett, Wanner, Solving ODEs I, section II.4, and II, section IV.2).
/// </remarks>
public sealed record StepSizeController
{
    /// <summary>Weight of the previous error, 0 ≤ Beta ≤ 0.2 and below 1/(1.75 p), from where on step sizes would run away: 0.114 for order p = 5.</summary>
    public double Beta { get; init; } = 0.04;

    /// <summary>How much smaller than the optimal step the next one is, 0 &lt; Safety ≤ 1.</summary>
    public double Safety { get; init; } = 0.9;

    /// <summary>The most a step shrinks at once, in (0, 1). A step that met a number that is not finite shrinks by this.</summary>
    public double MinimumFactor { get; init; } = 0.2;

    /// <summary>The most a step grows at once, at least 1.</summary>
    public double MaximumFactor { get; init; } = 10.0;

    internal void Validate(OdeMethod method)
    {
        if (!(Beta >= 0.0 && Beta <= 0.2))
            throw new ArgumentOutOfRangeException(nameof(Beta), Beta, "Beta must be between 0 and 0.2.");
        // log h' = (1 − p a) log h + p Beta log h_previous with a = 1/p − 0.75 Beta (up to constants) diverges for Beta ≥ a.
        double limit = 1.0 / (1.75 * method.Order);
        if (Beta >= limit)
            throw new ArgumentOutOfRangeException(nameof(Beta), Beta, string.Create(CultureInfo.InvariantCulture, $"Beta must be below {limit:g3} for {method}."));
        if (!(Safety > 0.0 && Safety <= 1.0))
            throw new ArgumentOutOfRangeException(nameof(Safety), Safety, "Safety must be above 0 and at most 1.");
        if (!(MinimumFactor > 0.0 && MinimumFactor < 1.0))
            throw new ArgumentOutOfRangeException(nameof(MinimumFactor), MinimumFactor, "MinimumFactor must be between 0 and 1.");
        if (!(MaximumFactor >= 1.0) || !double.IsFinite(MaximumFactor))
            throw new ArgumentOutOfRangeException(nameof(MaximumFactor), MaximumFactor, "MaximumFactor must be finite and at least 1.");
    }
}
