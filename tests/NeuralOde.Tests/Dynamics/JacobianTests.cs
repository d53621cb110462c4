using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Solving;

namespace NeuralOde.Tests.Dynamics;

/// <summary>The three sources of Jacobians against Jacobians by hand and central differences.</summary>
public class JacobianTests
{
    public static TheoryData<string> StiffNames => StiffProblems.Names;

    [Theory]
    [MemberData(nameof(StiffNames))]
    public void The_users_jacobian_is_taken_as_it_is(string name)
    {
        StiffProblems.Problem problem = StiffProblems.Named(name);
        foreach (double[] state in new[] { problem.InitialState, problem.TypicalState })
        {
            JacobianRun run = new JacobianRun(problem.FieldWithJacobian, samples: 1).Evaluate([state]);
            run.Block(0).Should().Equal(problem.ExactJacobian(state));
            (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be((0, 0));
        }
    }

    [Theory]
    [MemberData(nameof(StiffNames))]
    public void Products_with_unit_cotangents_are_the_rows(string name)
    {
        StiffProblems.Problem problem = StiffProblems.Named(name);
        JacobianRun run = new JacobianRun(WithProducts(problem), samples: 2).Evaluate([problem.InitialState, problem.TypicalState]);
        run.Block(0).Should().Equal(problem.ExactJacobian(problem.InitialState));
        run.Block(1).Should().Equal(problem.ExactJacobian(problem.TypicalState));
        (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be((0, problem.Dimension));
    }

    [Theory]
    [MemberData(nameof(StiffNames))]
    public void Differences_are_good_to_about_half_the_digits(string name)
    {
        StiffProblems.Problem problem = StiffProblems.Named(name);
        foreach (double scale in new[] { JacobianEvaluator.DefaultScale, JacobianEvaluator.SmallestScale(1e-6, 1e-12) })
        {
            JacobianRun run = new JacobianRun(problem.Field, samples: 1, scale).Evaluate([problem.TypicalState]);
            run.Succeeded.Should().Equal(true);
            (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be((problem.Dimension, 0));
            ShouldBeNearByRows(run.Block(0), problem.ExactJacobian(problem.TypicalState), 2e-6);
        }
    }

    [Fact]
    public void Differences_at_a_state_of_zeros_are_finite_and_near()
    {
        StiffProblems.Problem problem = StiffProblems.Hires;
        JacobianRun run = new JacobianRun(problem.Field, samples: 1).Evaluate([new double[8]]);
        ShouldBeNearByRows(run.Block(0), problem.ExactJacobian(new double[8]), 1e-6);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-9)]
    [InlineData(1.0)]
    [InlineData(1e9)]
    [InlineData(1e150)]
    public void Differences_of_a_linear_field_are_exact_but_for_rounding_at_any_size(double size)
    {
        VectorField linear = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt[0] = 3.0 * y[0];
            dydt[1] = -7.0 * y[1];
        });
        new JacobianRun(linear, samples: 1).Evaluate([[size, -size]]).Block(0).ShouldBeNear([3, 0, 0, -7], 1e-7, $"size {size}");
    }

    [Fact]
    public void The_smallest_scale_is_where_the_absolute_tolerance_takes_over()
    {
        JacobianEvaluator.SmallestScale(1e-6, 1e-9).Should().BeApproximately(JacobianEvaluator.DefaultScale, 1e-15);
        JacobianEvaluator.SmallestScale(1e-4, 1e-10).Should().BeApproximately(1e-6, 1e-15);
        JacobianEvaluator.SmallestScale(1e-6, 1e-3).Should().Be(1.0);
        JacobianEvaluator.SmallestScale(0.0, 1e-9).Should().Be(1.0);
        JacobianEvaluator.SmallestScale(1e-6, 0.0).Should().Be(JacobianEvaluator.DefaultScale);
        JacobianEvaluator.SmallestScale(1e-3, 1e-300).Should().Be(1e-12);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void A_networks_jacobians_are_central_differences(int samples, bool takesTime)
    {
        VectorField field = Network(takesTime);
        double[][] states = Batches.Random(samples, 2, 5);
        double[] times = Batches.Random(samples, 6), ends = [.. times.Select(time => time + 0.1)];
        JacobianRun run = new JacobianRun(field, samples).Evaluate(states, times);
        (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be((1, 2));
        run.EvaluateTimeDerivative(states, times, ends);
        (run.Evaluator.Evaluations, run.Evaluator.Products).Should().Be(takesTime ? (1, 1) : (0, 0));
        for (int sample = 0; sample < samples; sample++)
        {
            double time = times[sample];
            double[] state = states[sample];
            run.Block(sample).ShouldBeNear(CentralDifferences(field, time, state), 1e-9, $"sample {sample}");
            double[] expected = [.. Enumerable.Range(0, 2).Select(i => Derivatives.CentralDifferences(t => Component(field, i, t[0], state), [time])[0])];
            run.TimeDerivative(sample).ShouldBeNear(expected, 1e-9, $"∂f/∂t of sample {sample}");
            run.Succeeded[sample].Should().BeTrue();
        }
    }

    [Theory]
    [InlineData(0.3, 0.4)]
    [InlineData(0.3, -2.0)]
    [InlineData(0.0, 1e-3)]
    [InlineData(50.0, 50.01)]
    public void The_time_derivative_is_that_of_the_formula(double time, double end)
    {
        double[] y = [1.3, 0.4];
        JacobianRun run = new JacobianRun(Problems.NonAutonomous, samples: 1).EvaluateTimeDerivative([y], [time], [end]);
        double[] expected =
        [
            -y[0] * Math.Sin(time) + 2.0 * time / Math.Pow(1.0 + time * time, 2),
            -2.0 * y[1] * y[1] - Math.Cos(time) * Math.Exp(Math.Sin(time)) * y[1],
        ];
        run.TimeDerivative(0).ShouldBeNear(expected, 1e-6, $"from {time} to {end}");
        run.Evaluator.Evaluations.Should().Be(1);
    }

    [Theory]
    [InlineData(1.0, 2.0)]
    [InlineData(2.0, 1.0)]
    [InlineData(1e6, 1000000.0000000001)]
    [InlineData(1e-310, 0.0)]
    [InlineData(-1e200, 1e200)]
    public void No_time_outside_the_step_is_evaluated(double time, double end)
    {
        Problems.Recording recording = Problems.Record(VectorField.FromFunction(1, (t, y, dydt) => dydt[0] = t));
        new JacobianRun(recording.Field, samples: 1).EvaluateTimeDerivative([[1]], [time], [end]).Succeeded.Should().Equal(true);
        recording.First.Should().BeGreaterThanOrEqualTo(Math.Min(time, end));
        recording.Last.Should().BeLessThanOrEqualTo(Math.Max(time, end));
    }

    [Fact]
    public void Where_a_step_has_but_one_time_its_time_derivative_counts_as_zero()
    {
        JacobianRun run = new JacobianRun(Problems.NonAutonomous, samples: 1).EvaluateTimeDerivative([[1, 2]], [1], [1]);
        run.Succeeded.Should().Equal(true);
        run.TimeDerivative(0).Should().Equal(0, 0);
    }

    [Fact]
    public void A_field_said_to_be_autonomous_has_a_time_derivative_of_zero_for_nothing()
    {
        JacobianRun run = new JacobianRun(StiffProblems.Rober.FieldWithJacobian, samples: 2)
            .EvaluateTimeDerivative([[1, 2, 3], [1, 2, 3]], [0, 0], [1, 1], [false, true]);
        run.Evaluator.Evaluations.Should().Be(0);
        run.Succeeded.Should().Equal(false, true);
        run.TimeDerivatives.Should().OnlyContain(value => value == 0.0);
    }

    [Fact]
    public void A_field_evaluates_its_jacobian_at_one_point()
    {
        StiffProblems.Problem problem = StiffProblems.Hires;
        double[] exact = problem.ExactJacobian(problem.TypicalState), jacobian = new double[64];
        problem.FieldWithJacobian.EvaluateJacobian(0, problem.TypicalState, jacobian);
        jacobian.Should().Equal(exact);
        WithProducts(problem).EvaluateJacobian(0, problem.TypicalState, jacobian);
        jacobian.Should().Equal(exact);
        problem.Field.EvaluateJacobian(0, problem.TypicalState, jacobian);
        ShouldBeNearByRows(jacobian, exact, 2e-6);

        VectorField network = Network(takesTime: true);
        double[] ofNetwork = new double[4];
        network.EvaluateJacobian(0.7, [0.5, -1], ofNetwork);
        ofNetwork.ShouldBeNear(CentralDifferences(network, 0.7, [0.5, -1]), 1e-9, "network of time");
    }

    [Fact]
    public void A_jacobian_function_gets_its_time_and_state_and_a_cleared_matrix()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => dydt[1] = t * y[0], (t, y, jacobian) =>
        {
            jacobian.ToArray().Should().Equal(0, 0, 0, 0);
            jacobian[2] = t * y[0];
        });
        double[] jacobian = [7, 7, 7, 7];
        field.EvaluateJacobian(3, [2, 5], jacobian);
        jacobian.Should().Equal(0, 0, 6, 0);
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_named()
    {
        FluentActions.Invoking(() => Problems.Pendulum.EvaluateJacobian(0, [1], new double[4])).Should().Throw<ArgumentException>().WithParameterName("state");
        FluentActions.Invoking(() => Problems.Pendulum.EvaluateJacobian(0, [1, 2], new double[2])).Should().Throw<ArgumentException>()
            .WithParameterName("jacobian").WithMessage("*has 2 numbers; 4 are needed*");
    }

    internal static NeuralVectorField Network(bool takesTime) =>
        new(new MultilayerPerceptron(takesTime ? 3 : 2, [50], 2, Activation.Tanh, seed: 4), takesTime);

    /// <summary>The problem as a field that only knows its vector–Jacobian products.</summary>
    internal static TrainableVectorField WithProducts(StiffProblems.Problem problem) => TrainableVectorField.FromFunction(problem.Dimension, [],
        (t, y, p, dydt) => problem.Function(t, y, dydt),
        (t, y, p, c, cy, cp) =>
        {
            Span<double> jacobian = stackalloc double[64];
            problem.Jacobian(t, y, jacobian);
            for (int i = 0; i < c.Length; i++)
            {
                for (int j = 0; j < c.Length; j++)
                    cy[j] += c[i] * jacobian[i * c.Length + j];
            }
        });

    private static double Component(VectorField field, int component, double t, double[] state)
    {
        var derivative = new double[field.Dimension];
        field.Evaluate(t, state, derivative);
        return derivative[component];
    }

    private static double[] CentralDifferences(VectorField field, double t, double[] state) =>
        [.. Enumerable.Range(0, field.Dimension).SelectMany(i => Derivatives.CentralDifferences(y => Component(field, i, t, y), state))];

    /// <summary>Within a tolerance relative to the largest element of the row: what rounding of one component's derivative disturbs.</summary>
    private static void ShouldBeNearByRows(double[] actual, double[] expected, double tolerance)
    {
        int dimension = (int)Math.Sqrt(expected.Length);
        for (int i = 0; i < dimension; i++)
        {
            double size = expected.Skip(i * dimension).Take(dimension).Max(Math.Abs);
            for (int j = 0; j < dimension; j++)
                actual[i * dimension + j].Should().BeApproximately(expected[i * dimension + j], tolerance * size, $"∂f{i}/∂y{j}");
        }
    }
}
