namespace NeuralOde.Tests.Kernels;

public class SampleSumsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void Gradients_of_samples_are_those_of_plain_loops_and_have_the_same_bits_in_every_width(int samples)
    {
        var layout = new BatchLayout(samples);
        foreach ((int inputs, int outputs) in new[] { (1, 1), (3, 5), (40, 60), (60, 40), (2, 700) })
        {
            double[][] x = Batches.Random(samples, inputs, 1), g = Batches.Random(samples, outputs, 2);
            SampledWeights sampled = SampledWeights.Of(inputs, outputs);
            sampled.Inputs.Distinct().Should().HaveCount(inputs);
            sampled.Outputs.Distinct().Should().HaveCount(outputs);
            sampled.Inputs.Zip(sampled.Outputs).Distinct().Should().HaveCount(sampled.Count);
            double[]? bits = null;
            foreach ((string name, NetworkKernels<double> kernels) in VectorWidths.Of<double>())
            {
                double[] sums = new double[sampled.Count * layout.Stride], magnitudes = new double[sums.Length];
                for (int repeat = 0; repeat < 2; repeat++)
                    kernels.AccumulateSampleSums(layout, Batches.Pack(layout, x), Batches.PackCotangents(layout, g), sampled.Inputs, sampled.Outputs, sums, magnitudes);
                sums.ShouldHaveTheBitsOf(bits ??= sums, name);
                for (int j = 0; j < sampled.Count; j++)
                {
                    for (int s = 0; s < samples; s++)
                    {
                        double expected = 2 * x[s][sampled.Inputs[j]] * g[s][sampled.Outputs[j]];
                        sums[layout.Index(j, s)].Should().BeApproximately(expected, 1e-14);
                        magnitudes[layout.Index(j, s)].Should().BeApproximately(Math.Abs(expected), 1e-14);
                    }
                }
            }
        }
    }
}
