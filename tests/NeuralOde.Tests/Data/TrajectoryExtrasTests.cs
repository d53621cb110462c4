namespace NeuralOde.Tests.Data;

/// <summary>What a trajectory may have besides complete states: gaps, an input, weights.</summary>
public sealed class TrajectoryExtrasTests
{
    private static readonly double[] Times = [0, 1, 2];
    private static readonly InputSignal Input = InputSignal.PiecewiseLinear([0, 2], [0, 4]);

    [Fact]
    public void A_number_that_was_not_observed_is_NaN()
    {
        var gappy = new Trajectory(Times, new double[,] { { 1, double.NaN }, { 3, 4 }, { double.NaN, double.NaN } });
        gappy.IsComplete.Should().BeFalse();
        (gappy.IsObserved(0, 0), gappy.IsObserved(0, 1), gappy.IsObserved(2, 0)).Should().Be((true, false, false));
        gappy.Slice(1, 1).IsComplete.Should().BeTrue();
        Action component = () => gappy.IsObserved(0, 2), index = () => gappy.IsObserved(3, 0);
        component.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("component");
        index.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("index");
    }

    [Fact]
    public void Windows_and_splits_keep_input_and_weights()
    {
        Trajectory whole = new Trajectory(Times, new double[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }, Input).WithWeights(new double[,] { { 1, 0 }, { 2, 3 }, { 4, 5 } });
        Trajectory window = whole.Slice(1, 2);
        window.Input.Should().BeSameAs(Input);
        window.Weights.ToArray().Should().Equal(2, 3, 4, 5);
        whole.Slice(1, 2).Slice(1, 1).Weights.ToArray().Should().Equal(4, 5);
        new Trajectory(Times, new double[3, 1]).Weights.IsEmpty.Should().BeTrue();
        whole.WithInput(InputSignal.Constant(2)).Weights.ToArray().Should().Equal(whole.Weights.ToArray());
    }

    [Fact]
    public void Weights_of_another_shape_or_below_0_are_refused()
    {
        var trajectory = new Trajectory(Times, new double[3, 2]);
        Action shape = () => trajectory.WithWeights(new double[2, 2]), negative = () => trajectory.WithWeights(new double[,] { { 1, 1 }, { 1, -2 }, { 1, 1 } }), nan = () => trajectory.WithWeights(new double[,] { { 1, 1 }, { 1, 1 }, { double.NaN, 1 } });
        shape.Should().Throw<ArgumentException>().WithMessage("weights has 2 rows and 2 columns, but the states have 3 and 2.*");
        negative.Should().Throw<ArgumentException>().WithMessage("weights[1, 1] = -2 *");
        nan.Should().Throw<ArgumentException>().WithMessage("weights[2, 0] = NaN *");
    }

    [Fact]
    public void A_dataset_has_inputs_of_one_dimension_and_their_names()
    {
        var driven = new Trajectory(Times, new double[3, 1], Input);
        TrajectoryDataset data = TrajectoryDataset.FromTrajectories([driven, driven], inputNames: ["valve"]);
        (data.InputDimension, data.InputNames![0], data.IsComplete).Should().Be((1, "valve", true));
        Action mixed = () => TrajectoryDataset.FromTrajectories([driven, new Trajectory(Times, new double[3, 1])]);
        Action names = () => TrajectoryDataset.FromTrajectories([driven], inputNames: ["a", "b"]);
        mixed.Should().Throw<ArgumentException>().WithMessage("trajectories[1] has no input, but trajectories[0] has an input of dimension 1.*");
        names.Should().Throw<ArgumentException>().WithMessage("inputNames has 2 names for inputs of dimension 1.*");
    }

    [Fact]
    public void Means_and_scales_are_those_of_what_was_observed()
    {
        double nan = double.NaN;
        TrajectoryDataset gappy = TrajectoryDataset.FromTrajectory(Times, new double[,] { { 1, nan }, { nan, 7 }, { 5, 7 } });
        Standardization standardization = Standardization.FromDataset(gappy);
        standardization.Means.ToArray().Should().Equal(3, 7);
        standardization.Scales.ToArray().Should().Equal(2, 1);
        standardization.Apply(gappy)[0].States.ToArray().Should().Equal(-1, nan, nan, 0, 1, 0);
        Action never = () => Standardization.FromDataset(TrajectoryDataset.FromTrajectory(Times, new double[,] { { 1, nan }, { 2, nan }, { 5, nan } }));
        never.Should().Throw<ArgumentException>().WithMessage("Component 1 was never observed*");
    }
}
