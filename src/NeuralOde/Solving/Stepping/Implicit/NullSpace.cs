namespace NeuralOde;

/// <summary>Vectors a with aᵀJ ≈ 0: elimination with complete pivoting, every column of J in units of its rounding.</summary>
internal sealed class NullSpace(int dimension)
{
    // A pivot below the first is zero, one above the second is not; between them either may be true.
    private const double SurelyZero = 0.01;
    private const double SurelyNotZero = 1e6;

    // Pivots between them that are tried, one after the other.
    private const int MostDoubts = 8;

    private const int LargestDenominator = 12;
    private const double LargestNumerator = 1000.0;
    private const double IntegerTolerance = 1e-6;

    // What is smaller is a zero that rounding has reached.
    private const double SmallestComponent = 1e-11;

    private readonly double[] _equations = new double[dimension * dimension];
    private readonly double[] _pivotSizes = new double[dimension];
    private readonly int[] _components = new int[dimension];
    private readonly double[] _solution = new double[dimension];
    private readonly double[] _vector = new double[dimension];

    /// <summary>The vector found last.</summary>
    public ReadOnlySpan<double> Vector => _vector;

    /// <summary>Dimensions that the null space has at least.</summary>
    public int LeastNullity { get; private set; }

    /// <summary>Dimensions that the null space has at most.</summary>
    public int MostNullity { get; private set; }

    /// <summary>Eliminates in Jᵀ a = 0.</summary>
    /// <param name="jacobian">J, row-major.</param>
    /// <param name="roundings">The size of rounding in every column of J.</param>
    public void Eliminate(ReadOnlySpan<double> jacobian, ReadOnlySpan<double> roundings)
    {
        int n = dimension;
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < n; i++)
                _equations[j * n + i] = roundings[j] > 0.0 ? jacobian[i * n + j] / roundings[j] : 0.0;
            _components[j] = j;
        }

        for (int k = 0; k < n; k++)
            EliminateNext(k);
        LeastNullity = Math.Max(_pivotSizes.AsSpan().Count(0.0), 1);
        MostNullity = 0;
        while (MostNullity < Math.Min(n, LeastNullity + MostDoubts) && _pivotSizes[n - 1 - MostNullity] < SurelyNotZero)
            MostNullity++;
    }

    /// <summary>The k-th vector of a basis of the null space: in small integers if it is one of these but for a factor. False where it is not finite.</summary>
    /// <param name="nullity">The dimensions that the null space is taken to have.</param>
    /// <param name="k">From 0 to <paramref name="nullity"/> − 1.</param>
    public bool TryGetVector(int nullity, int k)
    {
        int n = dimension, rank = n - nullity;
        double largest = 1.0;
        for (int i = rank - 1; i >= 0; i--)
        {
            double sum = -_equations[i * n + rank + k];
            for (int j = i + 1; j < rank; j++)
                sum -= _equations[i * n + j] * _solution[j];
            _solution[i] = sum / _equations[i * n + i];
            largest = Math.Max(largest, Math.Abs(_solution[i]));
        }

        if (!double.IsFinite(largest))
            return false;
        int denominator = 1;
        while (denominator <= LargestDenominator && !AreIntegers(rank, denominator))
            denominator++;
        bool isInteger = denominator <= LargestDenominator;
        _vector.AsSpan().Clear();
        _vector[_components[rank + k]] = isInteger ? denominator : 1.0;
        for (int i = 0; i < rank; i++)
            _vector[_components[i]] = isInteger ? Math.Round(denominator * _solution[i]) : Math.Abs(_solution[i]) < SmallestComponent * largest ? 0.0 : _solution[i];
        return true;
    }

    private bool AreIntegers(int rank, int denominator)
    {
        for (int i = 0; i < rank; i++)
        {
            double value = denominator * _solution[i];
            if (!(Math.Abs(value) <= LargestNumerator) || Math.Abs(value - Math.Round(value)) > IntegerTolerance)
                return false;
        }

        return true;
    }

    private void EliminateNext(int k)
    {
        int n = dimension, row = k, column = k;
        double largest = 0.0;
        for (int i = k; i < n; i++)
        {
            for (int j = k; j < n; j++)
            {
                double size = Math.Abs(_equations[i * n + j]);
                if (size > largest)
                    (largest, row, column) = (size, i, j);
            }
        }

        _pivotSizes[k] = largest < SurelyZero ? 0.0 : largest;
        if (largest < SurelyZero)
            return;
        (_components[k], _components[column]) = (_components[column], _components[k]);
        for (int j = 0; j < n; j++)
            (_equations[k * n + j], _equations[row * n + j]) = (_equations[row * n + j], _equations[k * n + j]);
        for (int i = 0; i < n; i++)
            (_equations[i * n + k], _equations[i * n + column]) = (_equations[i * n + column], _equations[i * n + k]);
        for (int i = k + 1; i < n; i++)
        {
            double factor = _equations[i * n + k] / _equations[k * n + k];
            _equations[i * n + k] = 0.0;
            for (int j = k + 1; j < n && factor != 0.0; j++)
                _equations[i * n + j] -= factor * _equations[k * n + j];
        }
    }
}
