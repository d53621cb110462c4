using System.Globalization;

namespace NeuralOde;

/// <summary>How the next step size follows from the errors of the last three steps: I, PI and PID control.</summary>
/// <remarks>
/// After a step whose error is err tolerances (err ≤ 1 accepts) the step size is multiplied by
/// Safety / (err^(Beta1/p) · err_before^(Beta2/p) · err_before_that^(Beta3/p)), kept within
/// [<see cref="MinimumFactor"/>, <see cref="MaximumFactor"/>], where p is the order of the method. Well-known choices of
/// (Beta1, Beta2, Beta3):
/// <list type="table">
/// <item><term>(1, 0, 0)</term><description>integral control, the classical choice (<see cref="Integral"/>)</description></item>
/// <item><term>(0.85, −0.2, 0)</term><description>the proportional–integral controller of Hairer's DOPRI5, with its stabilization 0.04 at p = 5: the default</description></item>
/// <item><term>(0.7, −0.4, 0)</term><description>the proportional–integral controller that OrdinaryDiffEq.jl starts from (<see cref="ProportionalIntegral"/>): smoother steps, fewer rejections</description></item>
/// <item><term>(0.49, −0.34, 0.1)</term><description>the proportional–integral–derivative controller of Kennedy and Carpenter (<see cref="ProportionalIntegralDerivative"/>)</description></item>
/// </list>
/// K. Gustafsson, ACM Trans. Math. Softw. 17 (1991) 533–554, doi:10.1145/210232.210242; G. Söderlind, ACM Trans. Math.
/// Softw. 29 (2003) 1–26, doi:10.1145/641876.641877; Hairer, Nørsett, Wanner, Solving ODEs I, section II.4, and II, section IV.2.
/// </remarks>
public sealed record StepSizeController
{
    /// <summary>Integral control: only the last error counts.</summary>
    public static StepSizeController Integral { get; } = new() { Beta1 = 1.0, Beta2 = 0.0 };

    /// <summary>Proportional–integral control with (0.7, −0.4, 0): smoother steps and fewer rejections, most of all where stability limits the step.</summary>
    /// <remarks>K. Gustafsson, doi:10.1145/210232.210242.</remarks>
    public static StepSizeController ProportionalIntegral { get; } = new() { Beta1 = 0.7, Beta2 = -0.4 };

    /// <summary>Proportional–integral–derivative control with (0.49, −0.34, 0.1).</summary>
    /// <remarks>C. A. Kennedy, M. H. Carpenter, Appl. Numer. Math. 44 (2003) 139–181, doi:10.1016/S0168-9274(02)00138-1.</remarks>
    public static StepSizeController ProportionalIntegralDerivative { get; } = new() { Beta1 = 0.49, Beta2 = -0.34, Beta3 = 0.1 };

    /// <summary>
    /// Step for step the control of Hairer's DOPRI5: (0.85, −0.2, 0), which is his β = 0.04 at p = 5, his limits, and his first step. For comparisons
    /// with other programs.
    /// </summary>
    /// <remarks>
    /// Hairer, Nørsett, Wanner, Solving ODEs I, appendix; doi:10.1007/978-3-540-78862-1. His program counts rejected steps only once a step has been
    /// accepted (NREJCT grows where NACCPT ≥ 1), <see cref="OdeStatistics.RejectedSteps"/> counts all: on the Arenstorf orbit with tolerances of 1e-7 both make 240
    /// steps with 1442 evaluations and accept 216; his program reports 22 rejections, this library 24, of which two lie before the first accepted step.
    /// </remarks>
    public static StepSizeController Hairer { get; } = new() { SumsInFirstStep = true, CountsFirstError = true };

    /// <summary>Weight of the last step's error, positive.</summary>
    public double Beta1 { get; init; } = 0.85;

    /// <summary>Weight of the error of the step before.</summary>
    public double Beta2 { get; init; } = -0.2;

    /// <summary>Weight of the error of the step before that.</summary>
    public double Beta3 { get; init; }

    /// <summary>How much smaller than the optimal step the next one is, 0 &lt; Safety ≤ 1.</summary>
    public double Safety { get; init; } = 0.9;

    /// <summary>The most a step shrinks at once, in (0, 1). A step that met a number that is not finite shrinks by this.</summary>
    public double MinimumFactor { get; init; } = 0.2;

    /// <summary>The most a step grows at once, at least 1.</summary>
    public double MaximumFactor { get; init; } = 10.0;

    /// <summary>
    /// Whether the norms behind the first step's length are roots of sums over the components instead of means, as in Hairer's programs: a shorter first step
    /// for larger systems. Only with <see cref="ErrorNorm.RootMeanSquare"/>. False unless said otherwise.
    /// </summary>
    public bool SumsInFirstStep { get; init; }

    /// <summary>
    /// Whether the first step's error counts in the steps after the next, and 1e-4 stands for the one before it, as in Hairer's programs. False unless said
    /// otherwise: the first step's length is a careful guess, its error small and no sign of a trend, and taken for one it would hold the next steps back.
    /// </summary>
    public bool CountsFirstError { get; init; }

    /// <summary>What stands for the error before the first.</summary>
    internal double ErrorBeforeFirst => CountsFirstError ? StepControl.SmallestPreviousError : 1.0;

    internal void Validate()
    {
        if (!IsStable)
        {
            throw new ArgumentOutOfRangeException(nameof(Beta1), Beta1, string.Create(CultureInfo.InvariantCulture,
                $"Beta1 = {Beta1:R}, Beta2 = {Beta2:R}, Beta3 = {Beta3:R} is no controller: its step sizes would run away even for an error exactly proportional to a power of the step."));
        }

        if (!(Safety > 0.0 && Safety <= 1.0))
            throw new ArgumentOutOfRangeException(nameof(Safety), Safety, "Safety must be above 0 and at most 1.");
        if (!(MinimumFactor > 0.0 && MinimumFactor < 1.0))
            throw new ArgumentOutOfRangeException(nameof(MinimumFactor), MinimumFactor, "MinimumFactor must be between 0 and 1.");
        if (!(MaximumFactor >= 1.0) || !double.IsFinite(MaximumFactor))
            throw new ArgumentOutOfRangeException(nameof(MaximumFactor), MaximumFactor, "MaximumFactor must be finite and at least 1.");
    }

    /// <summary>
    /// With err proportional to h^p, log h obeys a linear recursion with characteristic polynomial
    /// z³ + (Beta1 − 1) z² + Beta2 z + Beta3; Jury's conditions say whether all roots lie inside the unit circle. A NaN fails them. The last error must count.
    /// </summary>
    private bool IsStable =>
        Beta1 > 0.0
        && Beta1 + Beta2 + Beta3 > 0.0
        && 2.0 - Beta1 + Beta2 - Beta3 > 0.0
        && Math.Abs(Beta3) < 1.0
        && Math.Abs(Beta2 - (Beta1 - 1.0) * Beta3) < 1.0 - Beta3 * Beta3;
}
