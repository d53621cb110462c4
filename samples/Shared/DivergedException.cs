namespace NeuralOde.Samples;

/// <summary>Training came to nothing; the message says why in one line.</summary>
internal sealed class DivergedException(string message) : Exception(message)
{
    // The first iterations may go up and down.
    private const double MostGrowth = 10;

    /// <summary>Throws where training gave up, skipped most minibatches or made the loss much larger.</summary>
    /// <param name="history">Every iteration.</param>
    /// <param name="iterations">How many there should be.</param>
    /// <exception cref="DivergedException">It did.</exception>
    public static void ThrowIf(IReadOnlyList<TrainingProgress> history, int iterations)
    {
        if (history.Count == 0)
            return;
        double first = history.FirstOrDefault(step => !step.IsSkipped, history[0]).Loss, last = history[^1].Loss;
        int skipped = history.Count(step => step.IsSkipped);
        string because = history.LastOrDefault(step => step.Failure is not null).Failure is { } failure ? $" The last failure: {failure.Message}" : "";
        if (history.Count < iterations)
            throw new DivergedException($"Diverged: training gave up after {history.Count} of {iterations} iterations.{because}");
        if (2 * skipped > history.Count)
            throw new DivergedException($"Diverged: {skipped} of {history.Count} minibatches were skipped.{because}");
        if (!(last <= MostGrowth * first))
            throw new DivergedException(FormattableString.Invariant($"Diverged: the loss went from {first:g3} to {last:g3}. Try a smaller learning rate.{because}"));
    }
}
