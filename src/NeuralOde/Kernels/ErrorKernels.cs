using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>Errors in tolerances, and the step-size law that takes them.</summary>
internal static class ErrorKernels
{
    private const int Lanes = BatchLayout.Lanes;

    // The smallest normal number.
    private const double SmallestScale = double.Epsilon * 4503599627370496.0;

    /// <summary>
    /// The root mean square or the maximum, per sample, of the step's error estimate over its tolerance:
    /// e = step · Σ_j weights[j] · derivatives[indices[j]], scale = absolute + relative · max(|before|, |after|).
    /// Not finite where the new state or the derivative at any stage is not.
    /// </summary>
    public static void ErrorNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, bool takesMaximum, Span<double> norms)
    {
        if (layout.IsSingle && dimension <= StageKernels.FewComponents && !takesMaximum)
        {
            norms[0] = NormOfFew(dimension, before, after, steps[0], derivatives, indices, weights, lastStage, relativeTolerances, absoluteTolerances);
            return;
        }

        var grid = new BatchGrid(layout, dimension);
        ref double k = ref MemoryMarshal.GetReference(derivatives);
        Span<V> partial = stackalloc V[Lanes];
        for (int lane = 0; lane < grid.RowLength; lane += Lanes)
        {
            if (lane == 0 || !layout.IsSingle)
                partial.Clear();
            V h = grid.PerSample(steps, lane);
            for (int row = 0; row < grid.Size; row += grid.RowLength)
            {
                int at = row + lane;
                V sum = V.Zero;
                for (int j = 0; j < indices.Length; j++)
                    sum = Simd.MultiplyAddEstimate(Simd.Create(weights[j]), Simd.LoadUnsafe(ref Unsafe.Add(ref k, indices[j] * grid.Size + at)), sum);
                V y0 = Simd.Create(before.Slice(at, Lanes)), y1 = Simd.Create(after.Slice(at, Lanes));
                V ratio = Ratio(h * sum, Simd.Max(Simd.Abs(y0), Simd.Abs(y1)), grid.PerComponent(relativeTolerances, at), grid.PerComponent(absoluteTolerances, at));
                // x − x is 0 for a finite x and NaN otherwise. A stage without weight here may still enter the interpolant.
                V undefined = y1 - y1;
                for (int j = 0; j <= lastStage; j++)
                {
                    V slope = Simd.LoadUnsafe(ref Unsafe.Add(ref k, j * grid.Size + at));
                    undefined += slope - slope;
                }

                ref V total = ref partial[takesMaximum ? 0 : grid.Partial(row)];
                total = takesMaximum
                    ? Simd.Max(total, grid.Mask(Simd.Abs(ratio) + undefined, at))
                    : total + grid.Mask(Simd.MultiplyAddEstimate(ratio, ratio, undefined), at);
            }

            if (layout.IsSingle)
                continue;
            (takesMaximum ? partial[0] : RootMean(partial, dimension)).CopyTo(norms[lane..]);
        }

        if (layout.IsSingle)
            norms[0] = takesMaximum ? Largest(partial[0]) : SingleNorm(partial[0], dimension);
    }

    /// <summary>
    /// The root mean square or the maximum, per sample, of (values − subtrahend) over scale = absolute + relative · max(|before|, |after|).
    /// An empty <paramref name="subtrahend"/> is zero.
    /// </summary>
    public static void ScaledNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend,
        ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances,
        bool takesMaximum, Span<double> norms)
    {
        var grid = new BatchGrid(layout, dimension);
        Span<V> partial = stackalloc V[Lanes];
        for (int lane = 0; lane < grid.RowLength; lane += Lanes)
        {
            if (lane == 0 || !layout.IsSingle)
                partial.Clear();
            for (int row = 0; row < grid.Size; row += grid.RowLength)
            {
                int at = row + lane;
                V value = Simd.Create(values.Slice(at, Lanes));
                if (!subtrahend.IsEmpty)
                    value -= Simd.Create(subtrahend.Slice(at, Lanes));
                V magnitude = Simd.Max(Simd.Abs(Simd.Create(before.Slice(at, Lanes))), Simd.Abs(Simd.Create(after.Slice(at, Lanes))));
                V ratio = Ratio(value, magnitude, grid.PerComponent(relativeTolerances, at), grid.PerComponent(absoluteTolerances, at));
                ref V total = ref partial[takesMaximum ? 0 : grid.Partial(row)];
                total = takesMaximum ? Simd.Max(total, grid.Mask(Simd.Abs(ratio), at)) : total + grid.Mask(ratio * ratio, at);
            }

            if (!layout.IsSingle)
                (takesMaximum ? partial[0] : RootMean(partial, dimension)).CopyTo(norms[lane..]);
        }

        if (layout.IsSingle)
            norms[0] = takesMaximum ? Largest(partial[0]) : SingleNorm(partial[0], dimension);
    }

    /// <summary>The step-size controller's law: errors^a · previous^b · earlier^c, one number per sample, to eleven digits.</summary>
    /// <remarks>That is more than a controller needs, and faster than all sixteen. An error of 0 counts as 1e-300.</remarks>
    public static void PowerLaw(ReadOnlySpan<double> errors, double a, ReadOnlySpan<double> previous, double b, ReadOnlySpan<double> earlier, double c, Span<double> result)
    {
        for (int lane = 0; lane < errors.Length; lane += Lanes)
        {
            V exponent = Simd.Create(a) * Log2(BatchGrid.LoadRow(errors, lane));
            if (b != 0.0)
                exponent += Simd.Create(b) * Log2(BatchGrid.LoadRow(previous, lane));
            if (c != 0.0)
                exponent += Simd.Create(c) * Log2(BatchGrid.LoadRow(earlier, lane));
            BatchGrid.StoreRow(PowerOfTwo(exponent), result, lane);
        }
    }

    /// <summary>error^exponent with the bits that <see cref="PowerLaw(ReadOnlySpan{double}, double, ReadOnlySpan{double}, double, ReadOnlySpan{double}, double, Span{double})"/> gives it alone.</summary>
    public static double PowerLaw(double error, double exponent) => PowerOfTwo(Simd.Create(exponent) * Log2(Simd.Create(error))).ToScalar();

    /// <summary>
    /// Takes two error estimates of every sample together: errors := errors² / √(errors² + second² / 100), written so that no square overflows; 0 where both are.
    /// </summary>
    /// <remarks>E. Hairer's DOP853; Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section II.10.</remarks>
    public static void CombineEstimates(Span<double> errors, ReadOnlySpan<double> second)
    {
        for (int lane = 0; lane < errors.Length; lane += Lanes)
            BatchGrid.StoreRow(CombineEstimates(BatchGrid.LoadRow(errors, lane), BatchGrid.LoadRow(second, lane)), errors, lane);
    }

    /// <inheritdoc cref="CombineEstimates(Span{double}, ReadOnlySpan{double})"/>
    public static V CombineEstimates(V errors, V second)
    {
        V ratio = Simd.Create(0.1) * second / errors;
        V combined = errors / Simd.Sqrt(Simd.MultiplyAddEstimate(ratio, ratio, V.One));
        // Of a finite estimate next to 0 nothing remains; one that is not finite must not get lost.
        return Simd.ConditionalSelect(Simd.Equals(errors, V.Zero), V.Zero * second, combined);
    }

    /// <summary>The binary logarithm: x = m · 2^n with m from √½ to √2, log m = 2 artanh((m − 1) / (m + 1)) by its series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Log2(V x)
    {
        const double Unit = 2.0 * 1.4426950408889634;   // 2 / ln 2
        V positive = Simd.MaxNative(x, Simd.Create(1e-300));
        var above = Simd.Create(BitConverter.DoubleToInt64Bits(Math.Sqrt(0.5)));
        var n = Simd.ShiftRightArithmetic(positive.AsInt64() - above, 52);
        V m = (positive.AsInt64() - Simd.ShiftLeft(n, 52)).AsDouble();
        V s = (m - V.One) / (m + V.One);
        V square = s * s;
        V p = Simd.Create(Unit / 13.0);
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 11.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 9.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 7.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 5.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit / 3.0));
        p = Simd.MultiplyAddEstimate(p, square, Simd.Create(Unit));
        return Simd.MultiplyAddEstimate(p, s, Simd.ConvertToDouble(n));
    }

    /// <summary>2^x = 2^n · e^(r ln 2) with an integer n and |r| ≤ ½, by the series; results are kept between 2^-1000 and 2^1000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V PowerOfTwo(V x)
    {
        const double Ln2 = 0.6931471805599453;
        V bounded = Simd.MinNative(Simd.MaxNative(x, Simd.Create(-1000.0)), Simd.Create(1000.0));
        V n = Simd.Round(bounded);
        V r = (bounded - n) * Simd.Create(Ln2);
        V p = Simd.Create(1.0 / 3628800);
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 362880));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 40320));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 5040));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 720));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 120));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 24));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(1.0 / 6));
        p = Simd.MultiplyAddEstimate(p, r, Simd.Create(0.5));
        p = Simd.MultiplyAddEstimate(p, r, V.One);
        p = Simd.MultiplyAddEstimate(p, r, V.One);
        return p * Simd.ShiftLeft(Simd.ConvertToInt64Native(n) + Simd.Create(1023L), 52).AsDouble();
    }

    /// <summary>What <see cref="ErrorNorm"/> gives a single sample of <see cref="StageKernels.FewComponents"/>.</summary>
    private static double NormOfFew(int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, double step, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances)
    {
        ref double k = ref MemoryMarshal.GetReference(derivatives);
        ref double w = ref MemoryMarshal.GetReference(weights[..indices.Length]);
        Vector256<double> sum = Vector256<double>.Zero;
        for (int j = 0; j < indices.Length; j++)
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(Unsafe.Add(ref w, j)), Vector256.LoadUnsafe(ref k, (nuint)(indices[j] * Lanes)), sum);
        Vector256<double> y0 = Vector256.Create(before), y1 = Vector256.Create(after);
        Vector256<double> magnitude = Vector256.Max(Vector256.Abs(y0), Vector256.Abs(y1));
        Vector256<double> scale = Vector256.MultiplyAddEstimate(Vector256.Create(relativeTolerances), magnitude, Vector256.Create(absoluteTolerances));
        Vector256<double> ratio = Vector256.Create(step) * sum / Vector256.Max(scale, Vector256.Create(SmallestScale));
        Vector256<double> undefined = y1 - y1;
        for (int j = 0; j <= lastStage; j++)
        {
            Vector256<double> slope = Vector256.LoadUnsafe(ref k, (nuint)(j * Lanes));
            undefined += slope - slope;
        }

        Vector256<double> terms = Vector256.MultiplyAddEstimate(ratio, ratio, undefined);
        Vector256<double> isThere = Vector256.LessThan(Vector256.Create(0.0, 1, 2, 3), Vector256.Create((double)dimension));
        terms = Vector256.ConditionalSelect(isThere, terms, Vector256<double>.Zero);
        Vector128<double> pairs = terms.GetLower() + terms.GetUpper();
        return Math.Sqrt((pairs[0] + pairs[1]) / dimension);
    }

    /// <summary>A value over what an error of one tolerance is at this magnitude of the state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Ratio(V value, V magnitude, V relative, V absolute)
    {
        // With an absolute tolerance of 0 the scale of a zero component is 0; an exact zero there is no error.
        V scale = Simd.Max(Simd.MultiplyAddEstimate(relative, magnitude, absolute), Simd.Create(SmallestScale));
        return value / scale;
    }

    /// <summary>The root of the mean from <see cref="NormSums{TVector}"/>, one norm per lane.</summary>
    public static V RootMean(ReadOnlySpan<V> partial, int dimension)
    {
        V total = ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
        return Simd.Sqrt(total / Simd.Create((double)dimension));
    }

    private static double Largest(V partial)
    {
        double largest = partial[0];
        for (int lane = 1; lane < Lanes; lane++)
            largest = Math.Max(largest, partial[lane]);
        return largest;
    }

    /// <summary>Adds the lanes in the order in which <see cref="RootMean"/> adds its sums, so that both give the same bits.</summary>
    private static double SingleNorm(V partial, int dimension)
    {
        double total = ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
        return Math.Sqrt(total / dimension);
    }
}
