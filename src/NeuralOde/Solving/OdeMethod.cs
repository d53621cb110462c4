namespace NeuralOde;

/// <summary>An integration method. Methods are data: each is one small file in Solving/Methods.</summary>
public sealed class OdeMethod
{
    internal OdeMethod(string name, ButcherTableau tableau)
    {
        Name = name;
        Tableau = tableau;
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

    /// <summary>Order of the solution at the steps.</summary>
    public int Order => Tableau.Order;

    /// <summary>Order of the solution between the steps.</summary>
    public int InterpolantOrder => Tableau.Interpolant.Order;

    /// <summary>Whether the method estimates its error, so that the step size can adapt.</summary>
    public bool IsAdaptive => Tableau.ErrorWeights is not null;

    internal ButcherTableau Tableau { get; }

    /// <summary>The method's name.</summary>
    public override string ToString() => Name;
}
