using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>LU factorization with partial pivoting of one dense row-major matrix, and its solves.</summary>
/// <remarks>
/// MathNet's LU allocates with every call and may start threads; an implicit step factors one small matrix per sample and
/// must do neither. Rows are contiguous, so elimination is a scaled row added to a row, and a solve is one dot product per
/// row. The order of operations depends on the matrix and the vector width alone: dot products are sums over the lanes.
/// </remarks>
internal abstract class LuKernels
{
    /// <summary>Those of the widest vectors that the hardware has.</summary>
    public static LuKernels Widest { get; } = VectorWidth.Widest<double, LuKernels, Maker>(default);

    /// <summary>
    /// Overwrites A with L (unit diagonal, not stored) and U of PA = LU; <paramref name="pivots"/>[k] is the row that changed
    /// places with row k.
    /// </summary>
    /// <returns>
    /// False where a pivot is zero or any number of A, L or U is not finite; the contents are then of no use. A matrix that
    /// is singular but for rounding passes, as in LAPACK.
    /// </returns>
    public abstract bool Factor(Span<double> matrix, Span<int> pivots);

    /// <summary>Overwrites b with the solution x of Ax = b.</summary>
    public abstract void Solve(ReadOnlySpan<double> factors, ReadOnlySpan<int> pivots, Span<double> rightHandSide);

    private readonly struct Maker : VectorWidth.IMaker<double, LuKernels>
    {
        public LuKernels Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new LuKernels<TVector>();
    }
}

/// <inheritdoc cref="LuKernels"/>
/// <typeparam name="TVector">The vector.</typeparam>
internal sealed class LuKernels<TVector> : LuKernels
    where TVector : unmanaged, IVector<double, TVector>
{
    public override bool Factor(Span<double> matrix, Span<int> pivots)
    {
        int n = pivots.Length;
        KernelArguments.ThrowIfShort(matrix.Length, (long)n * n);
        matrix = matrix[..(n * n)];
        for (int k = 0; k < n; k++)
        {
            int pivot = FindPivot(matrix, n, k);
            Span<double> pivotRow = matrix.Slice(k * n, n);
            pivots[k] = pivot;
            if (pivot != k)
                Swap(pivotRow, matrix.Slice(pivot * n, n));
            double diagonal = pivotRow[k];
            // Also where it is NaN.
            if (!(Math.Abs(diagonal) > 0.0))
                return false;
            for (int i = k + 1; i < n; i++)
            {
                Span<double> row = matrix.Slice(i * n, n);
                if (row[k] == 0.0)
                    continue;
                // Not times the reciprocal, which overflows for the smallest pivots.
                double factor = row[k] / diagonal;
                row[k] = factor;
                AddScaled(-factor, pivotRow[(k + 1)..], row[(k + 1)..]);
            }
        }

        // Elimination keeps what is not finite, or leaves it on the diagonal.
        return IsFinite(matrix);
    }

    public override void Solve(ReadOnlySpan<double> factors, ReadOnlySpan<int> pivots, Span<double> rightHandSide)
    {
        int n = pivots.Length;
        KernelArguments.ThrowIfShort(factors.Length, (long)n * n);
        factors = factors[..(n * n)];
        Span<double> x = rightHandSide[..n];
        for (int k = 0; k < n; k++)
            (x[k], x[pivots[k]]) = (x[pivots[k]], x[k]);
        for (int i = 1; i < n; i++)
            x[i] -= Dot(factors.Slice(i * n, i), x[..i]);
        for (int i = n - 1; i >= 0; i--)
            x[i] = (x[i] - Dot(factors[(i * n + i + 1)..((i + 1) * n)], x[(i + 1)..])) / factors[i * n + i];
    }

    /// <summary>⟨a, b⟩ of vectors of any length.</summary>
    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ref double x = ref MemoryMarshal.GetReference(a);
        ref double y = ref MemoryMarshal.GetReference(b[..a.Length]);
        TVector sum = TVector.Constant(0.0);
        int i = 0;
        for (; i + TVector.Count <= a.Length; i += TVector.Count)
            sum = TVector.MultiplyAdd(TVector.Load(ref Unsafe.Add(ref x, i)), TVector.Load(ref Unsafe.Add(ref y, i)), sum);
        double total = TVector.Sum(sum);
        for (; i < a.Length; i++)
            total = double.MultiplyAddEstimate(a[i], b[i], total);
        return total;
    }

    /// <summary>destination += scale · source for vectors of any length.</summary>
    private static void AddScaled(double scale, ReadOnlySpan<double> source, Span<double> destination)
    {
        ref double x = ref MemoryMarshal.GetReference(source);
        ref double y = ref MemoryMarshal.GetReference(destination[..source.Length]);
        TVector factor = TVector.Broadcast(scale);
        int i = 0;
        for (; i + TVector.Count <= source.Length; i += TVector.Count)
        {
            ref double target = ref Unsafe.Add(ref y, i);
            TVector.MultiplyAdd(factor, TVector.Load(ref Unsafe.Add(ref x, i)), TVector.Load(ref target)).Store(ref target);
        }

        for (; i < source.Length; i++)
            destination[i] = double.MultiplyAddEstimate(scale, source[i], destination[i]);
    }

    private static int FindPivot(ReadOnlySpan<double> matrix, int n, int column)
    {
        int pivot = column;
        double largest = Math.Abs(matrix[column * n + column]);
        for (int i = column + 1; i < n; i++)
        {
            double size = Math.Abs(matrix[i * n + column]);
            if (size > largest)
                (pivot, largest) = (i, size);
        }

        return pivot;
    }

    private static void Swap(Span<double> first, Span<double> second)
    {
        for (int i = 0; i < first.Length; i++)
            (first[i], second[i]) = (second[i], first[i]);
    }

    private static bool IsFinite(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
                return false;
        }

        return true;
    }
}
