namespace NeuralOde.Tests.Solving;

/// <summary>Misuse is refused with the argument, the index and the number.</summary>
public class SolverArgumentTests
{
    private static readonly VectorField Field = Problems.Pendulum;

    public static TheoryData<string, string, Action> BadArguments { get; } = new()
    {
        { "initialState", "initialState has 3 numbers; 2 are needed*", () => OdeSolver.Solve(Field, [1, 2, 3], [0, 1]) },
        { "initialState", "initialState[1] = NaN is not finite*", () => OdeSolver.Solve(Field, [1, double.NaN], [0, 1]) },
        { "initialState", "initialState[0] = -Infinity is not finite*", () => OdeSolver.Solve(Field, [double.NegativeInfinity, 1], 0, 1) },
        { "times", "times is empty*", () => OdeSolver.Solve(Field, [1, 2], []) },
        { "times", "times[2] = NaN is not finite*", () => OdeSolver.Solve(Field, [1, 2], [0, 1, double.NaN]) },
        { "times", "times[2] = 0.5 goes back behind times[1] = 1*", () => OdeSolver.Solve(Field, [1, 2], [0, 1, 0.5, 2]) },
        { "times", "times[1] = 1.5 goes back behind times[0] = 1*", () => OdeSolver.Solve(Field, [1, 2], [1, 1.5, 0]) },
        { "times", "times[1] = 1 goes back behind times[0] = 0*", () => OdeSolver.Solve(Field, [1, 2], [0, 1, 0]) },
        { "t0", "t0 = Infinity is not finite*", () => OdeSolver.Solve(Field, [1, 2], double.PositiveInfinity, 1) },
        { "t1", "t1 = NaN is not finite*", () => OdeSolver.Solve(Field, [1, 2], 0, double.NaN) },
        { "initialStates[1]", "initialStates[1] has 1 numbers; 2 are needed*", () => OdeSolver.SolveBatch(Field, [[1, 2], [1]], [0.0, 1]) },
        { "initialStates[1]", "initialStates[1][0] = NaN is not finite*", () => OdeSolver.SolveBatch(Field, [[1, 2], [double.NaN, 1]], [0.0, 1]) },
        { "times[1]", "times[1][2] = 1 goes back behind times[1][1] = 2*", () => OdeSolver.SolveBatch(Field, [[1, 2], [1, 2]], [[0.0, 1], [0.0, 2, 1, 3]]) },
        { "times[1]", "times[1] is empty*", () => OdeSolver.SolveBatch(Field, [[1, 2], [1, 2]], [[0.0, 1], []]) },
        { "times", "times has 1 entries for 2 initial states*", () => OdeSolver.SolveBatch(Field, [[1, 2], [1, 2]], new double[][] { [0, 1] }) },
        { "initialStates", "initialStates is empty*", () => OdeSolver.SolveBatch(Field, [], [0.0, 1]) },
        { "field", "*", () => OdeSolver.Solve(null!, [1, 2], [0, 1]) },
        { "field", "*", () => OdeSolver.SolveBatch(null!, [[1, 2]], [0.0, 1]) },
        { "initialStates", "*", () => OdeSolver.SolveBatch(Field, null!, [0.0, 1]) },
    };

    [Theory]
    [MemberData(nameof(BadArguments))]
    public void A_bad_argument_is_named_with_index_and_value(string name, string message, Action act)
    {
        ArgumentException exception = act.Should().Throw<ArgumentException>().WithParameterName(name).Which;
        string expected = message.TrimEnd('*');
        exception.Message.Should().StartWith(expected);
    }

    public static TheoryData<string, object, OdeSolverOptions> BadOptions { get; } = new()
    {
        { "RelativeTolerance", -1e-3, new() { RelativeTolerance = -1e-3 } },
        { "RelativeTolerance", 1.0, new() { RelativeTolerance = 1 } },
        { "RelativeTolerance", double.NaN, new() { RelativeTolerance = double.NaN } },
        { "AbsoluteTolerance", -1.0, new() { AbsoluteTolerance = -1 } },
        { "AbsoluteTolerance", double.NaN, new() { AbsoluteTolerance = double.NaN } },
        { "InitialStep", 0.0, new() { InitialStep = 0 } },
        { "InitialStep", -0.1, new() { InitialStep = -0.1 } },
        { "InitialStep", double.PositiveInfinity, new() { InitialStep = double.PositiveInfinity } },
        { "MaxStep", 0.0, new() { MaxStep = 0 } },
        { "MaxStep", double.NaN, new() { MaxStep = double.NaN } },
        { "FixedStep", -0.5, new() { FixedStep = -0.5 } },
        { "FixedStep", double.NaN, new() { FixedStep = double.NaN } },
        { "MaxSteps", 0, new() { MaxSteps = 0 } },
        { "Beta1", -0.1, new() { Controller = new() { Beta1 = -0.1 } } },
        { "Beta1", 0.0, new() { Controller = new() { Beta1 = 0, Beta2 = 0.5 } } },
        { "FixedStep", 1.0, new() { FixedStep = 1, MaxStep = 0.1 } },
        { "Beta1", 1.9, new() { Controller = new() { Beta1 = 1.9 } } },
        { "Beta1", double.NaN, new() { Controller = new() { Beta1 = double.NaN } } },
        { "Beta1", 1.0, new() { Controller = new() { Beta1 = 1, Beta2 = -1.5 } } },
        { "Beta1", 1.0, new() { Controller = new() { Beta1 = 1, Beta2 = 0, Beta3 = 1.5 } } },
        { "Safety", 1.1, new() { Controller = new() { Safety = 1.1 } } },
        { "MinimumFactor", 1.0, new() { Controller = new() { MinimumFactor = 1 } } },
        { "MaximumFactor", 0.5, new() { Controller = new() { MaximumFactor = 0.5 } } },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void An_option_out_of_range_is_named_with_its_value(string name, object value, OdeSolverOptions options)
    {
        FluentActions.Invoking(() => OdeSolver.Solve(Field, [1, 2], [0, 1], options)).Should().Throw<ArgumentOutOfRangeException>()
            .WithParameterName(name).Which.ActualValue.Should().Be(value);
        FluentActions.Invoking(() => OdeSolver.SolveBatch(Field, [[1, 2]], [0.0, 1], options)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
    }

    [Fact]
    public void Tolerances_that_are_both_zero_are_refused() =>
        FluentActions.Invoking(() => OdeSolver.Solve(Field, [1, 2], [0, 1], new OdeSolverOptions { RelativeTolerance = 0, AbsoluteTolerance = 0 }))
            .Should().Throw<ArgumentException>().WithMessage("The relative and the absolute tolerance of component 0 are both 0*");

    [Fact]
    public void A_method_without_an_error_estimate_needs_a_fixed_step() =>
        FluentActions.Invoking(() => OdeSolver.Solve(Field, [1, 2], [0, 1], new OdeSolverOptions { Method = OdeMethod.RungeKutta4 }))
            .Should().Throw<ArgumentException>().WithParameterName("Method").WithMessage("RungeKutta4*FixedStep*");

    [Fact]
    public void A_missing_error_norm_is_named() =>
        FluentActions.Invoking(() => OdeSolver.Solve(Field, [1, 2], [0, 1], new OdeSolverOptions { ErrorNorm = null! })).Should().Throw<ArgumentNullException>().WithParameterName("ErrorNorm");
}
