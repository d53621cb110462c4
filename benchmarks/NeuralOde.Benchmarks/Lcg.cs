namespace NeuralOde.Benchmarks;

/// <summary>
/// The linear congruential generator that every program of a comparison draws from, so that weights and minibatches are the
/// same everywhere: s ← 1664525 s + 1013904223 mod 2³², the draw is s/2³².
/// </summary>
internal sealed class Lcg(uint seed)
{
    private uint _state = seed;

    public double Next()
    {
        _state = unchecked(_state * 1664525 + 1013904223);
        return _state / 4294967296.0;
    }

    public double Uniform(double low, double high) => low + (high - low) * Next();

    /// <summary>Different integers below <paramref name="count"/>, by a partial Fisher–Yates shuffle.</summary>
    public void Choose(int count, Span<int> chosen, int[] scratch)
    {
        for (int i = 0; i < count; i++)
            scratch[i] = i;
        for (int i = 0; i < chosen.Length; i++)
        {
            int j = i + (int)(Next() * (count - i));
            (scratch[i], scratch[j]) = (scratch[j], scratch[i]);
            chosen[i] = scratch[i];
        }
    }
}
