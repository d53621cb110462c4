using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

public class DenseOutputTests
{
    public static TheoryData<double, double> Directions { get; } = new() { { 0, 3 }, { 3, 0 }, { -1, 2 } };

    [Theory]
    [MemberData(nameof(Directions))]
    public void The_solution_is_known_anywhere(double t0, double t1)
    {
        OdeSolution solution = OdeSolver.Solve(Problems.NonAutonomous, Problems.NonAutonomousSolution(t0), t0, t1, new OdeSolverOptions { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-10 });
        for (int i = 0; i <= 1000; i++)
        {
            double t = i == 1000 ? t1 : t0 + (t1 - t0) * i / 1000;
            solution.Evaluate(t).ShouldBeNear(Problems.NonAutonomousSolution(t), 1e-6, $"y({t})");
            solution.EvaluateDerivative(t).ShouldBeNear(Problems.NonAutonomousSlope(t), 1e-4, $"y'({t})");
        }
    }

    [Fact]
    public void At_the_steps_it_is_the_solution_and_its_slope_the_vector_field()
    {
        foreach (OdeMethod method in OdeMethod.All)
        {
            var options = new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive ? null : 0.1 };
            OdeSolution solution = OdeSolver.Solve(Problems.NonAutonomous, [1, 0.9], 0, 2, options);
            for (int n = 0; n < solution.Count; n++)
            {
                solution.Evaluate(solution.Times[n]).ShouldHaveTheBitsOf(solution.State(n), $"{method}, step {n}");
                var slope = new double[2];
                Problems.NonAutonomous.Evaluate(solution.Times[n], solution.State(n), slope);
                if (!HasContinuousSlope(method))
                    continue;
                solution.EvaluateDerivative(solution.Times[n]).ShouldBeNear(slope, method.IsStiff ? 1e-5 : 1e-13, $"{method}, step {n}");
            }
        }
    }

    [Fact]
    public void Value_and_slope_are_continuous_across_steps()
    {
        foreach (OdeMethod method in OdeMethod.All)
        {
            var options = new OdeSolverOptions { Method = method, FixedStep = method.AllowsFixedStep ? 0.25 : null };
            OdeSolution solution = OdeSolver.Solve(Problems.NonAutonomous, [1, 0.9], 0, 2, options);
            for (int n = 1; n < solution.Count - 1; n++)
            {
                double t = solution.Times[n];
                solution.Evaluate(Math.BitDecrement(t)).ShouldBeNear(solution.Evaluate(Math.BitIncrement(t)), 1e-14, $"{method} at {t}");
                if (!HasContinuousSlope(method))
                    continue;
                solution.EvaluateDerivative(Math.BitDecrement(t)).ShouldBeNear(solution.EvaluateDerivative(Math.BitIncrement(t)), 1e-13, $"{method} at {t}");
            }
        }
    }

    [Fact]
    public void The_interpolated_slope_is_the_slope_of_the_interpolant()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 5);
        for (double t = 0.0123; t < 5; t += 0.0437)
        {
            double[] slope = [.. Enumerable.Range(0, 2).Select(i => Derivatives.CentralDifferences(x => solution.Evaluate(x[0])[i], [t], 1e-4)[0])];
            solution.EvaluateDerivative(t).ShouldBeNear(slope, 1e-5, $"t = {t}");
        }
    }

    [Theory]
    [MemberData(nameof(Directions))]
    public void A_time_outside_is_refused_with_the_interval(double t0, double t1)
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], t0, t1);
        foreach (double time in new[] { Math.Min(t0, t1) - 1e-9, Math.BitIncrement(Math.Max(t0, t1)), double.NaN, double.PositiveInfinity })
        {
            FluentActions.Invoking(() => solution.Evaluate(time)).Should().Throw<ArgumentOutOfRangeException>()
                .WithParameterName("time").WithMessage($"The solution is known from t = {t0} to t = {t1} only.*").Which.ActualValue.Should().Be(time);
            FluentActions.Invoking(() => solution.EvaluateDerivative(time)).Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    [Fact]
    public void A_solve_that_kept_no_steps_says_how_to_keep_them()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0, 1]);
        FluentActions.Invoking(() => solution.Evaluate(0.5)).Should().Throw<InvalidOperationException>().WithMessage("*DenseOutput*");
        FluentActions.Invoking(() => solution.EvaluateDerivative(0.5)).Should().Throw<InvalidOperationException>().WithMessage("*DenseOutput*");
    }

    [Fact]
    public void A_failed_solve_is_known_up_to_where_it_failed()
    {
        VectorField field = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] * y[0]);
        OdeSolution solution = OdeSolver.Solve(field, [1], 0, 2);
        solution.Evaluate(0.5)[0].Should().BeApproximately(2, 1e-4);
        FluentActions.Invoking(() => solution.Evaluate(1.5)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Every_sample_of_a_batch_keeps_its_own_steps()
    {
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, [[1, 0], [2, 0], [0.1, 0]], [[0.0, 5], [2, -1], [3]], new OdeSolverOptions { DenseOutput = true });
        batch[0].Evaluate(2.5).ShouldHaveTheBitsOf(OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 5).Evaluate(2.5), "sample 0");
        batch[1].Evaluate(0.5).ShouldHaveTheBitsOf(OdeSolver.Solve(Problems.Pendulum, [2, 0], 2, -1).Evaluate(0.5), "sample 1");
        batch[2].Evaluate(3).Should().Equal(0.1, 0);
    }

    [Fact]
    public void Indices_out_of_range_are_refused()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], [0.0, 1]);
        FluentActions.Invoking(() => solution[2, 0]).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("output");
        FluentActions.Invoking(() => solution[-1, 0]).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("output");
        FluentActions.Invoking(() => solution[0, 2]).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("component");
        FluentActions.Invoking(() => solution[0, -1]).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("component");
        solution.ToMatrix().ToRowMajorArray().Should().Equal(solution.States.ToArray());
    }

    private static bool HasContinuousSlope(OdeMethod method) => method != OdeMethod.Rodas5P && method != OdeMethod.Automatic && method != OdeMethod.Bdf;
}
