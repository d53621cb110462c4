namespace NeuralOde.Tests.Kernels;

public class LuKernelsTests
{
    private static readonly int[] Sizes = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 50];

    public static TheoryData<int> Widths => VectorWidths.All;

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_solution_solves_its_system(int width)
    {
        LuKernels kernels = VectorWidths.OfSolvers[width].Lu;
        foreach (int n in Sizes)
        {
            double[] matrix = Matrix(n), solution = Batches.Random(n, 100 + n), factors = [.. matrix], x = Multiply(matrix, solution);
            var pivots = new int[n];
            kernels.Factor(factors, pivots).Should().BeTrue();
            kernels.Solve(factors, pivots, x);
            x.ShouldBeNear(solution, 1e-9, $"{n} equations");
        }
    }

    [Fact]
    public void Factors_have_the_same_bits_in_every_width()
    {
        foreach (int n in Sizes)
        {
            double[] widest = Factor(VectorWidths.OfSolvers[0].Lu, n);
            foreach (SolverKernels kernels in VectorWidths.OfSolvers)
                Factor(kernels.Lu, n).ShouldHaveTheBitsOf(widest, $"{n} equations, {kernels}");
        }

        static double[] Factor(LuKernels kernels, int n)
        {
            double[] factors = Matrix(n);
            kernels.Factor(factors, new int[n]);
            return factors;
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_singular_matrix_and_one_that_is_not_finite_are_refused(int width)
    {
        LuKernels kernels = VectorWidths.OfSolvers[width].Lu;
        foreach (int n in Sizes)
        {
            double[] singular = Matrix(n), spoilt = Matrix(n);
            for (int i = 0; i < n; i++)
                singular[i * n] = 0.0;
            spoilt[n * n - 1] = double.NaN;
            kernels.Factor(singular, new int[n]).Should().BeFalse($"the first column of {n} is zero");
            kernels.Factor(spoilt, new int[n]).Should().BeFalse($"a number of {n} × {n} is none");
        }
    }

    private static double[] Matrix(int n) => Batches.Random(n * n, n);

    private static double[] Multiply(double[] matrix, double[] x) => [.. matrix.Chunk(x.Length).Select(row => row.Zip(x, (a, b) => a * b).Sum())];
}
