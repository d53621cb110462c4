namespace NeuralOde;

/// <summary>
/// A running sum that carries the rounding error of every addition along, so that its relative error does not grow with the number
/// of terms of one sign.
/// </summary>
/// <remarks>
/// Algorithm 4.4 (Sum2) of T. Ogita, S. M. Rump, S. Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005) 1955–1988,
/// doi:10.1137/030601818. The error terms are off the critical path of the additions, so a loss costs little more than with a plain sum.
/// </remarks>
internal struct CompensatedSum
{
    private double _sum;
    private double _error;

    /// <summary>The sum of all terms so far; infinite or NaN when the plain sum is.</summary>
    public readonly double Value => double.IsFinite(_sum) ? _sum + _error : _sum;

    public void Add(double term)
    {
        double sum = _sum + term;
        double termAsAdded = sum - _sum;
        _error += (_sum - (sum - termAsAdded)) + (term - termAsAdded);
        _sum = sum;
    }
}
