namespace NeuralOde.Tests.Kernels;

public class DenseLaneSumsTests
{
    private const int Lanes = BatchLayout.Lanes;

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(33)]
    public void Partial_sums_add_up_to_the_gradient_of_plain_loops_and_have_the_same_bits_in_every_width(int samples)
    {
        var layout = new BatchLayout(samples);
        foreach (int inputs in Batches.Sizes)
        {
            foreach (int outputs in Batches.Sizes)
            {
                double[][] x = Batches.Random(samples, inputs, 1), g = Batches.Random(samples, outputs, 2);
                double[] weightsBefore = Batches.Random(inputs * outputs * Lanes, 3), biasesBefore = Batches.Random(outputs * Lanes, 4);
                double[]? weightBits = null, biasBits = null;
                foreach ((string name, NetworkKernels<double> kernels) in VectorWidths.Of<double>())
                {
                    string because = $"{inputs} inputs, {outputs} outputs, {samples} samples, {name}";
                    double[] weights = [.. weightsBefore], biases = [.. biasesBefore];
                    kernels.AccumulateLaneSums(layout, Batches.Pack(layout, x), Batches.PackCotangents(layout, g), weights, biases, inputs, outputs);
                    weights.ShouldHaveTheBitsOf(weightBits ??= weights, because);
                    biases.ShouldHaveTheBitsOf(biasBits ??= biases, because);
                    for (int o = 0; o < outputs; o++)
                    {
                        Added(biases, biasesBefore, o).Should().BeApproximately(g.Sum(sample => sample[o]), 1e-12 * samples, because);
                        for (int k = 0; k < inputs; k++)
                            Added(weights, weightsBefore, k * outputs + o).Should().BeApproximately(Enumerable.Range(0, samples).Sum(s => x[s][k] * g[s][o]), 1e-12 * samples, because);
                    }
                }
            }
        }
    }

    private static double Added(double[] sums, double[] before, int parameter) =>
        Enumerable.Range(parameter * Lanes, Lanes).Sum(at => sums[at] - before[at]);
}
