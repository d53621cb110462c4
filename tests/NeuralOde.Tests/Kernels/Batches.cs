using CsCheck;

namespace NeuralOde.Tests.Kernels;

/// <summary>Batches as one array per sample, and the component-major buffers that kernels work on.</summary>
internal static class Batches
{
    /// <summary>Numbers of components that end before, on and behind the kernels' blocks of four and vectors of eight.</summary>
    public static readonly int[] Sizes = [1, 2, 3, 5, 8, 17, 50];

    /// <summary>Numbers of samples that end before, on and behind the kernels' vectors and pairs of vectors.</summary>
    public static readonly int[] Counts = [1, 2, 7, 8, 9, 20, 33];

    public static TheoryData<int> AllCounts { get; } = [.. Counts];

    public static double[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => 4.0 * random.NextDouble() - 2.0)];
    }

    public static double[][] Random(int samples, int components, int seed)
    {
        double[] numbers = Random(samples * components, seed);
        return [.. Enumerable.Range(0, samples).Select(s => numbers[(s * components)..((s + 1) * components)])];
    }

    /// <summary>One of these numbers.</summary>
    public static Gen<double> OneOf(params double[] numbers) => Gen.Int[0, numbers.Length - 1].Select(i => numbers[i]);

    /// <summary>A component-major buffer whose padding is the last sample in a batch and zero behind a single sample.</summary>
    public static double[] Pack(BatchLayout layout, double[][] samples)
    {
        int components = samples[0].Length;
        var buffer = new double[layout.Length(components)];
        for (int sample = 0; sample < samples.Length; sample++)
            layout.Scatter(samples[sample], sample, buffer);
        layout.FillPadding(buffer, components);
        return buffer;
    }

    /// <summary>As <see cref="Pack"/>, with zero in the padding: what cotangents must hold there.</summary>
    public static double[] PackCotangents(BatchLayout layout, double[][] samples)
    {
        double[] buffer = Pack(layout, samples);
        ClearPadding(layout, buffer, samples[0].Length);
        return buffer;
    }

    /// <summary>Zeroes the padding lanes of a batch, or what lies behind a single sample's components.</summary>
    public static void ClearPadding(BatchLayout layout, Span<double> values, int components)
    {
        if (layout.IsSingle)
        {
            values[components..].Clear();
            return;
        }

        for (int i = 0; i < components; i++)
            values[layout.Index(i, layout.Samples)..((i + 1) * layout.Stride)].Clear();
    }

    public static double[][] Unpack(BatchLayout layout, double[] buffer, int components) =>
        [.. Enumerable.Range(0, layout.Samples).Select(sample =>
        {
            var values = new double[components];
            layout.Gather(buffer, sample, values);
            return values;
        })];

    /// <summary>One number per sample in a row of whole vectors, the padding a copy of the last.</summary>
    public static double[] PackRow(BatchLayout layout, double[] numbers)
    {
        var row = new double[layout.RowLength];
        numbers.CopyTo(row, 0);
        row.AsSpan(numbers.Length).Fill(numbers[^1]);
        return row;
    }

    /// <summary>Fails unless both hold the same numbers bit by bit; all NaNs are the same.</summary>
    public static void ShouldHaveTheBitsOf(this ReadOnlySpan<double> actual, ReadOnlySpan<double> expected, string because)
    {
        actual.Length.Should().Be(expected.Length, because);
        for (int i = 0; i < actual.Length; i++)
        {
            // Which of two NaNs an operation passes on is the compiler's choice of their order.
            if (BitConverter.DoubleToInt64Bits(actual[i]) != BitConverter.DoubleToInt64Bits(expected[i]) && !(double.IsNaN(actual[i]) && double.IsNaN(expected[i])))
                Assert.Fail($"{actual[i]:R} at index {i} differs from {expected[i]:R}: {because}");
        }
    }

    public static void ShouldHaveTheBitsOf(this double[] actual, ReadOnlySpan<double> expected, string because) =>
        ((ReadOnlySpan<double>)actual).ShouldHaveTheBitsOf(expected, because);

    /// <summary>Fails unless every number is within a tolerance relative to its size, or to 1 for small ones.</summary>
    public static void ShouldBeNear(this double[] actual, double[] expected, double tolerance, string because)
    {
        actual.Length.Should().Be(expected.Length, because);
        for (int i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= tolerance * Math.Max(1.0, Math.Abs(expected[i]))))
                Assert.Fail($"{actual[i]:R} at index {i} is not {expected[i]:R} within {tolerance}: {because}");
        }
    }

    public static void ShouldBeNear(this double[][] actual, double[][] expected, double tolerance, string because)
    {
        actual.Length.Should().Be(expected.Length, because);
        for (int sample = 0; sample < actual.Length; sample++)
            actual[sample].ShouldBeNear(expected[sample], tolerance, $"{because}, sample {sample}");
    }
}
