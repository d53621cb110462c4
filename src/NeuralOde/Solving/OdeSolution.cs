using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

/// <summary>The solution of an initial-value problem at the output times, and how the solve went.</summary>
public sealed class OdeSolution
{
    private readonly double[] _times;
    private readonly double[] _states;
    private readonly double[] _finalState;
    private readonly DenseTrajectory? _dense;
    private readonly Standardization? _standardization;

    internal OdeSolution(int dimension, double[] times, double[] states, double finalTime, double[] finalState, OdeStatus status, OdeFailure? failure,
        OdeStatistics statistics, DenseTrajectory? dense, Standardization? standardization = null, IReadOnlyList<OdeEventOccurrence>? events = null)
    {
        Dimension = dimension;
        _times = times;
        _states = states;
        FinalTime = finalTime;
        _finalState = finalState;
        Status = status;
        Failure = failure;
        Statistics = statistics;
        _dense = dense;
        _standardization = standardization;
        Events = events ?? [];
    }

    /// <summary>Components of the state.</summary>
    public int Dimension { get; }

    /// <summary>Output times that were reached: all of them after <see cref="OdeStatus.Success"/>, those up to the event after <see cref="OdeStatus.TerminatedByEvent"/>.</summary>
    public int Count => _times.Length;

    /// <summary>The output times that were reached, <see cref="Count"/> numbers.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>The states at <see cref="Times"/>, <see cref="Count"/> × <see cref="Dimension"/>, one state after the other.</summary>
    public ReadOnlySpan<double> States => _states;

    /// <summary>How the solve ended.</summary>
    public OdeStatus Status { get; }

    /// <summary>Where and how the solve failed; null after success, and after an event that terminates.</summary>
    public OdeFailure? Failure { get; }

    /// <summary>The time up to which the solution is good: the end time after success, or that of the event that terminated the solve.</summary>
    public double FinalTime { get; }

    /// <summary>The state at <see cref="FinalTime"/>.</summary>
    public ReadOnlySpan<double> FinalState => _finalState;

    /// <summary>What happened on the way, in time order; at the same time in the order of <see cref="OdeSolverOptions.Events"/>.</summary>
    public IReadOnlyList<OdeEventOccurrence> Events { get; }

    /// <summary>What this solution cost; for a sample of a batch, what it would have cost alone.</summary>
    public OdeStatistics Statistics { get; }

    /// <summary>One component of one output.</summary>
    /// <param name="output">Index into <see cref="Times"/>.</param>
    /// <param name="component">Component of the state.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public double this[int output, int component]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(component);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(component, Dimension);
            return State(output)[component];
        }
    }

    /// <summary>The state at one output time, <see cref="Dimension"/> numbers.</summary>
    /// <param name="output">Index into <see cref="Times"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public ReadOnlySpan<double> State(int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, Count);
        return _states.AsSpan(output * Dimension, Dimension);
    }

    /// <summary>The states as a matrix, outputs × dimension.</summary>
    public Matrix<double> ToMatrix() => Matrix<double>.Build.DenseOfRowMajor(Count, Dimension, _states);

    /// <summary>The solution at any time between the first and <see cref="FinalTime"/>, from the method's interpolant.</summary>
    /// <remarks>Where an event changes the state, the solution is the state after it.</remarks>
    /// <param name="time">Time.</param>
    /// <returns>The state, <see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps: set <see cref="OdeSolverOptions.DenseOutput"/>.</exception>
    public double[] Evaluate(double time)
    {
        var state = new double[Dimension];
        Interpolate(time, derivative: false, state);
        _standardization?.Invert(state, state);
        return state;
    }

    /// <summary>The derivative of the solution at any time between the first and <see cref="FinalTime"/>, from the method's interpolant.</summary>
    /// <param name="time">Time.</param>
    /// <returns>dy/dt, <see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps, or the interval is a single point.</exception>
    public double[] EvaluateDerivative(double time)
    {
        if (_dense is { Times.Count: 1 })
            throw new InvalidOperationException("The solve took no step: there is no derivative to interpolate.");
        var slope = new double[Dimension];
        Interpolate(time, derivative: true, slope);
        for (int i = 0; i < slope.Length && _standardization is not null; i++)
            slope[i] *= _standardization.Scales[i];
        return slope;
    }

    /// <summary>Returns this solution if it is complete and throws otherwise.</summary>
    /// <exception cref="OdeSolverException">The solve failed.</exception>
    public OdeSolution EnsureSuccess() => Failure is null ? this : throw new OdeSolverException(Failure);

    private void Interpolate(double time, bool derivative, Span<double> destination)
    {
        if (_dense is null)
            throw new InvalidOperationException("This solution has its output times only. Set OdeSolverOptions.DenseOutput to evaluate it anywhere.");
        double first = _dense.Times[0], last = _dense.Times[^1];
        if (!(time >= Math.Min(first, last) && time <= Math.Max(first, last)))
        {
            throw new ArgumentOutOfRangeException(nameof(time), time,
                string.Create(CultureInfo.InvariantCulture, $"The solution is known from t = {first:R} to t = {last:R} only."));
        }

        _dense.Evaluate(time, derivative, destination);
    }
}
