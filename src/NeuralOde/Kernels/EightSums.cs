namespace NeuralOde;

/// <summary>Eight partial sums of what belongs to one sample or parameter.</summary>
internal static class EightSums
{
    /// <summary>The sums of so many parameters stay in the first cache beside what they are summed from (<see cref="DenseLaneSums{T, TVector}"/>).</summary>
    public const int MostParameters = 400;

    /// <summary>What they add up to, in the order in which <see cref="ErrorArithmetic{TVector}.RootMean"/> adds vectors of them.</summary>
    public static double Total(ReadOnlySpan<double> s) => ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
}
