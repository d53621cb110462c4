namespace NeuralOde;

/// <summary>How a large batch is divided into parts that a <see cref="PartCrew"/> solves apart: by its size alone, so that nothing depends on the number of threads.</summary>
/// <param name="samples">Samples in the batch.</param>
/// <param name="size">Samples in every part but the last.</param>
internal readonly struct BatchParts(int samples, int size = BatchParts.Size)
{
    /// <summary>
    /// Samples in every part but the last: enough to fill vectors many times over, few enough for the stages to stay in the nearer caches
    /// and for a slow sample to hold few others.
    /// </summary>
    public const int Size = 64;

    /// <summary>
    /// Samples in every part but the last where lanes that have finished take the next sample: enough for few lanes to be free for long at the end of a part.
    /// </summary>
    public const int SizeInLanes = 256;

    public int Count => (samples - 1) / size + 1;

    public int First(int part) => part * size;

    public int Length(int part) => Math.Min(size, samples - part * size);
}
