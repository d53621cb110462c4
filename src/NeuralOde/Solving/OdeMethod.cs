namespace NeuralOde;

/// <summary>An integration method. Runge–Kutta methods are data, and <see cref="FromTableau"/> makes more of them.</summary>
public sealed class OdeMethod
{
    private const int LongestName = 80;

    private readonly Func<SolveContext, Stepper> _createStepper;

    /// <summary>An explicit Runge–Kutta method.</summary>
    internal OdeMethod(string name, ButcherTableau tableau)
    {
        Name = name;
        Order = tableau.Order;
        InterpolantOrder = tableau.Interpolant.Order;
        IsAdaptive = tableau.ErrorWeights is not null;
        Tableau = tableau;
        _createStepper = context => new ExplicitRungeKuttaStepper(context, tableau);
    }

    /// <summary>A diagonally implicit Runge–Kutta method, for stiff problems.</summary>
    internal OdeMethod(string name, EsdirkTableau tableau)
        : this(name, tableau.Order, tableau.Interpolant.Order, context => new EsdirkStepper(context, tableau)) => IsStiff = true;

    /// <summary>A Rosenbrock method, for stiff problems.</summary>
    internal OdeMethod(string name, RosenbrockTableau tableau)
        : this(name, tableau.Order, tableau.Interpolant.Order, context => new RosenbrockStepper(context, tableau)) => IsStiff = true;

    /// <summary>A method with a stepper of its own.</summary>
    internal OdeMethod(string name, int order, int interpolantOrder, Func<SolveContext, Stepper> createStepper)
    {
        Name = name;
        Order = order;
        InterpolantOrder = interpolantOrder;
        IsAdaptive = true;
        _createStepper = createStepper;
    }

    /// <summary>
    /// Dormand–Prince 5(4) with its fourth-order dense output (doi:10.1016/0771-050X(80)90013-3): the method behind MATLAB's ode45
    /// and the default of <see cref="NeuralOdeModel"/>. For smooth, non-stiff problems at relative tolerances from 1e-3 to 1e-9.
    /// </summary>
    public static OdeMethod DormandPrince5 { get; } = new(nameof(DormandPrince5), NeuralOde.DormandPrince5.Tableau);

    /// <summary>
    /// Tsitouras 5(4) with its fourth-order dense output (doi:10.1016/j.camwa.2011.06.002): for the same problems as
    /// <see cref="DormandPrince5"/>, usually a little more accurate for the same work.
    /// </summary>
    public static OdeMethod Tsitouras5 { get; } = new(nameof(Tsitouras5), NeuralOde.Tsitouras5.Tableau);

    /// <summary>
    /// Dormand–Prince 8(5,3), Hairer's DOP853, with its seventh-order dense output (doi:10.1007/978-3-540-78862-1): for smooth
    /// problems and errors of 1e-5 and below, most of all where the end alone is wanted. Twelve evaluations a step, and three more where the solution is wanted inside it.
    /// </summary>
    public static OdeMethod DormandPrince8 { get; } = new(nameof(DormandPrince8), NeuralOde.DormandPrince8.Tableau);

    /// <summary>
    /// Verner's "most efficient" 7(6) (doi:10.1007/s11075-009-9290-3) with sixth-order dense output, the default of
    /// <see cref="OdeSolver"/>: for smooth, non-stiff problems at all but the loosest tolerances. Ten evaluations a step, and two more where the solution is wanted inside it.
    /// </summary>
    /// <remarks>
    /// Between the steps it is about as accurate as at them (measured on chirps, relaxations and the usual oscillators: at most 2.4 times the larger of tolerance and largest
    /// error at a step). Where both formulas of the pair are exact, as for y' = −y/t and y' = y/(1 − t), steps grow without limit, across a pole too, and what is between them is
    /// not exact: set <see cref="OdeSolverOptions.MaxStep"/> or <see cref="OdeSolverOptions.StepToOutputTimes"/>.
    /// </remarks>
    public static OdeMethod Verner7 { get; } = new(nameof(Verner7), NeuralOde.Verner7.Tableau);

    /// <summary>Bogacki–Shampine 3(2) (doi:10.1016/0893-9659(89)90079-7): for loose tolerances (1e-3 and above) and cheap right-hand sides.</summary>
    public static OdeMethod BogackiShampine3 { get; } = new(nameof(BogackiShampine3), NeuralOde.BogackiShampine3.Tableau);

    /// <summary>The classical fourth-order method of Kutta. It has no error estimate: set <see cref="OdeSolverOptions.FixedStep"/>.</summary>
    public static OdeMethod RungeKutta4 { get; } = new(nameof(RungeKutta4), NeuralOde.RungeKutta4.Tableau);

    /// <summary>Kutta's fourth-order 3/8 rule. It has no error estimate: set <see cref="OdeSolverOptions.FixedStep"/>.</summary>
    public static OdeMethod ThreeEighthsRule { get; } = new(nameof(ThreeEighthsRule), NeuralOde.ThreeEighthsRule.Tableau);

    /// <summary>Heun's method 2(1), the explicit trapezoidal rule, with the difference from Euler's method as error estimate.</summary>
    public static OdeMethod Heun { get; } = new(nameof(Heun), NeuralOde.Heun.Tableau);

    /// <summary>Ralston's second-order method (doi:10.1090/S0025-5718-1962-0150954-0), with the difference from Euler's method as error estimate.</summary>
    public static OdeMethod Ralston { get; } = new(nameof(Ralston), NeuralOde.Ralston.Tableau);

    /// <summary>The explicit midpoint rule, of second order, with the difference from Euler's method as error estimate.</summary>
    public static OdeMethod Midpoint { get; } = new(nameof(Midpoint), NeuralOde.Midpoint.Tableau);

    /// <summary>Euler's method, of first order. It has no error estimate: set <see cref="OdeSolverOptions.FixedStep"/>.</summary>
    public static OdeMethod Euler { get; } = new(nameof(Euler), NeuralOde.Euler.Tableau);

    /// <summary>
    /// TR-BDF2: the trapezoidal rule followed by the second-order backward difference formula, L-stable
    /// (doi:10.1016/0168-9274(95)00115-8). For stiff problems at loose tolerances, 1e-3 and above, and for those whose right-hand side is rough.
    /// </summary>
    /// <remarks>
    /// Second order at the steps and between them; it keeps that however stiff the problem is (measured on that of Prothero and Robinson).
    /// </remarks>
    public static OdeMethod TrBdf2 { get; } = new(nameof(TrBdf2), NeuralOde.TrBdf2.Tableau);

    /// <summary>
    /// ESDIRK5(4)7L[2]SA of Kennedy and Carpenter (doi:10.1016/j.apnum.2019.07.008): L-stable, fifth order with fourth-order dense
    /// output. For stiff problems at moderate tolerances whose Jacobian is expensive: it uses one for many steps.
    /// </summary>
    /// <remarks>
    /// Where a component is so stiff that it follows the others at once, the order falls to two, that of its stages, but the error
    /// is divided by the stiffness (measured on the problem of Prothero and Robinson: 4e-11 at a stiffness of a million and steps of 1/80).
    /// </remarks>
    public static OdeMethod KennedyCarpenter5 { get; } = new(nameof(KennedyCarpenter5), NeuralOde.KennedyCarpenter5.Tableau);

    /// <summary>
    /// Kværnø's ESDIRK 5(4) (doi:10.1023/B:BITN.0000046811.70614.38): L-stable, fifth order with fourth-order dense output, known from other libraries.
    /// </summary>
    /// <remarks>
    /// Its third stage lies at 1.23 steps: the vector field is evaluated behind the end of every step, the last one and those before jump
    /// times included. Before a jump that costs rejected steps (ten times as many as with the others, measured on a piecewise-constant input), and with
    /// <see cref="OdeSolverOptions.FixedStep"/> accuracy: the error is then of first order. Where that matters take <see cref="KennedyCarpenter5"/>. Its order falls with
    /// stiffness as that one's does (measured on the same problem: 8e-12).
    /// </remarks>
    public static OdeMethod Kvaerno5 { get; } = new(nameof(Kvaerno5), NeuralOde.Kvaerno5.Tableau);

    /// <summary>
    /// Rodas5P, a Rosenbrock method of fifth order with fourth-order dense output, L-stable (doi:10.1007/s10543-023-00967-x). The
    /// first choice for stiff problems of few components at moderate and tight tolerances; every step takes a Jacobian.
    /// </summary>
    /// <remarks>
    /// It needs good Jacobians: a wrong one costs order, not just time. Its dense output is continuous, its slope is not quite. Stiffness
    /// reduces its order too, but hardly shows (measured on the problem of Prothero and Robinson: 1e-13 at a stiffness of a million and steps of 1/80).
    /// </remarks>
    public static OdeMethod Rodas5P { get; } = new(nameof(Rodas5P), NeuralOde.Rodas5P.Tableau);

    /// <summary>
    /// The Adams–Bashforth–Moulton methods of orders 1 to 13 with variable order and step (Shampine and Gordon 1975; Hairer, Nørsett,
    /// Wanner, Solving ODEs I, section III.5, doi:10.1007/978-3-540-78862-1), the role of MATLAB's ode113: for smooth, non-stiff problems whose
    /// right-hand side is expensive, at tight tolerances. Two evaluations a step, whatever the order.
    /// </summary>
    public static OdeMethod Adams { get; } = new(nameof(Adams), AdamsBashforthMoulton.MaximumOrder + 1, AdamsBashforthMoulton.MaximumOrder + 1,
        context => new AdamsStepper(context))
    { AllowsFixedStep = false };

    /// <summary>
    /// Backward differentiation formulas of orders 1 to 5 with variable order and step, as numerical differentiation formulas, which
    /// are more accurate at the same stability (Klopfenstein; Shampine and Reichelt 1997, doi:10.1137/S1064827594276424), the role of MATLAB's
    /// ode15s: for stiff problems, and the cheapest of the stiff methods where evaluations are expensive or the system is large. Where the
    /// Jacobian has eigenvalues near the imaginary axis, orders above 2 are not stable. Its dense output is continuous, its slope is not quite.
    /// </summary>
    /// <remarks>
    /// Multistep formulas have no stages whose order stiffness could reduce: on the problem of Prothero and Robinson errors stay within twenty
    /// tolerances from a stiffness of a hundred to a million.
    /// </remarks>
    public static OdeMethod Bdf { get; } = new(nameof(Bdf), NumericalDifferentiation.MaximumOrder, NumericalDifferentiation.MaximumOrder,
        context => new BdfStepper(context, NumericalDifferentiation.MaximumOrder))
    { AllowsFixedStep = false, IsStiff = true };

    /// <summary>
    /// <see cref="Tsitouras5"/> until stiffness limits its steps, then <see cref="Rodas5P"/>, and back, every sample of a batch for
    /// itself: for problems of which it is not known whether they are stiff, or that are at times. Where nothing is stiff it takes the
    /// evaluations of <see cref="Tsitouras5"/>, and a few operations more for each.
    /// </summary>
    /// <remarks>
    /// Stiffness is found as in Hairer's DOPRI5, after fifteen steps at the limit of stability (Hairer, Wanner, Solving Ordinary
    /// Differential Equations II, section IV.2). <see cref="OdeStatistics.MethodSwitches"/> counts the changes. It takes no fixed steps. Where it
    /// comes to a halt (<see cref="OdeStatus.StepSizeUnderflow"/>, <see cref="OdeStatus.RepeatedRejection"/>, <see cref="OdeStatus.NonFiniteState"/>) after explicit
    /// steps beyond the stability, the sample is solved again from the start with <see cref="Rodas5P"/> alone; the statistics count both solves.
    /// </remarks>
    public static OdeMethod Automatic { get; } = new(nameof(Automatic), order: 5, interpolantOrder: 4,
        context => new AutomaticStepper(context, NeuralOde.Tsitouras5.Tableau, NeuralOde.Rodas5P.Tableau))
    { IsStiff = true, AllowsFixedStep = false };

    /// <summary>Every method of this library.</summary>
    public static IReadOnlyList<OdeMethod> All { get; } =
    [
        DormandPrince5, Tsitouras5, Verner7, DormandPrince8, BogackiShampine3, RungeKutta4, ThreeEighthsRule, Heun, Ralston, Midpoint, Euler,
        TrBdf2, KennedyCarpenter5, Kvaerno5, Rodas5P, Bdf, Adams, Automatic,
    ];

    /// <summary>The method's name, as written in model files.</summary>
    public string Name { get; }

    /// <summary>Order of the solution at the steps; the highest one of a method of variable order.</summary>
    public int Order { get; }

    /// <summary>Order of the solution between the steps; the highest one of a method of variable order.</summary>
    public int InterpolantOrder { get; }

    /// <summary>Whether the method estimates its error, so that the step size can adapt.</summary>
    public bool IsAdaptive { get; }

    /// <summary>Whether the method can take steps of a constant size.</summary>
    public bool AllowsFixedStep { get; internal init; } = true;

    /// <summary>Whether the method is meant for stiff problems.</summary>
    public bool IsStiff { get; internal init; }

    /// <summary>Whether gradients can be computed through the method: the explicit Runge–Kutta methods.</summary>
    public bool HasGradient => Tableau is not null;

    /// <summary>The step-size controller that the method works best with.</summary>
    public StepSizeController Controller { get; internal init; } = new();

    /// <summary>What a method made by <see cref="FromTableau"/> was made of, to write it to a file; null for the library's own.</summary>
    internal TableauSource? Source { get; private init; }

    /// <summary>The coefficients of an explicit Runge–Kutta method; null for other methods.</summary>
    internal ButcherTableau? Tableau { get; }

    /// <summary>
    /// An explicit Runge–Kutta method of your own from its Butcher tableau. It is completed by an evaluation at the new state
    /// where its last stage is none, and its dense output is the cubic Hermite polynomial of every step, of order
    /// min(<paramref name="order"/>, 3). All order conditions up to the claimed orders are checked.
    /// </summary>
    /// <param name="name">What the method is called in messages: up to 80 characters that print; not the name of a method of this library.</param>
    /// <param name="order">Order of the solution that is carried on, from 1 to 10.</param>
    /// <param name="nodes">c_i, one for each of s stages, 256 at most, in units of the step, from 0 to 1; each the sum of its row of <paramref name="couplings"/>.</param>
    /// <param name="couplings">a_ij, s rows: row i has i numbers, one for every stage before it; zeros behind them are allowed, up to s numbers.</param>
    /// <param name="weights">b_i, s numbers.</param>
    /// <param name="embeddedWeights">
    /// b̂_i, s numbers: the solution that the first is compared with for the error. Null for a method without an error
    /// estimate, which needs <see cref="OdeSolverOptions.FixedStep"/>.
    /// </param>
    /// <param name="embeddedOrder">Order of the compared solution, from 1 to 10; given with <paramref name="embeddedWeights"/> only.</param>
    /// <returns>The method; the arrays are copied.</returns>
    /// <exception cref="ArgumentException">
    /// The name is empty, too long, taken or does not print, a shape is wrong, a number is not finite, the tableau is not explicit, a row does not sum up
    /// to its node, an order condition is not met to about twelve digits (the message names it), or the estimate would be zero.
    /// </exception>
    /// <remarks>J. C. Butcher, Numerical Methods for Ordinary Differential Equations, chapter 3, doi:10.1002/9781119121534.</remarks>
    /// <example>
    /// <code>
    /// // Kutta's third-order method, compared with the midpoint rule.
    /// OdeMethod kutta3 = OdeMethod.FromTableau("Kutta3", order: 3,
    ///     nodes: [0, 0.5, 1],
    ///     couplings: [[], [0.5], [-1, 2]],
    ///     weights: [1.0 / 6, 4.0 / 6, 1.0 / 6],
    ///     embeddedWeights: [0, 1, 0], embeddedOrder: 2);
    /// var options = new OdeSolverOptions { Method = kutta3, RelativeTolerance = 1e-4 };
    /// </code>
    /// </example>
    public static OdeMethod FromTableau(string name, int order, double[] nodes, double[][] couplings, double[] weights,
        double[]? embeddedWeights = null, int? embeddedOrder = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentNullException.ThrowIfNull(couplings);
        ArgumentNullException.ThrowIfNull(weights);
        // Names come from files too, and go into messages.
        if (QuotedText.Clean(name, LongestName) != name)
            throw new ArgumentException($"name = {ModelFileException.Quote(name)} is longer than {LongestName} characters or has some that do not print.", nameof(name));
        if (All.Any(method => string.Equals(method.Name, name, StringComparison.OrdinalIgnoreCase)))
            throw new ArgumentException($"name = {name} is a method of this library; choose another.", nameof(name));
        TableauCheck.Validate(order, nodes, couplings, weights, embeddedWeights, embeddedOrder);
        double[]? errorWeights = embeddedWeights is null ? null : [.. weights.Zip(embeddedWeights, (b, embedded) => b - embedded)];
        var source = new TableauSource(order, [.. nodes], [.. couplings.Select((row, i) => row[..i])], [.. weights], embeddedWeights is null ? null : [.. embeddedWeights], embeddedOrder);
        return new OdeMethod(name, new ButcherTableau(order, embeddedOrder ?? order, source.Nodes, source.Couplings, source.Weights, errorWeights)) { Source = source };
    }

    /// <summary>The method's name.</summary>
    public override string ToString() => Name;

    internal Stepper CreateStepper(SolveContext context) => _createStepper(context);
}
