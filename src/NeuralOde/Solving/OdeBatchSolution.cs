using System.Collections;

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

    /// <summary>Number of samples.</summary>
    public int Count => _samples.Length;

    /// <summary>What the batch cost; an evaluation of all samples at once counts once.</summary>
    public OdeStatistics Statistics { get; }

    /// <summary>True when every sample reached its end or an event that terminates.</summary>
    public bool IsSuccess => Array.TrueForAll(_samples, sample => sample.Failure is null);

    /// <summary>The solution of one sample.</summary>
    /// <param name="sample">Index of the sample.</param>
    public OdeSolution this[int sample] => _samples[sample];

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
