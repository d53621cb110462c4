namespace NeuralOde.Tests.Gradients;

public sealed class GradientFailureTests
{
    private static readonly OdeSolverOptions Options = new() { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };

    [Theory]
    [InlineData(false, double.NaN)]
    [InlineData(true, double.PositiveInfinity)]
    public void A_cotangent_that_is_not_finite_is_named(bool isContinuous, double value)
    {
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false), 7) with
        {
            Loss = (sample, output, state, cotangent) => cotangent[1] = sample == 4 && output == 2 ? value : 0.5,
        };
        GradientHarness harness = Harness(isContinuous, problem);

        OdeFailure failure = Failure(harness, problem);

        failure.Status.Should().Be(OdeStatus.NonFiniteCotangent);
        failure.Component.Should().Be(1);
        failure.Time.Should().Be(problem.Times[4][2]);
        harness.FailedSample.Should().Be(4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_vector_Jacobian_product_that_is_not_finite_fails_the_gradient_of_its_sample(bool isContinuous)
    {
        TrainableVectorField field = TrainableVectorField.FromFunction(dimension: 2, parameters: [1.0],
            (t, y, p, dydt) => dydt[0] = dydt[1] = p[0],
            (t, y, p, c, cy, cp) => cy[1] = y[0] > 5.0 ? double.NaN : 0.0);
        var problem = new GradientProblem(field, [[0, 1], [0, 1], [0, 1]], [[1, 0], [2, 0], [5.5, 0]], GradientProblems.WeightedSquares);
        GradientHarness harness = Harness(isContinuous, problem);

        OdeFailure failure = Failure(harness, problem);

        failure.Status.Should().Be(OdeStatus.NonFiniteCotangent);
        failure.Component.Should().Be(1);
        harness.FailedSample.Should().Be(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_parameter_gradient_that_is_not_finite_fails_although_no_sample_can_be_blamed(bool isContinuous)
    {
        TrainableVectorField field = TrainableVectorField.FromFunction(dimension: 1, parameters: [1.0, 2.0],
            (t, y, p, dydt) => dydt[0] = p[0],
            (t, y, p, c, cy, cp) => cp[1] = double.NaN);
        var problem = new GradientProblem(field, [[0, 1], [0, 1]], [[1], [2]], GradientProblems.WeightedSquares);
        GradientHarness harness = Harness(isContinuous, problem);

        OdeFailure failure = Failure(harness, problem);

        failure.Status.Should().Be(OdeStatus.NonFiniteCotangent);
        failure.Message.Should().StartWith("The gradient of a parameter is not finite");
        harness.FailedSample.Should().Be(-1);
    }

    [Fact]
    public void The_limit_of_steps_counts_anew_from_every_observation()
    {
        TrainableVectorField field = GradientProblems.Network(takesTime: false);
        double[] times = [.. Enumerable.Range(0, 300).Select(i => 0.01 * i)];
        var model = new NeuralOdeModel(field) { Solver = Options with { MaxSteps = 100 }, Gradient = GradientMethod.ContinuousAdjoint() };
        model.ComputeGradient(new double[field.Dimension], times, (prediction, cotangent) =>
        {
            cotangent.Fill(1.0);
            return 0.0;
        }).Status.Should().Be(OdeStatus.Success);
    }

    [Fact]
    public void A_backward_solve_that_gives_up_says_so()
    {
        OdeSolverOptions resolved = Options.Resolve(OdeMethod.DormandPrince5);
        GradientProblem problem = GradientProblems.Ragged(GradientProblems.Network(takesTime: false), 2);
        var engine = new ContinuousAdjoint(problem.Field, resolved, resolved with { MaxSteps = 1 }, new BatchLayout(2));
        var harness = new GradientHarness(problem, engine);

        OdeFailure failure = Failure(harness, problem);

        failure.Status.Should().Be(OdeStatus.TooManySteps);
        failure.Component.Should().Be(-1);
        harness.FailedSample.Should().Be(0);
        failure.Time.Should().BeGreaterThan(problem.Times[0][0]).And.BeLessThan(problem.Times[0][^1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_forward_solve_that_fails_names_the_sample_and_the_engine_goes_on(bool isContinuous)
    {
        // y' = p y² from 1 blows up at t = 1.
        TrainableVectorField field = TrainableVectorField.FromFunction(dimension: 1, parameters: [1.0],
            (t, y, p, dydt) => dydt[0] = p[0] * y[0] * y[0],
            (t, y, p, c, cy, cp) =>
            {
                cy[0] = 2.0 * c[0] * p[0] * y[0];
                cp[0] = c[0] * y[0] * y[0];
            });
        var problem = new GradientProblem(field, [[0, 2], [0, 2], [0, 2]], [[0.1], [1.0], [-1.0]], GradientProblems.WeightedSquares);
        GradientHarness harness = Harness(isContinuous, problem);

        OdeFailure? failure = harness.Solve();

        failure.Should().NotBeNull();
        harness.FailedSample.Should().Be(1);
        failure!.Time.Should().BeApproximately(1.0, 1e-3);
        GradientProblem good = problem with { InitialStates = [[0.1], [0.3], [-1.0]] };
        LossGradient again = new GradientHarness(good, harness.Engine).Compute();
        again.Parameters.Should().Equal(Harness(isContinuous, good).Compute().Parameters);
    }

    private static GradientHarness Harness(bool isContinuous, GradientProblem problem)
    {
        GradientMethod method = isContinuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint();
        return new GradientHarness(problem, method.CreateEngine(problem.Field, Options, problem.Samples));
    }

    private static OdeFailure Failure(GradientHarness harness, GradientProblem problem)
    {
        harness.Solve().Should().BeNull();
        for (int sample = 0; sample < problem.Samples; sample++)
            harness.Observe(sample);
        OdeFailure? failure = harness.Backward();
        failure.Should().NotBeNull();
        return failure!;
    }
}
