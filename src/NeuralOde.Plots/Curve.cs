using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>States over time, to be drawn as a line: a prediction, the truth, another model. Immutable.</summary>
public sealed class Curve
{
    private readonly double[] _times;
    private readonly double[] _states;

    /// <summary>Copies times and states.</summary>
    /// <param name="name">What the legend says; curves of the same name are one entry.</param>
    /// <param name="times">At least one time; finite, in either direction. A time may come twice, where the state jumps.</param>
    /// <param name="states">The states, <c>times × dimension</c>; NaN is a gap in the line.</param>
    /// <exception cref="ArgumentException">There are no times, one is not finite, they go back, a state is infinite, or the numbers of rows differ.</exception>
    public Curve(string name, IReadOnlyList<double> times, double[,] states)
        : this(name, [.. Required(times, nameof(times))], Flatten(states), states.GetLength(1), rows: states.GetLength(0))
    {
    }

    private Curve(string name, double[] times, double[] states, int dimension, int rows)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (times.Length == 0)
            throw new ArgumentException("times is empty; a curve has at least one point.", nameof(times));
        if (rows != times.Length)
            throw new ArgumentException(Invariant($"states has {rows} rows, but times has {times.Length} entries."), nameof(states));
        if (dimension == 0)
            throw new ArgumentException("states has no columns; a state has at least one component.", nameof(states));
        double direction = times[^1] - times[0];
        for (int i = 0; i < times.Length; i++)
        {
            if (!double.IsFinite(times[i]))
                throw new ArgumentException(Invariant($"times[{i}] = {times[i]} is not finite."), nameof(times));
            if (i > 0 && (direction == 0 ? times[i] != times[0] : (times[i] - times[i - 1]) * Math.Sign(direction) < 0))
                throw new ArgumentException(Invariant($"times[{i}] = {times[i]} is on the wrong side of times[{i - 1}] = {times[i - 1]}; times must all increase or all decrease."), nameof(times));
        }

        for (int i = 0; i < states.Length; i++)
        {
            if (double.IsInfinity(states[i]))
                throw new ArgumentException(Invariant($"states[{i / dimension}, {i % dimension}] = {states[i]} is infinite."), nameof(states));
        }

        Name = name;
        Dimension = dimension;
        _times = times;
        _states = states;
    }

    /// <summary>What the legend says.</summary>
    public string Name { get; }

    /// <summary>What the curve looks like; default: <see cref="CurveStyle.Fit"/>.</summary>
    public CurveStyle Style { get; init; }

    /// <summary>Components of the state.</summary>
    public int Dimension { get; }

    /// <summary>Points, at least 1.</summary>
    public int Length => _times.Length;

    /// <summary>The times, <see cref="Length"/> numbers.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>The states at <see cref="Times"/>, <see cref="Length"/> × <see cref="Dimension"/>, one state after the other.</summary>
    public ReadOnlySpan<double> States => _states;

    /// <summary>The outputs of a solution, as far as it got.</summary>
    /// <param name="name">What the legend says.</param>
    /// <param name="solution">A solution with at least one output.</param>
    /// <param name="style">What the curve looks like.</param>
    /// <exception cref="ArgumentException">The solution has no outputs.</exception>
    public static Curve FromSolution(string name, OdeSolution solution, CurveStyle style = CurveStyle.Fit)
    {
        ArgumentNullException.ThrowIfNull(solution);
        if (solution.Count == 0)
            throw new ArgumentException($"The solution has no outputs to draw. {solution.Failure?.Message}".TrimEnd(), nameof(solution));
        return new Curve(name, solution.Times.ToArray(), solution.States.ToArray(), solution.Dimension, solution.Count) { Style = style };
    }

    /// <summary>The states of a trajectory, NaN where they were not observed.</summary>
    /// <param name="name">What the legend says.</param>
    /// <param name="trajectory">The trajectory.</param>
    /// <param name="style">What the curve looks like.</param>
    public static Curve FromTrajectory(string name, Trajectory trajectory, CurveStyle style = CurveStyle.Fit)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        return new Curve(name, trajectory.Times.ToArray(), trajectory.States.ToArray(), trajectory.Dimension, trajectory.Length) { Style = style };
    }

    /// <summary>Divides the curve in two that meet: what a model has seen and what it has not, for instance.</summary>
    /// <param name="time">The last time of the first part.</param>
    /// <param name="before">The first part's name.</param>
    /// <param name="after">The second part's name. Its style is <see cref="CurveStyle.Forecast"/> where this curve's is <see cref="CurveStyle.Fit"/>, else the same.</param>
    /// <returns>Both parts; one where the other would be empty.</returns>
    /// <exception cref="ArgumentException">The time is not finite.</exception>
    public IReadOnlyList<Curve> SplitAfter(double time, string before, string after)
    {
        if (!double.IsFinite(time))
            throw new ArgumentException(Invariant($"time = {time} is not finite."), nameof(time));
        bool isBackward = _times[^1] < _times[0];
        int first = _times.TakeWhile(t => isBackward ? t >= time : t <= time).Count();
        CurveStyle styleAfter = Style == CurveStyle.Fit ? CurveStyle.Forecast : Style;
        if (first == 0 || first == Length)
            return [first == 0 ? Part(after, 0, Length, styleAfter) : Part(before, 0, Length, Style)];
        return [Part(before, 0, first, Style), Part(after, first - 1, Length, styleAfter)];
    }

    private Curve Part(string name, int start, int end, CurveStyle style) =>
        new(name, _times[start..end], _states[(start * Dimension)..(end * Dimension)], Dimension, end - start) { Style = style };

    internal double this[int point, int component] => _states[point * Dimension + component];

    private static IReadOnlyList<double> Required(IReadOnlyList<double> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        return values;
    }

    private static double[] Flatten(double[,] states)
    {
        ArgumentNullException.ThrowIfNull(states);
        return [.. states.Cast<double>()];
    }
}
