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
/// one row with the same number for every lane. <see cref="BatchGrid"/> tells the loops which of the two they run on.
/// </remarks>
internal static class StageKernels
{
    /// <summary>
    /// A single sample with so few components is one vector of half the width: that is what evaluators write at once
    /// (<see cref="PerSampleEvaluator"/>). A processor that loads more than was written at once waits until it has left the store buffer.
    /// </summary>
    public const int FewComponents = 4;

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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Combine(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result)
    {
        if (layout.IsSingle && dimension <= FewComponents)
            CombineFew(states, steps[0], derivatives, indices, coefficients, result);
        else
            CombineRows(layout, dimension, states, steps, derivatives, indices, coefficients, result);
    }

    private static void CombineRows(BatchLayout layout, int dimension, ReadOnlySpan<double> states, ReadOnlySpan<double> steps,
        ReadOnlySpan<double> derivatives, ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result)
    {
        var grid = new BatchGrid(layout, dimension);
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

    /// <summary>Copies <paramref name="rows"/> rows of the samples whose mask is not zero; the others keep their values.</summary>
    public static void Select(BatchLayout layout, int rows, ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination)
    {
        var grid = new BatchGrid(layout, rows);
        if (layout.IsSingle)
        {
            if (mask[0] != 0.0)
                source[..grid.Size].CopyTo(destination);
            return;
        }

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
        var grid = new BatchGrid(layout, rows);
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

    /// <summary>destination += factor · source over whole vectors, or over the one number in a single sample's row.</summary>
    public static void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        if (source.Length == 1)
        {
            destination[0] = double.MultiplyAddEstimate(factor, source[0], destination[0]);
            return;
        }

        ReadOnlySpan<V> x = MemoryMarshal.Cast<double, V>(source);
        Span<V> y = MemoryMarshal.Cast<double, V>(destination)[..x.Length];
        V scale = Simd.Create(factor);
        for (int i = 0; i < x.Length; i++)
            y[i] = Simd.MultiplyAddEstimate(scale, x[i], y[i]);
    }

    /// <summary>result = Σ_p factors[p] · rows[p] over whole vectors, added from the last row to the first.</summary>
    public static void SumFromLast(ReadOnlySpan<double> factors, double[][] rows, Span<double> result)
    {
        for (int i = 0; i < result.Length; i += Lanes)
        {
            V sum = V.Zero;
            for (int p = factors.Length - 1; p >= 0; p--)
                sum += Simd.Create<double>(rows[p].AsSpan(i)) * Simd.Create(factors[p]);
            sum.CopyTo(result[i..]);
        }
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

    private static void CombineFew(ReadOnlySpan<double> states, double step, ReadOnlySpan<double> derivatives,
        ReadOnlySpan<int> indices, ReadOnlySpan<double> coefficients, Span<double> result)
    {
        if (step == 0.0)
        {
            Vector256.Create(states).CopyTo(result);
            return;
        }

        ref double k = ref MemoryMarshal.GetReference(derivatives);
        ref double a = ref MemoryMarshal.GetReference(coefficients[..indices.Length]);
        Vector256<double> sum = Vector256<double>.Zero;
        for (int j = 0; j < indices.Length; j++)
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(Unsafe.Add(ref a, j)), Vector256.LoadUnsafe(ref k, (nuint)(indices[j] * Lanes)), sum);
        Vector256.MultiplyAddEstimate(Vector256.Create(step), sum, Vector256.Create(states)).CopyTo(result);
    }
}
