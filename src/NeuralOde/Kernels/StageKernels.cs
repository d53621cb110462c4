using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Simd = System.Runtime.Intrinsics.Vector512;
using V = System.Runtime.Intrinsics.Vector512<double>;

namespace NeuralOde;

/// <summary>
/// What a Runge–Kutta step does with whole batches: stage combinations, error norms, per-sample selection.
/// </summary>
/// <remarks>
/// A batch is a matrix of components × samples with one number per sample (step, mask) to each column; a single sample is
/// one row with the same number for every lane. <see cref="Grid"/> tells the loops which of the two they run on.
/// </remarks>
internal static class StageKernels
{
    private const int Lanes = BatchLayout.Lanes;

    /// <summary>result = states + step · Σ_j coefficients[j] · derivatives[indices[j]], step by step of each sample.</summary>
    /// <param name="layout">The batch.</param>
    /// <param name="dimension">Components of the state.</param>
    /// <param name="states">y at the start of the step.</param>
    /// <param name="steps">One signed step per sample; 0 leaves a sample where it is.</param>
    /// <param name="derivatives">The stages' derivatives, one buffer after the other.</param>
    /// <param name="indices">Which stages have a non-zero coefficient.</param>
    /// <param name="coefficients">Their coefficients.</param>
    /// <param name="result">Receives the combination.</param>
    public static void Combine(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result)
    {
        var grid = new Grid(layout, dimension);
        ref double y = ref MemoryMarshal.GetReference(states[..grid.Size]);
        ref double z = ref MemoryMarshal.GetReference(result[..grid.Size]);
        ref double k = ref MemoryMarshal.GetReference(derivatives);
        coefficients = coefficients[..indices.Length];
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += Lanes)
            {
                int at = row + lane;
                V sum = V.Zero;
                for (int j = 0; j < indices.Length; j++)
                    sum = Simd.MultiplyAddEstimate(Simd.Create(coefficients[j]), Simd.LoadUnsafe(ref Unsafe.Add(ref k, indices[j] * grid.Size + at)), sum);
                V h = grid.PerSample(steps, lane);
                V combined = Simd.MultiplyAddEstimate(h, sum, Simd.LoadUnsafe(ref Unsafe.Add(ref y, at)));
                // A step of length zero stays put even where a derivative is not finite.
                Simd.ConditionalSelect(Simd.Equals(h, V.Zero), Simd.LoadUnsafe(ref Unsafe.Add(ref y, at)), combined).StoreUnsafe(ref Unsafe.Add(ref z, at));
            }
        }
    }

    /// <summary>
    /// The root mean square, per sample, of the step's error estimate over its tolerance:
    /// e = step · Σ_j weights[j] · derivatives[indices[j]], scale = absolute + relative · max(|before|, |after|).
    /// Not finite where the new state or the derivative at any stage is not.
    /// </summary>
    public static void ErrorNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> weights, int lastStage,
        ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, Span<double> norms)
    {
        var grid = new Grid(layout, dimension);
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

                V term = Simd.MultiplyAddEstimate(ratio, ratio, undefined);
                partial[grid.Partial(row)] += grid.Mask(term, at);
            }

            if (!layout.IsSingle)
                StoreNorms(partial, dimension, norms[lane..]);
        }

        if (layout.IsSingle)
            norms[0] = SingleNorm(partial[0], dimension);
    }

    /// <summary>
    /// The root mean square, per sample, of (values − subtrahend) over scale = absolute + relative · max(|before|, |after|).
    /// An empty <paramref name="subtrahend"/> is zero.
    /// </summary>
    public static void ScaledNorm(BatchLayout layout, int dimension, ReadOnlySpan<double> values, ReadOnlySpan<double> subtrahend,
        ReadOnlySpan<double> before, ReadOnlySpan<double> after, ReadOnlySpan<double> relativeTolerances, ReadOnlySpan<double> absoluteTolerances, Span<double> norms)
    {
        var grid = new Grid(layout, dimension);
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
                partial[grid.Partial(row)] += grid.Mask(ratio * ratio, at);
            }

            if (!layout.IsSingle)
                StoreNorms(partial, dimension, norms[lane..]);
        }

        if (layout.IsSingle)
            norms[0] = SingleNorm(partial[0], dimension);
    }

    /// <summary>Copies <paramref name="rows"/> rows of the samples whose mask is not zero; the others keep their values.</summary>
    public static void Select(BatchLayout layout, int rows, ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination)
    {
        var grid = new Grid(layout, rows);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += Lanes)
            {
                Span<double> target = destination.Slice(row + lane, Lanes);
                V keep = Simd.Equals(grid.PerSample(mask, lane), V.Zero);
                Simd.ConditionalSelect(keep, Simd.Create<double>(target), Simd.Create(source.Slice(row + lane, Lanes))).CopyTo(target);
            }
        }
    }

    /// <summary>result = factor · values, one factor per sample; a factor of 0 gives 0 whatever the value.</summary>
    public static void Scale(BatchLayout layout, int rows, ReadOnlySpan<double> factors, ReadOnlySpan<double> values, Span<double> result)
    {
        var grid = new Grid(layout, rows);
        for (int row = 0; row < grid.Size; row += grid.RowLength)
        {
            for (int lane = 0; lane < grid.RowLength; lane += Lanes)
            {
                V factor = grid.PerSample(factors, lane);
                V product = factor * Simd.Create(values.Slice(row + lane, Lanes));
                Simd.ConditionalSelect(Simd.Equals(factor, V.Zero), V.Zero, product).CopyTo(result[(row + lane)..]);
            }
        }
    }

    /// <summary>destination += factor · source over whole vectors.</summary>
    public static void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(source);
        Span<V> y = MemoryMarshal.Cast<double, V>(destination)[..x.Length];
        V scale = Simd.Create(factor);
        for (int i = 0; i < x.Length; i++)
            y[i] = Simd.MultiplyAddEstimate(scale, x[i], y[i]);
    }

    /// <summary>result = −values over whole vectors.</summary>
    public static void Negate(ReadOnlySpan<double> values, Span<double> result)
    {
        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(values);
        Span<V> y = MemoryMarshal.Cast<double, V>(result)[..x.Length];
        for (int i = 0; i < x.Length; i++)
            y[i] = -x[i];
    }

    /// <summary>times + node · steps for one number per sample; a node of 1 lands on <paramref name="ends"/> exactly.</summary>
    public static void StageTimes(ReadOnlySpan<double> times, ReadOnlySpan<double> steps, ReadOnlySpan<double> ends, double node, Span<double> result)
    {
        if (node == 1.0)
        {
            ends.CopyTo(result);
            return;
        }

        V c = Simd.Create(node);
        for (int lane = 0; lane < times.Length; lane += Lanes)
            Simd.MultiplyAddEstimate(c, Simd.Create(steps.Slice(lane, Lanes)), Simd.Create(times.Slice(lane, Lanes))).CopyTo(result[lane..]);
    }

    /// <summary>The step-size controller's law: errors^a · previous^b · earlier^c, one number per sample.</summary>
    public static void PowerLaw(ReadOnlySpan<double> errors, double a, ReadOnlySpan<double> previous, double b, ReadOnlySpan<double> earlier, double c, Span<double> result)
    {
        for (int lane = 0; lane < errors.Length; lane += Lanes)
        {
            V power = Simd.Create(a) * Simd.Log(Simd.Create(errors.Slice(lane, Lanes)));
            if (b != 0.0)
                power += Simd.Create(b) * Simd.Log(Simd.Create(previous.Slice(lane, Lanes)));
            if (c != 0.0)
                power += Simd.Create(c) * Simd.Log(Simd.Create(earlier.Slice(lane, Lanes)));
            Transcendental.Exp(power).CopyTo(result[lane..]);
        }
    }

    /// <summary>
    /// Takes two error estimates of every sample together: errors := errors² / √(errors² + second² / 100), written so that no square overflows; 0 where both are.
    /// </summary>
    /// <remarks>E. Hairer's DOP853; Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, section II.10.</remarks>
    public static void CombineEstimates(Span<double> errors, ReadOnlySpan<double> second)
    {
        for (int lane = 0; lane < errors.Length; lane += Lanes)
        {
            V e = Simd.Create<double>(errors.Slice(lane, Lanes)), other = Simd.Create(second.Slice(lane, Lanes));
            V ratio = Simd.Create(0.1) * other / e;
            V combined = e / Simd.Sqrt(Simd.MultiplyAddEstimate(ratio, ratio, V.One));
            // Of a finite estimate next to 0 nothing remains; one that is not finite must not get lost.
            Simd.ConditionalSelect(Simd.Equals(e, V.Zero), V.Zero * other, combined).CopyTo(errors[lane..]);
        }
    }

    private static V Ratio(V value, V magnitude, V relative, V absolute)
    {
        // With an absolute tolerance of 0 the scale of a zero component is 0; an exact zero there is no error.
        V scale = Simd.Max(Simd.MultiplyAddEstimate(relative, magnitude, absolute), Simd.Create(double.Epsilon * 4503599627370496.0));
        return value / scale;
    }

    private static void StoreNorms(ReadOnlySpan<V> partial, int dimension, Span<double> norms)
    {
        V total = ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
        Simd.Sqrt(total / Simd.Create((double)dimension)).CopyTo(norms);
    }

    /// <summary>Adds the lanes in the order in which <see cref="StoreNorms"/> adds its partial sums, so that both give the same bits.</summary>
    private static double SingleNorm(V partial, int dimension)
    {
        double total = ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
        return Math.Sqrt(total / dimension);
    }

    /// <summary>The shape that a loop over a buffer sees.</summary>
    internal readonly struct Grid
    {
        private readonly bool _isSingle;
        private readonly int _dimension;

        public Grid(BatchLayout layout, int dimension)
        {
            _isSingle = layout.IsSingle;
            _dimension = dimension;
            Size = layout.Length(dimension);
            RowLength = _isSingle ? Size : layout.Stride;
        }

        public int Size { get; }

        public int RowLength { get; }

        /// <summary>The per-sample numbers that belong to the lanes from <paramref name="lane"/> on.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V PerSample(ReadOnlySpan<double> values, int lane) =>
            _isSingle ? Simd.Create(values[0]) : Simd.Create(values.Slice(lane, Lanes));

        /// <summary>The per-component numbers (as many as a single sample's buffer holds) that belong to the vector at <paramref name="at"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V PerComponent(ReadOnlySpan<double> values, int at) =>
            _isSingle ? Simd.Create(values.Slice(at, Lanes)) : Simd.Create(values[at / RowLength]);

        /// <summary>Which of eight partial sums a row's terms go to: component modulo 8, as the lanes of a single sample's vector.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public int Partial(int row) => _isSingle ? 0 : (row / RowLength) & (Lanes - 1);

        /// <summary>Zeroes what lies behind the last component of a single sample.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Mask(V term, int at)
        {
            if (!_isSingle || at + Lanes <= _dimension)
                return term;
            V index = Simd.Create(0.0, 1, 2, 3, 4, 5, 6, 7);
            return Simd.ConditionalSelect(Simd.LessThan(index, Simd.Create((double)(_dimension - at))), term, V.Zero);
        }
    }
}
