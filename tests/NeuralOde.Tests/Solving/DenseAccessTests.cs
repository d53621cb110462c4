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
        var state = new double[2];
        for (int row = 0; row < 50; row++)
        {
            solution.Evaluate(times[row], state);
            state.ShouldHaveTheBitsOf(solution.Evaluate(times[row]), $"t = {times[row]}");
            matrix.Row(row).ToArray().Should().Equal(state);
            solution.EvaluateDerivative(times[row], state);
            state.ShouldHaveTheBitsOf(solution.EvaluateDerivative(times[row]), $"t = {times[row]}");
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
    public void What_cannot_be_had_is_refused()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 1, 3);
        FluentActions.Invoking(() => solution.Evaluate(3.5, new double[2])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("The solution is known from t = 1 to t = 3 only*");
        FluentActions.Invoking(() => solution.EvaluateDerivative(0.5, new double[2])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("The solution is known from t = 1 to t = 3 only*");
        FluentActions.Invoking(() => solution.EvaluateAt([1.5, double.NaN])).Should().Throw<ArgumentOutOfRangeException>();
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
        batch.Evaluate(1).Row(1).ToArray().ShouldBeNear(batch[1].FinalState.ToArray(), 1e-14, "the end");
        batch[0].EvaluateAt([0.0]).Row(0).ToArray().ShouldBeNear([2.0, 10.0], 1e-14, "the start");
    }

    [Fact]
    public void Spans_take_no_memory()
    {
        OdeSolution solution = OdeSolver.Solve(Problems.Pendulum, [1, 0], 0, 3);
        var state = new double[2];
        long bytes = -1;
        for (int attempt = 0; attempt < 40 && bytes != 0; attempt++)
        {
            bytes = Allocations.During(() =>
            {
                for (int i = 0; i <= 300; i++)
                {
                    solution.Evaluate(0.01 * i, state);
                    solution.EvaluateDerivative(0.01 * i, state);
                }
            });
        }

        bytes.Should().Be(0);
    }
}
