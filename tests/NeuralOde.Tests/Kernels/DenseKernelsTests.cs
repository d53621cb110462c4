using System.Numerics;

namespace NeuralOde.Tests.Kernels;

/// <summary>The kernels of dense layers, for every vector width in both precisions, against plain loops in double precision.</summary>
public class DenseKernelsTests
{
    public static TheoryData<int> Counts { get; } = [.. PlainDense.Counts];

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_product_is_that_of_plain_loops(int samples)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => ForEveryShape<T>(samples, layer =>
        {
            foreach (bool hasBias in new[] { true, false })
            {
                double[][] expected = [.. Enumerable.Range(0, samples).Select(sample => layer.Product(sample, hasBias))];
                foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
                    layer.Unpack(layer.Forward(kernels, hasBias), layer.Outputs).ShouldBeNear(expected, layer.Tolerance, $"{layer}, {name}");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_cotangent_of_the_inputs_is_that_of_plain_loops_with_zero_in_its_padding(int samples)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => ForEveryShape<T>(samples, layer =>
        {
            double[][] expected = [.. Enumerable.Range(0, samples).Select(layer.TransposedProduct)];
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                T[] cotangents = layer.PropagateCotangent(kernels);
                layer.Unpack(cotangents, layer.Inputs).ShouldBeNear(expected, layer.Tolerance, $"{layer}, {name}");
                double[] cleared = VectorWidths.Widen(cotangents);
                Batches.ClearPadding(layer.Layout, cleared, layer.Inputs);
                VectorWidths.Widen(cotangents).ShouldBeNear(cleared, 0.0, $"{layer}, {name}");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_gradient_of_weights_and_biases_is_added_to_what_is_there(int samples)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => ForEveryShape<T>(samples, layer =>
        {
            double[] weightsBefore = Batches.Random(layer.Inputs * layer.Outputs, 5), biasesBefore = Batches.Random(layer.Outputs, 6);
            double[] expectedWeights = [.. weightsBefore], expectedBiases = [.. biasesBefore];
            layer.AddGradient(expectedWeights, expectedBiases);
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                double[] weights = [.. weightsBefore], biases = [.. biasesBefore];
                kernels.AccumulateGradient(layer.Layout, layer.PackedX, layer.PackedG, weights, biases, layer.Inputs, layer.Outputs);
                weights.ShouldBeNear(expectedWeights, layer.Tolerance, $"{layer}, {name}");
                biases.ShouldBeNear(expectedBiases, layer.Tolerance, $"{layer}, {name}");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void A_product_has_the_same_bits_in_every_width_alone_and_in_a_batch(int samples)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T> => ForEveryShape<T>(samples, layer =>
        {
            T[] products = layer.Forward(NetworkKernels<T>.Widest, hasBias: true), cotangents = layer.PropagateCotangent(NetworkKernels<T>.Widest);
            double[][] results = layer.Unpack(products, layer.Outputs);
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                layer.Forward(kernels, hasBias: true).ShouldHaveTheBitsOf(products, $"{layer}, {name}");
                // A single sample's cotangents are sums over the lanes.
                if (samples > 1)
                    layer.PropagateCotangent(kernels).ShouldHaveTheBitsOf(cotangents, $"{layer}, {name}");
                for (int sample = 0; sample < samples; sample += 7)
                {
                    var alone = new PlainDense<T>(1, layer.Inputs, layer.Outputs, layer.X[sample]);
                    alone.Unpack(alone.Forward(kernels, hasBias: true), layer.Outputs)[0].ShouldHaveTheBitsOf(results[sample], $"{layer}, sample {sample}, {name}");
                }
            }
        });
    }

    /// <summary>Batches so large that inputs are copied together, and layers so wide that this happens in stretches.</summary>
    [Theory]
    [InlineData(300, 37, 130)]
    [InlineData(129, 16, 256)]
    [InlineData(40, 200, 273)]
    public void A_large_batch_has_the_bits_of_a_small_one(int inputs, int outputs, int samples)
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var large = new PlainDense<T>(samples, inputs, outputs);
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                double[][] results = large.Unpack(large.Forward(kernels, hasBias: true), outputs), cotangents = large.Unpack(large.PropagateCotangent(kernels), inputs);
                for (int sample = 0; sample < samples; sample += 5)
                {
                    var small = new PlainDense<T>(2, inputs, outputs, [large.X[sample], large.X[0]], [large.G[sample], large.G[0]]);
                    small.Unpack(small.Forward(kernels, hasBias: true), outputs)[0].ShouldHaveTheBitsOf(results[sample], $"sample {sample}, {name}");
                    small.Unpack(small.PropagateCotangent(kernels), inputs)[0].ShouldHaveTheBitsOf(cotangents[sample], $"sample {sample}, {name}");
                }
            }
        }
    }

    [Fact]
    public void A_sample_that_is_not_finite_leaves_its_neighbours_alone()
    {
        Check<double>();
        Check<float>();

        void Check<T>() where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var layer = new PlainDense<T>(9, 5, 6);
            double[][] bad = [.. layer.X];
            bad[3] = [double.NaN, double.PositiveInfinity, 1, 2, 3];
            var spoilt = new PlainDense<T>(9, 5, 6, bad, layer.G);
            foreach ((string name, NetworkKernels<T> kernels) in VectorWidths.Of<T>())
            {
                double[][] expected = layer.Unpack(layer.Forward(kernels, hasBias: true), 6), actual = spoilt.Unpack(spoilt.Forward(kernels, hasBias: true), 6);
                for (int sample = 0; sample < 9; sample++)
                {
                    if (sample == 3)
                        actual[sample].Should().OnlyContain(value => double.IsNaN(value));
                    else
                        actual[sample].ShouldHaveTheBitsOf(expected[sample], $"sample {sample}, {name}");
                }
            }
        }
    }

    private static void ForEveryShape<T>(int samples, Action<PlainDense<T>> check)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((int inputs, int outputs) in PlainDense.Shapes)
            check(new PlainDense<T>(samples, inputs, outputs));
    }
}
