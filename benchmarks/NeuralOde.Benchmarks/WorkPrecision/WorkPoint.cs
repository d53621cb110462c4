namespace NeuralOde.Benchmarks;

/// <summary>One solve of one problem by one method at one tolerance.</summary>
/// <param name="Problem">Name of the problem.</param>
/// <param name="Solver">Library and method.</param>
/// <param name="RelativeTolerance">Relative tolerance.</param>
/// <param name="AbsoluteTolerance">Absolute tolerance.</param>
/// <param name="Evaluations">Evaluations of the vector field, those for Jacobians included.</param>
/// <param name="Error">Error at the end, <see cref="InitialValueProblem.ErrorOf"/>.</param>
/// <param name="MinSeconds">Shortest of the measured times of a solve.</param>
/// <param name="MedianSeconds">Median of them; of several rounds, the lowest.</param>
internal sealed record WorkPoint(
    string Problem, Solver Solver, double RelativeTolerance, double AbsoluteTolerance, long Evaluations, double Error, double MinSeconds, double MedianSeconds);

/// <summary>A method of a library.</summary>
internal sealed record Solver(string Library, string Method)
{
    public const string OurLibrary = "NeuralOde";

    public static readonly Solver Default = new(OurLibrary, OdeSolver.DefaultMethod.Name);
    public static readonly Solver HairerDopri5 = new("Hairer", "DOPRI5");
    public static readonly Solver BoostDopri5 = new("Boost odeint", "dopri5");
    public static readonly Solver BoostRosenbrock4 = new("Boost odeint", "rosenbrock4");
    public static readonly Solver ScipyRadau = new("SciPy", "Radau");

    public bool IsOurs => Library == OurLibrary;

    public string Label => IsOurs ? Method : $"{Library} {Method}";
}
