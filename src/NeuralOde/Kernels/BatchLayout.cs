using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>
/// Where the values of a batch lie in memory: component-major, <c>values[component * Stride + sample]</c>.
/// </summary>
/// <remarks>
/// Samples fill SIMD lanes, so the stride is the number of samples rounded up to <see cref="Lanes"/>; the padding lanes
/// between <see cref="Samples"/> and <see cref="Stride"/> are computed like any other and must hold finite values.
/// One sample has stride 1: its components are contiguous, and every buffer is rounded up to whole vectors instead.
/// Either way a buffer of states is a multiple of <see cref="Lanes"/>, long, so that elementwise kernels need no tail.
/// </remarks>
internal readonly record struct BatchLayout
{
    /// <summary>Doubles in the widest vector used.</summary>
    public const int Lanes = 8;

    private readonly int _lanes;

    public BatchLayout(int samples)
        : this(samples, Lanes)
    {
    }

    private BatchLayout(int samples, int lanes)
    {
        _lanes = lanes;
        Samples = samples;
        Stride = samples == 1 ? 1 : RoundUp(samples, lanes);
        if ((uint)Stride > ArrayLength.Max)
            throw ArrayLength.TooLong(samples, $"one for each of {samples} samples");
    }

    public int Samples { get; }

    public int Stride { get; }

    public bool IsSingle => Samples == 1;

    /// <summary>Length of a row that holds one number per sample (time, step, error): whole vectors, or 1 for a single sample.</summary>
    public int RowLength => Stride;

    /// <summary>Length of a buffer of <paramref name="rows"/> components.</summary>
    /// <exception cref="ArgumentException">It is more than an array can hold.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Length(int rows)
    {
        long length = LongLength(rows);
        if (length > ArrayLength.Max)
            ThrowTooLong(length, rows, "components");
        return (int)length;
    }

    /// <summary>The same for a buffer whose rows are something else.</summary>
    public int Length(int rows, string counted)
    {
        long length = LongLength(rows);
        if (length > ArrayLength.Max)
            ThrowTooLong(length, rows, counted);
        return (int)length;
    }

    /// <summary>Length of so many buffers of <paramref name="rows"/> components, one after the other.</summary>
    /// <param name="rows">Components of each.</param>
    /// <param name="count">How many buffers.</param>
    /// <param name="counted">What there is one for each of.</param>
    public int Length(int rows, int count, string counted)
    {
        Int128 length = (Int128)count * LongLength(rows);
        if (length > ArrayLength.Max)
            ThrowTooLong(length, rows, "components", $"{count} {counted} × ");
        return (int)length;
    }

    /// <summary>Length of so many rows that hold one number per sample.</summary>
    public int RowLengths(int count, string counted) => ArrayLength.Of((count, counted), (RowLength, "samples"));

    /// <summary>How many rows a buffer has, padding of a single sample included.</summary>
    public int Rows(ReadOnlySpan<double> values) => values.Length / Stride;

    /// <summary>Index of a component of a sample.</summary>
    public int Index(int component, int sample) => component * Stride + sample;

    public static int RoundUp(int count) => RoundUp(count, Lanes);

    /// <summary>The same samples in buffers of floats, twice as many of which fill the widest vector.</summary>
    public BatchLayout ForSingles() => new(Samples, 2 * Lanes);

    /// <summary>Copies the components of one sample out of a batch.</summary>
    public void Gather(ReadOnlySpan<double> values, int sample, Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
            destination[i] = values[Index(i, sample)];
    }

    /// <summary>Copies the components of one sample into a batch.</summary>
    public void Scatter(ReadOnlySpan<double> source, int sample, Span<double> values)
    {
        for (int i = 0; i < source.Length; i++)
            values[Index(i, sample)] = source[i];
    }

    /// <summary>The first component of a sample that is NaN or infinite, or −1.</summary>
    public int FindNonFinite(ReadOnlySpan<double> values, int components, int sample)
    {
        for (int i = 0; i < components; i++)
        {
            if (!double.IsFinite(values[Index(i, sample)]))
                return i;
        }

        return -1;
    }

    /// <summary>Makes every padding lane of a buffer a copy of the last sample, so that it is as valid an input as real data.</summary>
    public void FillPadding(Span<double> values, int rows)
    {
        if (IsSingle)
            return;
        for (int i = 0; i < rows; i++)
            values[Index(i, Samples)..((i + 1) * Stride)].Fill(values[Index(i, Samples - 1)]);
    }

    private static int RoundUp(int count, int lanes) => (count + lanes - 1) & -lanes;

    private long LongLength(int rows) => IsSingle ? ((long)rows + _lanes - 1) & -_lanes : (long)rows * Stride;

    [DoesNotReturn]
    private void ThrowTooLong(Int128 length, int rows, string counted, string times = "") =>
        throw ArrayLength.TooLong(length, $"{times}{rows} {counted} × {Samples} {(IsSingle ? "sample" : "samples")}");
}
