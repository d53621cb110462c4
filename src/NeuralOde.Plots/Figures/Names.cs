using static System.FormattableString;

namespace NeuralOde.Plots;

/// <summary>Names and numbers of components, as figures are told them.</summary>
internal static class Names
{
    /// <summary>More panels than this make no picture that anybody could read.</summary>
    public const int MostComponents = 12;

    public static string[] Of(IReadOnlyList<string>? given, IReadOnlyList<string>? ofData, int dimension)
    {
        if (given is null)
            return [.. Enumerable.Range(0, dimension).Select(i => i < ofData?.Count ? ofData[i] : Invariant($"x{i + 1}"))];
        if (given.Count != dimension)
            throw new ArgumentException(Invariant($"StateNames has {given.Count} names for states of dimension {dimension}."), "StateNames");
        for (int i = 0; i < given.Count; i++)
        {
            if (given[i] is null)
                throw new ArgumentException(Invariant($"StateNames[{i}] is null."), "StateNames");
        }

        return [.. given];
    }

    /// <summary>The components to show: those asked for, or the first ones.</summary>
    public static int[] Components(IReadOnlyList<int>? asked, int dimension)
    {
        if (asked is null)
            return [.. Enumerable.Range(0, Math.Min(dimension, MostComponents))];
        if (asked.Count == 0)
            throw new ArgumentException("Components is empty; at least one component is needed.", "Components");
        for (int i = 0; i < asked.Count; i++)
            Require(asked[i], Invariant($"Components[{i}]"), dimension);
        return [.. asked];
    }

    public static void Require(int component, string name, int dimension)
    {
        if ((uint)component >= (uint)dimension)
            throw new ArgumentOutOfRangeException(name, component, Invariant($"{name} = {component} is not in [0, {dimension})."));
    }

    /// <summary>What a title adds where not all components are shown without anybody having chosen.</summary>
    public static string Shown(IReadOnlyList<int>? asked, int dimension) =>
        asked is null && dimension > MostComponents ? Invariant($" (first {MostComponents} of {dimension} components)") : "";
}
