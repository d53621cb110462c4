using CsCheck;
using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Networks;

public class NetworkTests
{
    [Fact]
    public void A_multilayer_perceptron_computes_what_a_hand_computation_gives()
    {
        var network = new MultilayerPerceptron(inputs: 2, hidden: [3], outputs: 1, Activation.Tanh);
        // W1 = [1 2; 3 4; 5 6], b1 = (0.1, 0.2, 0.3), W2 = [-1 0.5 2], b2 = 0.7; matrices column by column.
        new[] { 1.0, 3, 5, 2, 4, 6, 0.1, 0.2, 0.3, -1, 0.5, 2, 0.7 }.CopyTo(network.Parameters);

        double x = 0.25, y = -0.125;
        double expected = -Math.Tanh(x + 2 * y + 0.1) + 0.5 * Math.Tanh(3 * x + 4 * y + 0.2) + 2 * Math.Tanh(5 * x + 6 * y + 0.3) + 0.7;
        network.Evaluate(x, y)[0].Should().BeApproximately(expected, 1e-15);
    }

    [Fact]
    public void A_sequential_network_applies_its_layers_in_order()
    {
        var network = new Sequential(seed: 1, new ElementwisePower(2, 3), new Dense(2, 1, hasBias: false), new ActivationLayer(1, Activation.Sigmoid), new ElementwisePower(1, 2));
        new[] { 2.0, -1.0 }.CopyTo(network.Parameters);

        network.Evaluate(0.5, 0.8)[0].Should().BeApproximately(Math.Pow(1 / (1 + Math.Exp(-(2 * 0.125 - 0.512))), 2), 1e-15);
    }

    [Fact]
    public void Without_hidden_layers_a_multilayer_perceptron_is_one_linear_layer()
    {
        var network = new MultilayerPerceptron(3, [], 2);
        network.Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>();
        network.ParameterCount.Should().Be(8);
    }

    [Fact]
    public void An_identity_activation_leaves_linear_layers_only() =>
        new MultilayerPerceptron(2, [50, 4], 2, Activation.Identity).Layers.Should().HaveCount(3).And.AllBeOfType<Dense>();

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        var first = new MultilayerPerceptron(2, [50], 2, seed: 7);
        first.Parameters.ToArray().Should().Equal(new MultilayerPerceptron(2, [50], 2, seed: 7).Parameters.ToArray());
        first.Parameters.ToArray().Should().NotEqual(new MultilayerPerceptron(2, [50], 2, seed: 8).Parameters.ToArray());
    }

    [Theory]
    [InlineData(WeightInitialization.XavierUniform)]
    [InlineData(WeightInitialization.XavierNormal)]
    public void Weights_have_the_mean_and_variance_of_Glorot_and_Bengio_and_biases_are_zero(WeightInitialization initialization)
    {
        const int inputs = 300, outputs = 200;
        var network = new Sequential(seed: 3, new Dense(inputs, outputs, initialization));
        double[] weights = network.Parameters[..(inputs * outputs)].ToArray();
        double variance = 2.0 / (inputs + outputs), deviation = Math.Sqrt(variance / weights.Length);

        weights.Average().Should().BeApproximately(0.0, 4 * deviation);
        weights.Average(w => w * w).Should().BeApproximately(variance, 0.03 * variance);
        network.Parameters[(inputs * outputs)..].ToArray().Should().HaveCount(outputs).And.OnlyContain(bias => bias == 0.0);
        double limit = Math.Sqrt(6.0 / (inputs + outputs));
        if (initialization == WeightInitialization.XavierUniform)
            weights.Select(Math.Abs).Max().Should().BeInRange(0.999 * limit, limit);
        else
            weights.Select(Math.Abs).Max().Should().BeGreaterThan(1.5 * limit);
    }

    [Fact]
    public void Layers_of_one_network_get_different_weights()
    {
        var network = new Sequential(seed: 3, new Dense(2, 2, hasBias: false), new Dense(2, 2, hasBias: false));
        network.Parameters[..4].ToArray().Should().NotEqual(network.Parameters[4..].ToArray());
    }

    [Fact]
    public void Layers_that_do_not_fit_are_named_with_their_sizes()
    {
        Action act = () => _ = new Sequential(1, new Dense(2, 50), new ActivationLayer(49, Activation.Tanh));
        act.Should().Throw<ArgumentException>().WithParameterName("layers").WithMessage("layers[1] takes 49 numbers, but layers[0] gives 50.*");
    }

    [Fact]
    public void No_layer_and_a_missing_layer_are_refused()
    {
        FluentActions.Invoking(() => new Sequential(1)).Should().Throw<ArgumentException>().WithMessage("A network needs at least one layer.*");
        FluentActions.Invoking(() => new Sequential(1, new Dense(1, 1), null!)).Should().Throw<ArgumentException>().WithMessage("layers[1] is null.*");
        FluentActions.Invoking(() => new Sequential(1, null!)).Should().Throw<ArgumentNullException>().WithParameterName("layers");
    }

    public static TheoryData<string, object, Action> BadNumbers { get; } = new()
    {
        { "inputs", 0, () => _ = new Dense(0, 1) },
        { "outputs", -1, () => _ = new Dense(1, -1) },
        { "exponent", 0, () => _ = new ElementwisePower(1, 0) },
        { "exponent", 17, () => _ = new ElementwisePower(1, 17) },
        { "activation", (Activation)99, () => _ = new ActivationLayer(1, (Activation)99) },
        { "initialization", (WeightInitialization)99, () => _ = new Dense(1, 1, (WeightInitialization)99) },
        { "hidden", 0, () => _ = new MultilayerPerceptron(2, [3, 0], 2) },
    };

    [Theory]
    [MemberData(nameof(BadNumbers))]
    public void A_number_out_of_range_is_named_with_its_value(string name, object value, Action act) =>
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name).Which.ActualValue.Should().Be(value);

    [Fact]
    public void A_wrong_length_is_named_with_both_numbers()
    {
        var network = new MultilayerPerceptron(3, [4], 2);
        FluentActions.Invoking(() => network.Evaluate(new double[2], new double[2])).Should().Throw<ArgumentException>()
            .WithParameterName("input").WithMessage("input has 2 numbers; 3 are needed.*");
        FluentActions.Invoking(() => network.Evaluate(new double[3], new double[3])).Should().Throw<ArgumentException>().WithParameterName("output");
    }

    [Fact]
    public void A_sample_has_the_same_bits_alone_and_anywhere_in_any_batch()
    {
        Gen<Activation> activation = Gen.Int[0, 8].Select(i => (Activation)i);
        Gen.Select(activation, Gen.Int[1, 20], Gen.Int[1, 5], Gen.Int[2, 40], Gen.Int[0, 1000]).Sample((sigma, width, size, samples, seed) =>
        {
            var network = new Sequential(seed, new ElementwisePower(size, 2), new Dense(size, width), new ActivationLayer(width, sigma), new Dense(width, size), new ActivationLayer(size, sigma));
            double[][] inputs = Batches.Random(samples, size, seed);
            double[][] batch = network.EvaluateBatch(inputs);
            for (int sample = 0; sample < samples; sample++)
                batch[sample].ShouldHaveTheBitsOf(network.Evaluate(inputs[sample]), $"{sigma}, sample {sample} of {samples}");
        }, iter: 200);
    }
}
