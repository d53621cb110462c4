using MathNet.Numerics.LinearAlgebra;
using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Models;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Solving;

/// <summary>The ways to read a solution between its steps.</summary>
public class DenseAccessTests
{
    public static TheoryData<OdeMethod> All { get; } = [.. OdeMethod.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Spans_arrays_and_matrices_hold_the_same_numbers(OdeMethod method)
    {
        OdeSolution solution = OdeSolver.Solve(Problems.NonAutonomousPendulum, [1, 0.9], 2, -1, new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive ? null : 0.1 });
        double[] times = [.. Enumerable.Range(0, 50).Select(i => 2 - 3 * (i * 13 % 50) / 49.0)];
        Matrix<double> matrix = solution.EvaluateAt(times);
        matrix.RowCount.Should().Be(50);
        matrix.ColumnCount.Should().Be(2);
        Matrix<double> slopes = solution.EvaluateDerivativeAt(times);
        (slopes.RowCount, slopes.ColumnCount).Should().Be((50, 2));
        var state = new double[2];
        for (int row = 0; row < 50; row++)
        {
            solution.Evaluate(times[row], state);
            state.ShouldHaveTheBitsOf(solution.Evaluate(times[row]), $"t = {times[row]}");
            matrix.Row(row).ToArray().Should().Equal(state);
            solution.EvaluateDerivative(times[row], state);
            state.ShouldHaveTheBitsOf(solution.EvaluateDerivative(times[row]), $"t = {times[row]}");
            slopes.Row(row).ToArray().Should().Equal(state);
        }
    }

    [Fact]
    public void A_batch_is_known_at_one_time_for_all_samples()
    {
        double[][] states = [[1, 0], [2, 1], [-1, 0.5]], times = [[0.0, 3], [5.0, 1], [-1.0, 10]];
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, states, times, new OdeSolverOptions { DenseOutput = true });
        batch.Dimension.Should().Be(2);
        Matrix<double> matrix = batch.Evaluate(2.5);
        (matrix.RowCount, matrix.ColumnCount).Should().Be((3, 2));
        for (int i = 0; i < 3; i++)
            matrix.Row(i).ToArray().Should().Equal(batch[i].Evaluate(2.5));
        FluentActions.Invoking(() => batch.Evaluate(0.5)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Sample 1: The solution is known from t = 5 to t = 1 only*");
        FluentActions.Invoking(() => batch.Evaluate(4)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Sample 0: The solution is known from t = 0 to t = 3 only*");
        OdeBatchSolution without = OdeSolver.SolveBatch(Problems.Pendulum, states, times);
        FluentActions.Invoking(() => without.Evaluate(2.5)).Should().Throw<InvalidOperationException>().WithMessage("*DenseOutput*");
    }

    [Fact]
    public void The_derivatives_of_a_batch_and_spans_hold_the_numbers_of_its_samples()
    {
        double[][] states = [[1, 0], [2, 1], [-1, 0.5]], times = [[0.0, 3], [5.0, 1], [-1.0, 10]];
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, states, times, new OdeSolverOptions { DenseOutput = true, RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-9 });
        double[] values = new double[6], slopes = new double[6];
        batch.Evaluate(2.5, values);
        batch.EvaluateDerivative(2.5, slopes);
        Matrix<double> matrix = batch.EvaluateDerivative(2.5);
        (matrix.RowCount, matrix.ColumnCount).Should().Be((3, 2));
        for (int i = 0; i < 3; i++)
        {
            values.AsSpan(2 * i, 2).ShouldHaveTheBitsOf(batch[i].Evaluate(2.5), $"sample {i}");
            slopes.AsSpan(2 * i, 2).ShouldHaveTheBitsOf(batch[i].EvaluateDerivative(2.5), $"sample {i}");
            matrix.Row(i).ToArray().Should().Equal(batch[i].EvaluateDerivative(2.5));
            slopes[(2 * i)..(2 * i + 2)].ShouldBeNear([values[2 * i + 1], -Math.Sin(values[2 * i])], 1e-5, "the equation holds");
        }

        FluentActions.Invoking(() => batch.EvaluateDerivative(0.5)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Sample 1: The solution is known from t = 5 to t = 1 only*");
        FluentActions.Invoking(() => batch.Evaluate(4, values)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Sample 0: The solution is known from t = 0 to t = 3 only*");
        FluentActions.Invoking(() => batch.EvaluateDerivative(double.NaN, slopes)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("Sample 0: The solution is known from*");
        FluentActions.Invoking(() => batch.Evaluate(2, new double[5])).Should().Throw<ArgumentException>().WithParameterName("destination").WithMessage("*5*6*");
        FluentActions.Invoking(() => batch.EvaluateDerivative(2, new double[2])).Should().Throw<ArgumentException>().WithParameterName("destination");
        OdeBatchSolution point = OdeSolver.SolveBatch(Problems.Pendulum, [[1, 0], [2, 0]], new double[][] { [1, 2], [1, 1] }, new OdeSolverOptions { DenseOutput = true });
        FluentActions.Invoking(() => point.EvaluateDerivative(1)).Should().Throw<InvalidOperationException>().WithMessage("Sample 1: *no step*");
        OdeBatchSolution without = OdeSolver.SolveBatch(Problems.Pendulum, states, times);
        FluentActions.Invoking(() => without.EvaluateDerivative(2.5)).Should().Throw<InvalidOperationException>().WithMessage("*DenseOutput*");
    }

    [Fact]
    public void What_cannot_be_had_is_refused()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 1, 3);
        FluentActions.Invoking(() => solution.Evaluate(3.5, new double[2])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("The solution is known from t = 1 to t = 3 only*");
        FluentActions.Invoking(() => solution.EvaluateDerivative(0.5, new double[2])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("The solution is known from t = 1 to t = 3 only*");
        FluentActions.Invoking(() => solution.EvaluateAt([1.5, double.NaN])).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => solution.EvaluateDerivativeAt([2, 0.5])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("The solution is known from t = 1 to t = 3 only*");
        FluentActions.Invoking(() => solution.EvaluateDerivativeAt([])).Should().Throw<ArgumentException>().WithParameterName("times");
        FluentActions.Invoking(() => solution.EvaluateAt([])).Should().Throw<ArgumentException>().WithParameterName("times");
        FluentActions.Invoking(() => solution.Evaluate(2, new double[3])).Should().Throw<ArgumentException>().WithParameterName("destination");
        FluentActions.Invoking(() => solution.EvaluateDerivative(2, new double[1])).Should().Throw<ArgumentException>().WithParameterName("destination");
        OdeSolution point = OdeSolver.Solve(Problems.Pendulum, [1, 0], 1, 1);
        point.EvaluateAt([1.0]).Row(0).ToArray().Should().Equal(1, 0);
        FluentActions.Invoking(() => point.EvaluateDerivative(1, new double[2])).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_model_gives_its_own_units()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: false, ModelExamples.Units);
        model.Solver = new OdeSolverOptions { DenseOutput = true };
        OdeBatchSolution batch = model.PredictBatch([[2.0, 10.0], [3.0, 9.0]], [[0.0, 1], [0.0, 1]]);
        var slopes = new double[2];
        model.Derivative(1, batch[1].FinalState, slopes);
        batch.EvaluateDerivative(1).Row(1).ToArray().ShouldBeNear(slopes, 1e-3, "the slope at the end");
        batch[1].EvaluateDerivativeAt([1.0]).Row(0).ToArray().Should().Equal(batch.EvaluateDerivative(1).Row(1).ToArray());
        batch.Evaluate(1).Row(1).ToArray().ShouldBeNear(batch[1].FinalState.ToArray(), 1e-14, "the end");
        batch[0].EvaluateAt([0.0]).Row(0).ToArray().ShouldBeNear([2.0, 10.0], 1e-14, "the start");
    }

    [Fact]
    public void Spans_take_no_memory()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 3);
        OdeBatchSolution batch = OdeSolver.SolveBatch(Problems.Pendulum, [[1, 0], [2, 1]], [0.0, 3], new OdeSolverOptions { DenseOutput = true });
        double[] state = new double[2], states = new double[4];
        long bytes = -1;
        for (int attempt = 0; attempt < 40 && bytes != 0; attempt++)
        {
            bytes = Allocations.During(() =>
            {
                for (int i = 0; i <= 300; i++)
                {
                    solution.Evaluate(0.01 * i, state);
                    solution.EvaluateDerivative(0.01 * i, state);
                    batch.Evaluate(0.01 * i, states);
                    batch.EvaluateDerivative(0.01 * i, states);
                }
            });
        }

        bytes.Should().Be(0);
    }
}
