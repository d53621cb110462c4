using NeuralOde.Tests.Dynamics;

namespace NeuralOde.Tests.Gradients;

/// <summary>Gradients of solutions whose right-hand side jumps at known times.</summary>
public sealed class JumpGradientTests
{
    private static readonly double[] Jumps = [0.33, 0.81, 0.2, 1.2];
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12, JumpTimes = Jumps };

    public static TheoryData<bool, string, string> Ways
    {
        get
        {
            var data = new TheoryData<bool, string, string>();
            foreach (bool isContinuous in new[] { false, true })
            {
                foreach (string name in new[] { "switched", "driven network" })
                {
                    foreach (string method in new[] { "DormandPrince5", "Tsitouras5", "DormandPrince8", "BogackiShampine3" })
                        data.Add(isContinuous, name, method);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void They_are_those_of_finite_differences(bool isContinuous, string field, string method)
    {
        OdeMethod named = OdeMethod.All.Single(one => one.Name == method);
        bool isLow = named.Order < 5;
        OdeSolverOptions options = Tight with { Method = named, RelativeTolerance = isLow ? 1e-9 : 1e-11, AbsoluteTolerance = isLow ? 1e-10 : 1e-12 };
        GradientProblem problem = Problem(field);
        LossGradient actual = GradientHarness.Compute(isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(), options, problem);
        actual.ShouldAgreeWith(FiniteDifferences.Of(problem, Tight), isLow ? 1e-5 : 1e-7);
    }

    [Theory]
    [InlineData("DormandPrince5")]
    [InlineData("DormandPrince8")]
    [InlineData("RungeKutta4")]
    [InlineData("Midpoint")]
    public void The_discrete_adjoint_is_the_exact_gradient_of_fixed_steps_too_large_to_be_accurate(string method)
    {
        var options = new OdeSolverOptions { Method = OdeMethod.All.Single(one => one.Name == method), FixedStep = 0.3, JumpTimes = Jumps };
        foreach (string field in new[] { "switched", "driven network" })
        {
            // Outputs on jump times, too: only their gradient with respect to time is none there.
            GradientProblem problem = Problem(field) with { Times = [[0.0, 0.1, 0.33, 0.6, 0.9], [1.3, 0.81, 0.5], [0.2, 1.0], [-0.1, 0.5, 0.85, 1.2]] };
            LossGradient actual = GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), options, problem);
            LossGradient.RelativeDifference(actual.Parameters, FiniteDifferences.Parameters(problem, options)).Should().BeLessThan(1e-8);
            LossGradient.RelativeDifference(LossGradient.Flat(actual.InitialStates), LossGradient.Flat(FiniteDifferences.InitialStates(problem, options))).Should().BeLessThan(1e-8);
        }
    }

    [Fact]
    public void Rejected_steps_behind_a_jump_leave_no_trace()
    {
        // The law behind the jump is ten times as fast, so that the step carried over is rejected.
        GradientProblem problem = Problem("switched");
        problem.Field.Parameters[1] *= 10;
        OdeSolverOptions options = Tight with { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-9 };
        var harness = new GradientHarness(problem, GradientMethod.DiscreteAdjoint().CreateEngine(problem.Field, options, problem.Samples));
        LossGradient actual = harness.Compute();
        harness.Engine.ForwardStatistics.RejectedSteps.Should().BeGreaterThan(5);
        actual.ShouldAgreeWith(FiniteDifferences.Of(problem, Tight), 1e-5);
    }

    [Fact]
    public void At_the_last_time_the_slope_before_the_jump_counts_and_at_the_first_the_one_behind()
    {
        var field = TrainableVectorField.FromFunction(1, [2.0], (t, y, p, dydt) => dydt[0] = t < 0.5 ? p[0] : 10, (t, y, p, c, cy, cp) => { cy[0] = 0; cp[0] = t < 0.5 ? c[0] : 0; });
        foreach (GradientMethod method in new[] { GradientMethod.DiscreteAdjoint(), GradientMethod.ContinuousAdjoint() })
        {
            var model = new NeuralOdeModel(field) { Solver = new OdeSolverOptions { JumpTimes = [0.5] }, Gradient = method };
            GradientResult before = model.ComputeGradient([0.0], [0.0, 0.5], (prediction, cotangent) => { cotangent[1] = 1; return prediction[1]; });
            before.Times.ToArray().Should().Equal(-2, 2);
            before.Parameters[0].Should().BeApproximately(0.5, 1e-14);
            GradientResult behind = model.ComputeGradient([0.0], [0.5, 1.0], (prediction, cotangent) => { cotangent[1] = 1; return prediction[1]; });
            behind.Times.ToArray().Should().Equal(-10, 10);
            behind.Parameters[0].Should().Be(0);
            GradientResult back = model.ComputeGradient([0.0], [0.5, 0.0], (prediction, cotangent) => { cotangent[1] = 1; return prediction[1]; });
            back.Times.ToArray().Should().Equal(-2, 2);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sample_has_the_same_gradient_alone_and_beside_others_that_jump_elsewhere(bool isContinuous)
    {
        InputSignal[] signals = [ForcedDecay.Steps.Signal, ForcedDecay.Ramps.Signal, ForcedDecay.Hat.Signal];
        var network = new MultilayerPerceptron(2, [4], 1, seed: 2);
        double[][] times = [[0, 0.3, 1.2, 1.9, 3.8], [0.4, 0.6, 1.8], [3.9, 2.2, 0.2]], states = [[0.8], [-0.3], [0.5]];
        GradientMethod method = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint();
        LossGradient all = GradientHarness.Compute(method, Tight, new GradientProblem(new NeuralVectorField(network, signals), times, states, GradientProblems.WeightedSquares));
        for (int i = 0; i < 3; i++)
        {
            int sample = i;
            LossGradient one = GradientHarness.Compute(method, Tight, new GradientProblem(new NeuralVectorField(network, signals[i]), [times[i]], [states[i]],
                (_, output, state, cotangent) => GradientProblems.WeightedSquares(sample, output, state, cotangent)));
            LossGradient.RelativeDifference(all.InitialStates[i], one.InitialStates[0]).Should().BeLessThan(1e-12);
            LossGradient.RelativeDifference(all.Times[i], one.Times[0]).Should().BeLessThan(1e-12);
        }
    }

    private static GradientProblem Problem(string field) => new(field == "switched" ? Switched() : Driven(),
        [[0.0, 0.1, 0.36, 0.6, 0.9], [1.3, 0.7, 0.5], [0.25, 1.0], [-0.1, 0.5, 0.85, 1.1]],
        [[0.9, 0.7], [-0.4, 0.2], [1.5, -1], [0.1, 0.2]], GradientProblems.WeightedSquares);

    /// <summary>Two linear laws that take turns at the jump times.</summary>
    private static TrainableVectorField Switched() => TrainableVectorField.FromFunction(2, [0.7, 1.6],
        (t, y, p, dydt) =>
        {
            double rate = p[Phase(t)];
            dydt[0] = rate * y[1];
            dydt[1] = -rate * Math.Sin(y[0]) + Math.Cos(t);
        },
        (t, y, p, c, cy, cp) =>
        {
            int phase = Phase(t);
            cy[0] = -p[phase] * Math.Cos(y[0]) * c[1];
            cy[1] = p[phase] * c[0];
            cp[0] = cp[1] = 0;
            cp[phase] = c[0] * y[1] - c[1] * Math.Sin(y[0]);
        });

    private static int Phase(double t) => Jumps.Count(jump => jump <= t) % 2;

    /// <summary>A network that sees a switch.</summary>
    private static NeuralVectorField Driven() =>
        new(new MultilayerPerceptron(3, [5], 2, Activation.Tanh, seed: 4), InputSignal.PiecewiseConstant([0, 0.2, 0.33, 0.81, 1.2], [1, -1, 0.5, 2, -2]));
}
