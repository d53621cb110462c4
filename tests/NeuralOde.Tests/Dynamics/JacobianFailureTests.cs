using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Solving;

namespace NeuralOde.Tests.Dynamics;

/// <summary>Fields that are not defined everywhere, or throw.</summary>
public class JacobianFailureTests
{
    /// <summary>y' = √y, at the edge of where it is defined.</summary>
    private static readonly VectorField Root = VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = Math.Sqrt(y[0]));

    [Fact]
    public void A_component_is_moved_to_where_the_solution_goes()
    {
        JacobianRun forward = new JacobianRun(Root, samples: 1).Evaluate([[0.0]], times: [0.0], ends: [1.0]);
        forward.Succeeded.Should().Equal(true);
        forward.Evaluator.Evaluations.Should().Be(1);
        double increment = Math.Pow(2, -26) * JacobianEvaluator.DefaultScale;
        forward.Block(0)[0].Should().BeApproximately(1.0 / Math.Sqrt(increment), 1.0);

        // A solution that grows in time comes from below.
        Problems.Recording recording = Problems.Record(VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = y[0] <= 1.0 ? 1.0 : double.NaN));
        JacobianRun backward = new JacobianRun(recording.Field, samples: 1).Evaluate([[1.0]], times: [0.0], ends: [-1.0]);
        backward.Block(0).Should().Equal(0.0);
        recording.Evaluations.Should().Be(2, "one evaluation at the state and one below it");
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(1e-15, 2)]
    public void Where_a_difference_is_not_finite_the_other_side_is_taken(double state, int evaluations)
    {
        JacobianRun run = new JacobianRun(Root, samples: 1).Evaluate([[state]], times: [0.0], ends: [-1.0]);
        run.Succeeded.Should().Equal(true);
        run.Evaluator.Evaluations.Should().Be(evaluations);
        run.Block(0)[0].Should().BePositive();
    }

    [Fact]
    public void A_sample_without_a_finite_difference_fails_alone()
    {
        var island = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = y[0] == 0.0 || y[0] >= 1.0 ? y[1] : double.NaN;
            dydt[1] = y[0] - 2.0 * y[1];
        });
        JacobianRun run = new JacobianRun(island, samples: 3).Evaluate([[2, 3], [0, 3], [5, 7]]);
        run.Succeeded.Should().Equal(true, false, true);
        run.Block(0).ShouldBeNear([0, 1, 1, -2], 1e-7, "sample 0");
        run.Block(2).ShouldBeNear([0, 1, 1, -2], 1e-7, "sample 2");
        run.Evaluator.Evaluations.Should().Be(3, "two components and once the other side");
        run.Evaluator.SampleEvaluations.ToArray().Should().Equal(2, 2, 2);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_jacobian_that_is_not_finite_has_failed_whatever_its_source(double number)
    {
        VectorField[] fields =
        [
            VectorField.FromFunction(2, (t, y, dydt) => dydt[1] = number),
            VectorField.FromFunction(2, (t, y, dydt) => { }, (t, y, jacobian) => jacobian[3] = number),
            TrainableVectorField.FromFunction(2, [], (t, y, p, dydt) => { }, (t, y, p, c, cy, cp) => cy[1] = number),
            new NeuralVectorField(NetworkWith(number)),
        ];
        foreach (VectorField field in fields)
        {
            new JacobianRun(field, samples: 2).Evaluate([[1, 2], [3, 4]]).Succeeded.Should().Equal(false, false);
            double[] jacobian = new double[4];
            field.EvaluateJacobian(0, [1, 2], jacobian);
            jacobian.Should().OnlyContain(value => double.IsNaN(value));
        }
    }

    [Fact]
    public void A_time_derivative_that_is_not_finite_fails_alone_and_shows_its_component()
    {
        var field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = t * y[0];
            dydt[1] = t > 0.0 && y[1] > 0.0 ? double.NaN : 1.0;
        });
        JacobianRun run = new JacobianRun(field, samples: 2).EvaluateTimeDerivative([[3, -1], [3, 1]], [0, 0], [0.1, 0.1]);
        run.Succeeded.Should().Equal(true, false);
        run.TimeDerivative(0).ShouldBeNear([3, 0], 1e-7, "the sample that is defined");
        double.IsFinite(run.TimeDerivative(1)[0]).Should().BeTrue();
        run.TimeDerivative(1)[1].Should().Be(double.NaN);
    }

    [Fact]
    public void What_a_field_throws_passes_through_and_the_next_jacobian_is_right()
    {
        bool throws = false;
        var field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            if (throws && y[1] != 3.0)
                throw new InvalidOperationException("no");
            dydt[0] = y[1];
            dydt[1] = -y[0];
        });
        var layout = new BatchLayout(2);
        VectorFieldEvaluator evaluator = field.CreateEvaluator(layout);
        JacobianEvaluator jacobian = evaluator.CreateJacobianEvaluator(JacobianEvaluator.DefaultScale);
        double[] states = Batches.Pack(layout, [[2, 3], [4, 3]]), times = new double[8], derivatives = new double[states.Length], jacobians = new double[8];
        var succeeded = new bool[2];
        evaluator.Evaluate(times, states, derivatives, record: default);
        void Evaluate() => jacobian.Evaluate(times, times, states, derivatives, [true, true], jacobians, succeeded);

        throws = true;
        FluentActions.Invoking(Evaluate).Should().Throw<InvalidOperationException>().WithMessage("no");
        throws = false;
        Evaluate();
        jacobians.ShouldBeNear([0, 1, -1, 0, 0, 1, -1, 0], 1e-7, "after an exception");

        var own = VectorField.FromFunction(1, (t, y, dydt) => { }, (t, y, j) => throw new InvalidOperationException("mine"));
        FluentActions.Invoking(() => own.EvaluateJacobian(0, [1], new double[1])).Should().Throw<InvalidOperationException>().WithMessage("mine");
    }

    private static Sequential NetworkWith(double weight)
    {
        var network = new Sequential(1, [new Dense(2, 2)]);
        network.Parameters[3] = weight;
        return network;
    }
}
