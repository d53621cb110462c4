namespace NeuralOde.Tests.Kernels;

public class InterpolationKernelsTests
{
    private static readonly HermiteInterpolant Interpolant = (HermiteInterpolant)OdeMethod.DormandPrince5.Tableau!.Interpolant;

    public static TheoryData<int> Counts => Batches.AllCounts;

    private static (string Name, InterpolationKernels Kernels)[] Widths { get; } =
    [
        ("512 bits", new InterpolationKernels<Lanes512<double>>()),
        ("256 bits", new InterpolationKernels<Lanes256<double>>()),
        ("128 bits", new InterpolationKernels<Lanes128<double>>()),
        ("one lane", new InterpolationKernels<Lanes1<double>>()),
    ];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Outputs_and_their_way_back_have_the_bits_of_plain_loops_in_every_width(int samples)
    {
        foreach (int dimension in Batches.Sizes)
        {
            var layout = new BatchLayout(samples);
            int rows = Interpolant.Rows, length = layout.Length(dimension);
            double[][] states = Batches.Random(samples, dimension, 1), cotangents = Batches.Random(samples, dimension, 2), before = Batches.Random(samples, dimension, 3);
            double[][][] slopes = [.. Enumerable.Range(0, rows).Select(row => Batches.Random(samples, dimension, 10 + row))];
            double[] steps = Batches.Random(samples, 4);
            // Every third sample wants nothing; so do all of the first eight where there are more than sixteen.
            double[] thetas = [.. Enumerable.Range(0, samples).Select(s => s % 3 == 1 || samples > 16 && s < 8 ? double.NaN : 0.03 + 0.97 * s / samples)];
            for (int s = 0; s < samples; s++)
            {
                if (double.IsNaN(thetas[s]))
                    cotangents[s].AsSpan().Clear();
            }

            foreach ((string name, InterpolationKernels kernels) in samples == 1 ? Widths[^1..] : Widths)
            {
                double[] wanted = Padded(layout, thetas), weights = new double[rows * layout.RowLength], result = new double[length];
                kernels.HermiteWeights(wanted, Interpolant.Coefficients, rows, weights);
                double[] packedSlopes = [.. slopes.SelectMany(row => Batches.Pack(layout, row))];
                kernels.Interpolate(layout, dimension, Batches.Pack(layout, states), Batches.PackRow(layout, steps), wanted, weights, packedSlopes, result);
                double[] back = [.. Enumerable.Repeat(Batches.Pack(layout, before), rows).SelectMany(row => row)];
                kernels.AddCotangents(layout, dimension, Batches.PackRow(layout, steps), wanted, weights, Batches.PackCotangents(layout, cotangents), back);
                for (int s = 0; s < samples; s++)
                {
                    string because = $"{dimension} components, sample {s} of {samples}, {name}";
                    var expected = new double[rows];
                    if (!double.IsNaN(thetas[s]))
                    {
                        Interpolant.Weights(thetas[s], expected);
                        for (int row = 0; row < rows; row++)
                            weights.AsSpan(row * layout.RowLength + s, 1).ToArray().ShouldHaveTheBitsOf(expected.AsSpan(row, 1), because);
                        double[] output = [.. Enumerable.Range(0, dimension).Select(i => states[s][i] + steps[s] * Enumerable.Range(0, rows).Aggregate(0.0, (sum, row) => sum + expected[row] * slopes[row][s][i]))];
                        Batches.Unpack(layout, result, dimension)[s].ShouldHaveTheBitsOf(output, because);
                    }

                    for (int row = 0; row < rows; row++)
                    {
                        double[] added = [.. Enumerable.Range(0, dimension).Select(i => before[s][i] + steps[s] * expected[row] * cotangents[s][i])];
                        Batches.Unpack(layout, back[(row * length)..((row + 1) * length)], dimension)[s].ShouldHaveTheBitsOf(added, because);
                    }
                }
            }
        }
    }

    private static double[] Padded(BatchLayout layout, double[] thetas)
    {
        var row = new double[layout.RowLength];
        row.AsSpan().Fill(double.NaN);
        thetas.CopyTo(row, 0);
        return row;
    }
}
