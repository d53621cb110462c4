namespace NeuralOde.Tests.Models;

/// <summary>Predictions with options of their own: any method, events and dense output, in the data's units.</summary>
public sealed class PredictionOptionsTests
{
    private static readonly double[] Start = [2.0, 10.0];

    /// <summary>The model's own vector field, in the data's units, without its standardization: what predictions are compared with.</summary>
    private static VectorField InUnits(NeuralOdeModel model) => VectorField.FromFunction(2, (t, y, dydt) => model.Derivative(t, y, dydt));

    public static TheoryData<OdeMethod> Methods { get; } = [.. OdeMethod.All.Where(method => method.IsAdaptive)];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_predicts_in_the_units_of_the_data(OdeMethod method)
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        OdeSolution expected = OdeSolver.Solve(InUnits(model), Start, ModelExamples.Times, ModelExamples.Tight);
        OdeSolution prediction = model.Predict(Start, ModelExamples.Times, new OdeSolverOptions { Method = method, RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-8, DenseOutput = true });
        prediction.Status.Should().Be(OdeStatus.Success);
        for (int output = 0; output < ModelExamples.Times.Length; output++)
        {
            prediction[output, 0].Should().BeApproximately(expected[output, 0], 1e-5);
            prediction[output, 1].Should().BeApproximately(expected[output, 1], 5e-4);
        }

        prediction.Evaluate(0.3)[1].Should().BeApproximately(expected[1, 1], 1e-4);
    }

    [Fact]
    public void Events_see_and_change_states_in_the_units_of_the_data()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        double level = (OdeSolver.Solve(InUnits(model), Start, [0.0, 1.5], ModelExamples.Tight).FinalState[1] + Start[1]) / 2;
        OdeEvent Crossing(EventAction action) => new((t, y) => y[1] - level, action: action, stateChange: action == EventAction.Terminate ? null : (t, y) => y[1] += 5.0, name: "level");

        foreach (EventAction action in Enum.GetValues<EventAction>())
        {
            OdeSolverOptions options = ModelExamples.Tight with { Events = [Crossing(action)] };
            OdeSolution expected = OdeSolver.Solve(InUnits(model), Start, [0.0, 1.5], options);
            OdeSolution prediction = model.Predict(Start, [0.0, 1.5], options);
            prediction.Status.Should().Be(expected.Status);
            prediction.Events.Should().HaveSameCount(expected.Events).And.NotBeEmpty();
            for (int i = 0; i < expected.Events.Count; i++)
            {
                prediction.Events[i].Time.Should().BeApproximately(expected.Events[i].Time, 1e-10);
                prediction.Events[i].StateBefore[1].Should().BeApproximately(level, 1e-9);
                prediction.Events[i].StateAfter[1].Should().BeApproximately(expected.Events[i].StateAfter[1], 1e-8);
                prediction.Events[i].StateAfter[0].Should().Be(prediction.Events[i].StateBefore[0], "the change leaves it");
            }

            prediction.FinalState[0].Should().BeApproximately(expected.FinalState[0], 1e-8);
            prediction.FinalState[1].Should().BeApproximately(expected.FinalState[1], 1e-7);
        }
    }

    [Fact]
    public void A_batch_is_predicted_as_its_samples_are_alone()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        OdeSolverOptions options = new() { Method = OdeMethod.Rodas5P, Output = OdeOutput.Steps, Events = [new OdeEvent((t, y) => y[0] - 1.9)] };
        OdeBatchSolution batch = model.PredictBatch([Start, [1.0, -40.0]], [[0.0, 1.5], [0.0, 2.0]], options);
        OdeSolution alone = model.Predict(Start, [0.0, 1.5], options);
        batch[0].States.ToArray().Should().Equal(alone.States.ToArray());
        batch[0].Events.Select(hit => hit.Time).Should().Equal(alone.Events.Select(hit => hit.Time));
    }

    [Fact]
    public void A_prediction_with_events_goes_on_in_the_units_of_the_data()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        double level = model.Predict(Start, [0.0, 1.2], ModelExamples.Tight).FinalState[1];
        OdeSolverOptions options = ModelExamples.Tight with { Events = [new OdeEvent((t, y) => y[1] - level)] };
        OdeSolution later = model.Predict(Start, [0.0, 0.5], options).Continue(2.0);
        later.Events.Should().ContainSingle().Which.Time.Should().BeApproximately(1.2, 1e-9);
    }

    [Fact]
    public void The_models_own_solver_is_not_touched()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        OdeSolverOptions before = model.Solver;
        model.Predict([1.0, -0.5], ModelExamples.Times, new OdeSolverOptions());
        model.Solver.Should().BeSameAs(before);
        model.Predict([1.0, -0.5], ModelExamples.Times, model.Solver).States.ToArray().Should().Equal(model.Predict([1.0, -0.5], ModelExamples.Times).States.ToArray());
    }

    [Fact]
    public void Absurd_options_are_refused_by_name()
    {
        NeuralOdeModel model = ModelExamples.Perceptron();
        model.Invoking(m => m.Predict([1.0, -0.5], [0.0, 1.0], new OdeSolverOptions { RelativeTolerance = 2 })).Should().Throw<ArgumentException>().WithMessage("RelativeTolerance*");
        model.Invoking(m => m.Predict([1.0, -0.5], [0.0, 1.0], options: null!)).Should().Throw<ArgumentNullException>();
        model.Invoking(m => m.PredictBatch([[1.0, -0.5]], [[0.0, 1.0]], options: null!)).Should().Throw<ArgumentNullException>();
    }
}
