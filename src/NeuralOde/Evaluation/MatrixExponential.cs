namespace NeuralOde;

/// <summary>e^A of small dense matrices by scaling, squaring and Padé approximants, with memory for one size.</summary>
/// <remarks>
/// N. J. Higham, The scaling and squaring method for the matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26 (2005) 1179–1193,
/// doi:10.1137/04061101X: algorithm 2.3 with the bounds θ of table 2.3. Matrices are row-major.
/// </remarks>
internal sealed class MatrixExponential
{
    private static readonly (int Degree, double Bound)[] LowDegrees =
        [(3, 1.495585217958292e-2), (5, 2.539398330063230e-1), (7, 9.504178996162932e-1), (9, 2.097847961257068e0)];

    private const double Bound13 = 5.371920351148152;

    private readonly int _size;
    private readonly double[] _scaled;
    private readonly double[][] _evenPowers;
    private readonly double[] _odd;
    private readonly double[] _even;
    private readonly double[] _product;

    /// <param name="size">Rows of the matrices.</param>
    public MatrixExponential(int size)
    {
        _size = size;
        int length = ArrayLength.Of((size, "rows"), (size, "columns"));
        _scaled = new double[length];
        _evenPowers = [new double[length], new double[length], new double[length], new double[length], new double[length]];
        _odd = new double[length];
        _even = new double[length];
        _product = new double[length];
    }

    /// <summary>Computes e^(h·A); NaN throughout where h·A is not finite or the result overflows on the way.</summary>
    /// <param name="matrix">A, size × size, row-major.</param>
    /// <param name="factor">h.</param>
    /// <param name="result">Receives e^(h·A); not <paramref name="matrix"/> itself.</param>
    public void Compute(ReadOnlySpan<double> matrix, double factor, Span<double> result)
    {
        for (int i = 0; i < _scaled.Length; i++)
            _scaled[i] = matrix[i] * factor;
        double norm = OneNorm(_scaled);
        if (!double.IsFinite(norm))
        {
            result.Fill(double.NaN);
            return;
        }

        int degree = 13;
        foreach ((int low, double bound) in LowDegrees)
        {
            if (norm <= bound)
            {
                degree = low;
                break;
            }
        }

        int squarings = 0;
        if (norm > Bound13)
        {
            squarings = Math.ILogB(norm / Bound13) + 1;
            for (int i = 0; i < _scaled.Length; i++)
                _scaled[i] = Math.ScaleB(_scaled[i], -squarings);
        }

        ComputePade(degree, result);
        for (int s = 0; s < squarings; s++)
        {
            Multiply(result, result, _product);
            _product.CopyTo(result);
        }
    }

    /// <summary>r = q(A)⁻¹ p(A) with p = even + odd and q = even − odd parts of the approximant's numerator.</summary>
    private void ComputePade(int degree, Span<double> result)
    {
        ReadOnlySpan<double> b = Coefficients(degree);
        Multiply(_scaled, _scaled, _evenPowers[1]);
        int powers = degree == 13 ? 3 : degree / 2;
        for (int k = 2; k <= powers; k++)
            Multiply(_evenPowers[k - 1], _evenPowers[1], _evenPowers[k]);

        if (degree == 13)
        {
            // Equation (2.9) of the paper: A⁶ is taken out of the upper halves.
            Combine([0.0, b[9], b[11], b[13]], _product);
            Multiply(_evenPowers[3], _product, _odd);
            AddCombination([b[1], b[3], b[5], b[7]], _odd);
            Combine([0.0, b[8], b[10], b[12]], _product);
            Multiply(_evenPowers[3], _product, _even);
            AddCombination([b[0], b[2], b[4], b[6]], _even);
        }
        else
        {
            Span<double> coefficients = stackalloc double[powers + 1];
            for (int k = 0; k <= powers; k++)
                coefficients[k] = b[(2 * k) + 1];
            Combine(coefficients, _odd);
            for (int k = 0; k <= powers; k++)
                coefficients[k] = b[2 * k];
            Combine(coefficients, _even);
        }

        Multiply(_scaled, _odd, _product);
        for (int i = 0; i < _product.Length; i++)
        {
            result[i] = _even[i] + _product[i];
            _even[i] -= _product[i];
        }

        SolveInPlace(_even, result);
    }

    private void Combine(ReadOnlySpan<double> coefficients, double[] destination)
    {
        Array.Clear(destination);
        AddCombination(coefficients, destination);
    }

    /// <summary>Adds Σ cₖ A²ᵏ.</summary>
    private void AddCombination(ReadOnlySpan<double> coefficients, double[] destination)
    {
        for (int i = 0; i < _size; i++)
            destination[(i * _size) + i] += coefficients[0];
        for (int k = 1; k < coefficients.Length; k++)
        {
            double[] power = _evenPowers[k];
            for (int i = 0; i < destination.Length; i++)
                destination[i] += coefficients[k] * power[i];
        }
    }

    private void Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> product)
    {
        product.Clear();
        for (int i = 0; i < _size; i++)
        {
            Span<double> row = product.Slice(i * _size, _size);
            for (int k = 0; k < _size; k++)
            {
                double factor = left[(i * _size) + k];
                ReadOnlySpan<double> other = right.Slice(k * _size, _size);
                for (int j = 0; j < row.Length; j++)
                    row[j] += factor * other[j];
            }
        }
    }

    /// <summary>Gaussian elimination with partial pivoting. The denominator of an approximant within its bound is well conditioned.</summary>
    private void SolveInPlace(Span<double> a, Span<double> b)
    {
        int n = _size;
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
            {
                if (Math.Abs(a[(i * n) + k]) > Math.Abs(a[(pivot * n) + k]))
                    pivot = i;
            }

            for (int j = 0; pivot != k && j < n; j++)
            {
                (a[(k * n) + j], a[(pivot * n) + j]) = (a[(pivot * n) + j], a[(k * n) + j]);
                (b[(k * n) + j], b[(pivot * n) + j]) = (b[(pivot * n) + j], b[(k * n) + j]);
            }

            for (int i = k + 1; i < n; i++)
            {
                double factor = a[(i * n) + k] / a[(k * n) + k];
                for (int j = k + 1; j < n; j++)
                    a[(i * n) + j] -= factor * a[(k * n) + j];
                for (int j = 0; j < n; j++)
                    b[(i * n) + j] -= factor * b[(k * n) + j];
            }
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = b[(i * n) + j];
                for (int k = i + 1; k < n; k++)
                    sum -= a[(i * n) + k] * b[(k * n) + j];
                b[(i * n) + j] = sum / a[(i * n) + i];
            }
        }
    }

    private double OneNorm(ReadOnlySpan<double> matrix)
    {
        double largest = 0.0;
        for (int j = 0; j < _size; j++)
        {
            double sum = 0.0;
            for (int i = 0; i < _size; i++)
                sum += Math.Abs(matrix[(i * _size) + j]);
            if (double.IsNaN(sum))
                return double.NaN;
            largest = Math.Max(largest, sum);
        }

        return largest;
    }

    private static ReadOnlySpan<double> Coefficients(int degree) => degree switch
    {
        3 => [120, 60, 12, 1],
        5 => [30240, 15120, 3360, 420, 30, 1],
        7 => [17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1],
        9 => [17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1],
        _ =>
        [
            64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600, 670442572800,
            33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
        ],
    };
}
