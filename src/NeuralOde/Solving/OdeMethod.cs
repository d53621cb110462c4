namespace NeuralOde;

/// <summary>An integration method. Methods are data: each is one small file in Solving/Methods.</summary>
public sealed class OdeMethod
{
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
    /// Dormand–Prince 5(4) with its fourth-order dense output: the method behind MATLAB's ode45 and the default. For smooth,
    /// non-stiff problems at relative tolerances from 1e-3 to 1e-9.
    /// </summary>
    public static OdeMethod DormandPrince5 { get; } = new(nameof(DormandPrince5), NeuralOde.DormandPrince5.Tableau);

    /// <summary>Bogacki–Shampine 3(2): for loose tolerances (1e-3 and above) and cheap right-hand sides.</summary>
    public static OdeMethod BogackiShampine3 { get; } = new(nameof(BogackiShampine3), NeuralOde.BogackiShampine3.Tableau);

    /// <summary>The classical fourth-order method of Kutta. It has no error estimate: set <see cref="OdeSolverOptions.FixedStep"/>.</summary>
    public static OdeMethod RungeKutta4 { get; } = new(nameof(RungeKutta4), NeuralOde.RungeKutta4.Tableau);

    /// <summary>Every method of this library.</summary>
    public static IReadOnlyList<OdeMethod> All { get; } = [DormandPrince5, BogackiShampine3, RungeKutta4];

    /// <summary>The method's name, as written in model files.</summary>
    public string Name { get; }

    /// <summary>What <see cref="OdeSolver"/> takes when nothing is said.</summary>
    internal static OdeMethod Default => DormandPrince5;

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

    /// <summary>The coefficients of an explicit Runge–Kutta method; null for other methods.</summary>
    internal ButcherTableau? Tableau { get; }

    /// <summary>The method's name.</summary>
    public override string ToString() => Name;

    internal Stepper CreateStepper(SolveContext context) => _createStepper(context);
}
