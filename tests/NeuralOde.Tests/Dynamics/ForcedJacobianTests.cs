using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Dynamics;

/// <summary>Jacobians given by the user for fields with inputs.</summary>
public class ForcedJacobianTests
{
    private static readonly InputSignal[] Rates =
    [
        InputSignal.PiecewiseConstant([0, 0.5, 1], [1e3, 2e4, 3e3]), InputSignal.PiecewiseLinear([0, 2], [1e4, 2e3]), InputSignal.PiecewiseConstant([0], [5e3]),
    ];

    public static TheoryData<OdeMethod> Stiff { get; } = [.. OdeMethod.All.Where(method => method.IsStiff)];

    [Fact]
    public void They_are_taken_as_they_are_with_the_input_of_each_sample_at_its_time()
    {
        double[] times = [0.4, 0.7, 3];
        double[][] states = Batches.Random(3, 2, 1);
        JacobianRun run = new JacobianRun(VectorField.FromFunction(2, Rates, Chase, JacobianOfChase), samples: 3).Evaluate(states, times);
        run.Succeeded.Should().Equal(true, true, true);
        (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be((0, 0));
        for (int i = 0; i < 3; i++)
        {
            var expected = new double[4];
            JacobianOfChase(times[i], states[i], Rates[i].Evaluate(times[i]), expected);
            run.Block(i).Should().Equal(expected);
            var single = new double[4];
            VectorField.FromFunction(2, Rates[i], Chase, JacobianOfChase).EvaluateJacobian(times[i], states[i], single);
            single.Should().Equal(expected);
            VectorField.FromFunction(2, Rates[i], Chase).EvaluateJacobian(times[i], states[i], single);
            single.ShouldBeNear(expected, 1e-2, "differences come near");
        }
    }

    [Theory]
    [MemberData(nameof(Stiff))]
    public void Stiff_methods_use_them_and_need_fewer_evaluations(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method, RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8 };
        foreach (InputSignal rate in Rates)
        {
            int calls = 0;
            VectorField own = VectorField.FromFunction(2, rate, Chase, (t, y, u, jacobian) =>
            {
                calls++;
                JacobianOfChase(t, y, u, jacobian);
            });
            OdeSolution with = OdeSolver.Solve(own, [1, 0], [0.0, 0.3, 0.9, 2], options).EnsureSuccess();
            OdeSolution without = OdeSolver.Solve(VectorField.FromFunction(2, rate, Chase), [1, 0], [0.0, 0.3, 0.9, 2], options).EnsureSuccess();
            calls.Should().Be((int)with.Statistics.Jacobians).And.BePositive();
            with.Statistics.Evaluations.Should().BeLessThan(without.Statistics.Evaluations);
            with.States.ToArray().ShouldBeNear(without.States.ToArray(), 1e-4, method.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Stiff))]
    public void A_sample_has_the_same_bits_with_its_input_and_Jacobian_alone_and_in_a_batch(OdeMethod method)
    {
        var options = new OdeSolverOptions { Method = method };
        OdeBatchSolution batch = OdeSolver.SolveBatch(VectorField.FromFunction(2, Rates, Chase, JacobianOfChase), [[1, 0], [1, 0.5], [0, 0]], [0.0, 2], options).EnsureSuccess();
        double[][] states = [[1, 0], [1, 0.5], [0, 0]];
        for (int i = 0; i < 3; i++)
        {
            OdeSolution alone = OdeSolver.Solve(VectorField.FromFunction(2, Rates[i], Chase, JacobianOfChase), states[i], [0.0, 2], options);
            batch[i].FinalState.ShouldHaveTheBitsOf(alone.FinalState, $"sample {i}");
            batch[i].Statistics.Should().Be(alone.Statistics);
        }
    }

    /// <summary>The first component follows the cosine of the second at the rate of the input.</summary>
    private static void Chase(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> dydt)
    {
        dydt[0] = u[0] * (Math.Cos(y[1]) - y[0]);
        dydt[1] = 1 - y[0] * y[1];
    }

    private static void JacobianOfChase(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> jacobian)
    {
        jacobian[0] = -u[0];
        jacobian[1] = -u[0] * Math.Sin(y[1]);
        jacobian[2] = -y[1];
        jacobian[3] = -y[0];
    }
}
