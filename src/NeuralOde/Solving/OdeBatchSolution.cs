using System.Collections;
using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde;

/// <summary>The solutions of a batch, one per sample. Each has its own status: one sample's failure leaves the others alone.</summary>
public sealed class OdeBatchSolution : IReadOnlyList<OdeSolution>
{
    private readonly OdeSolution[] _samples;

    internal OdeBatchSolution(OdeSolution[] samples, OdeStatistics statistics)
    {
        _samples = samples;
        Statistics = statistics;
    }

    /// <summary>Components of a sample's state.</summary>
    public int Dimension => _samples[0].Dimension;

    /// <summary>Number of samples.</summary>
    public int Count => _samples.Length;

    /// <summary>What the batch cost; an evaluation of all samples at once counts once.</summary>
    public OdeStatistics Statistics { get; }

    /// <summary>True when every sample reached its end or an event that terminates.</summary>
    public bool IsSuccess => Array.TrueForAll(_samples, sample => sample.Failure is null);

    /// <summary>The solution of one sample.</summary>
    /// <param name="sample">Index of the sample.</param>
    public OdeSolution this[int sample] => _samples[sample];

    /// <summary>The solutions of all samples at one time, from the method's interpolant.</summary>
    /// <param name="time">A time between the first and the last of every sample.</param>
    /// <returns>The states as a matrix, samples × dimension.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval of a sample; the message names both.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps: set <see cref="OdeSolverOptions.DenseOutput"/>.</exception>
    public Matrix<double> Evaluate(double time)
    {
        var states = new double[StateLength];
        Evaluate(time, states);
        return Matrix<double>.Build.DenseOfRowMajor(Count, Dimension, states);
    }

    /// <summary>As <see cref="Evaluate(double)"/>, without allocating.</summary>
    /// <param name="time">A time between the first and the last of every sample.</param>
    /// <param name="destination">Receives the states one after the other, <see cref="Count"/> × <see cref="Dimension"/> numbers: component i of sample s at <c>s * Dimension + i</c>.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval of a sample; the message names both.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps: set <see cref="OdeSolverOptions.DenseOutput"/>.</exception>
    public void Evaluate(double time, Span<double> destination)
    {
        Guard.Length(destination, StateLength);
        for (int sample = 0; sample < Count; sample++)
            _samples[sample].Evaluate(time, destination.Slice(sample * Dimension, Dimension), sample);
    }

    /// <summary>The derivatives of the solutions of all samples at one time, from the method's interpolant.</summary>
    /// <param name="time">A time between the first and the last of every sample.</param>
    /// <returns>dy/dt as a matrix, samples × dimension.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval of a sample; the message names both.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps, or the interval of a sample is a single point.</exception>
    public Matrix<double> EvaluateDerivative(double time)
    {
        var slopes = new double[StateLength];
        EvaluateDerivative(time, slopes);
        return Matrix<double>.Build.DenseOfRowMajor(Count, Dimension, slopes);
    }

    /// <summary>As <see cref="EvaluateDerivative(double)"/>, without allocating.</summary>
    /// <param name="time">A time between the first and the last of every sample.</param>
    /// <param name="destination">Receives dy/dt of one sample after the other, <see cref="Count"/> × <see cref="Dimension"/> numbers: component i of sample s at <c>s * Dimension + i</c>.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside the interval of a sample; the message names both.</exception>
    /// <exception cref="InvalidOperationException">The solve did not keep its steps, or the interval of a sample is a single point.</exception>
    public void EvaluateDerivative(double time, Span<double> destination)
    {
        Guard.Length(destination, StateLength);
        for (int sample = 0; sample < Count; sample++)
            _samples[sample].EvaluateDerivative(time, destination.Slice(sample * Dimension, Dimension), sample);
    }

    /// <summary>Goes on with every sample from its own <see cref="OdeSolution.FinalTime"/> and state to another time, as <see cref="OdeSolution.Continue(double, CancellationToken)"/> does with one.</summary>
    /// <param name="t1">End time of all samples, in either direction from each.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solutions from there on, every step of them kept unless <see cref="OdeSolverOptions.Output"/> says otherwise; their statistics and dense output are of this part alone.</returns>
    /// <remarks>
    /// Vector field and options are the same. With <see cref="ErrorControl.PerSample"/> every sample gets the bits that it gets when it goes on alone. To go on with
    /// some samples only, let each of them go on alone.
    /// </remarks>
    /// <exception cref="ArgumentException">The time is not finite.</exception>
    /// <exception cref="InvalidOperationException">The solve of a sample failed otherwise than by <see cref="OdeStatus.TooManySteps"/>; the message names the sample.</exception>
    public OdeBatchSolution Continue(double t1, CancellationToken cancellationToken = default)
    {
        Guard.Finite(t1);
        return Continue([.. _samples.Select(sample => new[] { sample.FinalTime, t1 })], isInterval: true, cancellationToken);
    }

    /// <summary>Goes on with every sample from its own <see cref="OdeSolution.FinalTime"/> and state over the same output times.</summary>
    /// <param name="times">At least one time; all increasing or all decreasing away from the <see cref="OdeSolution.FinalTime"/> of every sample, which may but need not be the first.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solutions at these times; their statistics and dense output are of this part alone.</returns>
    /// <inheritdoc cref="Continue(double, CancellationToken)" path="/remarks"/>
    /// <exception cref="ArgumentException">There are no times, one is not finite, or they are not monotone.</exception>
    /// <exception cref="InvalidOperationException">The solve of a sample failed otherwise than by <see cref="OdeStatus.TooManySteps"/>; the message names the sample.</exception>
    public OdeBatchSolution Continue(double[] times, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(times);
        var shared = new double[Count][];
        Array.Fill(shared, times);
        return Continue(shared, cancellationToken);
    }

    /// <summary>Goes on with every sample from its own <see cref="OdeSolution.FinalTime"/> and state over output times of its own.</summary>
    /// <param name="times">One array of times per sample, as for <see cref="Continue(double[], CancellationToken)"/>.</param>
    /// <param name="cancellationToken">Ends the solve with an <see cref="OperationCanceledException"/> after the step in progress.</param>
    /// <returns>The solutions at these times; their statistics and dense output are of this part alone.</returns>
    /// <inheritdoc cref="Continue(double, CancellationToken)" path="/remarks"/>
    /// <exception cref="ArgumentException">There are more or fewer arrays than samples; or of a sample there are no times, one is not finite, or they are not monotone.</exception>
    /// <exception cref="InvalidOperationException">The solve of a sample failed otherwise than by <see cref="OdeStatus.TooManySteps"/>; the message names the sample.</exception>
    public OdeBatchSolution Continue(IReadOnlyList<double[]> times, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(times);
        if (times.Count != Count)
            throw new ArgumentException($"times has {times.Count} entries for {Count} samples.", nameof(times));
        for (int sample = 0; sample < Count; sample++)
            _samples[sample].CheckTimesFromHere(times[sample], $"times[{sample}]");
        return Continue(times, isInterval: false, cancellationToken);
    }

    /// <summary>Returns this batch if all its solutions are complete and throws for the first that is not.</summary>
    /// <exception cref="OdeSolverException">A sample's solve failed; the message names the sample.</exception>
    public OdeBatchSolution EnsureSuccess()
    {
        int failed = Array.FindIndex(_samples, sample => sample.Failure is not null);
        return failed < 0 ? this : throw new OdeSolverException(_samples[failed].Failure!, $"Sample {failed}: ");
    }

    /// <inheritdoc/>
    public IEnumerator<OdeSolution> GetEnumerator() => ((IEnumerable<OdeSolution>)_samples).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int StateLength => ArrayLength.Of((Count, "samples"), (Dimension, "components"));

    private OdeBatchSolution Continue(IReadOnlyList<double[]> times, bool isInterval, CancellationToken cancellationToken)
    {
        OdeContinuation[] before = [.. _samples.Select((solution, sample) => solution.RequireContinuation(sample))];
        double[][] states = [.. _samples.Select(sample => sample.FinalState.ToArray())];
        return OdeSolver.SolveBatch(before[0].Field, states, times, before[0].Options, _samples[0].Standardization, cancellationToken, isInterval, before);
    }
}
