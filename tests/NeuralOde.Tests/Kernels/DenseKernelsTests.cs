namespace NeuralOde.Tests.Kernels;

public class DenseKernelsTests
{
    private const double Tolerance = 1e-13;

    public static TheoryData<int> Counts => Batches.AllCounts;

    /// <summary>Batches so large that inputs are copied together, and layers so wide that this happens in stretches.</summary>
    [Theory]
    [InlineData(300, 37, 130)]
    [InlineData(129, 16, 256)]
    [InlineData(40, 200, 137)]
    public void A_large_batch_has_the_bits_of_a_small_one(int inputs, int outputs, int samples)
    {
        var large = new BatchLayout(samples);
        var small = new BatchLayout(2);
        double[] weights = Batches.Random(inputs * outputs, 1), biases = Batches.Random(outputs, 2);
        double[][] x = Batches.Random(samples, inputs, 3), g = Batches.Random(samples, outputs, 4);
        double[] results = new double[large.Length(outputs)], cotangents = new double[large.Length(inputs)];
        DenseKernels.Forward(large, weights, biases, Batches.Pack(large, x), results, inputs, outputs);
        DenseKernels.PropagateCotangent(large, weights, Batches.Pack(large, g), cotangents, inputs, outputs);
        double[][] allResults = Batches.Unpack(large, results, outputs), allCotangents = Batches.Unpack(large, cotangents, inputs);
        for (int sample = 0; sample < samples; sample += 3)
        {
            double[] few = new double[small.Length(outputs)], fewCotangents = new double[small.Length(inputs)];
            DenseKernels.Forward(small, weights, biases, Batches.Pack(small, [x[sample], x[0]]), few, inputs, outputs);
            DenseKernels.PropagateCotangent(small, weights, Batches.Pack(small, [g[sample], g[0]]), fewCotangents, inputs, outputs);
            allResults[sample].ShouldHaveTheBitsOf(Batches.Unpack(small, few, outputs)[0], $"sample {sample}");
            allCotangents[sample].ShouldHaveTheBitsOf(Batches.Unpack(small, fewCotangents, inputs)[0], $"sample {sample}");
        }
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_product_is_that_of_plain_loops(int samples) => ForEverySize(samples, layer =>
    {
        foreach (double[] biases in new[] { layer.Biases, [] })
        {
            var outputs = new double[layer.Layout.Length(layer.Outputs)];
            DenseKernels.Forward(layer.Layout, layer.Weights, biases, Batches.Pack(layer.Layout, layer.X), outputs, layer.Inputs, layer.Outputs);

            double[][] results = Batches.Unpack(layer.Layout, outputs, layer.Outputs);
            for (int sample = 0; sample < samples; sample++)
                results[sample].ShouldBeNear(layer.Product(sample, biases), Tolerance, $"{layer}, sample {sample}");
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_cotangent_of_the_inputs_is_that_of_plain_loops(int samples) => ForEverySize(samples, layer =>
    {
        var cotangents = new double[layer.Layout.Length(layer.Inputs)];
        DenseKernels.PropagateCotangent(layer.Layout, layer.Weights, Batches.PackCotangents(layer.Layout, layer.G), cotangents, layer.Inputs, layer.Outputs);

        double[][] results = Batches.Unpack(layer.Layout, cotangents, layer.Inputs);
        for (int sample = 0; sample < samples; sample++)
            results[sample].ShouldBeNear(layer.TransposedProduct(sample), Tolerance, $"{layer}, sample {sample}");
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_cotangents_padding_stays_zero(int samples) => ForEverySize(samples, layer =>
    {
        var cotangents = new double[layer.Layout.Length(layer.Inputs)];
        cotangents.AsSpan().Fill(double.NaN);
        DenseKernels.PropagateCotangent(layer.Layout, layer.Weights, Batches.PackCotangents(layer.Layout, layer.G), cotangents, layer.Inputs, layer.Outputs);

        var cleared = (double[])cotangents.Clone();
        Batches.ClearPadding(layer.Layout, cleared, layer.Inputs);
        cotangents.ShouldBeNear(cleared, 0.0, layer.ToString());
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_gradient_of_weights_and_biases_is_added_to_what_is_there(int samples) => ForEverySize(samples, layer =>
    {
        double[] weightGradient = Batches.Random(layer.Weights.Length, 5), biasGradient = Batches.Random(layer.Outputs, 6);
        var expectedWeights = (double[])weightGradient.Clone();
        var expectedBiases = (double[])biasGradient.Clone();
        for (int sample = 0; sample < samples; sample++)
        {
            for (int o = 0; o < layer.Outputs; o++)
            {
                expectedBiases[o] += layer.G[sample][o];
                for (int k = 0; k < layer.Inputs; k++)
                    expectedWeights[k * layer.Outputs + o] += layer.X[sample][k] * layer.G[sample][o];
            }
        }

        DenseKernels.AccumulateGradient(layer.Layout, Batches.Pack(layer.Layout, layer.X), Batches.PackCotangents(layer.Layout, layer.G),
            weightGradient, biasGradient, layer.Inputs, layer.Outputs);

        weightGradient.ShouldBeNear(expectedWeights, Tolerance, layer.ToString());
        biasGradient.ShouldBeNear(expectedBiases, Tolerance, layer.ToString());
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void A_product_has_the_same_bits_alone_and_in_a_batch(int samples) => ForEverySize(samples, layer =>
    {
        var outputs = new double[layer.Layout.Length(layer.Outputs)];
        DenseKernels.Forward(layer.Layout, layer.Weights, layer.Biases, Batches.Pack(layer.Layout, layer.X), outputs, layer.Inputs, layer.Outputs);
        double[][] results = Batches.Unpack(layer.Layout, outputs, layer.Outputs);
        var single = new BatchLayout(1);
        for (int sample = 0; sample < samples; sample++)
        {
            var alone = new double[single.Length(layer.Outputs)];
            DenseKernels.Forward(single, layer.Weights, layer.Biases, Batches.Pack(single, [layer.X[sample]]), alone, layer.Inputs, layer.Outputs);
            results[sample].ShouldHaveTheBitsOf(alone.AsSpan(0, layer.Outputs), $"{layer}, sample {sample}");
        }
    });

    [Fact]
    public void A_sample_that_is_not_finite_leaves_its_neighbours_alone()
    {
        var layer = new Layer(new BatchLayout(9), inputs: 5, outputs: 6);
        double[] outputs = new double[layer.Layout.Length(6)], spoilt = new double[layer.Layout.Length(6)];
        DenseKernels.Forward(layer.Layout, layer.Weights, layer.Biases, Batches.Pack(layer.Layout, layer.X), outputs, 5, 6);
        double[][] bad = [.. layer.X];
        bad[3] = [double.NaN, double.PositiveInfinity, 1, 2, 3];
        DenseKernels.Forward(layer.Layout, layer.Weights, layer.Biases, Batches.Pack(layer.Layout, bad), spoilt, 5, 6);

        double[][] expected = Batches.Unpack(layer.Layout, outputs, 6), actual = Batches.Unpack(layer.Layout, spoilt, 6);
        for (int sample = 0; sample < 9; sample++)
        {
            if (sample == 3)
                actual[sample].Should().OnlyContain(value => double.IsNaN(value));
            else
                actual[sample].ShouldHaveTheBitsOf(expected[sample], $"sample {sample}");
        }
    }

    private static void ForEverySize(int samples, Action<Layer> check)
    {
        foreach (int inputs in Batches.Sizes)
        {
            foreach (int outputs in Batches.Sizes)
                check(new Layer(new BatchLayout(samples), inputs, outputs));
        }
    }

    /// <summary>Random numbers for a layer, and the layer as plain loops.</summary>
    private sealed class Layer(BatchLayout layout, int inputs, int outputs)
    {
        public BatchLayout Layout { get; } = layout;

        public int Inputs { get; } = inputs;

        public int Outputs { get; } = outputs;

        public double[] Weights { get; } = Batches.Random(inputs * outputs, 1);

        public double[] Biases { get; } = Batches.Random(outputs, 2);

        public double[][] X { get; } = Batches.Random(layout.Samples, inputs, 3);

        public double[][] G { get; } = Batches.Random(layout.Samples, outputs, 4);

        public double[] Product(int sample, double[] biases) => [.. Enumerable.Range(0, Outputs).Select(o =>
            (biases.Length == 0 ? 0.0 : biases[o]) + Enumerable.Range(0, Inputs).Sum(k => Weights[k * Outputs + o] * X[sample][k]))];

        public double[] TransposedProduct(int sample) => [.. Enumerable.Range(0, Inputs).Select(k =>
            Enumerable.Range(0, Outputs).Sum(o => Weights[k * Outputs + o] * G[sample][o]))];

        public override string ToString() => $"{Inputs} inputs, {Outputs} outputs, {Layout.Samples} samples";
    }
}
