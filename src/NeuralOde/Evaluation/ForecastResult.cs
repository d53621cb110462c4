using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

/// <summary>What a model forecasts from observations, and what state it starts in.</summary>
public sealed class ForecastResult
{
    private readonly double[] _times;
    private readonly double[] _states;
    private readonly double[] _initialState;

    internal ForecastResult(int dimension, double[] times, double[] states, double initialTime, double[] initialState, StartEstimate start, OdeFailure? failure)
    {
        Dimension = dimension;
        _times = times;
        _states = states;
        InitialTime = initialTime;
        _initialState = initialState;
        Start = start.Kind;
        StartObservations = start.Observations;
        StartResidual = start.Residual;
        Failure = failure;
    }

    /// <summary>Components of the state.</summary>
    public int Dimension { get; }

    /// <summary>Times of the forecast.</summary>
    public int Count => _times.Length;

    /// <summary>The times that were asked for, <see cref="Count"/> numbers.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>The states at <see cref="Times"/>, <see cref="Count"/> × <see cref="Dimension"/>, one state after the other, in the data's units; NaN from where a solve failed.</summary>
    public ReadOnlySpan<double> States => _states;

    /// <summary>The time from which the equation is solved: of the last observation, or of the first of those that the start was fitted to.</summary>
    public double InitialTime { get; }

    /// <summary>The state there, <see cref="Dimension"/> numbers.</summary>
    public ReadOnlySpan<double> InitialState => _initialState;

    /// <summary>Where this state comes from.</summary>
    public ForecastStart Start { get; }

    /// <summary>Observations that it was fitted to; 1 where it was observed.</summary>
    public int StartObservations { get; }

    /// <summary>
    /// Root mean square of what the solution from the fitted start misses these observations by, each component in its scale (of the model's <see cref="Standardization"/>, or else the standard
    /// deviation of the observations); 0 where the start was observed.
    /// </summary>
    public double StartResidual { get; }

    /// <summary>How the solve ended.</summary>
    public OdeStatus Status => Failure?.Status ?? OdeStatus.Success;

    /// <summary>Where and how it failed; null after success.</summary>
    public OdeFailure? Failure { get; }

    /// <summary>One component of one state.</summary>
    /// <param name="index">Index into <see cref="Times"/>.</param>
    /// <param name="component">Component of the state.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is out of range.</exception>
    public double this[int index, int component]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(component);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(component, Dimension);
            return State(index)[component];
        }
    }

    /// <summary>The state at one time, <see cref="Dimension"/> numbers.</summary>
    /// <param name="index">Index into <see cref="Times"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is out of range.</exception>
    public ReadOnlySpan<double> State(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _states.AsSpan(index * Dimension, Dimension);
    }

    /// <summary>The states as a matrix, times × dimension.</summary>
    public Matrix<double> ToMatrix() => Matrix<double>.Build.DenseOfRowMajor(Count, Dimension, _states);

    /// <summary>Returns this forecast if it is complete and throws otherwise.</summary>
    /// <exception cref="OdeSolverException">The solve failed.</exception>
    public ForecastResult EnsureSuccess() => Failure is null ? this : throw new OdeSolverException(Failure, "");
}
