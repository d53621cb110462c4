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
        var states = new double[Count * Dimension];
        var state = new double[Dimension];
        for (int sample = 0; sample < Count; sample++)
        {
            _samples[sample].Evaluate(time, state, sample);
            for (int i = 0; i < state.Length; i++)
                states[i * Count + sample] = state[i];
        }

        return Matrix<double>.Build.Dense(Count, Dimension, states);
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
}
