using System.Globalization;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

/// <summary>The solution of an initial-value problem at the output times, and how the solve went.</summary>
public sealed partial class OdeSolution
{
    private readonly double[] _times;
    private readonly double[] _states;
    private readonly double[] _finalState;
    private readonly DenseTrajectory? _dense;
    private readonly Standardization? _standardization;
    private readonly OdeContinuation? _continuation;
    private readonly double _startTime;

    internal OdeSolution(int dimension, double[] times, double[] states, double finalTime, double[] finalState, OdeStatus status, OdeFailure? failure,
        OdeStatistics statistics, DenseTrajectory? dense, Standardization? standardization = null, OdeContinuation? continuation = null,
        IReadOnlyList<OdeEventOccurrence>? events = null, double startTime = double.NaN)
    {
        _startTime = startTime;
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
        _continuation = continuation;
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
        Evaluate(time, state);
        return state;
    }

    /// <summary>As <see cref="Evaluate(double)"/>, without allocating.</summary>
    /// <param name="time">Time.</param>
    /// <param name="destination">Receives the state, <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps: set <see cref="OdeSolverOptions.DenseOutput"/>.</exception>
    public void Evaluate(double time, Span<double> destination)
    {
        Guard.Length(destination, Dimension);
        Evaluate(time, destination, sample: -1);
    }

    /// <summary>The solution at many times, in any order, between the first and <see cref="FinalTime"/>.</summary>
    /// <param name="times">Times.</param>
    /// <returns>The states as a matrix, times × dimension.</returns>
    /// <exception cref="ArgumentException">There are no times.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps: set <see cref="OdeSolverOptions.DenseOutput"/>.</exception>
    public Matrix<double> EvaluateAt(ReadOnlySpan<double> times)
    {
        RequireTimes(times);
        var states = new double[ArrayLength.Of((times.Length, "times"), (Dimension, "components"))];
        for (int row = 0; row < times.Length; row++)
            Evaluate(times[row], states.AsSpan(row * Dimension, Dimension), sample: -1);
        return Matrix<double>.Build.DenseOfRowMajor(times.Length, Dimension, states);
    }

    /// <summary>The derivative of the solution at any time between the first and <see cref="FinalTime"/>, from the method's interpolant.</summary>
    /// <param name="time">Time.</param>
    /// <returns>dy/dt, <see cref="Dimension"/> numbers.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps, or the interval is a single point.</exception>
    public double[] EvaluateDerivative(double time)
    {
        var slope = new double[Dimension];
        EvaluateDerivative(time, slope);
        return slope;
    }

    /// <summary>As <see cref="EvaluateDerivative(double)"/>, without allocating.</summary>
    /// <param name="time">Time.</param>
    /// <param name="destination">Receives dy/dt, <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps, or the interval is a single point.</exception>
    public void EvaluateDerivative(double time, Span<double> destination)
    {
        Guard.Length(destination, Dimension);
        EvaluateDerivative(time, destination, sample: -1);
    }

    /// <summary>The derivatives of the solution at many times, in any order, between the first and <see cref="FinalTime"/>.</summary>
    /// <param name="times">Times.</param>
    /// <returns>dy/dt as a matrix, times × dimension.</returns>
    /// <exception cref="ArgumentException">There are no times.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A time lies outside the interval that was solved.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps, or the interval is a single point.</exception>
    public Matrix<double> EvaluateDerivativeAt(ReadOnlySpan<double> times)
    {
        RequireTimes(times);
        var slopes = new double[ArrayLength.Of((times.Length, "times"), (Dimension, "components"))];
        for (int row = 0; row < times.Length; row++)
            EvaluateDerivative(times[row], slopes.AsSpan(row * Dimension, Dimension), sample: -1);
        return Matrix<double>.Build.DenseOfRowMajor(times.Length, Dimension, slopes);
    }

    /// <summary>Goes on from <see cref="FinalTime"/> and <see cref="FinalState"/> to another time, as <see cref="OdeSolver.Solve(VectorField, ReadOnlySpan{double}, double, double, OdeSolverOptions?, CancellationToken)"/> would.</summary>
    /// <param name="t1">End time, in either direction.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solution from <see cref="FinalTime"/> on; its statistics and its dense output are of this part alone.</returns>
    /// <remarks>
    /// Vector field and options are the same; the first step has the length that was proposed last, so that none has to be estimated. After <see cref="OdeStatus.TooManySteps"/>,
    /// <see cref="OdeSolverOptions.MaxSteps"/> are counted anew. An event that has ended the solve is not met again where it goes on.
    /// </remarks>
    /// <exception cref="ArgumentException">The time is not finite.</exception>
    /// <exception cref="InvalidOperationException">The solve failed otherwise than by <see cref="OdeStatus.TooManySteps"/>, or this is a sample of a batch with an input for every sample.</exception>
    /// <example>
    /// <code>
    /// var decay = VectorField.FromFunction(dimension: 1, (t, y, dydt) => dydt[0] = -y[0]);
    /// OdeSolution first = OdeSolver.Solve(decay, [1.0], t0: 0, t1: 2).EnsureSuccess();
    /// OdeSolution second = first.Continue(t1: 5).EnsureSuccess();
    /// </code>
    /// </example>
    public OdeSolution Continue(double t1, CancellationToken cancellationToken = default)
    {
        Guard.Finite(t1);
        return OdeSolver.Continue(RequireContinuation(), FinalState, [FinalTime, t1], isInterval: true, _standardization, cancellationToken);
    }

    /// <summary>Goes on from <see cref="FinalTime"/> and <see cref="FinalState"/> over output times, as <see cref="OdeSolver.Solve(VectorField, ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions?, CancellationToken)"/> would.</summary>
    /// <param name="times">At least one time; all increasing or all decreasing away from <see cref="FinalTime"/>, which may but need not be the first.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solution at these times; its statistics and its dense output are of this part alone.</returns>
    /// <inheritdoc cref="Continue(double, CancellationToken)" path="/remarks"/>
    /// <exception cref="ArgumentException">There are no times, one is not finite, or they are not monotone.</exception>
    /// <exception cref="InvalidOperationException">The solve failed otherwise than by <see cref="OdeStatus.TooManySteps"/>, or this is a sample of a batch with an input for every sample.</exception>
    public OdeSolution Continue(ReadOnlySpan<double> times, CancellationToken cancellationToken = default)
    {
        CheckTimesFromHere(times, nameof(times));
        return OdeSolver.Continue(RequireContinuation(), FinalState, times, isInterval: false, _standardization, cancellationToken);
    }

    /// <summary>Returns this solution if it is complete and throws otherwise.</summary>
    /// <exception cref="OdeSolverException">The solve failed.</exception>
    public OdeSolution EnsureSuccess() => Failure is null ? this : throw new OdeSolverException(Failure);

    internal Standardization? Standardization => _standardization;

    internal void Evaluate(double time, Span<double> destination, int sample)
    {
        Interpolate(time, derivative: false, destination, sample);
        _standardization?.Invert(destination, destination);
    }

    internal void EvaluateDerivative(double time, Span<double> destination, int sample)
    {
        if (_dense is { Times.Count: 1 })
            throw new InvalidOperationException($"{Prefix(sample)}The solve took no step: there is no derivative to interpolate.");
        Interpolate(time, derivative: true, destination, sample);
        for (int i = 0; i < destination.Length && _standardization is not null; i++)
            destination[i] *= _standardization.Scales[i] / _standardization.TimeScale;
    }

    private static void RequireTimes(ReadOnlySpan<double> times)
    {
        if (times.IsEmpty)
            throw new ArgumentException("times is empty; at least one time is needed.", nameof(times));
    }

    private static string Prefix(int sample) => sample < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"Sample {sample}: ");

    /// <summary>What a batch goes on from that this is a sample of.</summary>
    /// <exception cref="InvalidOperationException">The solve failed; the message names the sample.</exception>
    internal OdeContinuation RequireContinuation(int sample)
    {
        if (Failure is not null && Status != OdeStatus.TooManySteps)
            throw new InvalidOperationException($"{Prefix(sample)}The solve ended with {Status} and cannot go on: {Failure.Message}");
        return _continuation!;
    }

    /// <exception cref="ArgumentException">The times are none that lead away from <see cref="FinalTime"/>.</exception>
    internal void CheckTimesFromHere(ReadOnlySpan<double> times, string name)
    {
        Guard.Times(times, name);
        if ((times[0] - FinalTime) * Math.Sign(times[^1] - times[0]) < 0.0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} go from {times[0]:R} to {times[^1]:R} past FinalTime = {FinalTime:R}; they must all lead away from it."), name);
    }

    /// <summary>A time in between in standardized time, where rounding must not lead out of the solution.</summary>
    private double ToDenseTime(double time, DenseTrajectory dense)
    {
        double first = dense.Times[0], last = dense.Times[^1];
        return Math.Clamp(_standardization!.ToStandardTime(time), Math.Min(first, last), Math.Max(first, last));
    }

    private OdeContinuation RequireContinuation()
    {
        OdeContinuation continuation = RequireContinuation(sample: -1);
        if (continuation.Field.RequiredSamples is > 1)
            throw new InvalidOperationException($"This is one of {continuation.Field.RequiredSamples} samples with an input each and cannot go on alone; let the batch go on with OdeBatchSolution.Continue.");
        return continuation;
    }

    /// <param name="time">Time.</param>
    /// <param name="derivative">Whether the derivative is wanted instead of the state.</param>
    /// <param name="destination">Receives it.</param>
    /// <param name="sample">Which sample of a batch this is, for the message of an exception; −1 for none.</param>
    private void Interpolate(double time, bool derivative, Span<double> destination, int sample)
    {
        if (_dense is null)
            throw new InvalidOperationException("This solution has its output times only. Set OdeSolverOptions.DenseOutput to evaluate it anywhere.");
        bool changesTime = _standardization is { ChangesTime: true };
        double first = changesTime ? _startTime : _dense.Times[0], last = changesTime ? FinalTime : _dense.Times[^1];
        if (!(time >= Math.Min(first, last) && time <= Math.Max(first, last)))
        {
            throw new ArgumentOutOfRangeException(nameof(time), time,
                string.Create(CultureInfo.InvariantCulture, $"{Prefix(sample)}The solution is known from t = {first:R} to t = {last:R} only."));
        }

        if (changesTime)
            time = time == last ? _dense.Times[^1] : time == first ? _dense.Times[0] : ToDenseTime(time, _dense);
        _dense.Evaluate(time, derivative, destination);
    }
}
