namespace NeuralOde.Tests.Models;

public sealed class ModelMisuseTests
{
    private static readonly NeuralOdeModel Model = ModelExamples.Perceptron();

    public static TheoryData<string, Action> WrongArguments => new()
    {
        { "*initialState has 3 numbers; 2 are needed*", () => Model.Predict([1, 2, 3], [0, 1]) },
        { "*initialState[1] = NaN is not finite*", () => Model.Predict([1, double.NaN], [0, 1]) },
        { "*times is empty*", () => Model.Predict([1, 2], []) },
        { "*times[2] = 0.5 goes back behind times[1] = 1*", () => Model.Predict([1, 2], [0, 1, 0.5, 2]) },
        { "*times[1] = Infinity is not finite*", () => Model.Predict([1, 2], [0, double.PositiveInfinity]) },
        { "*initialStates is empty*", () => Model.PredictBatch([], []) },
        { "*times has 1 entries for 2 initial states*", () => Model.PredictBatch([[1, 2], [3, 4]], [[0, 1]]) },
        { "*initialStates[1] has 1 numbers; 2 are needed*", () => Model.PredictBatch([[1, 2], [3]], [[0, 1], [0, 1]]) },
        { "*times[1][1] = NaN is not finite*", () => Model.PredictBatch([[1, 2], [3, 4]], [[0, 1], [0, double.NaN]]) },
        { "*state has 1 numbers; 2 are needed*", () => Model.Derivative(0, [1], new double[2]) },
        { "*derivative has 3 numbers; 2 are needed*", () => Model.Derivative(0, [1, 2], new double[3]) },
        { "*initialState has 1 numbers; 2 are needed*", () => Model.ComputeGradient([1], [0, 1], ModelExamples.Loss) },
        { "*initialState[0] = -Infinity is not finite*", () => Model.ComputeGradient([double.NegativeInfinity, 2], [0, 1], ModelExamples.Loss) },
        { "*times[2] = 1 goes back*", () => Model.ComputeGradient([1, 2], [0, 2, 1, 3], ModelExamples.Loss) },
        { "*loss*", () => Model.ComputeGradient([1, 2], [0, 1], null!) },
        { "*initialStates is empty*", () => Model.ComputeBatchGradient([], [], (_, _, _) => 0) },
        { "*times has 2 entries for 1 initial states*", () => Model.ComputeBatchGradient([[1, 2]], [[0, 1], [0, 1]], (_, _, _) => 0) },
        { "*times[0] is empty*", () => Model.ComputeBatchGradient([[1, 2]], [[]], (_, _, _) => 0) },
        { "*RelativeTolerance must be*-1*", () => Model.Solver = new OdeSolverOptions { RelativeTolerance = -1 } },
        { "*AbsoluteTolerance*NaN*", () => Model.Solver = new OdeSolverOptions { AbsoluteTolerance = double.NaN } },
        { "*MaxSteps*", () => Model.Solver = new OdeSolverOptions { MaxSteps = 0 } },
        { "*RungeKutta4 has no error estimate*set FixedStep*", () => Model.Solver = new OdeSolverOptions { Method = OdeMethod.RungeKutta4 } },
        { "*Beta1 = 3*is no controller*", () => Model.Solver = new OdeSolverOptions { Controller = new StepSizeController { Beta1 = 3 } } },
        { "*value*", () => Model.Solver = null! },
        { "*value*", () => Model.Gradient = null! },
        { "*relativeTolerance must be from 0 to below 1*", () => GradientMethod.ContinuousAdjoint(relativeTolerance: -1e-3) },
        { "*relativeTolerance must be from 0 to below 1*", () => GradientMethod.ContinuousAdjoint(relativeTolerance: double.NaN) },
        { "*absoluteTolerance must be finite and not negative*", () => GradientMethod.ContinuousAdjoint(absoluteTolerance: double.PositiveInfinity) },
        { "*standardization is for 2 components; the model has 1*", () => _ = new NeuralOdeModel(new MultilayerPerceptron(1, [], 1)) { Standardization = ModelExamples.Units } },
        { "*takes 3 numbers and gives 2*takesTime: true*", () => _ = new NeuralOdeModel(new MultilayerPerceptron(3, [4], 2)) },
        { "*takes 2 numbers and gives 2*needs 3 inputs*", () => _ = new NeuralOdeModel(new MultilayerPerceptron(2, [4], 2), takesTime: true) },
        { "*field*", () => _ = new NeuralOdeModel((TrainableVectorField)null!) },
        { "*network*", () => _ = new NeuralOdeModel((Network)null!) },
    };

    [Theory]
    [MemberData(nameof(WrongArguments))]
    public void A_wrong_argument_is_named_with_its_index_and_value(string message, Action act)
    {
        OdeSolverOptions solver = Model.Solver;
        act.Should().Throw<ArgumentException>().WithMessage(message);
        Model.Solver.Should().BeSameAs(solver, "what is refused is not kept");
    }

    public static TheoryData<OdeMethod> WithoutGradient { get; } = [.. OdeMethod.All.Where(method => !method.HasGradient)];

    [Theory]
    [MemberData(nameof(WithoutGradient))]
    public void A_method_without_a_gradient_is_refused_before_anything_is_solved(OdeMethod method)
    {
        method.Tableau.Should().BeNull("the explicit Runge–Kutta methods have one");
        NeuralOdeModel model = ModelExamples.Perceptron();
        OdeSolverOptions before = model.Solver;
        model.Invoking(m => m.Solver = new OdeSolverOptions { Method = method }).Should().Throw<ArgumentException>()
            .WithMessage($"There are no gradients through {method.Name}. Use an explicit Runge–Kutta method such as DormandPrince5; to predict with {method.Name} only, give Predict or PredictBatch its own OdeSolverOptions.*");
        model.Solver.Should().BeSameAs(before, "what is refused is not kept");
        // What the message names works.
        model.Predict([1.0, -0.5], [0.0, 1], new OdeSolverOptions { Method = method }).Status.Should().Be(OdeStatus.Success);
    }

    [Fact]
    public void Every_explicit_method_has_a_gradient_and_so_has_one_of_ones_own()
    {
        OdeMethod own = OdeMethod.FromTableau("Kutta3", order: 3, nodes: [0, 0.5, 1], couplings: [[], [0.5], [-1, 2]], weights: [1.0 / 6, 4.0 / 6, 1.0 / 6]);
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.HasGradient).Append(own))
        {
            NeuralOdeModel model = ModelExamples.Perceptron();
            model.Solver = new OdeSolverOptions { Method = method, FixedStep = method.IsAdaptive ? null : 0.1 };
            model.ComputeGradient([1.0, -0.5], [0, 1], ModelExamples.Loss).Status.Should().Be(OdeStatus.Success);
        }
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_forward_solve_that_fails_gives_a_status_and_NaN_for_loss_and_gradients(string method)
    {
        NeuralOdeModel model = ModelExamples.FiniteTimeBlowUp();
        model.Gradient = ModelExamples.Method(method);
        GradientResult result = model.ComputeGradient([1.0], [0, 0.5, 2], (_, _) => throw new InvalidOperationException("there is nothing to take the loss of"));

        result.Status.Should().NotBe(OdeStatus.Success);
        result.Failure!.Time.Should().BeApproximately(1.0, 1e-3);
        result.Loss.Should().Be(double.NaN);
        result.Parameters.ToArray().Should().Equal(double.NaN);
        result.InitialState.ToArray().Should().Equal(double.NaN);
        result.Times.ToArray().Should().Equal(double.NaN, double.NaN, double.NaN);
        result.ForwardStatistics.Evaluations.Should().BePositive();
        result.BackwardStatistics.Should().Be(default(OdeStatistics));
        result.Invoking(r => r.EnsureSuccess()).Should().Throw<OdeSolverException>()
            .Where(e => e.Failure == result.Failure).WithMessage("*at t = 1.0000*The solution may have a singularity here*");
    }

    [Fact]
    public void A_backward_solve_that_fails_keeps_the_loss_and_gives_NaN_gradients()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Gradient = GradientMethod.ContinuousAdjoint(relativeTolerance: 0, absoluteTolerance: 1e-300);
        GradientResult result = model.ComputeGradient([1.0, -0.5], [0, 2], ModelExamples.Loss);
        result.Status.Should().NotBe(OdeStatus.Success);
        result.Loss.Should().Be(ModelExamples.LossOf(model, [1.0, -0.5], [0, 2]));
        result.Parameters.ToArray().Should().AllSatisfy(x => x.Should().Be(double.NaN));
        result.Times.ToArray().Should().AllSatisfy(x => x.Should().Be(double.NaN));
    }

    [Theory]
    [InlineData("discrete")]
    [InlineData("continuous")]
    public void A_cotangent_that_is_not_finite_is_a_failure_with_its_time_and_component(string method)
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Gradient = ModelExamples.Method(method);
        GradientResult result = model.ComputeGradient([1.0, -0.5], [0, 1, 2], (_, cotangent) =>
        {
            cotangent[3] = double.PositiveInfinity;
            return 5;
        });
        result.Failure.Should().Be(new OdeFailure { Status = OdeStatus.NonFiniteCotangent, Time = 1.0, Component = 1 });
        result.Parameters[0].Should().Be(double.NaN);
        model.ComputeGradient([1.0, -0.5], [0, 1, 2], ModelExamples.Loss).Status.Should().Be(OdeStatus.Success);
    }

    [Fact]
    public void A_batch_names_the_sample_that_failed()
    {
        BatchGradientResult result = ModelExamples.FiniteTimeBlowUp().ComputeBatchGradient([[0.1], [1.0]], [[0, 1], [0, 3]], (_, _, _) => 0);
        result.FailedSample.Should().Be(1);
        result.Invoking(r => r.EnsureSuccess()).Should().Throw<OdeSolverException>().WithMessage("Sample 1: *");
        result.InitialState(0).ToArray().Should().Equal(double.NaN);
    }
}
