namespace NeuralOde.Tests.Kernels;

/// <summary>The test for poles against its definition, number by number.</summary>
public class PoleKernelsTests
{
    private const int Dimension = 3;
    private const int Stages = 5;

    public static TheoryData<int, int> Widths => new()
    {
        { 512, 20 }, { 256, 20 }, { 128, 20 }, { 64, 20 }, { 64, 1 },
    };

    [Theory]
    [MemberData(nameof(Widths))]
    public void Errors_rise_where_the_divided_difference_says_so_and_nowhere_else(int width, int samples)
    {
        PoleKernels kernels = width switch
        {
            512 => new PoleKernels<Lanes512<double>>(),
            256 => new PoleKernels<Lanes256<double>>(),
            128 => new PoleKernels<Lanes128<double>>(),
            _ => new PoleKernels<Lanes1<double>>(),
        };
        var layout = new BatchLayout(samples);
        int size = layout.Length(Dimension), raised = 0, left = 0;
        int[] indices = [0, 2, 3, 4];
        double[] weights = [-0.125, 0.25, -0.375, 0.25], relative = [1e-3, 1e-3, 1e-2], absolute = [1e-6, 1e-3, 1e-6];
        var random = new Random(samples);
        for (int repetition = 0; repetition < 200; repetition++)
        {
            double[] before = Numbers(random, size, 1), after = Numbers(random, size, 1), steps = Numbers(random, layout.RowLength, 0.1), slopes = Numbers(random, Stages * size, 1);
            for (int i = 2 * size; i < 4 * size; i++)
                slopes[i] *= Math.Exp(4 * random.NextDouble());
            double[] errors = [.. Numbers(random, layout.RowLength, 1).Select(error => 0.7 + error)], given = [.. errors];
            kernels.Judge(layout, Dimension, before, after, steps, slopes, indices, weights, Stages - 1, relative, absolute, errors);
            for (int sample = 0; sample < samples; sample++)
            {
                double difference = 0, ends = 0, state = 0;
                for (int i = 0; i < Dimension; i++)
                {
                    int at = layout.Index(i, sample);
                    double magnitude = Math.Max(Math.Abs(before[at]), Math.Abs(after[at])), tolerance = absolute[i] + relative[i] * magnitude;
                    difference = Math.Max(difference, Math.Abs(indices.Select((stage, j) => weights[j] * slopes[stage * size + at]).Sum()) / tolerance);
                    ends = Math.Max(ends, Math.Max(Math.Abs(slopes[at]), Math.Abs(slopes[(Stages - 1) * size + at])) / tolerance);
                    state = Math.Max(state, magnitude / tolerance);
                }

                double change = Math.Abs(steps[sample]) * difference;
                bool isPole = difference > 0.25 * ends && change > 0.03 * state && change > 30 && given[sample] <= 1;
                errors[sample].Should().Be(isPole ? 100 : given[sample]);
                raised += isPole ? 1 : 0;
                left += isPole ? 0 : 1;
            }
        }

        raised.Should().BeGreaterThan(20);
        left.Should().BeGreaterThan(20);
    }

    [Fact]
    public void An_error_that_is_not_a_number_stays() =>
        Judged(double.NaN, slope: 1e6).Should().Be(double.NaN);

    [Theory]
    [InlineData(1e6, 100)]
    [InlineData(1, 0.5)]
    [InlineData(double.NaN, 0.5)]
    [InlineData(double.PositiveInfinity, 100)]
    public void A_single_large_slope_inside_raises_the_error(double slope, double expected) => Judged(0.5, slope).Should().Be(expected);

    private static double Judged(double error, double slope)
    {
        double[] slopes = [1, 0, 0, 0, 0, 0, 0, 0, slope, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], state = [1, 0, 0, 0, 0, 0, 0, 0], errors = [error];
        PoleKernels.For(new BatchLayout(1)).Judge(new BatchLayout(1), 1, state, state, [0.1], slopes, [0, 1, 2], [0.25, -0.5, 0.25], 2, [1e-3], [1e-6], errors);
        return errors[0];
    }

    private static double[] Numbers(Random random, int count, double size) => [.. Enumerable.Range(0, count).Select(_ => size * (2 * random.NextDouble() - 1))];
}
