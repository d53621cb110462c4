namespace NeuralOde.Tests.Gradients;

/// <summary>Samples whose steps are rejected, some for NaN or overflow in a trial stage, beside samples that go on.</summary>
public sealed class RejectedStepGradientTests
{
    private static readonly OdeSolverOptions Tight = new() { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 };

    public static TheoryData<bool, string> MethodsAndSolvers => new()
    {
        { false, nameof(OdeMethod.DormandPrince5) },
        { false, nameof(OdeMethod.BogackiShampine3) },
        { false, nameof(OdeMethod.DormandPrince8) },
        { true, nameof(OdeMethod.DormandPrince5) },
        { true, nameof(OdeMethod.BogackiShampine3) },
        { true, nameof(OdeMethod.DormandPrince8) },
    };

    [Theory]
    [MemberData(nameof(MethodsAndSolvers))]
    public void Rejected_steps_leave_no_trace_in_the_gradient(bool isContinuous, string solver)
    {
        // A controller with hardly a safety margin has many steps rejected.
        OdeSolverOptions options = Options(solver, initialStep: 3.0) with { Controller = new StepSizeController { Safety = 0.99 } };
        var problem = new GradientProblem(VanDerPol(),
            [[0, 0.3, 2.0], [0, 0.001, 1.0, 1.7], [0, 0.002, 0.003, 2.0], [0.5, 0.51]], [[2.0, 0.0], [0.5, 0.0], [-1.5, 1.0], [0.7, 0.2]], GradientProblems.WeightedSquares);
        GradientEngine engine = Engine(isContinuous, problem, options, backwardInitialStep: 3.0);

        LossGradient gradient = new GradientHarness(problem, engine).Compute();

        engine.ForwardStatistics.RejectedSteps.Should().BeGreaterThan(10);
        gradient.ShouldAgreeWith(FiniteDifferences.Of(problem, FiniteDifferences.Tight), 1e-7);
    }

    [Theory]
    [MemberData(nameof(MethodsAndSolvers))]
    public void A_trial_stage_outside_the_domain_leaves_no_trace_in_the_gradient(bool isContinuous, string solver)
    {
        int outside = 0;
        TrainableVectorField draining = Draining(() => outside++);
        // While the first sample is refused its long first step, the others take their short ones.
        var problem = new GradientProblem(draining, [[0, 60.0], [0, 1e-4, 2e-4, 10.0], [0, 1e-4]], [[100.0], [6.0], [3.0]], GradientProblems.WeightedSquares);
        OdeSolverOptions options = Options(solver, initialStep: 60.0) with { StepToOutputTimes = true };
        GradientEngine engine = Engine(isContinuous, problem, options, backwardInitialStep: 50.0);

        LossGradient gradient = new GradientHarness(problem, engine).Compute();

        outside.Should().BePositive();
        gradient.ShouldAgreeWith(FiniteDifferences.Of(problem, FiniteDifferences.Tight), 1e-7);
    }

    [Theory]
    [MemberData(nameof(MethodsAndSolvers))]
    public void An_overflow_in_a_trial_stage_of_a_network_leaves_no_trace_in_the_gradient(bool isContinuous, string solver)
    {
        // About z' = −z⁹/2: a first step from the start to the end of the first sample overflows.
        var network = new Sequential(seed: 5, new ElementwisePower(2, 9), new Dense(2, 3), new Dense(3, 2));
        double[] parameters = [1.0, 0.0, 0.2, 0.0, 1.0, 0.1, 0.01, -0.02, 0.0, -0.5, 0.0, 0.0, -0.5, 0.1, 0.05, 0.0, 0.02];
        parameters.CopyTo(network.Parameters);
        var problem = new GradientProblem(new NeuralVectorField(network),
            [[0, 1.0, 2.0], [0, 1e-4], [0, 1e-4, 1.0], [0, 1.5]], [[-1.8, 1.6], [0.9, 0.2], [-0.8, 0.9], [1.1, -1.0]], GradientProblems.WeightedSquares);
        OdeSolverOptions options = Options(solver, initialStep: 2.0) with { StepToOutputTimes = true };
        var oneStep = new DiscreteAdjoint(problem.Field, options with { FixedStep = 2.0 }, new BatchLayout(1));
        new GradientHarness(problem.OnlySample(0), oneStep).Solve()!.Status.Should().Be(OdeStatus.NonFiniteState);
        GradientEngine engine = Engine(isContinuous, problem, options, backwardInitialStep: 2.0);

        LossGradient gradient = new GradientHarness(problem, engine).Compute();

        engine.ForwardStatistics.RejectedSteps.Should().BePositive();
        gradient.ShouldAgreeWith(FiniteDifferences.Of(problem, FiniteDifferences.Tight), 1e-7);
    }

    private static OdeSolverOptions Options(string solver, double initialStep) =>
        Tight with { Method = OdeMethod.All.Single(method => method.Name == solver), InitialStep = initialStep };

    /// <summary>A continuous adjoint whose own first step is too long as well.</summary>
    private static GradientEngine Engine(bool isContinuous, GradientProblem problem, OdeSolverOptions options, double backwardInitialStep)
    {
        var layout = new BatchLayout(problem.Samples);
        return isContinuous
            ? new ContinuousAdjoint(problem.Field, options, options with { InitialStep = backwardInitialStep }, layout)
            : new DiscreteAdjoint(problem.Field, options, layout);
    }

    private static TrainableVectorField VanDerPol() => TrainableVectorField.FromFunction(dimension: 2, parameters: [1.5, 1.0],
        (t, y, p, dydt) =>
        {
            dydt[0] = y[1];
            dydt[1] = p[0] * (1.0 - y[0] * y[0]) * y[1] - p[1] * y[0];
        },
        (t, y, p, c, cy, cp) =>
        {
            cy[0] = c[1] * (-2.0 * p[0] * y[0] * y[1] - p[1]);
            cy[1] = c[0] + c[1] * p[0] * (1.0 - y[0] * y[0]);
            cp[0] = c[1] * (1.0 - y[0] * y[0]) * y[1];
            cp[1] = -c[1] * y[0];
        });

    /// <summary>A tank that drains through a hole: y' = p0 − p1 √y.</summary>
    private static TrainableVectorField Draining(Action onOutside) => TrainableVectorField.FromFunction(dimension: 1, parameters: [2.0, 1.0],
        (t, y, p, dydt) =>
        {
            if (y[0] < 0.0)
                onOutside();
            dydt[0] = p[0] - p[1] * Math.Sqrt(y[0]);
        },
        (t, y, p, c, cy, cp) =>
        {
            cy[0] = -c[0] * p[1] / (2.0 * Math.Sqrt(y[0]));
            cp[0] = c[0];
            cp[1] = -c[0] * Math.Sqrt(y[0]);
        });
}
