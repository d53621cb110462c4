namespace NeuralOde.Tests.Models;

/// <summary>Models whose vector field is driven by an input, as files.</summary>
public sealed class DrivenModelFileTests
{
    private static readonly double[,] Values = { { 0, 1 }, { 2, -1 }, { 1, 0.5 } };

    public static TheoryData<string> Kinds => new() { "steps", "ramps", "spline", "constant", "combined" };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_that_takes_inputs_from_trajectories_predicts_the_same_once_loaded(bool takesTime)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        var model = new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(takesTime ? 5 : 4, [6], 2, seed: 3), inputDimension: 2, takesTime));
        model.Save(path);
        NeuralOdeModel again = NeuralOdeModel.Load(path);
        again.InputDimension.Should().Be(2);
        again.Predict([1, 2], [0, 1], Signal("ramps")).FinalState.ToArray().Should().Equal(model.Predict([1, 2], [0, 1], Signal("ramps")).FinalState.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void So_does_one_with_an_input_of_its_own(string kind)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        InputSignal signal = Signal(kind);
        var model = new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(signal.Dimension + 1, [6], 1, seed: 3), signal));
        model.Save(path);
        NeuralOdeModel again = NeuralOdeModel.Load(path);
        again.InputDimension.Should().Be(0);
        InputSignal loaded = ((NeuralVectorField)again.Field).Inputs.Should().ContainSingle().Which;
        loaded.Breakpoints.ToArray().Should().Equal(signal.Breakpoints.ToArray());
        foreach (double t in (double[])[-1, 0, 0.3, 1, 1.7, 2.5, 9])
            loaded.Evaluate(t).Should().Equal(signal.Evaluate(t));
        again.Predict([1], [0, 3]).FinalState.ToArray().Should().Equal(model.Predict([1], [0, 3]).FinalState.ToArray());
    }

    [Fact]
    public void Inputs_for_every_sample_are_not_saved()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        var model = new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(3, [], 1), [Signal("ramps"), Signal("steps")]));
        model.Invoking(each => each.Save(path)).Should().Throw<InvalidOperationException>().WithMessage("*2 inputs, one per sample*");
        File.Exists(path).Should().BeFalse();
    }

    [Theory]
    [InlineData("input.0.times", new double[] { 0, 0, 2 }, "*time 1 of the input signal, 0, is not after 0*")]
    [InlineData("input.0.times", new[] { -1e308, 0, 1e308 }, "*difference overflows*")]
    [InlineData("input.0.times", new double[] { 0, 1 }, "*input.0.coefficients' has shape*")]
    [InlineData("input.0.times", new double[0], "*is empty*")]
    [InlineData("input.0.coefficients", null, "*'input.0.coefficients' is missing*")]
    [InlineData("input.0.times", null, "*'input.0.times' is missing*")]
    public void A_damaged_signal_is_refused(string tensor, double[]? values, string message)
    {
        Refused((tensors, _) =>
        {
            SafetensorsTensor old = tensors.Single(each => each.Name == tensor);
            tensors.Remove(old);
            if (values is not null)
                tensors.Add(old with { Values = values, Shape = values.Length == old.Values.Length ? old.Shape : [values.Length] });
        }).Should().Match(message);
    }

    [Theory]
    [InlineData("\"degree\":0", "\"degree\":4", "*degree = 4*")]
    [InlineData("\"degree\":0", "\"degree\":1", "*has shape*")]
    [InlineData("\"dimension\":2", "\"dimension\":0", "*dimension = 0*")]
    [InlineData("[{\"degree\":0,\"dimension\":2}]", "[]", "*input has 0 parts*")]
    [InlineData("\"takesTime\":false", "\"takesTime\":false,\"inputDimension\":2", "*both an inputDimension and an input*")]
    [InlineData("\"takesTime\":false", "\"takesTime\":false,\"inputDimension\":-1", "*inputDimension = -1*")]
    public void So_is_a_damaged_description(string from, string to, string message) =>
        Refused((_, metadata) => metadata["architecture"] = metadata["architecture"].Replace(from, to, StringComparison.Ordinal)).Should().Match(message);

    private static string Refused(Action<List<SafetensorsTensor>, Dictionary<string, string>> change)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        new NeuralOdeModel(new NeuralVectorField(new MultilayerPerceptron(3, [], 1), Signal("steps"))).Save(path);
        ModelFileParts.Change(path, change);
        return FluentActions.Invoking(() => NeuralOdeModel.Load(path)).Should().Throw<ModelFileException>().Which.Message;
    }

    private static InputSignal Signal(string kind) => kind switch
    {
        "steps" => InputSignal.PiecewiseConstant([0, 1, 2], Values),
        "ramps" => InputSignal.PiecewiseLinear([0, 1, 2], Values),
        "spline" => InputSignal.CubicSpline([0, 1, 2], Values),
        "constant" => InputSignal.Constant(3, -1),
        _ => InputSignal.Combine([InputSignal.CubicSpline([0, 1, 2], Values), InputSignal.Constant(0.5), InputSignal.PiecewiseConstant([0, 1.5], [0, 1])]),
    };
}
