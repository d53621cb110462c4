namespace NeuralOde;

/// <summary>Linear least squares by Householder reflections with column pivoting.</summary>
/// <remarks>
/// G. H. Golub, Numerical methods for solving linear least squares problems, Numer. Math. 7 (1965) 206–216, doi:10.1007/BF01436075. A column that
/// depends on the others within rounding gets the coefficient 0, so that constant or repeated regressors do no harm.
/// </remarks>
internal static class LeastSquares
{
    /// <summary>Minimizes |A X − B|² column by column.</summary>
    /// <param name="a">A, rows × unknowns, row-major; overwritten. Its columns should be of comparable size.</param>
    /// <param name="b">B, rows × targets, row-major; overwritten.</param>
    /// <param name="rows">Rows, at least as many as unknowns.</param>
    /// <param name="unknowns">Columns of A.</param>
    /// <param name="targets">Columns of B.</param>
    /// <param name="solution">Receives X, unknowns × targets, row-major.</param>
    /// <param name="tolerance">A column whose part that is independent of the others is smaller than this, relative to the largest, counts as dependent.</param>
    /// <returns>Independent columns of A.</returns>
    public static int Solve(Span<double> a, Span<double> b, int rows, int unknowns, int targets, Span<double> solution, double tolerance = 1e-11)
    {
        int[] order = [.. Enumerable.Range(0, unknowns)];
        int rank = 0;
        double first = 0.0;
        for (; rank < Math.Min(rows, unknowns); rank++)
        {
            (int best, double norm) = LongestColumn(a, rows, unknowns, rank);
            if (rank == 0)
                first = norm;
            if (!(norm > tolerance * first))
                break;
            SwapColumns(a, rows, unknowns, rank, best);
            (order[rank], order[best]) = (order[best], order[rank]);
            Reflect(a, b, rows, unknowns, targets, rank, norm);
        }

        solution.Clear();
        for (int t = 0; t < targets; t++)
        {
            for (int i = rank - 1; i >= 0; i--)
            {
                double sum = b[(i * targets) + t];
                for (int k = i + 1; k < rank; k++)
                    sum -= a[(i * unknowns) + k] * solution[(order[k] * targets) + t];
                solution[(order[i] * targets) + t] = sum / a[(i * unknowns) + i];
            }
        }

        return rank;
    }

    private static (int Column, double Norm) LongestColumn(ReadOnlySpan<double> a, int rows, int unknowns, int from)
    {
        int best = from;
        double longest = -1.0;
        for (int j = from; j < unknowns; j++)
        {
            double squares = 0.0;
            for (int i = from; i < rows; i++)
                squares += a[(i * unknowns) + j] * a[(i * unknowns) + j];
            if (squares > longest)
                (best, longest) = (j, squares);
        }

        return (best, Math.Sqrt(Math.Max(longest, 0.0)));
    }

    private static void SwapColumns(Span<double> a, int rows, int unknowns, int one, int other)
    {
        for (int i = 0; one != other && i < rows; i++)
            (a[(i * unknowns) + one], a[(i * unknowns) + other]) = (a[(i * unknowns) + other], a[(i * unknowns) + one]);
    }

    /// <summary>Takes column k below its diagonal to zero in A, and B along.</summary>
    private static void Reflect(Span<double> a, Span<double> b, int rows, int unknowns, int targets, int k, double norm)
    {
        double diagonal = a[(k * unknowns) + k];
        double image = diagonal > 0.0 ? -norm : norm;
        double head = diagonal - image;
        // v = (head, a[k+1.., k]); v'v = 2 norm (norm + |diagonal|) = −2 image head.
        double scale = -1.0 / (image * head);
        for (int j = k + 1; j < unknowns; j++)
            Apply(a, unknowns, j);
        for (int j = 0; j < targets; j++)
            Apply(b, targets, j, a);
        a[(k * unknowns) + k] = image;

        void Apply(Span<double> matrix, int columns, int column, ReadOnlySpan<double> vector = default)
        {
            ReadOnlySpan<double> v = vector.IsEmpty ? matrix : vector;
            double product = head * matrix[(k * columns) + column];
            for (int i = k + 1; i < rows; i++)
                product += v[(i * unknowns) + k] * matrix[(i * columns) + column];
            product *= scale;
            matrix[(k * columns) + column] -= product * head;
            for (int i = k + 1; i < rows; i++)
                matrix[(i * columns) + column] -= product * v[(i * unknowns) + k];
        }
    }
}
