using NeuralOde.Plots;
using ScottPlot;
using ScottPlot.Plottables;

namespace NeuralOde.Tests.Plots;

public class LossFigureTests
{
    [Fact]
    public void The_axis_shows_logarithms_of_losses()
    {
        Plot panel = Figure.Loss([Cases.Step(1, 100), Cases.Step(2, 1, validation: 10), Cases.Step(3, 0.01, validation: 0.1)]).Panels[0];

        panel.Series("training").Should().Equal(new Coordinates(1, 2), new Coordinates(2, 0), new Coordinates(3, -2));
        panel.Series("validation").Should().Equal(new Coordinates(2, 1), new Coordinates(3, -1));
        panel.Series("best validation, iteration 3").Should().Equal(new Coordinates(3, -1));
        panel.Limits().Bottom.Should().BeInRange(-2.5, -2);
        panel.Limits().Top.Should().BeInRange(2, 2.5);
    }

    [Fact]
    public void A_loss_that_is_not_positive_has_a_linear_axis()
    {
        Plot panel = Figure.Loss([Cases.Step(1, 2), Cases.Step(2, 0), Cases.Step(3, -1)]).Panels[0];

        panel.Series("training").Select(point => point.Y).Should().Equal(2, 0, -1);
    }

    [Fact]
    public void Many_iterations_have_the_mean_of_their_logarithms_over_a_fiftieth()
    {
        double[] logarithms = [.. Enumerable.Range(0, 200).Select(i => Math.Sin(i))];

        Plot panel = Figure.Loss(logarithms.Select((value, i) => Cases.Step(i + 1, Math.Pow(10, value)))).Panels[0];

        Coordinates[] mean = panel.Series("running mean (geometric)");
        mean.Should().HaveCount(197);
        for (int i = 0; i < mean.Length; i++)
            mean[i].Y.Should().BeApproximately(logarithms[i..(i + 4)].Average(), 1e-12);
        panel.Series("each minibatch").Should().HaveCount(200);
    }

    [Fact]
    public void Skipped_minibatches_are_counted_and_marked_where_they_were()
    {
        Plot panel = Figure.Loss([Cases.Step(1, 1), Cases.Step(2, double.NaN, isSkipped: true), Cases.Step(3, 7e9, isSkipped: true), Cases.Step(4, 0.5)]).Panels[0];

        panel.Series("skipped minibatches (2)").Select(point => point.X).Should().Equal(2, 3);
        panel.Series("training").Select(point => point.X).Should().Equal(1, 4);
        panel.Limits().Top.Should().BeLessThan(1, "a skipped minibatch's loss is no part of the training");
    }

    [Fact]
    public void Runs_that_count_anew_are_drawn_one_after_the_other()
    {
        Plot panel = Figure.Loss([Cases.Step(1, 1), Cases.Step(2, 1), Cases.Step(1, 1), Cases.Step(2, 1), Cases.Step(5, 1)]).Panels[0];

        panel.Series("training").Select(point => point.X).Should().Equal(1, 2, 3, 4, 7);
        panel.GetPlottables<VerticalLine>().Select(line => line.X).Should().Equal(2.5);
    }

    [Fact]
    public void A_run_without_a_finite_loss_says_so()
    {
        Figure figure = Figure.Loss([Cases.Step(1, double.NaN, isSkipped: true), Cases.Step(2, double.PositiveInfinity, double.NaN, isSkipped: true)]);

        Drawn.Texts(figure).Select(text => text.Text).Should().Contain("no iteration has a finite loss");
    }

    [Fact]
    public void No_iteration_is_refused()
    {
        FluentActions.Invoking(() => Figure.Loss([])).Should().Throw<ArgumentException>().WithParameterName("history");
        FluentActions.Invoking(() => Figure.Loss(null!)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void What_a_trainer_yields_is_a_history()
    {
        var trainer = new Trainer(new NeuralOdeModel(new MultilayerPerceptron(2, [4], 2, seed: 1)), new TrainingOptions { Iterations = 3, BatchSize = 2, SegmentLength = 3 });

        Figure.Loss(trainer.Run(Cases.Waves(2, 12))).Panels[0].Series("training").Should().HaveCount(3);
    }
}
