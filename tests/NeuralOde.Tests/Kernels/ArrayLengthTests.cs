using System.Globalization;

namespace NeuralOde.Tests.Kernels;

public class ArrayLengthTests
{
    [Theory]
    [InlineData(3, 5, 15)]
    [InlineData(0, int.MaxValue, 0)]
    [InlineData(1, 0x7FFF_FF80, 0x7FFF_FF80)]
    [InlineData(32768, 65535, 2147450880)]
    public void A_product_that_fits_is_the_product(int rows, int columns, int expected) =>
        ArrayLength.Of((rows, "rows"), (columns, "columns")).Should().Be(expected);

    [Theory]
    [InlineData(65536, 65536)]                    // 0 in 32 bits
    [InlineData(1 << 20, 4104)]                   // 2²³ in 32 bits
    [InlineData(46341, 46341)]                    // the first square beyond 2³¹
    [InlineData(1, 0x7FFF_FF81)]
    [InlineData(int.MaxValue, int.MaxValue)]      // 1 in 32 bits
    [InlineData(3, 1431655766)]                   // 2 in 32 bits
    public void A_product_that_does_not_fit_is_refused_and_its_factors_are_named(int rows, int columns)
    {
        Action compute = () => ArrayLength.Of((rows, "rows"), (columns, "columns"));
        compute.Should().Throw<ArgumentException>().WithMessage(string.Create(CultureInfo.InvariantCulture, $"{(long)rows * columns} numbers*{rows} rows × {columns} columns."));
    }

    [Fact]
    public void Three_factors_whose_product_exceeds_64_bits_are_refused()
    {
        Action compute = () => ArrayLength.Of((int.MaxValue, "samples"), (int.MaxValue, "components"), (int.MaxValue, "components"));
        compute.Should().Throw<ArgumentException>().WithMessage("9903520300447984150353281023 numbers*");
    }

    [Theory]
    [InlineData(65536, 65536)]
    [InlineData(1 << 20, 4096)]
    [InlineData(1 << 20, 4104)]
    [InlineData(1 << 25, 128)]
    [InlineData(46345, 46344)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(1, int.MaxValue)]
    [InlineData(2, 1073741761)]
    public void A_batch_that_no_array_holds_is_refused_in_either_precision(int rows, int samples)
    {
        foreach (Func<BatchLayout> create in new Func<BatchLayout>[] { () => new BatchLayout(samples), () => new BatchLayout(samples).ForSingles() })
        {
            Action compute = () => create().Length(rows);
            compute.Should().Throw<ArgumentException>().WithMessage(string.Create(CultureInfo.InvariantCulture, $"*{samples} sample*"));
        }
    }

    [Fact]
    public void A_batch_counts_its_padding()
    {
        // 2³¹ − 8·2²⁷ with nine samples would fit, with sixteen lanes it does not.
        Action compute = () => new BatchLayout(9).Length(1 << 27);
        compute.Should().Throw<ArgumentException>().WithMessage("2147483648 numbers*134217728 components × 9 samples.");
        new BatchLayout(8).Length(1 << 27).Should().Be(1 << 30);
        new BatchLayout(1).Length(2147483520).Should().Be(2147483520);
    }

    [Theory]
    [InlineData(64, 64, 1 << 20)]
    [InlineData(1, 1 << 20, 4096)]
    [InlineData(1000, 1, 1 << 22)]
    public void So_many_buffers_that_no_array_holds_them_are_refused(int samples, int rows, int count)
    {
        Action compute = () => new BatchLayout(samples).Length(rows, count, "output times");
        compute.Should().Throw<ArgumentException>().WithMessage(string.Create(CultureInfo.InvariantCulture, $"*{count} output times × {rows} components × {samples} sample*"));
    }
}
