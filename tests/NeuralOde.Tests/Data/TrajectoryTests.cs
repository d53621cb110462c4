using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Tests.Data;

public sealed class TrajectoryTests
{
    private static readonly double[] Times = [0, 0.5, 2];
    private static readonly double[,] States = { { 1, 10 }, { 2, 20 }, { 3, 30 } };

    [Fact]
    public void States_are_row_major_whichever_form_they_came_in()
    {
        double[] rowMajor = [1, 10, 2, 20, 3, 30];
        Matrix<double> matrix = Matrix<double>.Build.DenseOfArray(States);
        Trajectory[] same =
        [
            new(Times, States),
            new(Times, matrix),
            new(Times, Matrix<double>.Build.SparseOfArray(States)),
            new(Vector<double>.Build.Dense(Times), matrix),
            new(Times, rowMajor, dimension: 2),
        ];

        foreach (Trajectory trajectory in same)
        {
            trajectory.Length.Should().Be(3);
            trajectory.Dimension.Should().Be(2);
            trajectory.Times.ToArray().Should().Equal(Times);
            trajectory.States.ToArray().Should().Equal(rowMajor);
            trajectory.StateAt(1).ToArray().Should().Equal(2, 20);
            trajectory.ToMatrix().Should().Be(matrix);
        }
    }

    [Fact]
    public void Changing_the_arrays_afterwards_does_not_change_the_trajectory()
    {
        double[] times = [0, 1];
        double[,] states = { { 5 }, { 6 } };
        double[] flat = [5, 6];
        var fromTable = new Trajectory(times, states);
        var fromFlat = new Trajectory(times, flat, dimension: 1);

        times[0] = states[0, 0] = flat[0] = -1;

        fromTable.Times[0].Should().Be(0);
        fromTable.States[0].Should().Be(5);
        fromFlat.States[0].Should().Be(5);
    }

    [Fact]
    public void A_slice_is_a_window_and_a_slice_of_a_slice_counts_from_its_own_start()
    {
        var trajectory = new Trajectory([0, 1, 2, 3, 4], [0, 0, 1, 10, 2, 20, 3, 30, 4, 40], dimension: 2);

        Trajectory slice = trajectory.Slice(1, 4).Slice(1, 2);

        slice.Times.ToArray().Should().Equal(2, 3);
        slice.States.ToArray().Should().Equal(2, 20, 3, 30);
        slice.StateAt(1).ToArray().Should().Equal(3, 30);
        slice.ToMatrix().ToRowMajorArray().Should().Equal(2, 20, 3, 30);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(3, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 4)]
    [InlineData(2, 2)]
    [InlineData(1, int.MaxValue)]
    public void A_slice_beyond_the_trajectory_or_of_nothing_is_refused(int start, int length)
    {
        Action slice = () => new Trajectory(Times, States).Slice(start, length);
        slice.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void An_index_beyond_a_slice_is_refused_though_the_memory_goes_on()
    {
        Trajectory slice = new Trajectory(Times, States).Slice(0, 2);
        Action beyond = () => slice.StateAt(2);
        beyond.Should().Throw<ArgumentOutOfRangeException>().WithMessage("index = 2 is not in [0, 2).*");
    }

    [Fact]
    public void Times_may_decrease()
    {
        var backward = new Trajectory([3, 1, -2], [1, 2, 3], dimension: 1);
        backward.Times.ToArray().Should().Equal(3, 1, -2);
    }

    [Fact]
    public void One_observation_is_a_trajectory() => new Trajectory([7], [1, 2], dimension: 2).Length.Should().Be(1);

    public static TheoryData<double[], string> BadTimes => new()
    {
        { [], "times is empty*" },
        { [0, 3.5, 3.2], "times[2] = 3.2 is not after times[1] = 3.5*" },
        { [0, 1, 1], "times[2] = 1 is not after times[1] = 1*" },
        { [5, 5, 6], "times[1] = 5 is not after times[0] = 5*" },
        { [3, 2, 2.5], "times[2] = 2.5 is not before times[1] = 2*" },
        { [3, 2, 2], "times[2] = 2 is not before times[1] = 2*" },
        { [0, double.NaN, 2], "times[1] = NaN is not finite*" },
        { [double.NegativeInfinity, 1, 2], "times[0] = -Infinity is not finite*" },
    };

    [Theory]
    [MemberData(nameof(BadTimes))]
    public void Bad_times_are_refused_with_index_and_value(double[] times, string message)
    {
        Action create = () => _ = new Trajectory(times, new double[times.Length], dimension: 1);
        create.Should().Throw<ArgumentException>().WithMessage(message).WithParameterName("times");
    }

    [Fact]
    public void A_state_that_is_not_finite_is_refused_with_row_column_and_value()
    {
        Action create = () => _ = new Trajectory(Times, new double[,] { { 1, 2 }, { 3, 4 }, { 5, double.PositiveInfinity } });
        create.Should().Throw<ArgumentException>().WithMessage("states[2, 1] = Infinity is not finite*").WithParameterName("states");
    }

    [Fact]
    public void States_that_do_not_match_the_times_are_refused_with_both_counts()
    {
        Action rows = () => _ = new Trajectory([0, 1], States);
        Action values = () => _ = new Trajectory([0, 1], [1, 2, 3], dimension: 2);
        Action none = () => _ = new Trajectory([0, 1], new double[2, 0]);
        Action dimension = () => _ = new Trajectory([0, 1], [], dimension: 0);

        rows.Should().Throw<ArgumentException>().WithMessage("states has 3 rows, but times has 2 entries.*");
        values.Should().Throw<ArgumentException>().WithMessage("states has 3 values where 2 times of dimension 2 need 4.*");
        none.Should().Throw<ArgumentException>().WithMessage("states has no columns*");
        dimension.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("dimension");
    }

    [Fact]
    public void Missing_arguments_are_named()
    {
        Action table = () => _ = new Trajectory(Times, (double[,])null!);
        Action matrix = () => _ = new Trajectory(Times, (Matrix<double>)null!);
        Action vector = () => _ = new Trajectory((Vector<double>)null!, Matrix<double>.Build.Dense(1, 1));

        table.Should().Throw<ArgumentNullException>().WithParameterName("states");
        matrix.Should().Throw<ArgumentNullException>().WithParameterName("states");
        vector.Should().Throw<ArgumentNullException>().WithParameterName("times");
    }
}
