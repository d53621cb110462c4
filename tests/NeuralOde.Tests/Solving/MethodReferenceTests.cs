using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Every adaptive method on the problems of references.json, forward and with time reversed.</summary>
public class MethodReferenceTests
{
    public static TheoryData<string> Methods { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive).Select(method => method.Name)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_test_set_is_solved_to_a_moderate_multiple_of_the_tolerance(string name)
    {
        OdeMethod method = Find(name);
        double tolerance = method.Order <= 2 ? 1e-5 : 1e-7;
        foreach (string problem in Detest.Names)
        {
            var options = new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance };
            double[] end = Solve(Detest.Field(problem), Detest.InitialState(problem), 20.0, options);
            double[] reference = Reference.Problem("detest", "problems", problem, "y").Numbers();
            double error = end.Zip(reference, (y, r) => Math.Abs(y - r) / (1.0 + Math.Abs(r))).Max();
            // Orbits carry an error on and let it grow with the square of time: class D is harder.
            double multiple = problem[0] == 'D' ? 20_000 : 2000;
            error.Should().BeLessThan(multiple * tolerance, $"{name} on {problem}");
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Reversing_time_changes_no_bit(string name)
    {
        var options = new OdeSolverOptions { Method = Find(name), RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-6 };
        (string, VectorField, double[], double)[] problems =
        [
            .. Detest.Names.Where(problem => problem != "A5").Select(problem => (problem, Detest.Field(problem), Detest.InitialState(problem), 5.0)),
            // A5 is defined for t ≥ 0 only.
            ("HIRES", StiffProblems.Hires.Field, StiffProblems.Hires.InitialState, 5.0),
            ("ROBER", StiffProblems.Rober.Field, StiffProblems.Rober.InitialState, 0.1),
            ("Lotka–Volterra", Problems.LotkaVolterra, [1.0, 1.0], 5.0),
            ("Arenstorf", Problems.Arenstorf(Reference.Problem("arenstorf", "mu").GetDouble()), Reference.Problem("arenstorf", "y0").Numbers(), 5.0),
        ];
        foreach ((string problem, VectorField field, double[] initialState, double length) in problems)
        {
            // z(s) = y(−s) obeys z' = −f(−s, z): negating is exact, so every number has a mirror image.
            VectorField reversed = VectorField.FromFunction(field.Dimension, (s, z, dzds) =>
            {
                field.Evaluate(-s, z, dzds);
                for (int i = 0; i < dzds.Length; i++)
                    dzds[i] = -dzds[i];
            });
            double[] forward = Solve(field, initialState, length, options);
            double[] backward = Solve(reversed, initialState, -length, options);
            backward.ShouldHaveTheBitsOf(forward, $"{name} on {problem}");
        }
    }

    [Fact]
    public void The_gradients_reference_solution_ends_where_every_accurate_method_does()
    {
        double[] reference = Reference.Problem("lotka_volterra_gradient", "u_10").Numbers();
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive && method.Order >= 4))
        {
            var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-9 };
            Solve(Problems.LotkaVolterra, [1, 1], 10.0, options).ShouldBeNear(reference, 3e-6, method.Name);
        }
    }

    private static OdeMethod Find(string name) => OdeMethod.All.Single(method => method.Name == name);

    private static double[] Solve(VectorField field, double[] initialState, double end, OdeSolverOptions options) =>
        OdeSolver.Solve(field, initialState, [0.0, end], options).EnsureSuccess().FinalState.ToArray();
}
