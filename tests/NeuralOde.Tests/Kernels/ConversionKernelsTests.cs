namespace NeuralOde.Tests.Kernels;

public class ConversionKernelsTests
{
    private static (string Name, ConversionKernels Kernels)[] Widths { get; } =
    [
        ("512 bits", new ConversionKernels<Lanes512<float>>()),
        ("256 bits", new ConversionKernels<Lanes256<float>>()),
        ("128 bits", new ConversionKernels<Lanes128<float>>()),
        ("one lane", new ConversionKernels<Lanes1<float>>()),
    ];

    [Fact]
    public void Numbers_are_rounded_and_widened_as_by_a_cast_in_every_width()
    {
        foreach (int count in Batches.Sizes)
        {
            double[] numbers = Batches.Random(count, 1);
            // Beyond the largest, below the smallest normal one, and halfway between two.
            new[] { 1e300, -1e39, 1e-40, 1.0 + Math.Pow(2, -24), double.NaN, double.NegativeInfinity }.AsSpan(0, Math.Min(6, count)).CopyTo(numbers);
            foreach ((string name, ConversionKernels kernels) in Widths)
            {
                var singles = new float[count];
                var doubles = new double[count];
                kernels.Narrow(numbers, singles);
                kernels.Widen(singles, doubles);
                singles.Should().Equal(numbers.Select(number => (float)number), $"{count} numbers, {name}");
                doubles.ShouldHaveTheBitsOf([.. singles.Select(single => (double)single)], $"{count} numbers, {name}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(20)]
    public void A_batch_keeps_its_samples_where_rows_of_singles_are_longer(int samples)
    {
        var layout = new BatchLayout(samples);
        BatchLayout singleLayout = layout.ForSingles();
        double[][] states = [.. Batches.Random(samples, 5, 1).Select(state => state.Select(x => (double)(float)x).ToArray())];
        foreach ((string name, ConversionKernels kernels) in Widths)
        {
            var singles = new float[singleLayout.Length(5)];
            singles.AsSpan().Fill(float.NaN);
            var back = new double[layout.Length(5)];
            kernels.Narrow(layout, Batches.Pack(layout, states), singleLayout, singles, 5);
            kernels.Widen(singleLayout, singles, layout, back, 5);
            double[][] unpacked = Batches.Unpack(layout, back, 5);
            for (int sample = 0; sample < samples; sample++)
                unpacked[sample].ShouldHaveTheBitsOf(states[sample], $"sample {sample} of {samples}, {name}");
            singles.Should().NotContain(single => float.IsNaN(single), $"what no sample fills is zero, {name}");
        }
    }
}
