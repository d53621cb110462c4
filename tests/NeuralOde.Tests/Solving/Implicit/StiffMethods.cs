namespace NeuralOde.Tests.Solving.Implicit;

/// <summary>The methods for stiff problems, and what they are tried on.</summary>
internal static class StiffMethods
{
    public static string[] Names { get; } = [.. OdeMethod.All.Where(method => method.IsStiff).Select(method => method.Name)];

    public static VectorField VanDerPol1000 { get; } = VectorField.FromFunction(2, (t, y, dydt) =>
    {
        dydt[0] = y[1];
        dydt[1] = 1000.0 * (1.0 - y[0] * y[0]) * y[1] - y[0];
    });

    public static OdeMethod Find(string name) => OdeMethod.All.Single(method => method.Name == name);

    /// <summary>Prothero and Robinson's problem: the solution is sin(t + 1/2) whatever the stiffness λ.</summary>
    public static VectorField ProtheroRobinson(double lambda) => VectorField.FromFunction(1,
        (t, y, dydt) => dydt[0] = lambda * (y[0] - Math.Sin(t + 0.5)) + Math.Cos(t + 0.5), (t, y, jacobian) => jacobian[0] = lambda);

    /// <summary>Minus the slope of the logarithm of the largest error over that of the number of fixed steps, and the last error.</summary>
    public static (double Order, double Error) ProtheroRobinsonOrder(string name, double lambda)
    {
        int[] steps = [20, 40, 80, 160];
        double[] errors = [.. steps.Select(n =>
        {
            var options = new OdeSolverOptions { Method = Find(name), FixedStep = 2.0 / n, RelativeTolerance = 1e-9 };
            OdeSolution solution = OdeSolver.Solve(ProtheroRobinson(lambda), [Math.Sin(0.5)], 0, 2, options).EnsureSuccess();
            return solution.Times.ToArray().Select((t, i) => Math.Abs(solution[i, 0] - Math.Sin(t + 0.5))).Max();
        })];
        return (Math.Log(errors[0] / errors[^1]) / Math.Log((double)steps[^1] / steps[0]), errors[^1]);
    }
}
