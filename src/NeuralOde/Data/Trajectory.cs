using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// One observed trajectory: states z(t₀), z(t₁), … of one system at strictly increasing or strictly decreasing times. Immutable.
/// </summary>
/// <remarks>
/// Times need not be equally spaced. Every time is finite. A state component is finite, or NaN where it was not observed. States are <c>observations × dimension</c>, row-major and contiguous:
/// component i of observation n is <c>States[n * Dimension + i]</c>. The unit of time is the caller's.
/// </remarks>
public sealed class Trajectory
{
    private readonly double[] _times;
    private readonly double[] _states;
    private readonly double[] _weights;
    private readonly int _start;

    /// <summary>Copies times and a table of states.</summary>
    /// <param name="times">One time per observation, at least one; finite, strictly increasing or strictly decreasing.</param>
    /// <param name="states">The states, <c>observations × dimension</c>, at least one column; finite, or NaN where not observed.</param>
    /// <exception cref="ArgumentNullException"><paramref name="states"/> is null.</exception>
    /// <exception cref="ArgumentException">A time or state breaks these rules; the message names the argument, the index and the value.</exception>
    public Trajectory(ReadOnlySpan<double> times, double[,] states)
        : this(times.ToArray(), Flatten(states), states.GetLength(1), observations: states.GetLength(0))
    {
    }

    /// <summary>Copies times and a matrix of states.</summary>
    /// <param name="times">One time per observation, at least one; finite, strictly increasing or strictly decreasing.</param>
    /// <param name="states">The states, <c>observations × dimension</c>, at least one column; finite, or NaN where not observed.</param>
    /// <exception cref="ArgumentNullException"><paramref name="states"/> is null.</exception>
    /// <exception cref="ArgumentException">A time or state breaks these rules; the message names the argument, the index and the value.</exception>
    public Trajectory(ReadOnlySpan<double> times, Matrix<double> states)
        : this(times.ToArray(), Flatten(states), states.ColumnCount, observations: states.RowCount)
    {
    }

    /// <summary>Copies a vector of times and a matrix of states.</summary>
    /// <param name="times">One time per observation, at least one; finite, strictly increasing or strictly decreasing.</param>
    /// <param name="states">The states, <c>observations × dimension</c>, at least one column; finite, or NaN where not observed.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A time or state breaks these rules; the message names the argument, the index and the value.</exception>
    public Trajectory(Vector<double> times, Matrix<double> states)
        : this(ToArray(times), Flatten(states), states.ColumnCount, observations: states.RowCount)
    {
    }

    /// <summary>Copies times and row-major states.</summary>
    /// <param name="times">One time per observation, at least one; finite, strictly increasing or strictly decreasing.</param>
    /// <param name="states">The states, row-major, <c>times.Length * dimension</c> values, finite or NaN where not observed: the components of one observation are contiguous.</param>
    /// <param name="dimension">The number of state components, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is less than 1.</exception>
    /// <exception cref="ArgumentException">A time or state breaks these rules; the message names the argument, the index and the value.</exception>
    public Trajectory(ReadOnlySpan<double> times, ReadOnlySpan<double> states, int dimension)
        : this(times.ToArray(), states.ToArray(), dimension, observations: null)
    {
    }

    /// <summary>Copies times and a table of states of a system that is driven by an input.</summary>
    /// <param name="times">One time per observation, at least one; finite, strictly increasing or strictly decreasing.</param>
    /// <param name="states">The states, <c>observations × dimension</c>, at least one column; finite, or NaN where not observed.</param>
    /// <param name="input">The input, a function of the same time.</param>
    /// <exception cref="ArgumentNullException"><paramref name="states"/> or <paramref name="input"/> is null.</exception>
    /// <exception cref="ArgumentException">A time or state breaks these rules; the message names the argument, the index and the value.</exception>
    public Trajectory(ReadOnlySpan<double> times, double[,] states, InputSignal input)
        : this(times, states)
    {
        ArgumentNullException.ThrowIfNull(input);
        Input = input;
    }

    /// <inheritdoc cref="Trajectory(ReadOnlySpan{double}, double[,], InputSignal)"/>
    [OverloadResolutionPriority(-1)]
    public Trajectory(double[] times, double[,] states, InputSignal input)
        : this(times.AsSpan(), states, input)
    {
    }

    /// <inheritdoc cref="Trajectory(ReadOnlySpan{double}, double[,])"/>
    [OverloadResolutionPriority(-1)]
    public Trajectory(double[] times, double[,] states)
        : this(times.AsSpan(), states)
    {
    }

    /// <inheritdoc cref="Trajectory(ReadOnlySpan{double}, Matrix{double})"/>
    [OverloadResolutionPriority(-1)]
    public Trajectory(double[] times, Matrix<double> states)
        : this(times.AsSpan(), states)
    {
    }

    /// <inheritdoc cref="Trajectory(ReadOnlySpan{double}, ReadOnlySpan{double}, int)"/>
    [OverloadResolutionPriority(-1)]
    public Trajectory(double[] times, double[] states, int dimension)
        : this(times.AsSpan(), states.AsSpan(), dimension)
    {
    }

    /// <summary>Takes ownership of the arrays. <paramref name="observations"/> is the number of rows where the states came as a table.</summary>
    private Trajectory(double[] times, double[] states, int dimension, int? observations)
    {
        if (times.Length == 0)
            throw new ArgumentException("times is empty; a trajectory has at least one observation.", nameof(times));
        if (observations is { } rows && rows != times.Length)
            throw new ArgumentException(Invariant($"states has {rows} rows, but times has {times.Length} entries."), nameof(states));
        if (observations is not null && dimension == 0)
            throw new ArgumentException("states has no columns; a state has at least one component.", nameof(states));
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (states.LongLength != (long)times.Length * dimension)
        {
            throw new ArgumentException(
                Invariant($"states has {states.Length} values where {times.Length} times of dimension {dimension} need {(long)times.Length * dimension}."),
                nameof(states));
        }

        for (int i = 0; i < times.Length; i++)
        {
            if (!double.IsFinite(times[i]))
                throw new ArgumentException(Invariant($"times[{i}] = {times[i]} is not finite."), nameof(times));
        }

        int disorder = FindDisorder(times);
        if (disorder >= 0)
            throw new ArgumentException(DescribeDisorder(times, disorder), nameof(times));

        for (int i = 0; i < states.Length; i++)
        {
            if (double.IsInfinity(states[i]))
                throw new ArgumentException(Invariant($"states[{i / dimension}, {i % dimension}] = {states[i]} is not finite."), nameof(states));
        }

        _times = times;
        _states = states;
        _weights = [];
        Length = times.Length;
        Dimension = dimension;
    }

    /// <summary>A window of an already validated trajectory, sharing its arrays.</summary>
    private Trajectory(Trajectory whole, int start, int length)
    {
        _times = whole._times;
        _states = whole._states;
        _weights = whole._weights;
        _start = whole._start + start;
        Length = length;
        Dimension = whole.Dimension;
        Input = whole.Input;
    }

    /// <summary>A trajectory with weights of its own, which come as a table.</summary>
    private Trajectory(Trajectory unweighted, double[] weights)
    {
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0.0 && double.IsFinite(weights[i])))
                throw new ArgumentException(Invariant($"weights[{i / unweighted.Dimension}, {i % unweighted.Dimension}] = {weights[i]} is not a finite number of at least 0."), nameof(weights));
        }

        _times = unweighted.Times.ToArray();
        _states = unweighted.States.ToArray();
        _weights = weights;
        Length = unweighted.Length;
        Dimension = unweighted.Dimension;
        Input = unweighted.Input;
    }

    /// <summary>The number of observations, at least 1.</summary>
    public int Length { get; }

    /// <summary>The number of state components, at least 1.</summary>
    public int Dimension { get; }

    /// <summary>The times of the observations, <see cref="Length"/> values, strictly increasing or strictly decreasing.</summary>
    public ReadOnlySpan<double> Times => _times.AsSpan(_start, Length);

    /// <summary>The input that drives the system, or null. It is a function of the same time; windows of a trajectory share it.</summary>
    public InputSignal? Input { get; private init; }

    /// <summary>How much every number of <see cref="States"/> counts in a loss, <c>Length × Dimension</c>, finite and at least 0; empty where all count alike.</summary>
    public ReadOnlySpan<double> Weights => _weights.Length == 0 ? default : _weights.AsSpan(_start * Dimension, Length * Dimension);

    /// <summary>Whether every component of every state was observed: no NaN among <see cref="States"/>.</summary>
    public bool IsComplete => !HasNaN(States);

    /// <summary>The states, <c>Length × Dimension</c>, row-major; NaN where a component was not observed.</summary>
    public ReadOnlySpan<double> States => _states.AsSpan(_start * Dimension, Length * Dimension);

    /// <summary>The state of one observation, <see cref="Dimension"/> values.</summary>
    /// <param name="index">The observation, from 0 to <c>Length − 1</c>.</param>
    /// <returns>A view of the state; nothing is copied.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not an observation of this trajectory.</exception>
    public ReadOnlySpan<double> StateAt(int index)
    {
        if ((uint)index >= (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(index), index, Invariant($"index = {index} is not in [0, {Length})."));
        return _states.AsSpan((_start + index) * Dimension, Dimension);
    }

    /// <summary>Whether component <paramref name="component"/> of observation <paramref name="index"/> was observed.</summary>
    /// <param name="index">The observation.</param>
    /// <param name="component">The component.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such observation or component.</exception>
    public bool IsObserved(int index, int component)
    {
        ReadOnlySpan<double> state = StateAt(index);
        if ((uint)component >= (uint)Dimension)
            throw new ArgumentOutOfRangeException(nameof(component), component, Invariant($"component = {component} is not in [0, {Dimension})."));
        return !double.IsNaN(state[component]);
    }

    /// <summary>Whether any component of an observation was observed.</summary>
    internal bool HasObservation(int index)
    {
        foreach (double value in StateAt(index))
        {
            if (!double.IsNaN(value))
                return true;
        }

        return false;
    }

    /// <summary>This window and the one after it as one, where both are of the same trajectory and the other begins right after this one; else null.</summary>
    internal Trajectory? TryJoin(Trajectory next) =>
        ReferenceEquals(_states, next._states) && ReferenceEquals(_times, next._times) && ReferenceEquals(Input, next.Input) && _start + Length == next._start
            ? new Trajectory(this, 0, Length + next.Length)
            : null;

    /// <summary>The same observations with an input that drives the system.</summary>
    /// <param name="input">The input, a function of the trajectory's time.</param>
    /// <returns>A trajectory that shares this one's memory.</returns>
    public Trajectory WithInput(InputSignal input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new Trajectory(this, 0, Length) { Input = input };
    }

    /// <summary>The same observations, each number of which counts in a loss as much as its weight says.</summary>
    /// <param name="weights">The weights, <c>Length × Dimension</c>; finite and at least 0.</param>
    /// <returns>A new trajectory.</returns>
    /// <exception cref="ArgumentException">The shape differs from that of the states, or a weight breaks these rules; the message names the index and the value.</exception>
    public Trajectory WithWeights(double[,] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.GetLength(0) != Length || weights.GetLength(1) != Dimension)
            throw new ArgumentException(Invariant($"weights has {weights.GetLength(0)} rows and {weights.GetLength(1)} columns, but the states have {Length} and {Dimension}."), nameof(weights));
        return new Trajectory(this, Flatten(weights));
    }

    /// <summary>A window of consecutive observations. Shares this trajectory's memory.</summary>
    /// <param name="start">The first observation of the window.</param>
    /// <param name="length">The number of observations, at least 1.</param>
    /// <returns>The observations <c>start … start + length − 1</c> as a trajectory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The window is empty or does not lie within the trajectory.</exception>
    public Trajectory Slice(int start, int length)
    {
        if (start < 0 || start >= Length)
            throw new ArgumentOutOfRangeException(nameof(start), start, Invariant($"start = {start} is not in [0, {Length})."));
        if (length < 1 || length > Length - start)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), length, Invariant($"length = {length} is not in [1, {Length - start}], the observations from {start} on."));
        }

        return new Trajectory(this, start, length);
    }

    /// <summary>The same times, input and weights with other states, which the trajectory takes.</summary>
    internal Trajectory WithStates(double[] states)
    {
        var other = new Trajectory(Times.ToArray(), states, Dimension, observations: null) { Input = Input };
        return _weights.Length == 0 ? other : new Trajectory(other, Weights.ToArray());
    }

    /// <summary>The same weights with other times, states and input, which the trajectory takes.</summary>
    internal Trajectory With(double[] times, double[] states, InputSignal? input)
    {
        var other = new Trajectory(times, states, Dimension, observations: null) { Input = input };
        return _weights.Length == 0 ? other : new Trajectory(other, Weights.ToArray());
    }

    /// <summary>Copies the states to a matrix.</summary>
    /// <returns>A dense matrix, <c>observations × dimension</c>.</returns>
    public Matrix<double> ToMatrix()
    {
        var columnMajor = new double[Length * Dimension];
        ReadOnlySpan<double> states = States;
        for (int n = 0; n < Length; n++)
        {
            for (int i = 0; i < Dimension; i++)
                columnMajor[(i * Length) + n] = states[(n * Dimension) + i];
        }

        return Matrix<double>.Build.Dense(Length, Dimension, columnMajor);
    }

    /// <summary>
    /// Writes this trajectory as a CSV file that <see cref="TrajectoryDataset.FromCsv(string, CsvOptions?)"/> reads back bit for bit.
    /// An existing file is replaced in one step, or left as it was if writing fails.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="options">The separator and the column names; by default a comma, <c>time</c>, and <c>x1, x2, …</c>.</param>
    /// <exception cref="ArgumentException">The options do not fit the trajectory: wrong number of names, a name used twice.</exception>
    /// <exception cref="IOException">The file cannot be written, is read-only, or is no regular file: no folder, device or pipe.</exception>
    public void WriteCsv(string path, CsvOptions? options = null) => TrajectoryDataset.FromTrajectories([this]).WriteCsv(path, options);

    /// <summary>The index of the first time that breaks the order set by the first two, or −1. Times are finite.</summary>
    internal static int FindDisorder(ReadOnlySpan<double> times)
    {
        bool decreasing = IsDecreasing(times);
        for (int i = 1; i < times.Length; i++)
        {
            if (decreasing ? !(times[i] < times[i - 1]) : !(times[i] > times[i - 1]))
                return i;
        }

        return -1;
    }

    /// <summary>True if the first two times decrease, which sets the direction of the rest.</summary>
    internal static bool IsDecreasing(ReadOnlySpan<double> times) => times.Length > 1 && times[1] < times[0];

    private static string DescribeDisorder(ReadOnlySpan<double> times, int i) => IsDecreasing(times)
        ? Invariant($"times[{i}] = {times[i]} is not before times[{i - 1}] = {times[i - 1]}; the first two times decrease, so all must.")
        : Invariant($"times[{i}] = {times[i]} is not after times[{i - 1}] = {times[i - 1]}; times must strictly increase or strictly decrease.");

    private static bool HasNaN(ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (double.IsNaN(value))
                return true;
        }

        return false;
    }

    private static double[] ToArray(Vector<double> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        return times.ToArray();
    }

    private static double[] Flatten(double[,] states)
    {
        ArgumentNullException.ThrowIfNull(states);
        var rowMajor = new double[states.Length];
        int next = 0;
        foreach (double value in states)
            rowMajor[next++] = value;
        return rowMajor;
    }

    private static double[] Flatten(Matrix<double> states)
    {
        ArgumentNullException.ThrowIfNull(states);
        return states.ToRowMajorArray();
    }
}
