namespace NeuralOde;

/// <summary>The least-squares polynomial through the observations near a time, as weights: its value and its derivative there are sums of weights times observations.</summary>
/// <remarks>W. S. Cleveland, S. J. Devlin, J. Amer. Statist. Assoc. 83 (1988) 596–610, doi:10.1080/01621459.1988.10478639, without tapering; equally spaced, it is the filter of A. Savitzky, M. J. E. Golay (1964), doi:10.1021/ac60214a047.</remarks>
/// <param name="mostObservations">The longest window.</param>
/// <param name="mostDegree">The highest degree.</param>
internal sealed class CollocationPolynomial(int mostObservations, int mostDegree)
{
    private readonly double[] _basis = new double[ArrayLength.Of((mostObservations, "observations"), (mostDegree + 1, "coefficients"))];
    private readonly double[] _values = new double[mostDegree + 1];
    private readonly double[] _slopes = new double[mostDegree + 1];

    /// <summary>Fills in the weights of value and derivative at a time.</summary>
    /// <param name="times">The times of the window, strictly monotone, more than <paramref name="degree"/> of them.</param>
    /// <param name="at">Where; within the window or near it.</param>
    /// <param name="degree">Degree of the polynomial, at least 1.</param>
    /// <param name="value">Receives one weight for each time.</param>
    /// <param name="slope">Receives one weight for each time.</param>
    public void Weights(ReadOnlySpan<double> times, double at, int degree, Span<double> value, Span<double> slope)
    {
        int count = times.Length;
        double reach = 0.0;
        foreach (double time in times)
            reach = Math.Max(reach, Math.Abs(time - at));
        // Orthonormal polynomials over the window, of which value and derivative at the time are known too.
        for (int k = 0; k <= degree; k++)
        {
            Span<double> column = _basis.AsSpan(k * count, count);
            if (k == 0)
                column.Fill(1.0);
            for (int i = 0; k > 0 && i < count; i++)
                column[i] = (times[i] - at) / reach * _basis[(k - 1) * count + i];
            (_values[k], _slopes[k]) = k == 0 ? (1.0, 0.0) : (0.0, _values[k - 1]);
            Orthogonalize(column, k);
        }

        value[..count].Clear();
        slope[..count].Clear();
        for (int k = 0; k <= degree; k++)
        {
            ReadOnlySpan<double> column = _basis.AsSpan(k * count, count);
            for (int i = 0; i < count; i++)
            {
                value[i] += _values[k] * column[i];
                slope[i] += _slopes[k] / reach * column[i];
            }
        }
    }

    /// <summary>Twice, because once is not enough where columns are nearly parallel.</summary>
    private void Orthogonalize(Span<double> column, int k)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int j = 0; j < k; j++)
            {
                ReadOnlySpan<double> other = _basis.AsSpan(j * column.Length, column.Length);
                double part = 0.0;
                for (int i = 0; i < column.Length; i++)
                    part += other[i] * column[i];
                for (int i = 0; i < column.Length; i++)
                    column[i] -= part * other[i];
                _values[k] -= part * _values[j];
                _slopes[k] -= part * _slopes[j];
            }
        }

        double squares = 0.0;
        foreach (double element in column)
            squares += element * element;
        double norm = Math.Sqrt(squares);
        for (int i = 0; i < column.Length; i++)
            column[i] /= norm;
        _values[k] /= norm;
        _slopes[k] /= norm;
    }
}
