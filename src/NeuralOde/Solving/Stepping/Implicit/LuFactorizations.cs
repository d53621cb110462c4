namespace NeuralOde;

/// <summary>One LU factorization per sample of a batch, with all their memory.</summary>
/// <remarks>See <see cref="LuKernels"/>: nothing allocates, nothing runs on other threads, and a sample's solution does not depend on the others.</remarks>
internal sealed class LuFactorizations(BatchLayout layout, int dimension)
{
    private readonly double[] _matrices = new double[ArrayLength.Of((layout.Samples, "samples"), (dimension, "components"), (dimension, "components"))];
    private readonly int[] _pivots = new int[ArrayLength.Of((layout.Samples, "samples"), (dimension, "components"))];
    private readonly double[] _solution = new double[dimension];

    /// <summary>A sample's matrix, row-major. Write A here, then call <see cref="Factor(int)"/>, which overwrites it.</summary>
    public Span<double> Matrix(int sample) => _matrices.AsSpan(sample * dimension * dimension, dimension * dimension);

    /// <summary>Factors what was written to <see cref="Matrix"/>. Returns false where it is singular or not finite.</summary>
    public bool Factor(int sample) => LuKernels.Widest.Factor(Matrix(sample), Pivots(sample));

    /// <summary>Factors diagonal · I − jacobian, the matrix of implicit steps. Returns false where it is singular or not finite.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="diagonal">1/(γh), signed as h is.</param>
    /// <param name="jacobian">The sample's ∂f/∂y, row-major.</param>
    public bool Factor(int sample, double diagonal, ReadOnlySpan<double> jacobian)
    {
        Span<double> matrix = Matrix(sample);
        jacobian = jacobian[..matrix.Length];
        for (int i = 0; i < matrix.Length; i++)
            matrix[i] = -jacobian[i];
        for (int i = 0; i < matrix.Length; i += dimension + 1)
            matrix[i] += diagonal;
        return Factor(sample);
    }

    /// <summary>Overwrites one right-hand side, <c>dimension</c> numbers, with the solution for a sample that was factored.</summary>
    public void Solve(int sample, Span<double> rightHandSide) => LuKernels.Widest.Solve(Matrix(sample), Pivots(sample), rightHandSide);

    /// <summary>Overwrites the columns of a component-major batch whose sample is needed; the others keep their values.</summary>
    public void SolveBatch(ReadOnlySpan<bool> needed, Span<double> rightHandSides)
    {
        for (int sample = 0; sample < layout.Samples; sample++)
        {
            if (!needed[sample])
                continue;
            layout.Gather(rightHandSides, sample, _solution);
            Solve(sample, _solution);
            layout.Scatter(_solution, sample, rightHandSides);
        }
    }

    private Span<int> Pivots(int sample) => _pivots.AsSpan(sample * dimension, dimension);
}
