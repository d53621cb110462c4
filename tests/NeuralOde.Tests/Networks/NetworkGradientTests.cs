using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Networks;

/// <summary>Vector–Jacobian products and parameter gradients of networks of every shape against central differences.</summary>
public class NetworkGradientTests
{
    private const double Tolerance = 1e-9;

    public static TheoryData<Activation, string> Shapes { get; } = CreateShapes();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Cotangents_and_gradients_are_those_of_central_differences(Activation activation, string shape)
    {
        Network network = Create(activation, shape);
        foreach (int samples in new[] { 1, 3, 9 })
        {
            double[][] inputs = Batches.Random(samples, network.Inputs, 11), cotangents = Batches.Random(samples, network.Outputs, 12);
            (double[][] inputCotangents, double[] gradient) = network.Backpropagate(inputs, cotangents);

            for (int sample = 0; sample < samples; sample++)
            {
                double[] cotangent = cotangents[sample];
                double[] expected = Derivatives.CentralDifferences(x => network.Product([x], [cotangent]), inputs[sample], Step(activation));
                inputCotangents[sample].ShouldBeNear(expected, Tolerance, $"{activation} {shape}, sample {sample} of {samples}");
            }

            double[] parameters = network.Parameters.ToArray();
            gradient.ShouldBeNear(Derivatives.CentralDifferences(p =>
            {
                p.CopyTo(network.Parameters);
                return network.Product(inputs, cotangents);
            }, parameters, Step(activation)), Tolerance, $"{activation} {shape}, {samples} samples");
            parameters.CopyTo(network.Parameters);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Tangents_are_the_transpose_of_cotangents_with_the_same_bits_alone_and_in_a_batch(Activation activation, string shape)
    {
        Network network = Create(activation, shape);
        double[][] inputs = Batches.Random(11, network.Inputs, 21), tangents = Batches.Random(11, network.Inputs, 22), cotangents = Batches.Random(11, network.Outputs, 23);
        double[][] inputCotangents = network.Backpropagate(inputs, cotangents).Inputs;
        double[][] outputTangents = network.PropagateTangents(inputs, tangents);
        for (int sample = 0; sample < 11; sample++)
        {
            double forward = outputTangents[sample].Zip(cotangents[sample], (x, y) => x * y).Sum();
            double backward = inputCotangents[sample].Zip(tangents[sample], (x, y) => x * y).Sum();
            forward.Should().BeApproximately(backward, 1e-13 * Math.Max(1.0, Math.Abs(backward)));
            network.PropagateTangents([inputs[sample]], [tangents[sample]])[0].ShouldHaveTheBitsOf(outputTangents[sample], $"{activation} {shape}, sample {sample}");
        }
    }

    [Fact]
    public void Weights_count_every_samples_gradient_as_often_as_they_say()
    {
        Network network = Create(Activation.Tanh, "hidden");
        double[][] inputs = Batches.Random(9, network.Inputs, 1), cotangents = Batches.Random(9, network.Outputs, 2);
        double[] weights = [0, 1, 2, -1, 0.5, 0, 0, 3, 1];
        var expected = new double[network.ParameterCount];
        for (int sample = 0; sample < 9; sample++)
        {
            double[] own = network.Backpropagate([inputs[sample]], [cotangents[sample]], [weights[sample]]).Parameters;
            double[] unweighted = network.Backpropagate([inputs[sample]], [cotangents[sample]]).Parameters;
            own.ShouldBeNear([.. unweighted.Select(g => weights[sample] * g)], 1e-14, $"sample {sample} alone");
            for (int i = 0; i < expected.Length; i++)
                expected[i] += own[i];
        }

        network.Backpropagate(inputs, cotangents, weights).Parameters.ShouldBeNear(expected, 1e-14, "weighted batch");
    }

    [Fact]
    public void A_sample_of_weight_zero_adds_nothing_even_where_its_cotangent_is_not_finite()
    {
        Network network = Create(Activation.Softplus, "hidden");
        double[][] inputs = Batches.Random(3, network.Inputs, 1), cotangents = Batches.Random(3, network.Outputs, 2);
        cotangents[1][0] = double.NaN;
        network.Backpropagate(inputs, cotangents, [1, 0, 1]).Parameters.Should().OnlyContain(g => double.IsFinite(g));
    }

    [Fact]
    public void A_forward_pass_may_record_or_not_with_the_same_result()
    {
        Network network = Create(Activation.Silu, "stacked");
        var layout = new BatchLayout(5);
        var evaluator = NetworkEvaluator.Create(network, layout);
        double[] x = Batches.Pack(layout, Batches.Random(5, network.Inputs, 1));
        double[] recorded = new double[layout.Length(network.Outputs)], plain = new double[layout.Length(network.Outputs)];
        evaluator.Forward(x, recorded, new double[evaluator.RecordLength]);
        evaluator.Forward(x, plain, record: default);
        plain.ShouldHaveTheBitsOf(recorded, "no record");
    }

    private static TheoryData<Activation, string> CreateShapes()
    {
        var shapes = new TheoryData<Activation, string>();
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            foreach (string shape in new[] { "hidden", "deep", "last", "first", "after a power", "before a power", "stacked", "alone" })
                shapes.Add(activation, shape);
        }

        return shapes;
    }

    private static Sequential Create(Activation activation, string shape)
    {
        ActivationLayer Sigma(int size) => new(size, activation);
        var network = new Sequential(5, shape switch
        {
            "hidden" => [new Dense(2, 9), Sigma(9), new Dense(9, 3)],
            "deep" => [new Dense(2, 5), Sigma(5), new Dense(5, 8, hasBias: false), Sigma(8), new Dense(8, 2)],
            "last" => [new Dense(3, 4), Sigma(4)],
            "first" => [Sigma(3), new Dense(3, 2)],
            "after a power" => [new ElementwisePower(2, 3), Sigma(2), new Dense(2, 4), new ElementwisePower(4, 2), Sigma(4)],
            "before a power" => [new Dense(2, 3), Sigma(3), new ElementwisePower(3, 2)],
            "stacked" => [new Dense(2, 5), Sigma(5), Sigma(5), new ActivationLayer(5, Activation.Tanh), Sigma(5), new Dense(5, 1)],
            _ => [Sigma(3)],
        });
        // Biases of zero would hide a bias gradient that is applied to the wrong layer.
        var random = new Random(3);
        foreach (ref double parameter in network.Parameters)
            parameter += 0.2 * (random.NextDouble() - 0.5);
        return network;
    }

    /// <summary>Kinks spoil differences across them; a short step rarely meets one.</summary>
    private static double Step(Activation activation) => activation is Activation.Relu or Activation.Elu ? 1e-5 : 1e-4;
}
