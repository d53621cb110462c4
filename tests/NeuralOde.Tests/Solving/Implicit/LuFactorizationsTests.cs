using MathNet.Numerics.LinearAlgebra;
using NeuralOde.Tests.Kernels;
using NeuralOde.Tests.Training;

namespace NeuralOde.Tests.Solving.Implicit;

public class LuFactorizationsTests
{
    public static TheoryData<int> Dimensions { get; } = [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void Solutions_are_those_of_MathNet(int dimension)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            double[] matrix = Batches.Random(dimension * dimension, 100 * dimension + seed), rightHandSide = Batches.Random(dimension, seed);
            Matrix<double> reference = Matrix<double>.Build.DenseOfRowMajor(dimension, dimension, matrix);
            double[] expected = [.. reference.LU().Solve(Vector<double>.Build.DenseOfArray(rightHandSide))];
            double tolerance = 1e-14 * dimension * reference.ConditionNumber();
            Solve(matrix, rightHandSide).ShouldBeNear(expected, tolerance, $"{dimension} unknowns, seed {seed}");
        }
    }

    [Fact]
    public void The_residual_is_at_rounding_level_for_hundreds_of_unknowns()
    {
        const int dimension = 300;
        double[] matrix = Batches.Random(dimension * dimension, 1), rightHandSide = Batches.Random(dimension, 2);
        double[] x = Solve(matrix, rightHandSide);
        double size = 2.0 * x.Sum(Math.Abs);
        Product(matrix, x).Zip(rightHandSide, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-14 * dimension * size);
    }

    [Fact]
    public void Zeros_on_the_diagonal_only_permute()
    {
        // A cyclic permutation with weights: x moves one place on.
        double[] matrix = [0, 2, 0, 0, 0, 0, 4, 0, 0, 0, 0, 8, 16, 0, 0, 0];
        Solve(matrix, [2, 8, 24, 64]).Should().Equal(4, 1, 2, 3);
        Solve([0, 1, 1, 0], [3, 7]).Should().Equal(7, 3);
    }

    [Fact]
    public void The_largest_element_of_a_column_is_the_pivot()
    {
        // Without pivoting the tiny element would cost every digit of the first unknown.
        Solve([1e-20, 1, 1, 1], [1, 2]).ShouldBeNear([1, 1], 1e-15, "x + y = 2, y = 1");
    }

    [Fact]
    public void Rows_of_very_different_size_keep_their_accuracy()
    {
        const int dimension = 12;
        double[] matrix = Batches.Random(dimension * dimension, 3), expected = Batches.Random(dimension, 4);
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
                matrix[i * dimension + j] = Math.ScaleB(matrix[i * dimension + j] + (i == j ? 10.0 : 0.0), 40 * i - 240);
        }

        Solve(matrix, Product(matrix, expected)).ShouldBeNear(expected, 1e-13, "rows scaled by 2^−240 to 2^200");
    }

    [Fact]
    public void The_smallest_pivots_are_divided_by()
    {
        Solve([double.Epsilon], [double.Epsilon]).Should().Equal(1);
        Solve([4 * double.Epsilon, 0, 0, 1], [8 * double.Epsilon, 3]).Should().Equal(2, 3);
    }

    [Fact]
    public void A_singular_matrix_is_refused()
    {
        Factors([0]).Should().BeFalse();
        Factors(new double[9]).Should().BeFalse();
        Factors([1, 2, 2, 4]).Should().BeFalse("one row is twice the other");
        Factors([1, 0, 5, 2, 0, 6, 3, 0, 7]).Should().BeFalse("a column is zero");
        Factors([1, 2, 3, 0, 0, 0, 4, 5, 6]).Should().BeFalse("a row is zero");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_matrix_with_a_number_that_is_not_finite_is_refused_wherever_it_is(double number)
    {
        foreach (int dimension in new[] { 1, 2, 9 })
        {
            for (int at = 0; at < dimension * dimension; at++)
            {
                double[] random = Batches.Random(dimension * dimension, 5), identity = new double[dimension * dimension];
                for (int i = 0; i < dimension; i++)
                    identity[i * dimension + i] = 1.0;
                random[at] = number;
                identity[at] = number;
                Factors(random).Should().BeFalse($"element {at} of {dimension} unknowns");
                Factors(identity).Should().BeFalse($"element {at} of the identity for {dimension} unknowns");
            }
        }
    }

    [Fact]
    public void An_elimination_that_overflows_is_refused() => Factors([1e308, 1e308, -1e308, 1e308]).Should().BeFalse();

    [Fact]
    public void The_matrix_of_implicit_steps_is_the_diagonal_less_the_jacobian()
    {
        var factorizations = new LuFactorizations(new BatchLayout(1), dimension: 2);
        factorizations.Factor(0, diagonal: 10, jacobian: [1, 2, 3, 4]).Should().BeTrue();
        double[] x = [9 * 1 - 2 * 5, -3 * 1 + 6 * 5];
        factorizations.Solve(0, x);
        x.ShouldBeNear([1, 5], 1e-15, "(10 I − J) x = b");
        factorizations.Factor(0, diagonal: 1, jacobian: [1, 0, 0, 4]).Should().BeFalse();
    }

    [Fact]
    public void Every_sample_has_its_own_matrix_and_the_same_bits_as_alone()
    {
        const int dimension = 7;
        var layout = new BatchLayout(9);
        var factorizations = new LuFactorizations(layout, dimension);
        double[][] matrices = Batches.Random(9, dimension * dimension, 6), rightHandSides = Batches.Random(9, dimension, 7);
        for (int sample = 0; sample < 9; sample++)
        {
            matrices[sample].CopyTo(factorizations.Matrix(sample));
            factorizations.Factor(sample).Should().BeTrue();
        }

        double[] values = Batches.Pack(layout, rightHandSides);
        bool[] needed = [true, true, false, true, true, true, true, false, true];
        factorizations.SolveBatch(needed, values);
        for (int sample = 0; sample < 9; sample++)
        {
            double[] expected = needed[sample] ? Solve(matrices[sample], rightHandSides[sample]) : rightHandSides[sample];
            Batches.Unpack(layout, values, dimension)[sample].ShouldHaveTheBitsOf(expected, $"sample {sample}");
        }
    }

    [Fact]
    public void Factoring_and_solving_allocate_nothing()
    {
        var layout = new BatchLayout(3);
        var factorizations = new LuFactorizations(layout, dimension: 100);
        double[] jacobian = Batches.Random(100 * 100, 8), values = new double[layout.Length(100)];
        Allocations.During(() =>
        {
            for (int sample = 0; sample < 3; sample++)
                factorizations.Factor(sample, 1.0, jacobian);
            factorizations.SolveBatch([true, false, true], values);
        }).Should().Be(0);
    }

    private static bool Factors(double[] matrix)
    {
        var factorizations = new LuFactorizations(new BatchLayout(1), (int)Math.Sqrt(matrix.Length));
        matrix.CopyTo(factorizations.Matrix(0));
        return factorizations.Factor(0);
    }

    private static double[] Solve(double[] matrix, double[] rightHandSide)
    {
        var factorizations = new LuFactorizations(new BatchLayout(1), rightHandSide.Length);
        matrix.CopyTo(factorizations.Matrix(0));
        factorizations.Factor(0).Should().BeTrue();
        var x = (double[])rightHandSide.Clone();
        factorizations.Solve(0, x);
        return x;
    }

    private static double[] Product(double[] matrix, double[] x) =>
        [.. Enumerable.Range(0, x.Length).Select(i => matrix.Skip(i * x.Length).Take(x.Length).Zip(x, (a, b) => a * b).Sum())];
}
