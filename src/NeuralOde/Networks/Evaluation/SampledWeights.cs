namespace NeuralOde;

/// <summary>The weights of a dense layer whose gradients are looked at sample by sample: all of a small layer; of a large one some for every input and every output.</summary>
/// <remarks>Of a large layer's weights the gradients are products of few factors, those of its inputs and outputs; looking at each factor takes a small part of what looking at all products does.</remarks>
internal readonly record struct SampledWeights(int[] Inputs, int[] Outputs)
{
    /// <summary>Weights of the largest layer that is looked at as a whole.</summary>
    public const int MostWeights = 1024;

    // Weights for each of the inputs or outputs of a large layer, whichever are more, and of a very large one.
    private const int Partners = 4;
    private const int LargePartners = 1;
    private const int LargeSide = 4096;

    public int Count => Inputs.Length;

    /// <summary>How many there will be.</summary>
    public static long CountOf(int inputs, int outputs) => IsWhole(inputs, outputs) ? inputs * outputs : (long)PartnersOf(inputs, outputs) * Math.Max(inputs, outputs);

    public static SampledWeights Of(int inputs, int outputs)
    {
        if (IsWhole(inputs, outputs))
        {
            return new SampledWeights(
                [.. Enumerable.Range(0, inputs * outputs).Select(k => k / outputs)],
                [.. Enumerable.Range(0, inputs * outputs).Select(k => k % outputs)]);
        }

        int longer = Math.Max(inputs, outputs), shorter = Math.Min(inputs, outputs), count = ArrayLength.Of((PartnersOf(inputs, outputs), "weights"), (longer, "inputs or outputs"));
        int[] one = [.. Enumerable.Range(0, count).Select(k => k % longer)];
        int[] other = [.. Enumerable.Range(0, count).Select(k => (k % longer + k / longer) % shorter)];
        return inputs >= outputs ? new SampledWeights(one, other) : new SampledWeights(other, one);
    }

    private static bool IsWhole(int inputs, int outputs) => (long)inputs * outputs <= MostWeights;

    private static int PartnersOf(int inputs, int outputs) => Math.Min(Math.Max(inputs, outputs) > LargeSide ? LargePartners : Partners, Math.Min(inputs, outputs));
}
