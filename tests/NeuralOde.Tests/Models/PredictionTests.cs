namespace NeuralOde.Tests.Models;

public sealed class PredictionTests
{
    private static readonly double[] Start = [2.0, 10.0];

    [Fact]
    public void Without_standardization_a_prediction_is_the_solution_of_the_field()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true);
        OdeSolution solution = OdeSolver.Solve(model.Field, [1.0, -0.5], ModelExamples.Times, model.Solver);
        model.Predict([1.0, -0.5], ModelExamples.Times).States.ToArray().Should().Equal(solution.States.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_prediction_follows_the_derivative_in_the_units_of_the_data(bool takesTime)
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime, ModelExamples.Units);
        model.Solver = ModelExamples.Tight;
        VectorField inUnits = VectorField.FromFunction(2, (t, y, dydt) => model.Derivative(t, y, dydt));
        OdeSolution expected = OdeSolver.Solve(inUnits, Start, ModelExamples.Times, ModelExamples.Tight);

        OdeSolution prediction = model.Predict(Start, ModelExamples.Times);
        prediction.Status.Should().Be(OdeStatus.Success);
        for (int output = 0; output < ModelExamples.Times.Length; output++)
        {
            prediction[output, 0].Should().BeApproximately(expected[output, 0], 1e-9);
            prediction[output, 1].Should().BeApproximately(expected[output, 1], 1e-8);
        }
    }

    [Fact]
    public void The_derivative_with_standardization_is_the_fields_times_the_scales()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        var standardized = new double[2];
        var slope = new double[2];
        var derivative = new double[2];
        ModelExamples.Units.Apply(Start, standardized);
        model.Field.Evaluate(0.7, standardized, slope);
        model.Derivative(0.7, Start, derivative);
        derivative.Should().Equal(slope[0] * 0.5, slope[1] * 30.0);
    }

    [Fact]
    public void A_prediction_is_possible_backward_in_time_and_undoes_the_one_forward()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        model.Solver = ModelExamples.Tight;
        double[] end = model.Predict(Start, [0.5, 3.0]).FinalState.ToArray();
        OdeSolution back = model.Predict(end, [3.0, 1.7, 0.5]);
        back.FinalTime.Should().Be(0.5);
        back[2, 0].Should().BeApproximately(Start[0], 1e-9);
        back[2, 1].Should().BeApproximately(Start[1], 1e-8);
    }

    [Fact]
    public void More_times_between_and_beyond_change_nothing_at_the_others()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(standardization: ModelExamples.Units);
        OdeSolution few = model.Predict(Start, [0.0, 4.0]);
        OdeSolution many = model.Predict(Start, [0.0, 0.001, 1.0, 2.5, 3.999, 4.0]);
        many.State(5).ToArray().Should().Equal(few.State(1).ToArray());
        many.Statistics.Evaluations.Should().Be(few.Statistics.Evaluations, "outputs are interpolated");
    }

    [Fact]
    public void A_single_time_gives_the_initial_state()
    {
        OdeSolution solution = ModelExamples.Perceptron().Predict([1.0, -0.5], [7.0]);
        solution.States.ToArray().Should().Equal(1.0, -0.5);
    }

    [Fact]
    public void A_batch_may_be_ragged_and_gives_every_sample_its_own_solution()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units);
        double[][] starts = [[2.0, 10.0], [1.0, -40.0], [0.0, 0.0]];
        double[][] times = [[0.0, 1.0, 2.0], [5.0, 4.0, 3.5, 3.4, -1.0], [0.25]];
        OdeBatchSolution batch = model.PredictBatch(starts, times).EnsureSuccess();
        batch.Count.Should().Be(3);
        for (int sample = 0; sample < 3; sample++)
        {
            double[] alone = model.Predict(starts[sample], times[sample]).States.ToArray();
            batch[sample].Times.ToArray().Should().Equal(times[sample]);
            batch[sample].States.ToArray().Should().Equal(alone, (actual, expected) => Math.Abs(actual - expected) < 1e-11 * (1 + Math.Abs(expected)));
        }
    }

    [Fact]
    public void A_solve_that_fails_says_where_and_keeps_what_was_reached()
    {
        OdeSolution solution = ModelExamples.FiniteTimeBlowUp().Predict([1.0], [0.0, 0.5, 2.0]);
        solution.Status.Should().NotBe(OdeStatus.Success);
        solution.Count.Should().Be(2);
        solution[1, 0].Should().BeApproximately(2.0, 1e-4);
        solution.FinalTime.Should().BeApproximately(1.0, 1e-3);
        solution.Invoking(s => s.EnsureSuccess()).Should().Throw<OdeSolverException>().WithMessage("*at t = 1.0000*The solution may have a singularity here*");
    }

    [Fact]
    public void Two_threads_may_use_one_model_at_once()
    {
        NeuralOdeModel model = ModelExamples.Perceptron(takesTime: true, ModelExamples.Units, hidden: 30);
        model.Gradient = GradientMethod.ContinuousAdjoint();
        double[][] expected = [.. Enumerable.Range(0, 40).Select(Work)];
        double[][] actual = new double[40][];
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => actual[i] = Work(i));
        for (int i = 0; i < 40; i++)
            actual[i].Should().Equal(expected[i]);

        double[] Work(int i)
        {
            double[] start = [2.0 + 0.01 * i, 10.0];
            double[] prediction = model.Predict(start, ModelExamples.Times).States.ToArray();
            return [.. prediction, .. model.ComputeGradient(start, ModelExamples.Times, ModelExamples.Loss).Parameters];
        }
    }
}
