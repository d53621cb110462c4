using System.Collections;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Random;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// One or many observed trajectories of the same system. They share the dimension; their times and lengths may differ. Immutable.
/// </summary>
/// <example>
/// <code class="no-run">
/// var data = TrajectoryDataset.FromCsv("pelts.csv", new CsvOptions { TimeColumn = "year", StateColumns = ["hare", "lynx"] });
/// var (training, validation) = data.SplitInTime(fraction: 0.2);
/// </code>
/// </example>
public sealed partial class TrajectoryDataset : IReadOnlyList<Trajectory>
{
    /// <summary>The shortest part that a split may leave: a segment has a start and at least one later observation.</summary>
    private const int MinimumObservations = 2;

    private readonly Trajectory[] _trajectories;

    private TrajectoryDataset(Trajectory[] trajectories, IReadOnlyList<string>? stateNames, IReadOnlyList<string>? inputNames = null)
    {
        IsComplete = true;
        if (trajectories.Length == 0)
            throw new ArgumentException("trajectories is empty; a dataset has at least one trajectory.", nameof(trajectories));
        for (int i = 0; i < trajectories.Length; i++)
        {
            if (trajectories[i] is null)
                throw new ArgumentException(Invariant($"trajectories[{i}] is null."), nameof(trajectories));
            if (trajectories[i].Dimension != trajectories[0].Dimension)
            {
                throw new ArgumentException(
                    Invariant($"trajectories[{i}] has dimension {trajectories[i].Dimension}, but trajectories[0] has dimension {trajectories[0].Dimension}."),
                    nameof(trajectories));
            }

            if (trajectories[i].Input?.Dimension != trajectories[0].Input?.Dimension)
            {
                throw new ArgumentException(
                    Invariant($"trajectories[{i}] has {Describe(trajectories[i].Input)}, but trajectories[0] has {Describe(trajectories[0].Input)}."),
                    nameof(trajectories));
            }

            IsComplete &= trajectories[i].IsComplete;
            ObservationCount += trajectories[i].Length;
        }

        InputDimension = trajectories[0].Input?.Dimension ?? 0;
        Dimension = trajectories[0].Dimension;
        if (stateNames is not null && stateNames.Count != Dimension)
        {
            throw new ArgumentException(
                Invariant($"stateNames has {stateNames.Count} names for states of dimension {Dimension}."), nameof(stateNames));
        }

        for (int i = 0; i < stateNames?.Count; i++)
        {
            if (stateNames[i] is null)
                throw new ArgumentException(Invariant($"stateNames[{i}] is null."), nameof(stateNames));
        }

        _trajectories = trajectories;
        StateNames = stateNames is null ? null : Array.AsReadOnly(stateNames.ToArray());
        InputNames = CheckedInputNames(inputNames, InputDimension);
    }

    /// <summary>The number of trajectories, at least 1.</summary>
    public int Count => _trajectories.Length;

    /// <summary>The number of state components of every trajectory, at least 1.</summary>
    public int Dimension { get; }

    /// <summary>The number of observations of all trajectories together.</summary>
    public long ObservationCount { get; }

    /// <summary>The name of each state component, <see cref="Dimension"/> of them (from a CSV header, for instance), or null.</summary>
    public IReadOnlyList<string>? StateNames { get; }

    /// <summary>The number of components of every trajectory's input; 0 without inputs.</summary>
    public int InputDimension { get; }

    /// <summary>The name of each input component, <see cref="InputDimension"/> of them, or null.</summary>
    public IReadOnlyList<string>? InputNames { get; }

    /// <summary>Whether every component of every state was observed: no NaN.</summary>
    public bool IsComplete { get; }

    /// <summary>One trajectory.</summary>
    /// <param name="index">From 0 to <c>Count − 1</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is out of range.</exception>
    public Trajectory this[int index] => (uint)index < (uint)_trajectories.Length
        ? _trajectories[index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, Invariant($"index = {index} is not in [0, {_trajectories.Length})."));

    /// <summary>A dataset of one trajectory.</summary>
    /// <param name="times">One time per observation, at least one; finite, strictly increasing or strictly decreasing.</param>
    /// <param name="states">The states, <c>observations × dimension</c>; finite.</param>
    /// <returns>The dataset; the arrays are copied.</returns>
    /// <exception cref="ArgumentException">A time or state breaks these rules; the message names the argument, the index and the value.</exception>
    public static TrajectoryDataset FromTrajectory(ReadOnlySpan<double> times, double[,] states) => new([new Trajectory(times, states)], null);

    /// <inheritdoc cref="FromTrajectory(ReadOnlySpan{double}, double[,])"/>
    public static TrajectoryDataset FromTrajectory(ReadOnlySpan<double> times, Matrix<double> states) => new([new Trajectory(times, states)], null);

    /// <inheritdoc cref="FromTrajectory(ReadOnlySpan{double}, double[,])"/>
    public static TrajectoryDataset FromTrajectory(Vector<double> times, Matrix<double> states) => new([new Trajectory(times, states)], null);

    /// <inheritdoc cref="FromTrajectory(ReadOnlySpan{double}, double[,])"/>
    [OverloadResolutionPriority(-1)]
    public static TrajectoryDataset FromTrajectory(double[] times, double[,] states) => FromTrajectory(times.AsSpan(), states);

    /// <inheritdoc cref="FromTrajectory(ReadOnlySpan{double}, Matrix{double})"/>
    [OverloadResolutionPriority(-1)]
    public static TrajectoryDataset FromTrajectory(double[] times, Matrix<double> states) => FromTrajectory(times.AsSpan(), states);

    /// <summary>A dataset of several trajectories of one system.</summary>
    /// <param name="trajectories">At least one; all of the same dimension.</param>
    /// <param name="stateNames">A name for each state component, or null.</param>
    /// <param name="inputNames">A name for each input component, or null.</param>
    /// <returns>The dataset, in the given order.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="trajectories"/> is null.</exception>
    /// <exception cref="ArgumentException">There is no trajectory, one is null, dimensions of states or inputs differ, or the number of names is not the dimension.</exception>
    public static TrajectoryDataset FromTrajectories(IEnumerable<Trajectory> trajectories, IReadOnlyList<string>? stateNames = null, IReadOnlyList<string>? inputNames = null)
    {
        ArgumentNullException.ThrowIfNull(trajectories);
        return new TrajectoryDataset(trajectories.ToArray(), stateNames, inputNames);
    }

    /// <summary>Holds out whole trajectories, drawn at random, for validation.</summary>
    /// <param name="fraction">The part of the trajectories to hold out, in (0, 1); rounded to whole trajectories.</param>
    /// <param name="seed">The seed of the draw; the same seed draws the same trajectories.</param>
    /// <returns>The two parts, each in the order of this dataset.</returns>
    /// <exception cref="ArgumentException">
    /// The fraction is outside (0, 1), or a part would have no trajectory with two observations or more.
    /// </exception>
    public (TrajectoryDataset Training, TrajectoryDataset Validation) SplitTrajectories(double fraction, int seed)
    {
        ThrowIfNotInUnitInterval(fraction);
        int heldOut = (int)Math.Round(fraction * Count, MidpointRounding.AwayFromZero);
        if (heldOut == 0 || heldOut == Count)
        {
            string empty = heldOut == 0 ? "validation" : "training";
            throw new ArgumentException(Invariant($"fraction = {fraction} of {Count} trajectories leaves none for {empty}."), nameof(fraction));
        }

        bool[] isHeldOut = DrawWithoutReplacement(heldOut, seed);
        return (Part("training", held: false), Part("validation", held: true));

        TrajectoryDataset Part(string name, bool held)
        {
            Trajectory[] part = _trajectories.Where((_, i) => isHeldOut[i] == held).ToArray();
            if (part.All(trajectory => trajectory.Length < MinimumObservations))
            {
                throw new ArgumentException(
                    Invariant($"With fraction = {fraction} and seed = {seed}, no trajectory for {name} has {MinimumObservations} observations or more."),
                    nameof(fraction));
            }

            return new TrajectoryDataset(part, StateNames, InputNames);
        }
    }

    /// <summary>Holds out the end of every trajectory for validation: its last observations in the order given.</summary>
    /// <param name="fraction">The part of each trajectory's observations to hold out, in (0, 1); rounded to whole observations.</param>
    /// <returns>The two parts, each with as many trajectories as this dataset. No observation is in both.</returns>
    /// <exception cref="ArgumentException">
    /// The fraction is outside (0, 1), or a part of some trajectory would have fewer than two observations.
    /// </exception>
    public (TrajectoryDataset Training, TrajectoryDataset Validation) SplitInTime(double fraction)
    {
        ThrowIfNotInUnitInterval(fraction);
        var training = new Trajectory[Count];
        var validation = new Trajectory[Count];
        for (int i = 0; i < Count; i++)
        {
            int length = _trajectories[i].Length;
            int heldOut = (int)Math.Round(fraction * length, MidpointRounding.AwayFromZero);
            if (heldOut < MinimumObservations || length - heldOut < MinimumObservations)
            {
                throw new ArgumentException(
                    Invariant($"fraction = {fraction} of trajectory {i} ({length} observations) leaves {length - heldOut} for training and {heldOut} for validation; each needs {MinimumObservations} or more."),
                    nameof(fraction));
            }

            training[i] = _trajectories[i].Slice(0, length - heldOut);
            validation[i] = _trajectories[i].Slice(length - heldOut, heldOut);
        }

        return (new TrajectoryDataset(training, StateNames, InputNames), new TrajectoryDataset(validation, StateNames, InputNames));
    }

    /// <summary>Enumerates the trajectories in order.</summary>
    /// <returns>An enumerator.</returns>
    public IEnumerator<Trajectory> GetEnumerator() => ((IEnumerable<Trajectory>)_trajectories).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static IReadOnlyList<string>? CheckedInputNames(IReadOnlyList<string>? inputNames, int dimension)
    {
        if (inputNames is null)
            return null;
        if (inputNames.Count != dimension)
            throw new ArgumentException(Invariant($"inputNames has {inputNames.Count} names for inputs of dimension {dimension}."), nameof(inputNames));
        for (int i = 0; i < inputNames.Count; i++)
        {
            if (inputNames[i] is null)
                throw new ArgumentException(Invariant($"inputNames[{i}] is null."), nameof(inputNames));
        }

        return Array.AsReadOnly(inputNames.ToArray());
    }

    private static string Describe(InputSignal? input) => input is null ? "no input" : Invariant($"an input of dimension {input.Dimension}");

    /// <summary>Marks <paramref name="drawn"/> of the trajectories, by the first steps of a Fisher–Yates shuffle.</summary>
    private bool[] DrawWithoutReplacement(int drawn, int seed)
    {
        var random = new Xoshiro256StarStar(seed, threadSafe: false);
        int[] order = Enumerable.Range(0, Count).ToArray();
        var isDrawn = new bool[Count];
        for (int i = 0; i < drawn; i++)
        {
            int other = random.Next(i, Count);
            (order[i], order[other]) = (order[other], order[i]);
            isDrawn[order[i]] = true;
        }

        return isDrawn;
    }

    private static void ThrowIfNotInUnitInterval(double fraction)
    {
        if (!(fraction > 0 && fraction < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, Invariant($"fraction = {fraction} is not in (0, 1)."));
    }
}
