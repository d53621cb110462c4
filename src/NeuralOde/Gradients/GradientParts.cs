namespace NeuralOde;

/// <summary>
/// How a large batch is divided into parts whose gradients are computed apart: by its size alone, so that nothing depends on the number of
/// threads.
/// </summary>
/// <remarks>
/// Parts are whole vectors of samples, as equal as these allow: no thread waits long for another, and none is a single sample, which would be
/// computed in another order.
/// </remarks>
/// <param name="samples">Samples in the batch.</param>
internal readonly struct GradientParts(int samples)
{
    /// <summary>
    /// Samples in the largest part: twice those of <see cref="BatchParts"/>, because the gradient of a wide layer reads and writes all of its
    /// weights for every part.
    /// </summary>
    public const int MaxSize = 128;

    private readonly int _vectors = BatchLayout.RoundUp(samples) / BatchLayout.Lanes;

    public int Count { get; } = (samples + MaxSize - 1) / MaxSize;

    public int First(int part) => BatchLayout.Lanes * (part * (_vectors / Count) + Math.Min(part, _vectors % Count));

    public int Length(int part) => Math.Min(First(part + 1), samples) - First(part);
}
