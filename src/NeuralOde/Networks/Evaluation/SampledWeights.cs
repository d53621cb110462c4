namespace NeuralOde;

/// <summary>The weights of a dense layer whose gradients are looked at sample by sample: all of a small layer; of a large one some for every input and every output.</summary>
/// <remarks>Of a large layer's weights the gradients are products of few factors, those of its inputs and outputs; looking at each factor takes a small part of what looking at all products does.</remarks>
internal readonly record struct SampledWeights(int[] Inputs, int[] Outputs)
{
    /// <summary>Weights of the largest layer that is looked at as a whole.</summary>
    public const int MostWeights = 1024;

    /// <summary>Weights for each of the inputs or outputs of a large layer, whichever are more.</summary>
    public const int Partners = 4;

    public int Count => Inputs.Length;

    public static SampledWeights Of(int inputs, int outputs)
    {
        if ((long)inputs * outputs <= MostWeights)
        {
            return new SampledWeights(
                [.. Enumerable.Range(0, inputs * outputs).Select(k => k / outputs)],
                [.. Enumerable.Range(0, inputs * outputs).Select(k => k % outputs)]);
        }

        int longer = Math.Max(inputs, outputs), shorter = Math.Min(inputs, outputs), partners = Math.Min(Partners, shorter);
        int[] one = [.. Enumerable.Range(0, partners * longer).Select(k => k % longer)];
        int[] other = [.. Enumerable.Range(0, partners * longer).Select(k => (k % longer + k / longer) % shorter)];
        return inputs >= outputs ? new SampledWeights(one, other) : new SampledWeights(other, one);
    }
}
