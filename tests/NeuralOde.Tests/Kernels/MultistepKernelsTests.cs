namespace NeuralOde.Tests.Kernels;

public class MultistepKernelsTests
{
    private const int Rows = 5;

    public static TheoryData<int> Counts => Batches.AllCounts;

    [Theory]
    [MemberData(nameof(Counts))]
    public void A_combination_with_coefficients_of_each_sample_is_that_of_plain_loops(int samples) => ForEverySize(samples, (history, kernels, because) =>
    {
        double[][] results = history.Combine(kernels);
        for (int s = 0; s < samples; s++)
        {
            double[] expected = [.. history.Values[s].Select((value, i) => value + history.Factors[s] * Enumerable.Range(0, Rows).Sum(j => history.Coefficients[j][s] * history.Differences[j][s][i]))];
            results[s].ShouldBeNear(expected, 1e-13, $"{because}, sample {s}");
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void New_differences_are_those_of_plain_loops_where_the_mask_is_not_zero(int samples) => ForEverySize(samples, (history, kernels, because) =>
    {
        double[][][] results = history.Push(kernels);
        for (int s = 0; s < samples; s++)
        {
            double[] current = [.. history.Values[s]];
            for (int j = 0; j < Rows; j++)
            {
                double[] old = history.Differences[j][s];
                results[j][s].ShouldBeNear(history.Factors[s] == 0.0 ? old : current, 1e-12, $"{because}, sample {s}, row {j}");
                current = [.. old.Select((value, i) => current[i] - history.Coefficients[j][s] * value)];
            }
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void Every_width_gives_the_bits_of_the_widest(int samples) => ForEverySize(samples, (history, kernels, because) =>
    {
        MultistepKernels widest = VectorWidths.OfSolvers[0].Multistep;
        history.Combine(kernels).SelectMany(x => x).ToArray().ShouldHaveTheBitsOf([.. history.Combine(widest).SelectMany(x => x)], because);
        history.Push(kernels).SelectMany(x => x).SelectMany(x => x).ToArray().ShouldHaveTheBitsOf([.. history.Push(widest).SelectMany(x => x).SelectMany(x => x)], because);
    });

    private static void ForEverySize(int samples, Action<History, MultistepKernels, string> check)
    {
        foreach (SolverKernels kernels in VectorWidths.OfSolvers)
        {
            foreach (int dimension in Batches.Sizes)
                check(new History(samples, dimension), kernels.Multistep, $"{dimension} components, {samples} samples, {kernels}");
        }
    }

    private sealed class History(int samples, int dimension)
    {
        private readonly BatchLayout _layout = new(samples);

        public double[][] Values { get; } = Batches.Random(samples, dimension, 1);

        /// <summary>Every third is zero, but not that of a sample alone.</summary>
        public double[] Factors { get; } = [.. Batches.Random(samples, 2).Select((factor, s) => s % 3 == 1 ? 0.0 : factor)];

        public double[][] Coefficients { get; } = [.. Enumerable.Range(3, Rows).Select(seed => Batches.Random(samples, seed))];

        public double[][][] Differences { get; } = [.. Enumerable.Range(20, Rows).Select(seed => Batches.Random(samples, dimension, seed))];

        private double[] PackedCoefficients => [.. Coefficients.SelectMany(row => Batches.PackRow(_layout, row))];

        private double[] PackedDifferences => [.. Differences.SelectMany(row => Batches.Pack(_layout, row))];

        public double[][] Combine(MultistepKernels kernels)
        {
            var result = new double[_layout.Length(dimension)];
            kernels.Combine(_layout, dimension, Batches.Pack(_layout, Values), Batches.PackRow(_layout, Factors), Rows, PackedCoefficients, PackedDifferences, result);
            return Batches.Unpack(_layout, result, dimension);
        }

        public double[][][] Push(MultistepKernels kernels)
        {
            double[] rows = PackedDifferences;
            kernels.PushDifferences(_layout, dimension, Batches.PackRow(_layout, Factors), Batches.Pack(_layout, Values), Rows, PackedCoefficients, rows);
            return [.. rows.Chunk(_layout.Length(dimension)).Select(row => Batches.Unpack(_layout, row, dimension))];
        }
    }
}
