using System.Runtime.InteropServices;

namespace NeuralOde;

/// <summary>Every accepted step of one sample, kept so that the solution can be evaluated at any time inside.</summary>
/// <param name="dimension">Components.</param>
/// <param name="interpolant">The method's dense output.</param>
/// <param name="isDense">Whether the insides of the steps are kept too: without, only times and states are known.</param>
internal sealed class DenseTrajectory(int dimension, Interpolant interpolant, bool isDense)
{
    private readonly List<double> _times = [];
    // θ's unit of every step, which may be longer than the step; 0 for a change of state, which has slopes of 0 for the sake of the indices.
    private readonly List<double> _steps = [];
    private readonly List<double> _states = [];
    private readonly List<double> _slopes = [];

    /// <summary>The initial time, then the end of every step; twice where an event changes the state.</summary>
    public IReadOnlyList<double> Times => _times;

    public bool IsDense => isDense;

    public double Direction => Math.Sign(_times[^1] - _times[0]);

    /// <summary>States at <see cref="Times"/>, one after the other.</summary>
    public double[] CopyStates() => [.. _states];

    public void Begin(double time, ReadOnlySpan<double> states, BatchLayout layout, int sample)
    {
        _times.Clear();
        _steps.Clear();
        _states.Clear();
        _slopes.Clear();
        _times.Add(time);
        layout.Gather(states, sample, Extend(_states, dimension));
    }

    /// <summary>Adds the step of a batch's sample.</summary>
    public void Add(double end, double step, ReadOnlySpan<double> endStates, ReadOnlySpan<double> slopes,
        BatchLayout layout, int sample)
    {
        Span<double> ownSlopes = Add(end, step, out Span<double> endState);
        layout.Gather(endStates, sample, endState);
        int length = layout.Length(dimension);
        for (int at = 0, row = 0; at < ownSlopes.Length; at += dimension, row++)
            layout.Gather(slopes.Slice(row * length, length), sample, ownSlopes.Slice(at, dimension));
    }

    /// <summary>Adds a step whose end state and slopes, those of one stage after the other, the caller writes; no slopes are wanted where the insides of steps are not kept.</summary>
    public Span<double> Add(double end, double step, out Span<double> endState)
    {
        _times.Add(end);
        _steps.Add(step);
        endState = Extend(_states, dimension);
        return isDense ? Extend(_slopes, interpolant.Rows * dimension) : default;
    }

    /// <summary>The state changes where the last step has ended.</summary>
    public void Jump(double time, ReadOnlySpan<double> states, BatchLayout layout, int sample)
    {
        _times.Add(time);
        _steps.Add(0.0);
        layout.Gather(states, sample, Extend(_states, dimension));
        if (isDense)
            Extend(_slopes, interpolant.Rows * dimension).Clear();
    }

    /// <summary>The solution, or its derivative, at a time between the first and the last.</summary>
    public void Evaluate(double time, bool derivative, Span<double> destination)
    {
        int step = FindStep(time);
        // Behind a change of state at the very end nothing is known of the slope.
        while (derivative && step > 0 && _steps[step] == 0.0)
            step--;
        if (step < 0)
        {
            // No step was taken: the interval is a point and nothing is known of the slope.
            StateAt(0).CopyTo(destination);
            return;
        }

        double h = _steps[step];
        if (!derivative && (time == _times[step + 1] || time == _times[step]))
        {
            StateAt(time == _times[step + 1] ? step + 1 : step).CopyTo(destination);
            return;
        }

        double theta = Math.Clamp((time - _times[step]) / h, 0.0, 1.0);

        Span<double> weights = stackalloc double[interpolant.Rows];
        if (derivative)
            interpolant.DerivativeWeights(theta, weights);
        else
            interpolant.Weights(theta, weights);
        ReadOnlySpan<double> state = StateAt(step);
        ReadOnlySpan<double> slopes = CollectionsMarshal.AsSpan(_slopes)
            .Slice(step * interpolant.Rows * dimension, interpolant.Rows * dimension);
        for (int i = 0; i < dimension; i++)
        {
            double sum = 0.0;
            for (int stage = 0; stage < weights.Length; stage++)
                sum += weights[stage] * slopes[stage * dimension + i];
            destination[i] = derivative ? sum : state[i] + h * sum;
        }
    }

    private ReadOnlySpan<double> StateAt(int index) =>
        CollectionsMarshal.AsSpan(_states).Slice(index * dimension, dimension);

    /// <summary>The last step that starts at or before a time, or −1 when there are no steps.</summary>
    private int FindStep(double time)
    {
        int low = 0, high = _steps.Count - 1;
        double direction = Direction;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if ((_times[middle] - time) * direction <= 0.0)
                low = middle;
            else
                high = middle - 1;
        }

        return high < 0 ? -1 : low;
    }

    private Span<double> Extend(List<double> list, int count)
    {
        if (list.Count > ArrayLength.Max - count)
            throw ArrayLength.TooLong((long)list.Count + count, $"{_times.Count} steps kept × {count} numbers for {dimension} components. Ask for output times without DenseOutput instead");
        CollectionsMarshal.SetCount(list, list.Count + count);
        return CollectionsMarshal.AsSpan(list)[^count..];
    }
}
