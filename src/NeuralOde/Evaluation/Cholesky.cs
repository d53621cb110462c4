namespace NeuralOde;

/// <summary>Symmetric positive definite equations.</summary>
internal static class Cholesky
{
    /// <summary>Solves A x = b in place.</summary>
    /// <param name="a">A, row-major; its lower triangle is read and overwritten.</param>
    /// <param name="b">b, overwritten by x.</param>
    /// <returns>Whether A is positive definite and x finite.</returns>
    public static bool SolveInPlace(Span<double> a, Span<double> b)
    {
        int n = b.Length;
        for (int j = 0; j < n; j++)
        {
            for (int i = j; i < n; i++)
            {
                double sum = a[(i * n) + j];
                for (int k = 0; k < j; k++)
                    sum -= a[(i * n) + k] * a[(j * n) + k];
                if (i > j)
                    a[(i * n) + j] = sum / a[(j * n) + j];
                else if (sum > 0.0)
                    a[(j * n) + j] = Math.Sqrt(sum);
                else
                    return false;
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
                b[i] -= a[(i * n) + k] * b[k];
            b[i] /= a[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
                b[i] -= a[(k * n) + i] * b[k];
            b[i] /= a[(i * n) + i];
        }

        return Guard.IsFinite(b);
    }
}
